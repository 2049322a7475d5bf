"""What a change takes away: whether there is another way out, another address, another listener in its place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import field
from ipaddress import IPv4Network, IPv6Network

from analyze.addresses import interface, network
from analyze.diff.cuts import Cuts
from analyze.diff.draft import Draft
from analyze.diff.lost_ways import LostWays
from analyze.diff.sides import Sides
from analyze.topology import Topology
from analyze.ways_out import PARTS
from snapshot.model.address import Address
from snapshot.model.container import Container
from snapshot.model.frozen import frozen
from snapshot.model.link import Link
from snapshot.model.neighbour import Neighbour
from snapshot.model.route import Route
from snapshot.model.socket import Socket
from snapshot.model.sysctl import Sysctl

AGGREGATES = ("bond", "team")
"""Kinds of ports of which one does what another did (``Link.port_kind``)."""
PASSING = ("UP", "UNKNOWN")
"""Operational states in which something passes: a driver that does not tell leaves it unknown (RFC 2863)."""
MANY_SUBNETS = 4096
"""Above so many addresses in a namespace a refusing route is not held against each of them."""


@frozen
class Losses:
    """The drafts of a diff with what both sides have beside them.

    cuts        what the firewalls refuse that they let through
    children    id of a draft -> what hangs directly under it
    containers  of the second snapshot, by id
    heard       (container, protocol, port) where the second side has a new listener
    unicast     (namespace key, subject) of unicast routes that went
    ways        whether there is a way out
    set_for_all (new namespace key, "net.ipv4" or "net.ipv6") -> the parameters whose value for all or new links changed
    borne       side -> the addresses and MACs that anything had there, once somebody has asked
    """

    sides: Sides
    cuts: Cuts
    children: Mapping[int, list[Draft]]
    containers: Mapping[str, Container]
    heard: frozenset[tuple[str | None, str, int]]
    unicast: frozenset[tuple[str | None, str, str, str]]
    ways: LostWays
    set_for_all: Mapping[tuple[str | None, str], frozenset[str]]
    borne: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, sides: Sides, drafts: list[Draft]) -> Losses:
        """Look at all drafts once."""
        children: dict[int, list[Draft]] = defaultdict(list)
        for draft in drafts:
            if draft.cause is not None:
                children[id(draft.cause)].append(draft)
        news = [draft.new for draft in drafts if draft.old is None]
        return cls(
            sides=sides,
            cuts=Cuts(sides),
            children=children,
            containers={container.id: container for _, container in sides.after.containers},
            heard=frozenset((s.container, s.protocol, s.port) for s in news if isinstance(s, Socket)),
            unicast=frozenset(
                (d.namespaces[0], d.old.family, d.old.table, d.old.dst)
                for d in drafts
                if d.new is None and isinstance(d.old, Route) and d.old.type == "unicast"
            ),
            ways=LostWays(sides),
            set_for_all=_set_for_all(drafts),
        )

    def loses_accept(self, draft: Draft) -> bool:
        """Is a rule gone, or are all of a chain, by which the firewall let through what it refuses now?"""
        return self.cuts.by_loss(draft, self.children.get(id(draft), ()))

    def has_address(self, draft: Draft) -> bool:
        """Does the link of an address's draft have another one of the family, by which it is reached, afterwards?

        Where the link is no more, the namespace.
        """
        before, after = draft.namespaces
        family, dev = getattr(draft.old, "family", None), str(getattr(draft.old, "dev", None))
        now = self.sides.matches.names.get(before or "", {}).get(dev, dev)
        stands = (after or "", now) in self.sides.after.by_name
        return any(
            a.family == family and a.scope not in ("host", "link") and (a.dev == now or not stands)
            for a in self.sides.after.addresses(after or "")
        )

    def is_no_more(self, address: str) -> bool:
        """Did something have that address or MAC on the first side, and nothing on the second?"""
        if not self.borne:
            for side, topology in (("before", self.sides.before), ("after", self.sides.after)):
                ips = {_ip(a) for key in topology.namespaces for a in topology.addresses(key)}
                self.borne[side] = frozenset(ips | {link.mac for link in topology.links.values() if link.mac})
        return address in self.borne["before"] and address not in self.borne["after"]

    def is_elsewhere(self, draft: Draft) -> bool:
        """Is an address that went still one of its namespace's, on another link or with another prefix length?

        The kernel answers for IPv4 on every link of a VRF (ip-vrf(8)), for IPv6 on the one that has the address
        (net/ipv6/ndisc.c: ndisc_recv_ns); for none that is in use elsewhere (``dadfailed``) or valid on one link only.
        """
        went, (before, after) = draft.old, draft.namespaces
        if not isinstance(went, Address) or went.scope == "link" or before is None or after is None:
            return False
        names = self.sides.matches.names.get(before, {})
        vrf = _vrf(self.sides.before, before, went.dev)
        vrf = names.get(vrf, vrf) if vrf is not None else None
        asked = self._asked_through(before, after, went.dev) if went.family == "inet6" else None
        return any(
            _ip(a) == _ip(went) and "dadfailed" not in a.flags and _vrf(self.sides.after, after, a.dev) == vrf
            for a in self.sides.after.addresses(after)
            if asked is None or a.dev in asked
        )

    def _asked_through(self, before: str, after: str, dev: str) -> set[str]:
        """The links through which neighbours of one come now: itself, the bridge that it is a port of, its former ports."""
        names = self.sides.matches.names.get(before, {})
        now = names.get(dev, dev)
        link = self.sides.after.by_name.get((after, now))
        over = {link.master} if link is not None and link.master is not None else set()
        ports = {names.get(k.name, k.name) for k in self.sides.before.namespaces[before].links if k.master == dev}
        return {now} | over | ports

    def is_one_of_several(self, draft: Draft) -> bool:
        """Was a link a member of a bond or team, another member of which is up afterwards?"""
        link, (before, after) = draft.old, draft.namespaces
        if not isinstance(link, Link) or link.port_kind not in AGGREGATES or before is None or after is None:
            return False
        over = self.sides.matches.names.get(before, {}).get(link.master or "", link.master)
        others = self.sides.after.namespaces[after].links
        return any(
            o.master == over and o.port_kind in AGGREGATES and o.state in PASSING for o in others if o is not draft.new
        )

    def is_published(self, draft: Draft) -> bool:
        """Is a socket's port one that its container, which still runs, publishes, and does nothing listen there now?"""
        socket = draft.old
        if not isinstance(socket, Socket) or socket.container is None:
            return False
        now = self.sides.matches.container_ids.get(socket.container, socket.container)
        container = self.containers.get(now)
        if container is None or container.state != "running" or (now, socket.protocol, socket.port) in self.heard:
            return False
        ports = [port for port in container.ports if isinstance(port, Mapping)]
        return any(p.get("port") == socket.port and p.get("protocol") == socket.protocol for p in ports)

    def is_gateway(self, draft: Draft) -> bool:
        """Is a neighbour the gateway of a default route that the second snapshot has?"""
        entry = draft.new
        place = self.sides.after.namespaces.get(draft.namespaces[1] or "")
        if not isinstance(entry, Neighbour) or place is None:
            return False
        return any(entry.address == gateway and entry.dev == dev for gateway, dev in _gateways(place.default_routes))

    def shadows(self, draft: Draft) -> bool:
        """Does a route that refuses stand before one that carried traffic: in its place, or inside an on-link subnet?"""
        route = draft.new
        key = draft.namespaces[1]
        if not isinstance(route, Route) or key is None:
            return False
        if (draft.namespaces[0], route.family, route.table, route.dst) in self.unicast:
            return True
        if self.ways.lost_by(draft):
            return True
        if route.table != "main" or route.dst in PARTS:
            return False
        target = network(route.dst)
        addresses = self.sides.after.addresses(key)
        return len(addresses) <= MANY_SUBNETS and any(_inside(target, a.address) for a in addresses)

    def came_back_without(self, draft: Draft) -> bool:
        """Was a pair's workload made anew, and has no pair come in this one's place?"""
        cause = draft.cause
        if cause is None or cause.action != "recreated" or cause.namespaces[1] is None:
            return False
        return not any(c.kind == "veth" and c.action == "added" for c in self.children.get(id(cause), ()))


