"""Which containers send through the host, by which of its links they come, and by which links it leads on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from analyze.checks.check import LinkAt, Part
from analyze.checks.host import Host
from analyze.firewall.rule import Network, prefix
from snapshot.model.frozen import frozen
from snapshot.model.link import Link
from snapshot.model.route import Route

FAMILY = {4: "inet", 6: "inet6"}
MOST_SUBNETS = 8


@frozen
class Senders:
    """Containers whose way out is one link of the host, or several links that serve one of them each.

    link        where the host takes what they send: their bridge, or the host's end of a veth pair on no bridge (of several
                that are told together the first)
    version     4 or 6
    scopes      who they are, sorted
    namespaces  keys of their namespaces
    sources     the subnets of their addresses, a few of them
    """

    link: Link
    version: int
    scopes: tuple[str, ...]
    namespaces: frozenset[str]
    sources: tuple[Network, ...]

    def part(self, home: str) -> Part:
        """As part of a finding's subject."""
        return LinkAt(home, self.link.ifindex) if self.link.link_kind == "bridge" else "links of their own"


def senders(host: Host) -> tuple[Senders, ...]:
    """By link and IP version. A container counts if its default route leads to an address of the host's on that link.

    A link of its own (a veth pair on no bridge) leads to the host whatever the gateway, which may be proxied (Calico). A
    network that its runtime calls internal is meant to lead nowhere. A namespace whose routes were not read whole does not
    count.
    """
    home = host.topology.host
    if home is None:
        return ()
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    for place in host.namespaces:
        key = place.namespace.key
        if key == home or not host.topology.residents.get(key) or not host.saw(key, "route"):
            continue
        for version in (4, 6):
            taken = _taken_by(host, home, key, _best(host, key, place.default_routes, version))
            if taken is not None:
                found[taken.ifindex, version].append(key)
    return tuple(
        Senders(
            link=host.topology.links[home, index],
            version=version,
            scopes=tuple(sorted(host.scope(key) for key in keys)),
            namespaces=frozenset(keys),
            sources=_sources(host, keys, version),
        )
        for (index, version), keys in sorted(found.items())
    )


def _best(host: Host, key: str, routes: Iterable[Route], version: int) -> Route | None:
    """The default route that counts: the one with the lowest metric."""
    usable = [r for r in routes if r.family == FAMILY[version] and r.type == "unicast" and r.dev is not None]
    return min(usable, key=lambda route: _rank(host, key, route), default=None)


def _rank(host: Host, key: str, route: Route) -> tuple[int, int]:
    """By its metric; of two with one metric the link of the lower index, whatever they are called."""
    return route.metric or 0, _index(host, key, route.dev)


def _index(host: Host, key: str, dev: str | None) -> int:
    link = host.topology.by_name.get((key, dev)) if dev is not None else None
    return link.ifindex if link is not None else 0


def _taken_by(host: Host, home: str, key: str, route: Route | None) -> Link | None:
    """The host's link that takes what a namespace sends by a route."""
    if route is None or route.dev is None:
        return None
    out = host.topology.by_name.get((key, route.dev))
    veth = host.topology.veth_at.get((key, out.ifindex)) if out is not None else None
    near = next((end.link for end in veth.ends if end.namespace == home), None) if veth is not None else None
    if near is None:
        return None
    if near.master is None:
        return near
    bridge = host.topology.by_name.get((home, near.master))
    if bridge is None or bridge.link_kind != "bridge" or bridge.name in host.internal_bridges:
        return None
    return bridge if (home, bridge.name, route.gateway) in host.bears else None


def _sources(host: Host, keys: Iterable[str], version: int) -> tuple[Network, ...]:
    networks: dict[Network, None] = {}
    for key in keys:
        for address in host.topology.namespaces[key].addresses:
            subnet = (
                prefix(address.address) if address.family == FAMILY[version] and address.scope == "global" else None
            )
            if subnet is not None and len(networks) < MOST_SUBNETS:
                networks[subnet] = None
    return tuple(networks)


