"""route-to-absent-pod: a route of the host to one address, by a link on whose other side nobody has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from analyze.checks.check import Check, Found, LinkAt
from analyze.checks.host import Host
from analyze.checks.prefixes import prefix
from analyze.veths import End
from snapshot.model.link import Link
from snapshot.model.route import Route

TUNNELS = frozenset({"ipip", "sit", "gre", "gretap", "erspan", "ip_vti", "vti6", "ip6tnl", "ip6gre", "ip6gretap"})
"""Kinds of links that a kernel with tunnels makes in every namespace, and that are down there."""


def find(host: Host) -> Iterator[Found]:
    """A CNI plugin without a bridge (Calico, ptp) gives the host a route per pod: its address, by the host's end of its veth
    pair. Where the pod's namespace has another address, or a pair is used again, the route stays behind. Likewise a route
    to one address by a bridge on which nobody has it.

    Nothing is said where the address may be beyond: of a namespace with more links than loopback and the pair's end (virtual
    machines, nested containers), of a bridge with other ports than such pairs; and of a workload without any address, whose
    runtime may have a network stack of its own (gVisor).
    """
    home = host.topology.host
    if home is None:
        return
    bearers = _Bearers(host, home)
    for route in host.routes(home):
        link = host.topology.by_name.get((home, route.dev or ""))
        if link is None or not _to_one_address(route):
            continue
        far = bearers.beyond(link)
        address = route.dst.partition("/")[0]
        if (
            far is not None
            and address not in far.addresses
            and address not in bearers.own
            and not _taken(host, route, (home, *far.namespaces))
        ):
            yield _found(host, home, route, link, far)


def _to_one_address(route: Route) -> bool:
    plain = route.type == "unicast" and route.gateway is None and route.nexthop_id is None and not route.nexthops
    return plain and route.protocol != "kernel" and route.dst.endswith("/128" if route.family == "inet6" else "/32")


def _taken(host: Host, route: Route, keys: Iterable[str]) -> bool:
    """Does one of these namespaces take the address for its own by a local route?"""
    told, taken = prefix(route.dst), host.answering.taken
    return told is not None and any(key in taken and taken[key].covers(told) for key in keys)


class Beyond:
    """Who is on the other side of a link: keys of namespaces, and all their addresses."""

    def __init__(self, namespaces: frozenset[str], addresses: Mapping[str, str]) -> None:
        self.namespaces = namespaces
        self.addresses = addresses


class _Bearers:
    """The other sides of the host's links, each looked up once."""

    def __init__(self, host: Host, home: str) -> None:
        self.host = host
        self.home = home
        self.own = {a.address.partition("/")[0] for a in host.topology.namespaces[home].addresses}
        self._known: dict[int, Beyond | None] = {}

    def beyond(self, link: Link) -> Beyond | None:
        """None where that cannot be told."""
        if link.ifindex not in self._known:
            self._known[link.ifindex] = self._beyond(link)
        return self._known[link.ifindex]

    def _beyond(self, link: Link) -> Beyond | None:
        if link.link_kind == "bridge":
            ports = self.host.ports.get((self.home, link.name), ())
            ends = [self._end(port) for port in ports]
            keys = [end.namespace for end in ends if end is not None]
            if not ports or len(keys) < len(ports):
                return None
        else:
            end = self._end(link) if link.master is None else None
            if end is None:
                return None
            keys = [end.namespace]
        addresses: dict[str, str] = {}
        for key in keys:
            for address in self.host.topology.namespaces[key].addresses:
                addresses[address.address.partition("/")[0]] = key
        return Beyond(frozenset(keys), addresses)

    def _end(self, link: Link) -> End | None:
        """The other end of a veth pair, in a namespace that leads nowhere else."""
        veth = self.host.topology.veth_at.get((self.home, link.ifindex))
        if veth is None or veth.near is None or veth.far is None or veth.far.namespace == self.home:
            return None
        far = veth.far
        place = self.host.topology.namespaces[far.namespace]
        others = [other for other in place.links if other.ifindex != far.link.ifindex and other.type != "loopback"]
        leads_on = far.link.master is not None or any(
            other.link_kind not in TUNNELS or "UP" in other.flags for other in others
        )
        addressed = any(address.scope == "global" for address in place.addresses)
        occupied = bool(self.host.topology.residents.get(far.namespace))
        return None if leads_on or (occupied and not addressed) else far


def _found(host: Host, home: str, route: Route, link: Link, far: Beyond) -> Found:
    address = route.dst.partition("/")[0]
    if link.link_kind == "bridge":
        where = f"nobody on {link.name} has it"
    else:
        (key,) = far.namespaces
        there = sorted(text for text in far.addresses if not text.startswith(("127.", "::1", "fe80:")))
        where = f"{host.scope(key)} at its other end has {', '.join(there[:5]) or 'no address'}"
    return Found(
        namespace=home,
        subject=(route.table, route.dst, LinkAt(home, link.ifindex)),
        message=f"the host's route to {address} leads by {link.name}, but {where}",
        evidence=(f"route {route.dst} dev {route.dev} table {route.table} protocol {route.protocol}",),
        rests_on=far.namespaces,
    )


CHECK = Check(
    id="route-to-absent-pod",
    title="Route to a pod that is not there",
    why="What the host and its containers send to the address is lost, also when a pod elsewhere has it by now.",
    severity="warning",
    confidence="strong",
    needs=("link", "nsid", "address", "route", "local"),
    find=find,
)