def _set_for_all(drafts: list[Draft]) -> dict[tuple[str | None, str], frozenset[str]]:
    found: dict[tuple[str | None, str], frozenset[str]] = defaultdict(frozenset)
    for draft in drafts:
        row = draft.new
        if isinstance(row, Sysctl) and row.dev in (None, "all", "default"):
            key = draft.namespaces[1], row.path.partition(".conf.")[0]
            forwarding = {"values.forwarding"} if "values.ip_forward" in draft.touched else set()
            found[key] |= draft.touched | forwarding
    return dict(found)


def made_anew(draft: Draft) -> bool:
    """Does a draft hang under something that was re-created, and so should be as it was?"""
    return any(one.action == "recreated" for one in above(draft))


def stays(draft: Draft) -> bool:
    """Is the namespace of a draft there on both sides?"""
    return None not in draft.namespaces


def _ip(address: Address) -> str:
    return address.address.partition("/")[0]


def _vrf(topology: Topology, namespace: str, dev: str) -> str | None:
    """The VRF in which a link is, or that it is itself."""
    link = topology.by_name.get((namespace, dev))
    if link is None:
        return None
    return link.name if link.link_kind == "vrf" else link.master if link.port_kind == "vrf" else None


def above(draft: Draft) -> Iterator[Draft]:
    """What a draft hangs under, the closest first."""
    step = draft.cause
    while step is not None:
        yield step
        step = step.cause


def _gateways(routes: tuple[Route, ...]) -> Iterator[tuple[object, object]]:
    for route in routes:
        yield route.gateway, route.dev
        for hop in route.nexthops:
            if isinstance(hop, Mapping):
                yield hop.get("gateway"), hop.get("dev")


def _inside(target: IPv4Network | IPv6Network, address: str) -> bool:
    subnet = interface(address).network
    if target.version != subnet.version or target.prefixlen <= subnet.prefixlen:
        return False
    return target.network_address in subnet
