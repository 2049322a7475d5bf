"""Segments: the links that hear each other's broadcasts, across namespaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyze.topology import Topology
from analyze.veths import End
from snapshot.model.link import Link

Spot = tuple[str, int]
STACKED = frozenset({"macvlan", "ipvlan"})
"""Links that share the segment of the link they stand on."""
SWITCHES = frozenset({"bridge"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One broadcast domain, as far as the snapshot shows it.

    members     its links: bridges, their ports, the other ends of these, in the snapshot's order
    closed      nothing leads out of what the snapshot contains: no hardware, tunnel, VLAN or VM, no end that was not seen, and
                no bridge that tells VLANs apart
    namespaces  keys of the namespaces its members are in
    """

    members: tuple[End, ...]
    closed: bool
    namespaces: frozenset[str]

    @property
    def stations(self) -> tuple[End, ...]:
        """The members that can bear addresses: all but the ports."""
        return tuple(end for end in self.members if end.link.master is None or end.link.port_kind == "vrf")

    @property
    def bridges(self) -> tuple[End, ...]:
        """The bridges in it."""
        return tuple(end for end in self.members if end.link.link_kind == "bridge")


def segments(topology: Topology, carried_by: Mapping[Spot, Spot]) -> dict[Spot, Segment]:
    """Each link's segment. ``carried_by``: of a stacked link, the link it stands on."""
    up: dict[Spot, Spot] = {}

    def top(spot: Spot) -> Spot:
        while up.get(spot, spot) != spot:
            up[spot] = up.get(up[spot], up[spot])
            spot = up[spot]
        return spot

    def join(a: Spot, b: Spot) -> None:
        up[top(b)] = top(a)

    open_ends: list[Spot] = []
    for spot, link in topology.links.items():
        for other in _joined(topology, spot, link, carried_by):
            join(other, spot)
        if not _contained(topology, spot, link, carried_by):
            open_ends.append(spot)
    leaking = {top(spot) for spot in open_ends}
    members: dict[Spot, list[End]] = {}
    for spot, link in topology.links.items():
        members.setdefault(top(spot), []).append(End(namespace=spot[0], link=link))
    found: dict[Spot, Segment] = {}
    for head, ends in members.items():
        segment = Segment(
            members=tuple(ends), closed=head not in leaking, namespaces=frozenset(end.namespace for end in ends)
        )
        found.update((end.spot, segment) for end in ends)
    return found


def _joined(topology: Topology, spot: Spot, link: Link, carried_by: Mapping[Spot, Spot]) -> Iterator[Spot]:
    """The links that a link passes everything on to."""
    if link.master is not None:
        master = topology.by_name.get((spot[0], link.master))
        if master is not None and master.link_kind in SWITCHES:
            yield spot[0], master.ifindex
    veth = topology.veth_at.get(spot)
    if veth is not None:
        yield from (end.spot for end in veth.ends if end.spot != spot)
    if link.link_kind in STACKED and spot in carried_by:
        yield carried_by[spot]


def _contained(topology: Topology, spot: Spot, link: Link, carried_by: Mapping[Spot, Spot]) -> bool:
    """Does all that a link passes on stay within the snapshot?"""
    if link.master is not None and link.port_kind not in ("bridge", "vrf"):
        return False
    match link.link_kind:
        case "bridge":
            return link.kind_data.get("br_vlan_filtering") in (0, None)
        case "veth":
            veth = topology.veth_at.get(spot)
            return veth is not None and veth.missing is None
        case "macvlan" | "ipvlan":
            return spot in carried_by
        case "dummy":
            return True
    return False
