"""BPF programs at a link's hooks: XDP, tcx and netkit, and those of traffic control's filters and actions.

XDP's are in the link dump (IFLA_XDP), those of filters in the filter dump; tcx and netkit have no netlink and are asked for by
bpf(2). What a number stands for the kernel tells: a program replaced by the same code has another number and the same tag.
"""

from __future__ import annotations

import errno
import json
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from snapshot.collect.bpf_call import UNKNOWN, Programs, attached
from snapshot.collect.netlink.dumps import Taken
from snapshot.collect.netlink.nests import header, walk
from snapshot.collect.netlink.plans import (
    CLSACT_EGRESS,
    CLSACT_INGRESS,
    TCM_IFINDEX_MAGIC_BLOCK,
    TCMSG,
    disciplines,
    handle,
    link_kind,
    read_before,
)
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.transport import NetlinkError, Requests
from snapshot.model.bpf import BpfProgram

IFINFOMSG, IFLA_XDP = struct.Struct("=BxHiII"), 43
XDP_ATTACHED, XDP_PROG_ID = 2, 4
XDP_MODES = {1: "driver", 2: "generic", 3: "offload"}
"""XDP_ATTACHED_*; 4 is several modes at once, whose numbers are in attributes of their own."""
XDP_BY_MODE = {5: "driver", 6: "generic", 7: "offload"}
"""IFLA_XDP_DRV_PROG_ID, IFLA_XDP_SKB_PROG_ID, IFLA_XDP_HW_PROG_ID."""
NO_XDP = struct.pack("=HHHHBxxx", 12, IFLA_XDP, 5, XDP_ATTACHED, 0)
"""IFLA_XDP of a link without a program: bytes that nearly every link's message has."""
TCX = {46: "tcx ingress", 47: "tcx egress"}
NETKIT = {54: "netkit primary", 55: "netkit peer"}
"""BPF_TCX_INGRESS, BPF_TCX_EGRESS, BPF_NETKIT_PRIMARY, BPF_NETKIT_PEER."""
BPF = struct.pack("=HH4s", 8, 1, b"bpf\0")
"""TCA_KIND or TCA_ACT_KIND "bpf": without these bytes a filter has no program."""
TCA_KIND, TCA_OPTIONS, TCA_ACT_KIND, TCA_ACT_OPTIONS = 1, 2, 1, 2
CLASSIFIER = {"tag": 10, "id": 11, "flags": 8}
ACTION = {"tag": 8, "id": 9}
"""TCA_BPF_* and TCA_ACT_BPF_*."""
DIRECT_ACTION = 1
LISTS_OF_ACTIONS = {
    "bpf": 1,
    "u32": 7,
    "matchall": 2,
    "flower": 3,
    "basic": 3,
    "fw": 4,
    "cgroup": 1,
    "route": 6,
    "flow": 9,
}
"""Where a classifier keeps its actions (TCA_BPF_ACT, TCA_U32_ACT, ...)."""
FIRST_USER_NAMESPACE = "         0          0 4294967295\n"

PROGRAMS = Programs()


class Attachment(NamedTuple):
    """One program where it is attached."""

    ifindex: int
    hook: str
    position: int
    mode: str | None
    program: int
    link: int | None
    tag: str | None = None
    name: str | None = None


def take(_: Requests, readings: Mapping[str, Reading]) -> Taken:
    """Find the programs, and ask for their names. Raises ``NetlinkError`` or ``OSError``."""
    links = read_before(readings, "link")
    found = [one for payload in links if NO_XDP not in payload for one in _xdp(payload)]
    found += _of_hooks(links)
    found += _of_filters(read_before(readings, "filter"), read_before(readings, "qdisc"))
    return Taken(payloads=tuple(json.dumps(_known(one)).encode() for one in found))


def programs(payloads: Iterable[bytes], names: Mapping[int, str]) -> Iterator[BpfProgram]:
    """The facts of the payloads. Raises ``NetlinkError``."""
    for payload in payloads:
        try:
            one = Attachment(*json.loads(payload))
        except (ValueError, TypeError) as error:
            raise NetlinkError("bpf", message="not what was written") from error
        yield BpfProgram(
            dev=names.get(one.ifindex, f"if{one.ifindex}"),
            hook=one.hook,
            position=one.position,
            mode=one.mode,
            program=one.program,
            name=one.name,
            tag=one.tag,
            link=one.link,
        )


