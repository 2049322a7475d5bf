"""Scenes: for the picture, each bridge with the veths on it that changed, and how many did not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from analyze.diff.draft import Draft
from analyze.diff.sides import Sides
from analyze.facts import workload_addresses
from analyze.topology import Topology
from analyze.veths import Veth
from reports.model import Action, Scene, SceneVeth
from snapshot.model.frozen import frozen

Spot = tuple[str, str | None]
"""Scope and name of a bridge; no name for the veths on no bridge."""


@frozen
class _Drawn:
    spot: Spot
    veth: SceneVeth


def scenes(sides: Sides, drafts: tuple[Draft, ...], ids: Mapping[int, str]) -> tuple[Scene, ...]:
    """The scenes of a diff, in order of scope and bridge; ``ids`` maps ``id(draft)`` to the change's id."""
    changed: dict[tuple[str, int], Draft] = {}
    bridges: dict[Spot, Draft] = {}
    for draft in drafts:
        if draft.kind == "veth":
            for facts in (draft.before, draft.after):
                changed |= dict.fromkeys(_ends(facts), draft)
        if draft.kind == "link" and "bridge" in {getattr(row, "link_kind", None) for row in (draft.old, draft.new)}:
            bridges[draft.scope, draft.name] = draft
    drawn: list[_Drawn] = []
    still: dict[Spot, int] = defaultdict(int)
    seen: set[int] = set()
    for topology in (sides.after, sides.before):
        for veth in topology.veths:
            found = next((changed[e] for e in _spots(topology, veth) if e in changed), None)
            spot = _spot(topology, veth)
            if found is None:
                if topology is sides.after:
                    still[spot] += 1
                continue
            if id(found) not in seen and (found.after is not None) == (topology is sides.after):
                seen.add(id(found))
                drawn.append(
                    _Drawn(spot=_bridge_before_loss(found, spot), veth=_scene_veth(topology, veth, found, ids))
                )
    spots = {d.spot for d in drawn} | set(bridges)
    return tuple(_scene(sides, spot, drawn, bridges.get(spot), ids, still) for spot in sorted(spots, key=_order))


def _scene(
    sides: Sides,
    spot: Spot,
    drawn: list[_Drawn],
    bridge: Draft | None,
    ids: Mapping[int, str],
    still: Mapping[Spot, int],
) -> Scene:
    scope, name = spot
    action: Action | None = bridge.action if bridge is not None else None
    topology = sides.before if action == "removed" else sides.after
    key = next((key for key, known in topology.scopes.items() if known == scope), None)
    addresses = topology.addresses(key, name) if key is not None and name is not None else ()
    return Scene(
        scope=scope,
        bridge=name,
        addresses=tuple(a.address for a in addresses if a.scope != "link"),
        action=action,
        change=ids.get(id(bridge)) if bridge is not None else None,
        veths=tuple(d.veth for d in drawn if d.spot == spot),
        unchanged=still.get(spot, 0),
    )


def _scene_veth(topology: Topology, veth: Veth, draft: Draft, ids: Mapping[int, str]) -> SceneVeth:
    top = draft
    while top.cause is not None and top.cause.kind in ("pod", "container", "namespace"):
        top = top.cause
    home = veth.home.namespace
    return SceneVeth(
        host_end=veth.near.link.name if veth.near is not None else None,
        end=veth.far.link.name if veth.far is not None else None,
        scope=topology.scopes[home],
        action=draft.action,
        change=ids.get(id(top)),
        addresses=tuple(workload_addresses(topology, home)),
        containers=tuple(c.pod_container or c.name for c in topology.residents.get(home, ())),
        way_out=next(iter(ways_out(topology, home)), None),
    )


def ways_out(topology: Topology, namespace: str) -> list[str]:
    """A namespace's default routes in words: "via 10.1.27.1 dev eth0"; the lowest metric first."""
    place = topology.namespaces.get(namespace)
    if place is None:
        return []
    routes = sorted(place.default_routes, key=lambda r: (r.family, r.metric or 0, r.gateway or "", r.dev or ""))
    words = []
    for route in routes:
        if route.type != "unicast":
            words.append(route.type)
        elif route.nexthops:
            hops = [h for h in route.nexthops if isinstance(h, Mapping)]
            words.append(" or ".join(f"via {h.get('gateway') or 'on-link'} dev {h.get('dev')}" for h in hops))
        else:
            via = f"via {route.gateway} " if route.gateway is not None else ""
            words.append(
                f"{via}dev {route.dev}" if route.dev is not None else via.strip() or f"nhid {route.nexthop_id}"
            )
    return words


def _spot(topology: Topology, veth: Veth) -> Spot:
    for end in veth.ends:
        if end.link.master is not None:
            return topology.scopes[end.namespace], end.link.master
    return topology.scopes[veth.ends[0].namespace], None


def _bridge_before_loss(draft: Draft, spot: Spot) -> Spot:
    """A veth taken off its bridge is drawn at the bridge it was taken from."""
    if spot[1] is None and draft.before is not None and draft.before["bridge"] is not None:
        return spot[0], str(draft.before["bridge"])
    return spot


def _spots(topology: Topology, veth: Veth) -> list[tuple[str, int]]:
    return [(topology.scopes[end.namespace], end.link.ifindex) for end in veth.ends]


def _ends(facts: object) -> list[tuple[str, int]]:
    ends = facts["ends"] if isinstance(facts, dict) else ()
    return [(end["scope"], end["ifindex"]) for end in ends if end is not None]


def _order(spot: Spot) -> tuple[bool, str, bool, str]:
    return spot[0] != "host", spot[0], spot[1] is None, spot[1] or ""
