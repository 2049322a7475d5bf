"""What to ask for kinds that most namespaces have none of: found out by a look at what was dumped before, which costs nothing.

Bridges have VLANs and multicast groups; disciplines of certain sorts have classes and filters. Asking about what is not there
would be harmless, but it would be most of what a capture of a thousand pods asks.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from snapshot.collect.netlink.nests import header, walk
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.transport import NetlinkError
from snapshot.collect.netlink.watch import PF_BRIDGE

RTM_GETTCLASS, RTM_GETTFILTER, RTM_GETMDB, RTM_GETVLAN = 42, 46, 86, 114
IFINFOMSG, IFLA_LINKINFO, IFLA_INFO_KIND, IFLA_INFO_DATA = 16, 18, 1, 2
IFLA_BR_VLAN_DEFAULT_PVID = 39
TCMSG = struct.Struct("=BxxxiIII")
"""struct tcmsg: family, ifindex, handle, parent, info."""
TCA_KIND, TCA_INGRESS_BLOCK, TCA_EGRESS_BLOCK = 1, 13, 14
BR_MSG = struct.Struct("=BxxxI")
"""struct br_port_msg and struct br_vlan_msg: family, ifindex."""
BRIDGE_VLANDB_DUMP_FLAGS, BRIDGE_VLANDB_DUMPF_GLOBAL = 1, 2

TC_H_ROOT, TC_H_INGRESS = 0xFFFFFFFF, 0xFFFFFFF1
MINOR = 0xFFFF
CLSACT_INGRESS, CLSACT_EGRESS = 0xFFFFFFF2, 0xFFFFFFF3
TCM_IFINDEX_MAGIC_BLOCK = -1

PLAIN = frozenset(
    {"noqueue", "noop", "pfifo_fast", "pfifo", "bfifo", "pfifo_head_drop", "fq", "codel", "pie", "tbf", "netem", "mq"}
)
"""Disciplines that no filter can be attached to."""
CLASSLESS = frozenset({
    "noqueue", "noop", "pfifo_fast", "pfifo", "bfifo", "pfifo_head_drop", "fq", "codel", "pie", "clsact", "ingress",
    "fq_codel", "sfq", "cake", "fq_pie",
})  # fmt: skip
"""Disciplines that have no classes, or whose classes are the flows of the moment."""
FILTERED_CLASSES = frozenset({"htb", "hfsc", "cbq"})
"""Disciplines whose classes have filters of their own."""

Request: TypeAlias = tuple[int, bytes]
Plan: TypeAlias = Callable[[Mapping[str, Reading]], tuple[Request, ...]]


class Discipline(NamedTuple):
    """What a qdisc message says of what can hang on it. ``blocks`` are its shared ones: ingress, egress, 0 for none."""

    ifindex: int
    handle: int
    parent: int
    kind: str
    blocks: tuple[int, int]


def link_kind(payload: bytes) -> str | None:
    """IFLA_INFO_KIND of a link message. Raises ``NetlinkError``."""
    for number, value in walk("link", payload, IFINFOMSG):
        if number == IFLA_LINKINFO:
            return next((_text(kind) for what, kind in walk("link", value) if what == IFLA_INFO_KIND), None)
    return None


def links_of(readings: Mapping[str, Reading], *kinds: str) -> tuple[bytes, ...]:
    """The messages of the links of certain kinds. Raises ``NetlinkError`` where the links could not be read."""
    # Nearly every message is of no such link: the bytes of that attribute are not in it anywhere.
    marks = [struct.pack("=HH", 5 + len(kind), IFLA_INFO_KIND) + kind.encode() + b"\0" for kind in kinds]
    return tuple(
        payload
        for payload in read_before(readings, "link")
        if any(mark in payload for mark in marks) and link_kind(payload) in kinds
    )


def read_before(readings: Mapping[str, Reading], kind: str) -> tuple[bytes, ...]:
    """What was read of another kind, that this one goes by. Raises ``NetlinkError`` where it could not be read."""
    reading = readings.get(kind)
    if reading is None or reading.payloads is None:
        raise NetlinkError("it cannot be told where to look", message=f"{kind} could not be read")
    return reading.payloads


def vlans(readings: Mapping[str, Reading]) -> tuple[Request, ...]:
    """The VLANs of bridges and of their ports, then what is set for a bridge's VLAN as a whole.

    A kernel built without VLANs of bridges tells of none of its bridges which VLAN a new port gets. One that does so, and is
    too old for this dump (before Linux 5.6), refuses it: then they are not read, which is no reason to call them absent.
    """
    if not any(map(_has_vlans, links_of(readings, "bridge"))):
        return ()
    ports = BR_MSG.pack(PF_BRIDGE, 0)
    wide = struct.pack("=HHI", 8, BRIDGE_VLANDB_DUMP_FLAGS, BRIDGE_VLANDB_DUMPF_GLOBAL)
    return (RTM_GETVLAN, ports), (RTM_GETVLAN, ports + wide)


def _has_vlans(bridge: bytes) -> bool:
    for number, value in walk("link", bridge, IFINFOMSG):
        if number == IFLA_LINKINFO:
            settings = dict(walk("link", value)).get(IFLA_INFO_DATA, b"")
            return any(at == IFLA_BR_VLAN_DEFAULT_PVID for at, _ in walk("link", settings))
    return False


def groups(readings: Mapping[str, Reading]) -> tuple[Request, ...]:
    """The multicast groups of bridges and vxlans."""
    return ((RTM_GETMDB, BR_MSG.pack(PF_BRIDGE, 0)),) if links_of(readings, "bridge", "vxlan") else ()


def disciplines(payloads: Iterable[bytes]) -> list[Discipline]:
    """Of qdisc messages those that can have classes or filters. Raises ``NetlinkError``."""
    found = []
    for payload in payloads:
        if payload[20:32] == NOQUEUE:
            continue
        _, ifindex, handle, parent, _ = header("qdisc", TCMSG, payload)
        kind, blocks = "", [0, 0]
        for number, value in walk("qdisc", payload, TCMSG.size):
            if number == TCA_KIND:
                kind = _text(value)
            elif number in (TCA_INGRESS_BLOCK, TCA_EGRESS_BLOCK) and len(value) == 4:
                blocks[number - TCA_INGRESS_BLOCK] = struct.unpack("=I", value)[0]
        if kind not in PLAIN or kind not in CLASSLESS:
            found.append(Discipline(ifindex, handle, parent, kind, (blocks[0], blocks[1])))
    return found


NOQUEUE = struct.pack("=HH8s", 12, TCA_KIND, b"noqueue")


def classes(readings: Mapping[str, Reading]) -> tuple[Request, ...]:
    """The classes of each link that has a discipline with classes."""
    found = disciplines(read_before(readings, "qdisc"))
    wanted = dict.fromkeys(one.ifindex for one in found if one.kind not in CLASSLESS)
    return tuple((RTM_GETTCLASS, TCMSG.pack(0, ifindex, 0, 0, 0)) for ifindex in wanted)


def filters(readings: Mapping[str, Reading]) -> tuple[Request, ...]:
    """The filters of each place that can have some, and those of each shared block once."""
    found = [one for one in disciplines(read_before(readings, "qdisc")) if one.kind not in PLAIN]
    if not found:
        return ()
    wanted: dict[tuple[int, int], None] = {}
    for one in found:
        for ifindex, parent in _places(one):
            wanted[ifindex, parent] = None
    by_major = {(one.ifindex, one.handle >> 16) for one in found if one.kind in FILTERED_CLASSES}
    for payload in read_before(readings, "class") if by_major else ():
        _, ifindex, handle, _, _ = header("class", TCMSG, payload)
        if (ifindex, handle >> 16) in by_major and handle & MINOR:
            wanted[ifindex, handle] = None
    return tuple((RTM_GETTFILTER, TCMSG.pack(0, ifindex, 0, parent, 0)) for ifindex, parent in wanted)


def _places(one: Discipline) -> Iterable[tuple[int, int]]:
    """(ifindex, parent) of where a discipline has filters; for a shared block its number is the parent."""
    if one.kind in ("clsact", "ingress"):
        hooks = (CLSACT_INGRESS, CLSACT_EGRESS) if one.kind == "clsact" else (one.handle,)
        for hook, block in zip(hooks, one.blocks, strict=False):
            yield (TCM_IFINDEX_MAGIC_BLOCK, block) if block else (one.ifindex, hook)
    elif one.handle:
        yield one.ifindex, one.handle
    elif one.parent == TC_H_ROOT:
        # The kernel's own at the root has no handle: parent 0 means it.
        yield one.ifindex, 0


def _text(raw: bytes) -> str:
    return raw.rstrip(b"\0").decode("utf-8", "backslashreplace")


def handle(value: int) -> str:
    """A class or discipline as tc(8) writes it: "1:10"."""
    return f"{value >> 16:x}:{value & 0xFFFF:x}" if value & 0xFFFF else f"{value >> 16:x}:"
