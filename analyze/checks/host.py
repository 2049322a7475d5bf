"""One host as checks see it: its topology, what was seen of it, and look-ups that several checks share, each made once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, cast

from analyze.checks.answering import Answering
from analyze.checks.gateways import Gateway, gateways
from analyze.checks.prefixes import Prefix, Prefixes, prefix
from analyze.checks.segments import Segment, Spot, segments
from analyze.firewall.ruleset import Ruleset
from analyze.seen import Sight
from analyze.topology import Topology
from snapshot.model.address import Address
from snapshot.model.container import Container
from snapshot.model.frozen import frozen
from snapshot.model.json import JsonObject
from snapshot.model.link import Link
from snapshot.model.route import Route
from snapshot.store.extracts import read_as
from snapshot.store.loaded import Extract, LoadedNamespace

Borne = tuple[Link, Address, Prefix]
"""An address with the link that bears it, and as numbers."""
INGRESS = ("ingress", "ffff:", "ffff:fff2")
"""Parents of filters that see what comes in: the ingress discipline's, and clsact's TC_H_MIN_INGRESS (linux/pkt_sched.h)."""
NOTHING = Extract(rows=(), counts=(), total=0)


@frozen
class Unknown:
    """Something that could not be checked: in one namespace, or at all (None)."""

    namespace: str | None
    kind: str
    reason: str


class Host:
    """A pure value: nothing here reads a file."""

    def __init__(self, topology: Topology, sight: Sight) -> None:
        self.topology = topology
        self.sight = sight
        self._unread: dict[str, tuple[Unknown, ...]] = {}
        self._blind: dict[str, frozenset[str | None]] = {}

    @property
    def namespaces(self) -> tuple[LoadedNamespace, ...]:
        """Every namespace, the host's own first."""
        return self.topology.snapshot.namespaces

    @cached_property
    def workloads(self) -> Mapping[str, tuple[Container, ...]]:
        """Key -> its containers, of every namespace but the host's own in which containers run."""
        topology = self.topology
        return {k: found for k, found in topology.residents.items() if k != topology.host and k in topology.namespaces}

    def scope(self, namespace: str) -> str:
        """What people call a namespace."""
        return self.topology.scopes[namespace]

    def where(self, namespace: str, name: str) -> str:
        """A link in words: ``scope/name``."""
        return f"{self.scope(namespace)}/{name}"

    def extract(self, namespace: str, kind: str) -> Extract:
        """What was loaded of a big kind in a namespace; nothing where it was not read.

        The names are those of ``snapshot/store/extracts.py``: "route" has default routes and those without a gateway,
        "gateway" all others, "onlink" the links of some.
        """
        place = self.topology.namespaces.get(namespace)
        return NOTHING if place is None else place.extracts.get(kind, NOTHING)

    def rows(self, namespace: str, kind: str) -> tuple[Any, ...]:
        """Its rows."""
        return self.extract(namespace, kind).rows

    def routes(self, namespace: str) -> tuple[Route, ...]:
        """A namespace's default routes, and those without a gateway, but for those of the table "local"."""
        return cast(tuple[Route, ...], self.rows(namespace, "route"))

    def unread(self, name: str) -> tuple[Unknown, ...]:
        """The namespaces in which a kind was not read whole (or not loaded whole, of what checks go by)."""
        if name not in self._unread:
            kind, gaps = read_as(name), self.sight.gaps
            keys = self.topology.namespaces
            found = [
                Unknown(namespace=key, kind=kind, reason=self._errors.get((key, kind), "it was not read"))
                for key in keys
                if (key, kind) in gaps
            ]
            found += [
                Unknown(namespace=key, kind=kind, reason=f"{extract.total:,} rows, too many to be gone through")
                for key, extract in self._cut.get(name, ())
                if (key, kind) not in gaps
            ]
            self._unread[name] = tuple(found)
        return self._unread[name]

    def saw(self, namespace: str, name: str) -> bool:
        """Was a kind read whole there?"""
        if name not in self._blind:
            self._blind[name] = frozenset(gap.namespace for gap in self.unread(name))
        return read_as(name) in self.sight.kinds and namespace not in self._blind[name]

    @cached_property
    def _cut(self) -> Mapping[str, Sequence[tuple[str, Extract]]]:
        """By name what was not loaded whole, with the namespace's key."""
        found: dict[str, list[tuple[str, Extract]]] = {}
        for place in self.namespaces:
            for name, extract in place.extracts.items():
                if extract.cut:
                    found.setdefault(name, []).append((place.namespace.key, extract))
        return found

    @cached_property
    def _errors(self) -> Mapping[tuple[str, str], str]:
        """(namespace key, kind) -> why it was not read whole."""
        return {
            (record.namespace, kind): record.error or record.status
            for record in self.topology.snapshot.coverage
            if record.namespace is not None and record.status != "complete"
            for kind in record.kinds
        }

    @cached_property
    def hears(self) -> bool:
        """Did every runtime tell all it has?"""
        snapshot = self.topology.snapshot
        silent = any(r.runtime is not None and r.status != "complete" for r in snapshot.coverage)
        return "container" in self.sight.kinds and not silent

    @cached_property
    def addresses(self) -> Mapping[tuple[str, str], Sequence[Address]]:
        """(namespace key, name of a link) -> its addresses."""
        found: dict[tuple[str, str], list[Address]] = {}
        for place in self.namespaces:
            key = place.namespace.key
            for address in place.addresses:
                found.setdefault((key, address.dev), []).append(address)
        return found

    @cached_property
    def bears(self) -> frozenset[tuple[str, str, str]]:
        """(namespace key, name of a link, an address of it without its prefix length)."""
        return frozenset(
            (key, dev, address.address.partition("/")[0])
            for (key, dev), found in self.addresses.items()
            for address in found
        )

    @cached_property
    def borne(self) -> Mapping[str, Sequence[Borne]]:
        """Namespace key -> every address there with its link and as numbers, but for loopback's."""
        return {
            place.namespace.key: [
                (link, address, told)
                for address in place.addresses
                if (link := self.topology.by_name.get((place.namespace.key, address.dev))) is not None
                and (place.namespace.key, link.ifindex) in self.segment_of
                and (told := prefix(address.address)) is not None
            ]
            for place in self.namespaces
        }

    @cached_property
    def ports(self) -> Mapping[tuple[str, str], Sequence[Link]]:
        """(namespace key, name of a bridge, bond or VRF) -> its ports."""
        found: dict[tuple[str, str], list[Link]] = {}
        for (key, _), link in self.topology.links.items():
            if link.master is not None:
                found.setdefault((key, link.master), []).append(link)
        return found

    @cached_property
    def internal_bridges(self) -> frozenset[str]:
        """Names of the host's bridges whose networks a runtime calls internal: they are meant to lead nowhere."""
        return frozenset(n.bridge for _, n in self.topology.networks if n.internal and n.bridge is not None)

    @cached_property
    def sysctls(self) -> Mapping[str, JsonObject]:
        """The host's own sysctls: "net.ipv4.conf.eth0" -> its files with their values."""
        rows = self.rows(self.topology.host, "sysctl") if self.topology.host is not None else ()
        return {row.path: row.values for row in rows}

    @cached_property
    def ruleset(self) -> Ruleset:
        """The host's own firewall."""
        return Ruleset(self.rows(self.topology.host, "firewall") if self.topology.host is not None else ())

    @cached_property
    def routed(self) -> frozenset[tuple[str, str]]:
        """(namespace key, name of a link) of links that some route leads to, beside what the kernel makes for every link."""
        found: set[tuple[str, str]] = set()
        for place in self.namespaces:
            key = place.namespace.key
            # A route by a gateway needs a route without one on its link, unless it is flagged.
            for route in (*_rows(place, "route"), *_rows(place, "onlink")):
                if route.dev is not None and not route.dst.startswith(("fe80:", "ff00:")):
                    found.add((key, route.dev))
                for hop in route.nexthops:
                    if isinstance(hop, Mapping) and "dev" in hop:
                        found.add((key, str(hop["dev"])))
            found.update((key, nexthop.dev) for nexthop in _rows(place, "nexthop") if nexthop.dev is not None)
        return frozenset(found)

    @cached_property
    def steered(self) -> frozenset[tuple[str, str]]:
        """(namespace key, name of a link) of links whose packets a filter at ingress or a BPF program may take elsewhere."""
        return frozenset(
            (place.namespace.key, row.dev)
            for place in self.namespaces
            for kind in ("filter", "bpf")
            for row in _rows(place, kind)
            if row.dev is not None and (kind == "bpf" or row.parent in INGRESS)
        )

    @cached_property
    def carried_by(self) -> Mapping[Spot, Spot]:
        """A link -> the link it stands on: a VLAN's, macvlan's or tunnel's lower link, where that was found."""
        found: dict[Spot, Spot] = {}
        for (key, ifindex), link in self.topology.links.items():
            index = link.link_index
            if link.link_kind == "vxlan" and type(link.kind_data.get("vxlan_link")) is int:
                index = cast(int, link.kind_data["vxlan_link"])
            if index is not None and link.link_kind != "veth":
                where = key if link.link_netnsid is None else self.target(key, link.link_netnsid)
                if where is not None and (where, index) in self.topology.links and (where, index) != (key, ifindex):
                    found[key, ifindex] = (where, index)
        return found

    @cached_property
    def carrying(self) -> frozenset[Spot]:
        """The links that others stand on."""
        return frozenset(self.carried_by.values())

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The broadcast domains."""
        return segments(self.topology, self.carried_by)

    @cached_property
    def segment_of(self) -> Mapping[Spot, Segment]:
        """Each link's broadcast domain, but for loopback's."""
        return {end.spot: segment for segment in self.segments for end in segment.members}

    @cached_property
    def plain_routes(self) -> Mapping[tuple[str, str], Sequence[Route]]:
        """(namespace key, name of a link) -> its routes without a gateway."""
        found: dict[tuple[str, str], list[Route]] = {}
        for place in self.namespaces:
            key = place.namespace.key
            for route in _rows(place, "route"):
                if route.gateway is None and route.dev is not None and route.type == "unicast":
                    found.setdefault((key, route.dev), []).append(route)
        return found

    @cached_property
    def on_link(self) -> Mapping[tuple[str, str], Prefixes]:
        """(namespace key, name of a link) -> what these routes say to be on it."""
        told = {spot: [prefix(route.dst) for route in routes] for spot, routes in self.plain_routes.items()}
        return {spot: Prefixes(one for one in found if one is not None) for spot, found in told.items()}

    def target(self, namespace: str, nsid: int) -> str | None:
        """The key of the namespace that an id stands for in another; None if it was not found."""
        return self._targets.get((namespace, nsid))

    @cached_property
    def _targets(self) -> Mapping[tuple[str, int], str | None]:
        return {(p.namespace.key, nsid.nsid): nsid.target for p in self.namespaces for nsid in p.nsids}

    @cached_property
    def gateways(self) -> tuple[Gateway, ...]:
        """Every gateway, once for each namespace, link and address."""
        return tuple(found for place in self.namespaces for found in _gateways(place))

    @cached_property
    def answering(self) -> Answering:
        """Who answers for which address on which segment."""
        return Answering(self.namespaces, self.borne, self.topology.by_name, self.segment_of)


def _rows(place: LoadedNamespace, kind: str) -> tuple[Any, ...]:
    return place.extracts.get(kind, NOTHING).rows


def _gateways(place: LoadedNamespace) -> Iterable[Gateway]:
    plain, others = (place.extracts.get(name, NOTHING) for name in ("route", "gateway"))
    routes = cast(tuple[Route, ...], (*plain.rows, *others.rows))
    return gateways(place.namespace.key, routes, (*plain.counts, *others.counts), _rows(place, "nexthop"))
