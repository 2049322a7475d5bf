"""A fast decoder for the messages that come by the thousand: addresses, routes, rules, neighbours, FDB entries.

Their attributes are nearly always flat: a number, an IP address, a MAC, a name. Such a message is decoded here by a table of
types, some thirty times as fast as by pyroute2; one with anything else in it (multipath, metrics, encapsulation, an attribute
that is not in the table, an odd length) is left to pyroute2 as a whole. Both give the same: a test holds one against the other.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from socket import AF_INET, AF_INET6, inet_ntop
from typing import TypeAlias

from snapshot.collect.netlink.message import Message
from snapshot.model.json import Json

Reader: TypeAlias = Callable[[bytes], Json]


FAMILY_OF_LENGTH = {4: AF_INET, 16: AF_INET6}
PF_BRIDGE = 7


class _OtherwiseError(Exception):
    """Not flat: pyroute2 shall decode it."""


def _number(size: int, order: str = "=") -> Reader:
    pack = struct.Struct(order + {1: "B", 2: "H", 4: "I", 8: "Q"}[size])

    def read(raw: bytes) -> Json:
        if len(raw) != size:
            raise _OtherwiseError
        return int(pack.unpack(raw)[0])

    return read


def _ip(raw: bytes) -> Json:
    family = FAMILY_OF_LENGTH.get(len(raw))
    if family is None:
        raise _OtherwiseError
    return inet_ntop(family, raw)


def _mac(raw: bytes) -> Json:
    if len(raw) != 6:
        raise _OtherwiseError
    return raw.hex(":")


def _text(raw: bytes) -> Json:
    if not raw.endswith(b"\0") or raw.count(b"\0") != 1:
        raise _OtherwiseError
    try:
        return raw[:-1].decode("utf-8")
    except UnicodeDecodeError:
        raise _OtherwiseError from None


def _record(layout: str, names: tuple[str, ...]) -> Reader:
    pack = struct.Struct(layout)

    def read(raw: bytes) -> Json:
        if len(raw) != pack.size:
            raise _OtherwiseError
        return dict(zip(names, pack.unpack(raw), strict=True))

    return read


def _hex(raw: bytes) -> Json:
    return raw.hex()


U8, U16, U32 = _number(1), _number(2), _number(4)

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

NEIGHBOUR: dict[int, tuple[str, Reader]] = {
    1: ("dst", _ip), 2: ("lladdr", _mac), 5: ("vlan", U16), 6: ("port", _number(2, ">")), 7: ("vni", U32),
    8: ("ifindex", U32), 9: ("master", U32), 11: ("src_vni", U32), 12: ("protocol", U8), 13: ("nh_id", U32),
    15: ("flags_ext", U32),
}  # fmt: skip

ATTRIBUTES: dict[str, dict[int, tuple[str, Reader]]] = {
    "address": {
        1: ("address", _ip), 2: ("local", _ip), 3: ("label", _text), 4: ("broadcast", _ip),
        6: ("cacheinfo", _record("=IIII", ("ifa_preferred", "ifa_valid", "cstamp", "tstamp"))),
        8: ("flags", U32), 9: ("rt_priority", U32), 11: ("proto", U8),
    },
    "route": {
        1: ("dst", _ip), 2: ("src", _ip), 3: ("iif", U32), 4: ("oif", U32), 5: ("gateway", _ip), 6: ("priority", U32),
        7: ("prefsrc", _ip), 11: ("flow", U32), 15: ("table", U32), 20: ("pref", U8), 30: ("attr_30", _hex),
    },
    "rule": {
        1: ("dst", _ip), 2: ("src", _ip), 3: ("iifname", _text), 4: ("goto", U32), 6: ("priority", U32),
        10: ("fwmark", U32), 11: ("flow", U32), 13: ("suppress_ifgroup", U32), 14: ("suppress_prefixlen", U32),
        15: ("table", U32), 16: ("fwmask", U32), 17: ("oifname", _text), 19: ("l3mdev", U8), 21: ("protocol", U8),
        22: ("ip_proto", U8),
    },
    "neighbour": NEIGHBOUR,
    "fdb": NEIGHBOUR,
}  # fmt: skip
"""Attribute number -> name and type (linux/if_addr.h, rtnetlink.h, fib_rules.h, neighbour.h)."""


def decode_flat(kind: str, payload: bytes) -> Message | None:
    """A trimmed message, None if it is one for pyroute2."""
    if kind not in HEADERS:
        return None
    header, names = HEADERS[kind]
    table = ATTRIBUTES[kind]
    family = payload[0]
    if family not in (AF_INET, AF_INET6, PF_BRIDGE):
        return None
    attributes: dict[str, Json] = {}
    offset, size = header.size, len(payload)
    try:
        while offset < size:
            length, number = struct.unpack_from("=HH", payload, offset)
            name, read = table[number]
            if name in attributes or (read is _ip and FAMILY_OF_LENGTH.get(length - 4) != family != PF_BRIDGE):
                return None
            attributes[name] = read(payload[offset + 4 : offset + length])
            offset += (length + 3) & ~3
    except (KeyError, _OtherwiseError):
        return None
    return Message(fields=dict(zip(names, header.unpack_from(payload), strict=True)), attributes=attributes)
