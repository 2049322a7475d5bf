"""What explains changes of sysctls, nexthops, traffic control, BPF programs and listening sockets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from analyze.diff.draft import BIRTH_AND_DEATH, Draft
from analyze.diff.index import Index
from analyze.subjects import SUBJECTS
from snapshot.model.address import Address
from snapshot.model.bpf import BpfProgram
from snapshot.model.nexthop import Nexthop
from snapshot.model.socket import Socket
from snapshot.model.sysctl import Sysctl
from snapshot.model.traffic import Qdisc, TrafficFilter

SWITCHES = frozenset({"values.disable_ipv6", "values.forwarding"})
"""IPv6 sysctls of a link with which the kernel sets or drops its addresses, routes and groups (net/ipv6/addrconf.c)."""
DOCKERS_RESOLVER = "127.0.0.11"
"""Docker listens there, and turns packets to it, in each namespace that it attached to a network of its own making."""


def ipv6_switch(index: Index, side: str, key: str, dev: str) -> Iterator[Draft]:
    """The change by which IPv6 was turned on or off on a link, or by which it became a router's."""
    switch = index.row(side, key, "sysctl", (f"net.ipv6.conf.{dev.replace('.', '/')}",))
    if switch is not None and switch.touched & SWITCHES:
        yield switch


def of_sysctl(index: Index, draft: Draft, side: str, key: str, row: Sysctl) -> Iterator[Draft]:
    """A parameter that the kernel sets for every link at once, when it is set for all of them."""
    net, _, rest = row.path.partition(".")
    family, _, place = rest.partition(".conf.")
    if draft.action != "changed" or net != "net" or not place:
        return
    for path, derived in _above(family, place):
        above = index.row(side, key, "sysctl", (path,))
        if above is None or above is draft or not isinstance(above.new, Sysctl):
            continue
        set_there = {name.removeprefix("values.") for name in above.touched}
        if all(_set_by(change.name, change.after, derived, set_there, above.new) for change in draft.fields):
            yield above


def _above(family: str, place: str) -> Iterator[tuple[str, Mapping[str, str] | None]]:
    """The directories from which one takes values: its own name -> the name there; None: all it has, by equal names."""
    if family == "ipv4":
        # net/ipv4/devinet.c: inet_forward_change, devinet_copy_dflt_conf
        yield "net.ipv4", {"forwarding": "ip_forward", "accept_redirects": "ip_forward"}
    if place != "all":
        yield f"net.{family}.conf.all", {"forwarding": "forwarding", "disable_ipv6": "disable_ipv6"}
    if place not in ("all", "default") and family == "ipv4":
        yield "net.ipv4.conf.default", None


def _set_by(name: str, value: object, derived: Mapping[str, str] | None, there: set[str], above: Sysctl) -> bool:
    own = name.removeprefix("values.")
    if derived is None:
        return own in there and above.values.get(own) == value
    return derived.get(own) in there


def of_nexthop(index: Index, draft: Draft, side: str, key: str, row: Nexthop) -> Iterator[Draft]:
    """A group that lost a member which is gone (net/ipv4/nexthop.c: remove_nexthop_from_groups)."""
    for hop in row.group if side == "before" else ():
        member = index.row(side, key, "nexthop", (hop.get("id"),)) if isinstance(hop, Mapping) else None
        if member is not None and member.action in ("removed", "unknown"):
            yield member


def of_traffic(index: Index, draft: Draft, side: str, key: str, row: Any) -> Iterator[Draft]:
    """The class and the discipline that a class, filter or inner discipline hangs on; a filter's classifier as a whole."""
    if isinstance(row, TrafficFilter) and row.handle is not None:
        whole = index.row(side, key, "filter", SUBJECTS["filter"].about(replace(row, handle=None)))
        if whole is not None and whole.action in BIRTH_AND_DEATH:
            yield whole
    if row.dev is None:
        return
    majors = {_major(row.parent)} | ({_major(row.handle)} if draft.kind == "class" else set())
    for above in index.rows_of_link(side, key, "class", row.dev):
        thing = above.old if side == "before" else above.new
        if above.action in BIRTH_AND_DEATH and getattr(thing, "handle", None) == row.parent:
            yield above
    for above in index.rows_of_link(side, key, "qdisc", row.dev):
        thing = above.old if side == "before" else above.new
        anew = above.action in BIRTH_AND_DEATH or above.touched & {"qdisc", "handle"}
        if isinstance(thing, Qdisc) and thing is not row and anew and _major(thing.handle) in majors:
            yield above


def _major(handle: str) -> str:
    return handle.partition(":")[0]


def of_bpf(index: Index, draft: Draft, side: str, key: str, row: BpfProgram) -> Iterator[Draft]:
    """The filter that holds a program of traffic control; the program that came or went before one that was merely shifted."""
    if row.hook.startswith("tc "):
        yield from index.rows_of_link(side, key, "filter", row.dev)
    if draft.touched == {"position"}:
        for other in index.rows_of_link(side, key, "bpf", row.dev):
            program = other.old or other.new
            if isinstance(program, BpfProgram) and program.hook == row.hook and other.action in BIRTH_AND_DEATH:
                yield other


def of_socket(index: Index, draft: Draft, side: str, key: str, row: Socket) -> Iterator[Draft]:
    """The container that listens, or for whose published port the runtime does; else the address or tunnel it is for."""
    if row.container is not None:
        listening = [index.containers[row.container]] if row.container in index.containers else []
    else:
        listening = index.publishers(side, row)
    for container in listening:
        if container.action in BIRTH_AND_DEATH or container.touched & {"pid", "state", "started_at", "ports"}:
            yield container
    if row.address == DOCKERS_RESOLVER:
        yield from index.veths_in(side, key)
    for address in index.addresses(side, key):
        fact = address.old if side == "before" else address.new
        own = fact.address.partition("/")[0] if isinstance(fact, Address) else None
        if own == row.address and address.action in BIRTH_AND_DEATH:
            yield address
    if row.protocol == "udp":
        yield from index.tunnel(side, key, row.port)
