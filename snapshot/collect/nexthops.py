"""Nexthop objects and groups: RTM_NEWNEXTHOP messages as facts (linux/nexthop.h, ip-nexthop(8))."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping

from snapshot.collect.netlink.nests import chosen, flag, header, nest, read_nest
from snapshot.collect.netlink.readers import U8, U16, U32, OtherwiseError, Table, ip, number, raw_hex, skip
from snapshot.collect.netlink.take import Attributes
from snapshot.model.json import Json, JsonObject
from snapshot.model.names import FAMILIES, NEXTHOP_FLAGS, PROTOCOLS, SCOPES, bits, named
from snapshot.model.nexthop import Nexthop

NHMSG = struct.Struct("=BBBxI")
"""struct nhmsg: family, scope, protocol, flags."""
MEMBER = struct.Struct("=IBBH")
"""struct nexthop_grp: id, weight, the weight's high byte (reserved before Linux 6.12), reserved."""
GROUP_TYPES = ("mpath", "resilient")
ENCAPS = ("none", "mpls", "ip", "ila", "ip6", "seg6", "bpf", "seg6local", "rpl", "ioam6", "xfrm")
"""LWTUNNEL_ENCAP_* (linux/lwtunnel.h)."""


def _members(raw: bytes) -> Json:
    if len(raw) % MEMBER.size:
        raise OtherwiseError
    return tuple({"id": one, "weight": (high << 8 | low) + 1} for one, low, high, _ in MEMBER.iter_unpack(raw))


RESILIENT: Table = {
    1: ("buckets", U16), 2: ("idle_timer", U32), 3: ("unbalanced_timer", U32), 4: ("unbalanced_time", skip),
}  # fmt: skip
"""NHA_RES_GROUP_*: timers in USER_HZ. How long the group has been unbalanced changes by itself."""

NEXTHOP: Table = {
    1: ("id", U32), 2: ("group", _members), 3: ("group_type", chosen(GROUP_TYPES, U16)), 4: ("blackhole", flag),
    5: ("oif", U32), 6: ("gateway", ip), 7: ("encap_type", chosen(ENCAPS, U16)), 8: ("encap", raw_hex), 11: ("fdb", flag),
    12: ("resilient", nest("nexthop", RESILIENT)), 14: ("op_flags", skip), 16: ("hw_stats_enable", U32),
}  # fmt: skip
"""NHA_*. NHA_OP_FLAGS says something of the answer, nothing of the nexthop."""

_TUNNEL: Table = {
    1: ("id", number(8, ">")), 2: ("dst", ip), 3: ("src", ip), 4: ("ttl", U8), 5: ("tos", U8), 6: ("flags", number(2, ">")),
    8: ("options", raw_hex),
}  # fmt: skip


def _labels(raw: bytes) -> Json:
    """A stack of MPLS labels (RFC 3032: 20 bits of label, 3 of traffic class, bottom of stack, 8 of TTL)."""
    if len(raw) % 4:
        raise OtherwiseError
    return "/".join(str(entry >> 12) for (entry,) in struct.iter_unpack(">I", raw))


ENCAP: Mapping[str, Table] = {"ip": _TUNNEL, "ip6": _TUNNEL, "mpls": {1: ("dst", _labels), 2: ("ttl", U8)}}
"""LWTUNNEL_IP_*, LWTUNNEL_IP6_*, MPLS_IPTUNNEL_*."""


def nexthops(payloads: Iterable[bytes], names: Mapping[int, str]) -> Iterator[Nexthop]:
    """The facts of the messages. Raises ``NetlinkError``."""
    for payload in payloads:
        family, scope, protocol, flags = header("nexthop", NHMSG, payload)
        left = Attributes("nexthop", read_nest("nexthop", NEXTHOP, payload, NHMSG.size))
        index = left.number("oif")
        group = left.items("group")
        group_type = left.text("group_type")
        yield Nexthop(
            id=left.needed("id"),
            family=named(FAMILIES, family) if family else None,
            gateway=left.text("gateway"),
            dev=names.get(index, f"if{index}") if index else None,
            blackhole=left.flag("blackhole"),
            fdb=left.flag("fdb"),
            group=group,
            group_type=group_type if group else None,
            protocol=named(PROTOCOLS, protocol),
            scope=named(SCOPES, scope),
            flags=bits(NEXTHOP_FLAGS, flags),
            encap=_encap(left.text("encap_type"), left.text("encap")),
            extra=left.rest(),
        )


def _encap(kind: str | None, raw: str | None) -> JsonObject:
    if kind is None and raw is None:
        return {}
    return {"type": kind, **read_nest("nexthop", ENCAP.get(kind or "", {}), bytes.fromhex(raw or ""))}
