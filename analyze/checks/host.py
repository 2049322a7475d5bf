"""One host as checks see it: its topology, what was seen of it, and look-ups that several checks share, each made once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from analyze.checks.gateways import Gateway, gateways
from analyze.checks.prefixes import Prefix, Prefixes, prefix
from analyze.checks.segments import Segment, Spot, segments
from analyze.seen import Sight
from analyze.topology import Topology
from snapshot.model.address import Address
from snapshot.model.container import Container
from snapshot.model.link import Link
from snapshot.model.route import Route
from snapshot.store.extracts import read_as
from snapshot.store.loaded import Extract, LoadedNamespace

INGRESS = ("ingress", "ffff:", "ffff:fff2")
"""Parents of filters that see what comes in: the ingress discipline's, and clsact's TC_H_MIN_INGRESS (linux/pkt_sched.h)."""
NOTHING = Extract(rows=(), counts=(), total=0)


@dataclass(frozen=True, slots=True, kw_only=True)
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
        "gateway" all others.
        """
        place = self.topology.namespaces.get(namespace)
        return NOTHING if place is None else place.extracts.get(kind, NOTHING)

    def rows(self, namespace: str, kind: str) -> tuple[Any, ...]:
        """Its rows."""
        return self.extract(namespace, kind).rows

    def routes(self, namespace: str) -> tuple[Route, ...]:
        """A namespace's default routes, and those without a gateway, but for those of the table "local"."""
        return cast(tuple[Route, ...], self.rows(namespace, "route"))

    def unread(self, kind: str) -> tuple[Unknown, ...]:
        """The namespaces in which a kind was not read whole (or not loaded whole, of what checks go by)."""
        if kind not in self._unread:
            keys = (place.namespace.key for place in self.namespaces)
            gaps = (self._gap(key, kind) for key in keys)
            self._unread[kind] = tuple(gap for gap in gaps if gap is not None)
        return self._unread[kind]

    def saw(self, namespace: str, kind: str) -> bool:
        """Was a kind read whole there?"""
        return self._gap(namespace, kind) is None

    def _gap(self, namespace: str, name: str) -> Unknown | None:
        kind = read_as(name)
        if not self.sight.sees(namespace, kind):
            reason = self._errors.get((namespace, kind), "it was not read")
            return Unknown(namespace=namespace, kind=kind, reason=reason)
        extract = self.extract(namespace, name)
        if extract.cut:
            return Unknown(
                namespace=namespace, kind=kind, reason=f"{extract.total:,} rows, too many to be gone through"
            )
        return None

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
    def addresses(self) -> Mapping[tuple[str, str], tuple[Address, ...]]:
        """(namespace key, name of a link) -> its addresses."""
        found: dict[tuple[str, str], list[Address]] = defaultdict(list)
        for place in self.namespaces:
            for address in place.addresses:
                found[place.namespace.key, address.dev].append(address)
        return {spot: tuple(addresses) for spot, addresses in found.items()}

    @cached_property
    def ports(self) -> Mapping[tuple[str, str], tuple[Link, ...]]:
        """(namespace key, name of a bridge, bond or VRF) -> its ports."""
        found: dict[tuple[str, str], list[Link]] = defaultdict(list)
        for place in self.namespaces:
            for link in place.links:
                if link.master is not None:
                    found[place.namespace.key, link.master].append(link)
        return {spot: tuple(links) for spot, links in found.items()}

    @cached_property
    def routed(self) -> frozenset[tuple[str, str]]:
        """(namespace key, name of a link) of links that some route leads to, beside what the kernel makes for every link."""
        found: set[tuple[str, str]] = set()
        for place in self.namespaces:
            key = place.namespace.key
            for route in (*self.routes(key), *self.rows(key, "gateway")):
                if route.dev is not None and not route.dst.startswith(("fe80:", "ff00:")):
                    found.add((key, route.dev))
                found.update(
                    (key, str(hop["dev"])) for hop in route.nexthops if isinstance(hop, Mapping) and "dev" in hop
                )
            found.update((key, nexthop.dev) for nexthop in self.rows(key, "nexthop") if nexthop.dev is not None)
        return frozenset(found)

    @cached_property
    def steered(self) -> frozenset[tuple[str, str]]:
        """(namespace key, name of a link) of links whose packets a filter at ingress or a BPF program may take elsewhere."""
        return frozenset(
            (place.namespace.key, row.dev)
            for place in self.namespaces
            for kind in ("filter", "bpf")
            for row in self.rows(place.namespace.key, kind)
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
    def segments(self) -> Mapping[Spot, Segment]:
        """Each link's broadcast domain."""
        return segments(self.topology, self.carried_by)

    @cached_property
    def on_link(self) -> Mapping[tuple[str, str], Prefixes]:
        """(namespace key, name of a link) -> what its routes without a gateway say to be on it."""
        found: dict[tuple[str, str], list[Prefix]] = defaultdict(list)
        for place in self.namespaces:
            for route in self.routes(place.namespace.key):
                if route.gateway is None and route.dev is not None and route.type == "unicast":
                    told = prefix(route.dst)
                    if told is not None:
                        found[place.namespace.key, route.dev].append(told)
        return {spot: Prefixes(prefixes) for spot, prefixes in found.items()}

    def target(self, namespace: str, nsid: int) -> str | None:
        """The key of the namespace that an id stands for in another; None if it was not found."""
        return self._targets.get((namespace, nsid))

    @cached_property
    def _targets(self) -> Mapping[tuple[str, int], str | None]:
        return {(p.namespace.key, nsid.nsid): nsid.target for p in self.namespaces for nsid in p.nsids}

    @cached_property
    def gateways(self) -> tuple[Gateway, ...]:
        """Every gateway, once for each namespace, link and address."""
        return tuple(found for place in self.namespaces for found in self._gateways(place.namespace.key))

    def _gateways(self, key: str) -> Iterable[Gateway]:
        plain, others = self.extract(key, "route"), self.extract(key, "gateway")
        routes = cast(tuple[Route, ...], (*plain.rows, *others.rows))
        return gateways(key, routes, (*plain.counts, *others.counts), self.rows(key, "nexthop"))

    @cached_property
    def bearers(self) -> frozenset[tuple[str, str | None, int]]:
        """(namespace key, name of a link, an address as a number) for all addresses; with None for the link as well."""
        found: set[tuple[str, str | None, int]] = set()
        for place in self.namespaces:
            for address in place.addresses:
                told = prefix(address.address)
                if told is not None:
                    found.add((place.namespace.key, address.dev, told.number))
                    found.add((place.namespace.key, None, told.number))
        return frozenset(found)

    @cached_property
    def answering(self) -> frozenset[tuple[str, str]]:
        """(namespace key, name of a link, or "all") of links that answer for addresses of others (proxy_arp, proxy_ndp)."""
        return frozenset(
            (place.namespace.key, row.dev)
            for place in self.namespaces
            for row in self.rows(place.namespace.key, "sysctl")
            if row.dev is not None and (row.values.get("proxy_arp") == 1 or row.values.get("proxy_ndp") == 1)
        )
