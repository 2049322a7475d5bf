"""A fast decoder for the messages that come by the thousand: addresses, routes, rules, neighbours, FDB entries, most links.

Their attributes are nearly always flat: a number, an IP address, a MAC, a name. Such a message is decoded here by a table of
types, some thirty times as fast as by pyroute2; one with anything else in it (multipath, metrics, encapsulation, an attribute
that is not in the table, an odd length) is left to pyroute2 as a whole. Both give the same: a test holds one against the other.
"""

from __future__ import annotations

import struct
from socket import AF_INET, AF_INET6

from snapshot.collect.netlink.flat_links import decode_link
from snapshot.collect.netlink.message import Message
from snapshot.collect.netlink.readers import (
    FAMILY_OF_LENGTH,
    NLA,
    U8,
    U16,
    U32,
    OtherwiseError,
    Table,
    ip,
    mac,
    number,
    raw_hex,
    record,
    skip,
    text,
)
from snapshot.collect.netlink.trim import COUNTERS
from snapshot.model.json import Json

PF_BRIDGE = 7

RTA_CACHEINFO = struct.Struct("=IIiIIIII")


def _cacheinfo(raw: bytes) -> Json:
    """struct rta_cacheinfo: all that matters of it is when the route expires."""
    if len(raw) != RTA_CACHEINFO.size:
        raise OtherwiseError
    return {"rta_expires": RTA_CACHEINFO.unpack(raw)[2]}


HEADERS: dict[str, tuple[struct.Struct, tuple[str, ...]]] = {
    "address": (struct.Struct("=BBBBI"), ("family", "prefixlen", "flags", "scope", "index")),
    "route": (
        struct.Struct("=BBBBBBBBI"),
        ("family", "dst_len", "src_len", "tos", "table", "proto", "scope", "type", "flags"),
    ),
    "rule": (
        struct.Struct("=BBBBBBBBI"),
        ("family", "dst_len", "src_len", "tos", "table", "res1", "res2", "action", "flags"),
    ),
    "neighbour": (struct.Struct("=BxxxiHBB"), ("family", "ifindex", "state", "flags", "ndm_type")),
    "fdb": (struct.Struct("=BxxxiHBB"), ("family", "ifindex", "state", "flags", "ndm_type")),
}

NEIGHBOUR: Table = {
    1: ("dst", ip), 2: ("lladdr", mac), 5: ("vlan", U16), 6: ("port", number(2, ">")), 7: ("vni", U32),
    8: ("ifindex", U32), 9: ("master", U32), 11: ("src_vni", U32), 12: ("protocol", U8), 13: ("nh_id", U32),
    15: ("flags_ext", U32), **{number: (f"counts {number}", skip) for number in COUNTERS["neighbour"]},
}  # fmt: skip

ATTRIBUTES: dict[str, Table] = {
    "address": {
        1: ("address", ip), 2: ("local", ip), 3: ("label", text), 4: ("broadcast", ip),
        6: ("cacheinfo", record("=IIII", ("ifa_preferred", "ifa_valid", "cstamp", "tstamp"))),
        8: ("flags", U32), 9: ("rt_priority", U32), 11: ("proto", U8),
    },
    "route": {
        1: ("dst", ip), 2: ("src", ip), 3: ("iif", U32), 4: ("oif", U32), 5: ("gateway", ip), 6: ("priority", U32),
        7: ("prefsrc", ip), 11: ("flow", U32), 12: ("cacheinfo", _cacheinfo), 15: ("table", U32), 20: ("pref", U8),
        30: ("attr_30", raw_hex),
    },
    "rule": {
        1: ("dst", ip), 2: ("src", ip), 3: ("iifname", text), 4: ("goto", U32), 6: ("priority", U32),
        10: ("fwmark", U32), 11: ("flow", U32), 13: ("suppress_ifgroup", U32), 14: ("suppress_prefixlen", U32),
        15: ("table", U32), 16: ("fwmask", U32), 17: ("oifname", text), 19: ("l3mdev", U8), 21: ("protocol", U8),
        22: ("ip_proto", U8),
    },
    "neighbour": NEIGHBOUR,
    "fdb": NEIGHBOUR,
}  # fmt: skip
"""Attribute number -> name and type (linux/if_addr.h, rtnetlink.h, fib_rules.h, neighbour.h)."""


def decode_flat(kind: str, payload: bytes) -> Message | None:
    """A message, None if it is one for pyroute2."""
    if kind == "link":
        return decode_link(payload)
    header, names = HEADERS[kind]
    table = ATTRIBUTES[kind]
    family = payload[0] if payload else None
    if family not in (AF_INET, AF_INET6, PF_BRIDGE):
        return None
    attributes: dict[str, Json] = {}
    offset, size = header.size, len(payload)
    unpack = NLA.unpack_from
    try:
        while offset + 4 <= size:
            length, numbered = unpack(payload, offset)
            if length < 4 or offset + length > size:
                return None
            name, read = table[numbered]
            if name in attributes or (read is ip and FAMILY_OF_LENGTH.get(length - 4) != family != PF_BRIDGE):
                return None
            if read is not skip:
                attributes[name] = read(payload[offset + 4 : offset + length])
            offset += (length + 3) & ~3
    except (KeyError, OtherwiseError):
        return None
    if offset < size or size < header.size:
        return None
    return Message(fields=dict(zip(names, header.unpack_from(payload), strict=True)), attributes=attributes)
