"""The sysctls of interfaces, cut out of the link messages that have been drained anyway (IFLA_AF_SPEC, linux/if_link.h).

Link messages come by the thousand and are laid out alike: the attributes of a known layout are not looked for again, only their
headers compared, by one precompiled struct.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from snapshot.collect.netlink.readers import IFINFOMSG, IFLA_IFNAME, NLA, NLA_TYPE_MASK
from snapshot.collect.netlink.transport import NetlinkError

IFLA_LINKINFO, IFLA_AF_SPEC = 18, 26
AF_INET, AF_INET6 = 2, 10
IFLA_INET_CONF, IFLA_INET6_CONF = 1, 2
LAYOUTS = 8
"""Layouts of messages of one length that are remembered at most: most links of a host have one of three or four."""

Span = tuple[int, int]
NOTHING: Span = (0, 0)


class LinkConf(NamedTuple):
    """What a link's message tells: its name, IFLA_LINKINFO, and the values of both protocols (empty if it has none)."""

    name: bytes
    info: bytes
    inet: bytes
    inet6: bytes


class _Layout(NamedTuple):
    """Where everything is in messages whose attributes have the same numbers and lengths in the same order."""

    headers: struct.Struct
    expected: tuple[int, ...]
    name: Span
    info: Span
    inet: Span
    inet6: Span


_known: dict[int, list[_Layout]] = {}


def link_conf(payload: bytes) -> LinkConf:
    """Take a link's message apart. Raises ``NetlinkError`` unless its attributes fill it."""
    for layout in _known.get(len(payload), ()):
        if layout.headers.unpack(payload) == layout.expected:
            break
    else:
        layout = _laid_out(payload)
        known = _known.setdefault(len(payload), [])
        if len(known) < LAYOUTS:
            known.append(layout)
    return LinkConf(
        payload[layout.name[0] : layout.name[1]].rstrip(b"\0"),
        payload[layout.info[0] : layout.info[1]],
        payload[layout.inet[0] : layout.inet[1]],
        payload[layout.inet6[0] : layout.inet6[1]],
    )


def _laid_out(payload: bytes) -> _Layout:
    name = info = inet = inet6 = NOTHING
    headers: list[int] = []
    for number, start, end in attributes(payload, IFINFOMSG, len(payload)):
        headers.append(start - NLA.size)
        if number == IFLA_IFNAME:
            name = start, end
        elif number == IFLA_LINKINFO:
            info = start, end
        elif number == IFLA_AF_SPEC:
            for family, inner, after in attributes(payload, start, end):
                headers.append(inner - NLA.size)
                if family not in (AF_INET, AF_INET6):
                    continue
                for what, first, last in attributes(payload, inner, after):
                    headers.append(first - NLA.size)
                    if (family, what) == (AF_INET, IFLA_INET_CONF):
                        inet = first, last
                    elif (family, what) == (AF_INET6, IFLA_INET6_CONF):
                        inet6 = first, last
    pack = _headers(headers, len(payload))
    return _Layout(pack, pack.unpack(payload), name, info, inet, inet6)


def _headers(offsets: list[int], size: int) -> struct.Struct:
    """A struct of all attributes' headers, and nothing else of a message."""
    layout, at = "=", 0
    for offset in offsets:
        layout += f"{offset - at}xHH"
        at = offset + NLA.size
    return struct.Struct(f"{layout}{size - at}x")


def attributes(raw: bytes, offset: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Attributes between two offsets: number, start and end of the value. Raises ``NetlinkError`` unless they fill it."""
    while offset < end:
        length, number = NLA.unpack_from(raw, offset) if offset + NLA.size <= end else (0, 0)
        if length < NLA.size or offset + length > end:
            raise NetlinkError("sysctl: a link's message is cut within an attribute")
        yield number & NLA_TYPE_MASK, offset + NLA.size, offset + length
        offset += (length + 3) & ~3