def together(found: Sequence[Senders]) -> tuple[Senders, ...]:
    """Senders with one trouble, for few findings: those of each bridge, and all that have links of their own as one."""
    lone = [sent for sent in found if sent.link.link_kind != "bridge"]
    rest = tuple(sent for sent in found if sent.link.link_kind == "bridge")
    if not lone:
        return rest
    scopes = tuple(sorted(scope for sent in lone for scope in sent.scopes))
    keys = frozenset[str]().union(*(sent.namespaces for sent in lone))
    return (*rest, replace(lone[0], scopes=scopes, namespaces=keys))


def ways_on(host: Host, version: int) -> tuple[Link, ...]:
    """The links by which the host leads on to elsewhere, best first: those of its default routes; without any, those that bear
    addresses. A bridge on which there are only workloads, or nobody, leads nowhere, nor does a workload's own link.
    """
    home = host.topology.host
    if home is None:
        return ()
    place = host.topology.namespaces[home]
    names: dict[str, None] = {}
    for route in _ways_out(host, home, version):
        names |= dict.fromkeys(_devs(route))
    if not names:
        bearing = {a.dev for a in place.addresses if a.family == FAMILY[version] and a.scope == "global"}
        names = dict.fromkeys(sorted(bearing, key=lambda dev: _index(host, home, dev)))
    links = (host.topology.by_name.get((home, name)) for name in names)
    return tuple(link for link in links if link is not None and _leads_on(host, home, link))


def way_out(host: Host, version: int) -> Link | None:
    """The link of the host's best default route: where that shares its load among several, the one that takes least. None where
    there is no such route, or one of its links does not lead on."""
    home = host.topology.host
    best = next(iter(_ways_out(host, home, version)), None) if home is not None else None
    if home is None or best is None:
        return None
    links = [host.topology.by_name.get((home, name)) for name in _devs(best)]
    fit = [link for link in links if link is not None and link.mtu is not None and _leads_on(host, home, link)]
    return min(fit, key=lambda link: (link.mtu or 0, link.ifindex)) if fit and len(fit) == len(links) else None


def sends_up_to(host: Host, namespace: str, version: int) -> int | None:
    """The largest packet that a namespace sends by its default route, in bytes: the link's MTU, or the route's smaller one."""
    route = _best(host, namespace, host.topology.namespaces[namespace].default_routes, version)
    link = host.topology.by_name.get((namespace, route.dev)) if route is not None and route.dev is not None else None
    if route is None or link is None or link.mtu is None:
        return None
    own = route.metrics.get("mtu")
    return min(link.mtu, own) if isinstance(own, int) and own > 0 else link.mtu


def _ways_out(host: Host, home: str, version: int) -> list[Route]:
    """The host's default routes, best first."""
    routes = host.topology.namespaces[home].default_routes
    found = [r for r in routes if r.family == FAMILY[version] and r.type == "unicast"]
    return sorted(found, key=lambda route: _rank(host, home, route))


def _devs(route: Route) -> list[str]:
    if route.dev is not None:
        return [route.dev]
    return [str(hop["dev"]) for hop in route.nexthops if isinstance(hop, Mapping) and hop.get("dev") is not None]


def _leads_on(host: Host, home: str, link: Link) -> bool:
    if "UP" not in link.flags or link.type == "loopback":
        return False
    if link.link_kind == "bridge":
        return any(not _to_workload(host, home, port) for port in host.ports.get((home, link.name), ()))
    return not _to_workload(host, home, link)


def _to_workload(host: Host, home: str, link: Link) -> bool:
    """Is a link the host's end of a workload's veth pair, or of one whose other end was not seen?"""
    if link.link_kind != "veth":
        return False
    veth = host.topology.veth_at.get((home, link.ifindex))
    return (
        veth is None
        or any(end.link is not link and end.namespace in host.workloads for end in veth.ends)
        or veth.far is None
    )


def some(scopes: tuple[str, ...]) -> str:
    """A few scopes in words."""
    shown = ", ".join(scopes[:3])
    return shown if len(scopes) <= 3 else f"{shown} and {len(scopes) - 3} more"
