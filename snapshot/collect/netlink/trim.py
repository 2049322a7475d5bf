"""What is cut out of a message before it is decoded: counters and ages, which are no configuration and never repeat.

Without them most messages of one namespace are byte for byte those of another, and are decoded once for all.
"""

from __future__ import annotations

import struct
import sys

from snapshot.collect.netlink.transport import NetlinkError

NLA = struct.Struct("=HH")
NLA_TYPE_MASK = 0x3FFF

IFLA_MAP, IFLA_STATS, IFLA_STATS64, IFLA_AF_SPEC = 14, 7, 23, 26
IFLA_CARRIER_CHANGES, IFLA_CARRIER_UP_COUNT, IFLA_CARRIER_DOWN_COUNT = 35, 47, 48
IFA_CACHEINFO, RTA_CACHEINFO, NDA_CACHEINFO, NDA_PROBES = 6, 12, 3, 4

COUNTERS: dict[str, frozenset[int]] = {
    "link": frozenset(
        {IFLA_STATS, IFLA_STATS64, IFLA_CARRIER_CHANGES, IFLA_CARRIER_UP_COUNT, IFLA_CARRIER_DOWN_COUNT, IFLA_MAP}
    ),
    "neighbour": frozenset({NDA_CACHEINFO, NDA_PROBES}),
    "fdb": frozenset({NDA_CACHEINFO, NDA_PROBES}),
}
"""Attributes that only count. IFLA_MAP is the memory map of an ISA card."""

AF_INET, AF_INET6 = 2, 10
KEPT_OF_INET6 = frozenset({7, 8})
"""IFLA_INET6_TOKEN and IFLA_INET6_ADDR_GEN_MODE: the rest of IFLA_AF_SPEC repeats sysctls, statistics and a random timeout."""

NESTED: dict[str, frozenset[int]] = {
    "link": frozenset({18, 52}),  # IFLA_LINKINFO, IFLA_PROP_LIST
    "route": frozenset({8}),  # RTA_METRICS
}
"""Attributes made of attributes: checked to be whole, for the decoder stops in silence where they are not."""

RTA_MULTIPATH, RTNEXTHOP = 9, 8

FOREVER = b"\xff" * 8


def trimmed(kind: str, payload: bytes, fixed: int) -> bytes:
    """The message without what only counts. ``fixed`` is its header's length.

    Raises ``NetlinkError`` unless the attributes fill the message exactly: nothing is ever dropped unseen.
    """
    size = len(payload)
    if size < fixed:
        raise NetlinkError(f"{kind}: a message is shorter than its header")
    dropped, nested = COUNTERS.get(kind, frozenset()), NESTED.get(kind, frozenset())
    kept = [payload[:fixed]]
    offset = fixed
    while offset + 4 <= size:
        length, number = NLA.unpack_from(payload, offset)
        if length < 4 or offset + length > size:
            raise NetlinkError(f"{kind}: a message is cut within an attribute")
        number &= NLA_TYPE_MASK
        end = offset + ((length + 3) & ~3)
        if number in nested:
            _attributes(kind, payload[offset + 4 : offset + length])
        elif number == RTA_MULTIPATH and kind == "route":
            _nexthops(payload[offset + 4 : offset + length])
        if number == IFLA_AF_SPEC and kind == "link":
            kept.append(_af_spec(payload[offset + 4 : offset + length]))
        elif number not in dropped and not _stands_still(kind, number, payload, offset):
            kept.append(payload[offset:end])
        offset = end
    if offset < size:
        raise NetlinkError(f"{kind}: a message is cut between attributes")
    return b"".join(kept)


def _stands_still(kind: str, number: int, payload: bytes, offset: int) -> bool:
    """An age that does not run: an address that lives for ever, a route that never expires."""
    if kind == "address" and number == IFA_CACHEINFO:
        return payload[offset + 4 : offset + 12] == FOREVER
    if kind == "route" and number == RTA_CACHEINFO:
        return payload[offset + 12 : offset + 16] == b"\0\0\0\0"
    return False


def _af_spec(nested: bytes) -> bytes:
    """IFLA_AF_SPEC with what configures the link's IPv6 addresses, and with all of families that nobody here knows."""
    kept = b""
    for family, value in _attributes("link", nested):
        if family == AF_INET6:
            own = [_attribute(number, raw) for number, raw in _attributes("link", value) if number in KEPT_OF_INET6]
            kept += _attribute(AF_INET6, b"".join(own)) if own else b""
        elif family != AF_INET:
            kept += _attribute(family, value)
    return _attribute(IFLA_AF_SPEC, kept) if kept else b""


def _attributes(kind: str, nested: bytes) -> list[tuple[int, bytes]]:
    """A nest's attributes. Raises ``NetlinkError`` unless they fill it."""
    found = []
    offset = 0
    while offset < len(nested):
        length, number = NLA.unpack_from(nested, offset) if offset + 4 <= len(nested) else (0, 0)
        if length < 4 or offset + length > len(nested):
            raise NetlinkError(f"{kind}: a message is cut within an attribute")
        found.append((number & NLA_TYPE_MASK, nested[offset + 4 : offset + length]))
        offset += (length + 3) & ~3
    return found


def _nexthops(multipath: bytes) -> None:
    """Check that the nexthops (struct rtnexthop, each with attributes of its own) fill the attribute."""
    offset = 0
    while offset < len(multipath):
        length = int.from_bytes(multipath[offset : offset + 2], sys.byteorder)
        if length < RTNEXTHOP or offset + length > len(multipath):
            raise NetlinkError("route: a message is cut within a nexthop")
        _attributes("route", multipath[offset + RTNEXTHOP : offset + length])
        offset += (length + 3) & ~3


def _attribute(number: int, value: bytes) -> bytes:
    return NLA.pack(4 + len(value), number) + value + b"\0" * (-len(value) % 4)
