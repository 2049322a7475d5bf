"""Neighbours and FDB entries: RTM_NEWNEIGH messages as facts (linux/neighbour.h, ip-neighbour(8), bridge(8))."""

from __future__ import annotations

from collections.abc import Mapping

from snapshot.collect.netlink.message import Message
from snapshot.collect.netlink.take import Attributes
from snapshot.model.fdb import FdbEntry
from snapshot.model.names import (
    FAMILIES,
    FDB_STATES,
    NEIGHBOUR_EXT_FLAGS,
    NEIGHBOUR_FLAGS,
    NEIGHBOUR_STATES,
    PROTOCOLS,
    bits,
    named,
)
from snapshot.model.neighbour import Neighbour
from snapshot.model.timer import Timer

NTF_PROXY = 0x08
PF_BRIDGE = 7


def neighbour(message: Message, names: Mapping[int, str]) -> tuple[Neighbour | None, tuple[Timer, ...]]:
    """The fact of a message of the neighbour dumps, proxy entries among them; None for an FDB entry. Nothing of it runs."""
    fields = message.fields
    if fields["family"] == PF_BRIDGE:
        return None, ()
    left = Attributes("neighbour", message.attributes)
    protocol = left.number("protocol")
    index = fields["ifindex"]
    fact = Neighbour(
        family=named(FAMILIES, fields["family"]),
        dev=names.get(index, f"if{index}") if index else None,
        address=left.text("dst") or "",
        mac=left.text("lladdr"),
        state=named(NEIGHBOUR_STATES, fields["state"]),
        proxy=bool(fields["flags"] & NTF_PROXY),
        flags=_flags(fields["flags"] & ~NTF_PROXY, left),
        protocol=named(PROTOCOLS, protocol) if protocol else None,
        extra=left.rest(),
    )
    return fact, ()


def fdb_entry(message: Message, names: Mapping[int, str]) -> tuple[FdbEntry, tuple[Timer, ...]]:
    """The fact of a message of the FDB dump. Nothing of it runs."""
    fields = message.fields
    left = Attributes("fdb", message.attributes)
    index, master, via = fields["ifindex"], left.number("master"), left.number("ifindex")
    fact = FdbEntry(
        dev=names.get(index, f"if{index}"),
        mac=left.text("lladdr") or "",
        vlan=left.number("vlan"),
        master=names.get(master, f"if{master}") if master else None,
        state=_fdb_state(fields["state"]),
        flags=_flags(fields["flags"], left),
        dst=left.text("dst"),
        port=left.number("port"),
        vni=left.number("vni"),
        src_vni=left.number("src_vni"),
        nexthop_id=left.number("nh_id"),
        via=names.get(via, f"if{via}") if via else None,
        extra=left.rest(),
    )
    return fact, ()


def _flags(value: int, left: Attributes) -> tuple[str, ...]:
    more = left.number("flags_ext") or 0
    return tuple(sorted((*bits(NEIGHBOUR_FLAGS, value), *bits(NEIGHBOUR_EXT_FLAGS, more))))


def _fdb_state(state: int) -> str:
    """As bridge(8) tells it: permanent wins over static, static over the ages."""
    for bit, name in FDB_STATES.items():
        if state & bit or state == bit:
            return name
    return str(state)
