"""A namespace's default routes in words."""

from __future__ import annotations

from collections.abc import Mapping

from analyze.topology import Topology


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
