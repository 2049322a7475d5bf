"""Traffic control: RTM_NEWQDISC, RTM_NEWTCLASS and RTM_NEWTFILTER messages as facts (linux/rtnetlink.h, tc(8))."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping

from snapshot.collect.netlink.disciplines import CLASSES, QDISCS, options
from snapshot.collect.netlink.nests import header, nest, read_nest
from snapshot.collect.netlink.plans import (
    CLSACT_EGRESS,
    CLSACT_INGRESS,
    TC_H_INGRESS,
    TC_H_ROOT,
    TCM_IFINDEX_MAGIC_BLOCK,
    TCMSG,
    handle,
)
from snapshot.collect.netlink.readers import NLA, NLA_TYPE_MASK, U8, U32, Reader, Table, raw_hex, record, skip, text
from snapshot.collect.netlink.take import Attributes
from snapshot.collect.netlink.transport import NetlinkError
from snapshot.model.json import Json
from snapshot.model.traffic import Qdisc, TrafficClass, TrafficFilter

TCA_OPTIONS = 2
STATISTICS = frozenset({3, 4, 7})
"""TCA_STATS, TCA_XSTATS and TCA_STATS2: a new value at every look."""
REMEMBERED = 10_000

SIZES = record("=BBhiIIII", ("cell_log", "size_log", "cell_align", "overhead", "linklayer", "mpu", "mtu", "tsize"))
"""struct tc_sizespec."""

TCA: Table = {
    1: ("kind", text), 2: ("options", raw_hex), **dict.fromkeys(STATISTICS, ("stats", skip)), 9: ("pad", skip),
    8: ("stab", nest("qdisc", {1: ("base", SIZES), 2: ("data", skip)})),
    11: ("chain", U32), 12: ("hw_offload", U8), 13: ("ingress", U32), 14: ("egress", U32),
}  # fmt: skip
"""TCA_*. The size table's values (TCA_STAB_DATA) follow from its structure."""

ETHERTYPES = {
    0x0003: "all", 0x0800: "ip", 0x86DD: "ipv6", 0x0806: "arp", 0x8100: "802.1Q", 0x88A8: "802.1ad", 0x8847: "mpls_uc",
}  # fmt: skip
"""ETH_P_* as tc(8) spells them (linux/if_ether.h)."""


