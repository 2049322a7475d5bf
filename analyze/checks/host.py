"""One host as checks see it: its topology, what was seen of it, and look-ups that several checks share, each made once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from analyze.seen import Sight
from analyze.topology import Topology
from snapshot.model.address import Address
from snapshot.model.container import Container
from snapshot.model.link import Link
from snapshot.model.route import Route
from snapshot.store.loaded import Extract, LoadedNamespace

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
        """What was loaded of a big kind in a namespace; nothing where it was not read."""
        place = self.topology.namespaces.get(namespace)
        return NOTHING if place is None else place.extracts.get(kind, NOTHING)

    def rows(self, namespace: str, kind: str) -> tuple[Any, ...]:
        """Its rows."""
        return self.extract(namespace, kind).rows

    def routes(self, namespace: str) -> tuple[Route, ...]:
        """A namespace's routes but for those of the table "local"; of those that lead the same way by a gateway, one."""
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

    def _gap(self, namespace: str, kind: str) -> Unknown | None:
        if not self.sight.sees(namespace, kind):
            return Unknown(
                namespace=namespace, kind=kind, reason=self._errors.get((namespace, kind), "it was not read")
            )
        extract = self.extract(namespace, kind)
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
            for route in self.routes(key):
                if route.dev is not None and not route.dst.startswith(("fe80:", "ff00:")):
                    found.add((key, route.dev))
                found.update(
                    (key, str(hop["dev"])) for hop in route.nexthops if isinstance(hop, Mapping) and "dev" in hop
                )
        return frozenset(found)

    @cached_property
    def carried(self) -> frozenset[tuple[str, int]]:
        """(namespace key, index) of links that another stands on: a vlan's, macvlan's or tunnel's lower link."""
        found: set[tuple[str, int]] = set()
        for (key, _), link in self.topology.links.items():
            if link.link_index is not None and link.link_kind != "veth":
                where = key if link.link_netnsid is None else self.target(key, link.link_netnsid)
                if where is not None:
                    found.add((where, link.link_index))
        return frozenset(found)

    def target(self, namespace: str, nsid: int) -> str | None:
        """The key of the namespace that an id stands for in another; None if it was not found."""
        return self._targets.get((namespace, nsid))

    @cached_property
    def _targets(self) -> Mapping[tuple[str, int], str | None]:
        return {(p.namespace.key, nsid.nsid): nsid.target for p in self.namespaces for nsid in p.nsids}
