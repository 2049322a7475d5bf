"""Readers of single attributes, for the fast decoders: each takes the value's bytes, or says that it is not for them."""

from __future__ import annotations

import struct
from collections.abc import Callable
from socket import AF_INET, AF_INET6, inet_ntop
from typing import TypeAlias

from snapshot.model.json import Json

Reader: TypeAlias = Callable[[bytes], Json]
Table: TypeAlias = dict[int, tuple[str, Reader]]
"""Attribute number -> name and reader."""

NLA = struct.Struct("=HH")
NLA_TYPE_MASK = 0x3FFF
IFINFOMSG, IFLA_IFNAME = 16, 3
LINK_START = struct.Struct("=xxxxixxxxxxxxHH")
FAMILY_OF_LENGTH = {4: AF_INET, 16: AF_INET6}


class OtherwiseError(Exception):
    """Not what the fast decoders know: pyroute2 shall decode the message."""


def number(size: int, order: str = "=") -> Reader:
    """An unsigned integer of so many bytes, in the host's order or ``>`` (the network's)."""
    pack = struct.Struct(order + {1: "B", 2: "H", 4: "I", 8: "Q"}[size])

    def read(raw: bytes) -> Json:
        if len(raw) != size:
            raise OtherwiseError
        return int(pack.unpack(raw)[0])

    return read


def record(layout: str, names: tuple[str, ...]) -> Reader:
    """A C structure of unsigned integers."""
    pack = struct.Struct(layout)

    def read(raw: bytes) -> Json:
        if len(raw) != pack.size:
            raise OtherwiseError
        return dict(zip(names, pack.unpack(raw), strict=True))

    return read


def ip(raw: bytes) -> Json:
    """An IPv4 or IPv6 address, by its length."""
    family = FAMILY_OF_LENGTH.get(len(raw))
    if family is None:
        raise OtherwiseError
    return inet_ntop(family, raw)


def mac(raw: bytes) -> str:
    """A MAC address."""
    if len(raw) != 6:
        raise OtherwiseError
    return raw.hex(":")


def text(raw: bytes) -> str:
    """Text that ends with its only zero byte."""
    if not raw.endswith(b"\0") or raw.count(b"\0") != 1:
        raise OtherwiseError
    try:
        return raw[:-1].decode("utf-8")
    except UnicodeDecodeError:
        raise OtherwiseError from None


def raw_hex(raw: bytes) -> Json:
    """Bytes as they are."""
    return raw.hex()


def skip(_: bytes) -> Json:
    """What only counts (see ``trim``): passed over."""
    return None


U8, U16, U32, U64 = number(1), number(2), number(4), number(8)


def read_attributes(table: Table, raw: bytes, offset: int) -> dict[str, Json]:
    """All attributes from ``offset`` to the end. Raises ``OtherwiseError`` for one that is not in the table, or there twice."""
    found: dict[str, Json] = {}
    size = len(raw)
    if size < offset:
        raise OtherwiseError
    unpack = NLA.unpack_from
    while offset + 4 <= size:
        length, kind = unpack(raw, offset)
        entry = table.get(kind & NLA_TYPE_MASK)
        if entry is None or length < 4 or offset + length > size or entry[0] in found:
            raise OtherwiseError
        if entry[1] is not skip:
            found[entry[0]] = entry[1](raw[offset + 4 : offset + length])
        offset += (length + 3) & ~3
    if offset < size:
        raise OtherwiseError
    return found


def first_name(payload: bytes) -> tuple[int, str]:
    """A link message's interface index and name (IFLA_IFNAME, which the kernel puts first)."""
    if len(payload) < IFINFOMSG + NLA.size:
        raise OtherwiseError
    index, length, kind = LINK_START.unpack_from(payload)
    if kind != IFLA_IFNAME or length <= NLA.size or IFINFOMSG + length > len(payload):
        raise OtherwiseError
    return index, text(payload[IFINFOMSG + NLA.size : IFINFOMSG + length])
