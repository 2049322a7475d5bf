"""Segments: the links that hear each other's broadcasts, across namespaces."""

from __future__ import annotations

from collections.abc import Mapping

from analyze.topology import Topology
from analyze.veths import End
from snapshot.model.frozen import frozen
from snapshot.model.link import Link

Spot = tuple[str, int]
STACKED = frozenset({"macvlan", "ipvlan"})
"""Links that share the segment of the link they stand on."""


@frozen
class Segment:
    """One broadcast domain, as far as the snapshot shows it.

    number      counted from 0: no other segment of the snapshot has it
    members     its links: bridges, their ports, the other ends of these, in the snapshot's order
    stations    the members that can bear addresses: all but the ports
    bridges     the bridges in it
    flat        no bridge of it tells VLANs apart: what is on it does hear each other
    closed      nothing leads out of what the snapshot contains: no hardware, tunnel, VLAN or VM, no end that was not seen; and
                it is flat
    namespaces  keys of the namespaces its members are in
    """

    number: int
    members: tuple[End, ...]
    stations: tuple[End, ...]
    bridges: tuple[End, ...]
    flat: bool
    closed: bool
    namespaces: frozenset[str]


def segments(topology: Topology, carried_by: Mapping[Spot, Spot]) -> tuple[Segment, ...]:
    """All segments, but for loopback's. ``carried_by``: of a stacked link, the link it stands on."""
    up: dict[Spot, Spot] = {}

    def top(spot: Spot) -> Spot:
        above = up.get(spot, spot)
        while above != spot:
            up[spot] = up.get(above, above)
            spot, above = above, up.get(above, above)
        return spot

    open_ends: list[Spot] = []
    for veth in topology.veths:
        ends = veth.ends
        if len(ends) == 2:
            up[top(ends[1].spot)] = top(ends[0].spot)
        else:
            open_ends.append(ends[0].spot)
    links = {spot: link for spot, link in topology.links.items() if link.type != "loopback"}
    for spot, link in links.items():
        passes_on_to = _passes_on_to(topology, spot, link, carried_by)
        if passes_on_to is not None:
            up[top(spot)] = top(passes_on_to)
        if not _contained(link, stands=spot in carried_by):
            open_ends.append(spot)
    leaking = {top(spot) for spot in open_ends}
    members: dict[Spot, list[End]] = {}
    for spot, link in links.items():
        members.setdefault(top(spot), []).append(End(namespace=spot[0], link=link))
    return tuple(
        _segment(number, ends, closed=head not in leaking) for number, (head, ends) in enumerate(members.items())
    )


def _segment(number: int, ends: list[End], *, closed: bool) -> Segment:
    bridges = tuple(end for end in ends if end.link.link_kind == "bridge")
    flat = all(bridge.link.kind_data.get("br_vlan_filtering") in (0, None) for bridge in bridges)
    return Segment(
        number=number,
        members=tuple(ends),
        stations=tuple(end for end in ends if end.link.master is None or end.link.port_kind == "vrf"),
        bridges=bridges,
        flat=flat,
        closed=closed and flat,
        namespaces=frozenset(end.namespace for end in ends),
    )


def _passes_on_to(topology: Topology, spot: Spot, link: Link, carried_by: Mapping[Spot, Spot]) -> Spot | None:
    """The link, beside its own other end, that a link passes everything on to: its bridge, or what it stands on."""
    if link.master is not None:
        master = topology.by_name.get((spot[0], link.master))
        return (spot[0], master.ifindex) if master is not None and master.link_kind == "bridge" else None
    return carried_by.get(spot) if link.link_kind in STACKED else None


def _contained(link: Link, *, stands: bool) -> bool:
    """Does all that a link passes on stay within the snapshot? (A veth whose other end was not seen is known to leak.)"""
    if link.master is not None and link.port_kind not in ("bridge", "vrf"):
        return False
    match link.link_kind:
        case "veth" | "dummy" | "bridge":
            return True
        case "macvlan" | "ipvlan":
            return stands
    return False