class Disciplines:
    """Tells qdiscs. Nearly every link of a host has the same one, and every namespace the same links: told once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bytes], Qdisc] = {}

    def __call__(self, payloads: Iterable[bytes], names: Mapping[int, str]) -> Iterator[Qdisc]:
        """The facts of the messages. Raises ``NetlinkError``."""
        for payload in payloads:
            _, index, *_ = header("qdisc", TCMSG, payload)
            # Without its link and the references to it (tcm_info) and without statistics it is like many others.
            own = payload[8:16] + _settings(payload)
            dev = names.get(index) or f"if{index}"
            known = self._known.get((dev, own))
            if known is None:
                known = _qdisc(payload, dev)
                if len(self._known) < REMEMBERED:
                    self._known[dev, own] = known
            yield known


def _settings(payload: bytes) -> bytes:
    """The attributes without statistics. Raises ``NetlinkError``."""
    offset, size, unpack = TCMSG.size, len(payload), NLA.unpack_from
    kept, start = b"", offset
    while offset < size:
        length, number = unpack(payload, offset) if offset + 4 <= size else (0, 0)
        if length < 4 or offset + length > size:
            raise NetlinkError("qdisc: a message is cut within an attribute")
        following = offset + ((length + 3) & ~3)
        if number & NLA_TYPE_MASK in STATISTICS:
            kept += payload[start:offset]
            start = following
        offset = following
    return kept + payload[start:]


def _qdisc(payload: bytes, dev: str) -> Qdisc:
    _, _, own, parent, _ = header("qdisc", TCMSG, payload)
    left = Attributes("qdisc", read_nest("qdisc", TCA, payload, TCMSG.size))
    kind, raw = left.text("kind") or "", bytes.fromhex(left.text("options") or "")
    blocks = {name: block for name in ("ingress", "egress") if (block := left.number(name))}
    return Qdisc(
        dev=dev,
        handle=handle(own),
        parent=place(parent),
        qdisc=kind,
        blocks=blocks,
        options=options(QDISCS, kind, raw),
        extra=_rest(left),
    )


def classes(payloads: Iterable[bytes], names: Mapping[int, str]) -> Iterator[TrafficClass]:
    """The facts of the messages. Raises ``NetlinkError``."""
    for payload in payloads:
        _, index, own, parent, leaf = header("class", TCMSG, payload)
        left = Attributes("class", read_nest("class", TCA, payload, TCMSG.size))
        kind, raw = left.text("kind") or "", bytes.fromhex(left.text("options") or "")
        yield TrafficClass(
            dev=names.get(index, f"if{index}"),
            handle=handle(own),
            parent=place(parent),
            qdisc=kind,
            leaf=handle(leaf) if leaf else None,
            options=options(CLASSES, kind, raw),
            extra=_rest(left),
        )


def filters(payloads: Iterable[bytes], names: Mapping[int, str]) -> Iterator[TrafficFilter]:
    """The facts of the messages; for one of a shared block the message has the block's number for a parent.

    Raises ``NetlinkError``.
    """
    for payload in payloads:
        _, index, own, parent, info = header("filter", TCMSG, payload)
        left = Attributes("filter", read_nest("filter", TCA, payload, TCMSG.size))
        kind, raw = left.text("kind") or "", bytes.fromhex(left.text("options") or "")
        shared = index == TCM_IFINDEX_MAGIC_BLOCK
        yield TrafficFilter(
            dev=None if shared else names.get(index, f"if{index}"),
            block=parent if shared else None,
            parent="block" if shared else place(parent),
            chain=left.number("chain") or 0,
            priority=info >> 16,
            protocol=_protocol(info & 0xFFFF),
            handle=f"{own:#x}" if own else None,
            classifier=kind,
            options=_named(options(_classifiers(), kind, raw), names),
            extra=_rest(left),
        )


def place(parent: int) -> str:
    """A parent as tc(8) writes it."""
    known = {TC_H_ROOT: "root", TC_H_INGRESS: "ffff:fff1", CLSACT_INGRESS: "ffff:fff2", CLSACT_EGRESS: "ffff:fff3"}
    return known.get(parent) or handle(parent)


def _rest(left: Attributes) -> dict[str, Json]:
    return {name: value for name, value in left.rest().items() if not (name == "hw_offload" and not value)}


def _protocol(number: int) -> str:
    ethertype = int.from_bytes(struct.pack("=H", number), "big")
    return ETHERTYPES.get(ethertype) or f"{ethertype:#06x}"


def _named(told: dict[str, Json], names: Mapping[int, str]) -> dict[str, Json]:
    """The options with the links that its actions lead to by name."""
    actions = told.get("actions")
    if not isinstance(actions, tuple):
        return told
    return {**told, "actions": tuple(_led(action, names) for action in actions)}


def _led(action: Json, names: Mapping[int, str]) -> Json:
    if isinstance(action, Mapping) and isinstance(options_ := action.get("options"), Mapping):
        parms = options_.get("parms")
        if isinstance(parms, Mapping) and isinstance(index := parms.get("ifindex"), int):
            rest = {name: value for name, value in parms.items() if name != "ifindex"}
            return {**action, "options": {**options_, "parms": {**rest, "dev": names.get(index, f"if{index}")}}}
    return action


def _classifiers() -> Mapping[str, Reader]:
    """The options of filters, for hosts that have any."""
    from snapshot.collect.netlink.classifiers import CLASSIFIERS

    return CLASSIFIERS