def _xdp(payload: bytes) -> Iterator[Attachment]:
    """IFLA_XDP of a link message."""
    _, _, index, _, _ = header("link", IFINFOMSG, payload)
    for number, value in walk("link", payload, IFINFOMSG.size):
        if number == IFLA_XDP:
            told = dict(walk("link", value))
            several = {mode: told[at] for at, mode in XDP_BY_MODE.items() if at in told}
            if not several and XDP_PROG_ID in told:
                mode = XDP_MODES.get(_number(told.get(XDP_ATTACHED, b"")), "several")
                several = {mode: told[XDP_PROG_ID]}
            for position, (mode, program) in enumerate(several.items()):
                yield Attachment(index, "xdp", position, mode, _number(program), None)


def _of_hooks(links: Iterable[bytes]) -> Iterator[Attachment]:
    """What tcx and netkit have at each link. Only where the kernel holds a program that could be there."""
    try:
        if not PROGRAMS.scheduled():
            return
    except PermissionError:
        # In a user namespace nobody can load programs, and to the agent there is no way to see those that came from outside.
        if Path("/proc/self/uid_map").read_text(encoding="ascii") != FIRST_USER_NAMESPACE:
            return
        raise NetlinkError(
            "bpf", errno.EPERM, "programs at tcx hooks cannot be looked for; run the agent as root"
        ) from None
    for payload in links:
        _, _, index, _, _ = header("link", IFINFOMSG, payload)
        for hook, name in {**TCX, **(NETKIT if link_kind(payload) == "netkit" else {})}.items():
            for position, (program, link) in enumerate(attached(index, hook)):
                yield Attachment(index, name, position, None, program, link)


def _of_filters(payloads: Iterable[bytes], qdiscs: Iterable[bytes]) -> Iterator[Attachment]:
    """Programs of classifiers and of actions, in the order of the dump; those of a shared block at each link that has it."""
    positions: dict[tuple[int, str], int] = {}
    for payload in payloads:
        if BPF not in payload:
            continue
        _, index, _, parent, _ = header("filter", TCMSG, payload)
        hook = {CLSACT_INGRESS: "tc ingress", CLSACT_EGRESS: "tc egress"}.get(parent, f"tc {handle(parent)}")
        places = _sharing(parent, qdiscs) if index == TCM_IFINDEX_MAGIC_BLOCK else ((index, hook),)
        for mode, program, tag in _in_filter(payload):
            for place in places:
                position = positions.setdefault(place, 0)
                positions[place] += 1
                yield Attachment(*place, position, mode, program, None, tag)


def _sharing(block: int, qdiscs: Iterable[bytes]) -> tuple[tuple[int, str], ...]:
    """The hooks that share a block."""
    return tuple(
        (one.ifindex, hook)
        for one in disciplines(qdiscs)
        for hook, its in zip(("tc ingress", "tc egress"), one.blocks, strict=True)
        if its == block
    )


def _in_filter(payload: bytes) -> Iterator[tuple[str, int, str | None]]:
    """(mode, program, tag) of the classifier and its actions. Classic BPF, which has no number, is the filter's own."""
    told = dict(walk("filter", payload, TCMSG.size))
    kind = told.get(TCA_KIND, b"").rstrip(b"\0").decode("utf-8", "replace")
    options = dict(walk("filter", told.get(TCA_OPTIONS, b"")))
    if kind == "bpf" and (found := _numbered(options, CLASSIFIER)):
        direct = _number(options.get(CLASSIFIER["flags"], b"")) & DIRECT_ACTION
        yield ("direct-action" if direct else "classifier"), *found
    for _, action in walk("filter", options.get(LISTS_OF_ACTIONS.get(kind, 0), b"")):
        parts = dict(walk("filter", action))
        if parts.get(TCA_ACT_KIND) == b"bpf\0":
            found = _numbered(dict(walk("filter", parts.get(TCA_ACT_OPTIONS, b""))), ACTION)
            if found:
                yield "action", *found


def _numbered(options: Mapping[int, bytes], at: Mapping[str, int]) -> tuple[int, str | None] | None:
    number = options.get(at["id"])
    if number is None or len(number) != 4:
        return None
    tag = options.get(at["tag"])
    return _number(number), tag.hex() if tag else None


def _number(raw: bytes) -> int:
    return int.from_bytes(raw, sys.byteorder)


def _known(one: Attachment) -> Attachment:
    """With the program's name and tag. Without the privilege to ask, its number stands for it."""
    try:
        program = PROGRAMS.get(one.program)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EACCES, *UNKNOWN):
            raise
        program = None
    return one._replace(name=program.name, tag=program.tag) if program is not None else one
