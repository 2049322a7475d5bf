"""The drawing of one snapshot: everything there is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from analyze.drawing.badges import Seen, badges_of
from analyze.drawing.places import Spot, addresses_of, called, off_the_wires, plain, spot_of, turned
from analyze.drawing.ways import ways_out
from analyze.seen import Sight, sight_of
from analyze.topology import Topology
from analyze.veths import Veth
from reports.drawing import Badge, Branch, Drawing, Home, Hub, Wire


def draw(topology: Topology) -> Drawing:
    """The host with all its bridges, pairs and namespaces."""
    badges = badges_of(topology)
    sight = sight_of(topology.snapshot)
    wires: dict[Spot, dict[str | None, list[Veth]]] = defaultdict(lambda: defaultdict(list))
    homes = {topology.host}
    for veth in topology.veths:
        _, far = turned(veth)
        wires[spot_of(veth)][far.namespace if far is not None else None].append(veth)
        homes.add(far.namespace if far is not None else None)
    for (key, _), link in topology.links.items():
        if link.link_kind == "bridge":
            _ = wires[key, link.name]
            homes.add(key)
    if topology.host is not None:
        for key in sorted(set(topology.namespaces) - homes, key=lambda key: topology.scopes[key]):
            _ = wires[topology.host, None][key]
    spots = sorted(wires, key=lambda spot: order(topology, spot))
    return Drawing(
        name=topology.snapshot.header.hostname,
        host=_home(topology, sight, topology.host, badges.get(topology.host or "", ())),
        hubs=tuple(_hub(topology, sight, spot, wires[spot], badges) for spot in spots),
        before_and_after=False,
    )


def order(topology: Topology, spot: Spot) -> tuple[bool, str, bool, str]:
    """The host's bridges first, by name; what hangs on none last."""
    return spot[0] != topology.host, topology.scopes.get(spot[0], ""), spot[1] is None, spot[1] or ""


def _hub(
    topology: Topology,
    sight: Sight,
    spot: Spot,
    found: dict[str | None, list[Veth]],
    badges: Mapping[str, tuple[Seen, ...]],
) -> Hub:
    key, name = spot
    return Hub(
        scope=topology.scopes[key],
        bridge=name,
        addresses=plain(addresses_of(topology, key, name)) if name is not None else (),
        badges=tuple(_badge(seen) for seen in badges.get(key, ()) if name is not None and on_bridge(seen) == name),
        branches=tuple(
            Branch(
                home=_home(topology, sight, home, badges.get(home or "", ())),
                wires=tuple(_wire(topology, veth) for veth in veths),
            )
            for home, veths in found.items()
        ),
    )


def on_bridge(seen: Seen) -> str | None:
    """What a link is a port of, if that is a bridge."""
    return seen.link.master if seen.link is not None and seen.link.port_kind in (None, "bridge") else None


def _home(topology: Topology, sight: Sight, key: str | None, seen: tuple[Seen, ...]) -> Home:
    if key is None:
        return Home(scope="not seen", without_ways="unseen")
    on_host = key == topology.host
    return Home(
        scope=topology.scopes[key],
        containers=plain(called(c) for c in topology.residents.get(key, ())),
        addresses=() if on_host else plain(off_the_wires(topology, key)),
        ways_out=plain(ways_out(topology, key)),
        without_ways="none" if sight.sees(key, "route") else "unseen",
        badges=tuple(_badge(badge) for badge in seen if on_bridge(badge) is None),
    )


def _badge(seen: Seen) -> Badge:
    return Badge(name=seen.name, kind=seen.kind, text=seen.text)


def _wire(topology: Topology, veth: Veth) -> Wire:
    near, far = turned(veth)
    return Wire(
        near=near.link.name if near is not None else None,
        far=far.link.name if far is not None else None,
        addresses=plain(addresses_of(topology, far.namespace, far.link.name)) if far is not None else (),
    )
