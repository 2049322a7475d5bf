"""What is there after the change: the things that ``must:`` speaks of, changed or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field

from analyze.diff.host import host_facts
from analyze.facts import columns, container_facts, link_facts, namespace_facts, pod_facts, veth_facts, veth_name
from analyze.names import row_name
from analyze.plan.rules import Plan
from analyze.scopes import HOST
from analyze.topology import Topology
from reports.model import Facts
from snapshot.model.frozen import frozen
from snapshot.model.kinds import Fact
from snapshot.store.loaded import Loaded, Place
from snapshot.store.reference import SnapshotRef, parse

RESOLVED = frozenset({"host", "pod", "container", "network", "namespace", "veth", "link", "address"})
"""Kinds that every loaded snapshot has whole; the rows of others are read for a plan."""


@frozen
class Thing:
    """One thing that is there."""

    scope: str
    name: str
    facts: Facts


@frozen
class State:
    """The later snapshot. ``rows`` has what was read of the kinds that are not ``RESOLVED``, a part that suffices."""

    topology: Topology
    rows: Mapping[Place, tuple[Fact, ...]] = field(default_factory=dict)

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of all namespaces, sorted."""
        return tuple(sorted(self.topology.scopes.values()))

    def things(self, kind: str) -> Iterator[Thing]:
        """All things of a kind."""
        if kind in _THINGS:
            yield from _THINGS[kind](self.topology)
            return
        for place, rows in self.rows.items():
            if place.kind == kind:
                scope = self.topology.scopes[place.namespace]
                yield from (Thing(scope=scope, name=row_name(row), facts=columns(row)) for row in rows)


def read_state(plan: Plan, after: str, loaded: Loaded) -> Mapping[Place, tuple[Fact, ...]]:
    """The rows of the later snapshot that a plan asks for. ``after`` is as on the command line, ``loaded`` what it named.

    Nothing is read for a plan that asks for nothing but what is loaded anyway.
    """
    kinds = plan.state_kinds - RESOLVED
    if not kinds:
        return {}
    from snapshot.store.reader import load_whole  # noqa: PLC0415  # SQLAlchemy takes 0.3 s to import

    # By its number: a file's newest snapshot may be another one by now.
    ref = SnapshotRef(path=parse(after).path, name=str(loaded.id))
    return load_whole(ref, kinds, _wanted_by(plan)).rows


def _wanted_by(plan: Plan) -> Callable[[str, Fact], bool]:
    """Whether a plan speaks of a row: the others need not be kept."""
    rules = plan.of("must")

    def wanted(kind: str, row: Fact) -> bool:
        return any(
            kind in rule.selector.kinds and rule.selector.named(row_name(row)) and rule.selector.has(columns(row))
            for rule in rules
        )

    return wanted


def _host(topology: Topology) -> Iterator[Thing]:
    facts = host_facts(topology.snapshot)
    yield Thing(scope=HOST, name=str(facts["hostname"]), facts=facts)


def _pods(topology: Topology) -> Iterator[Thing]:
    for pod in topology.pods.values():
        yield Thing(scope=pod.scope, name=f"{pod.pod_namespace}/{pod.name}", facts=pod_facts(topology, pod))


def _containers(topology: Topology) -> Iterator[Thing]:
    for _, container in topology.containers:
        yield Thing(scope=topology.scope_of(container), name=container.name, facts=container_facts(container))


def _networks(topology: Topology) -> Iterator[Thing]:
    for _, network in topology.networks:
        yield Thing(scope=HOST, name=network.name, facts=columns(network))


def _namespaces(topology: Topology) -> Iterator[Thing]:
    for key, place in topology.namespaces.items():
        scope = topology.scopes[key]
        facts = namespace_facts(topology, place.namespace)
        yield Thing(scope=scope, name=scope.partition(":")[2] or scope, facts=facts)


def _veths(topology: Topology) -> Iterator[Thing]:
    for veth in topology.veths:
        scope = topology.scopes[veth.home.namespace]
        yield Thing(scope=scope, name=veth_name(veth), facts=veth_facts(topology, veth))


def _links(topology: Topology) -> Iterator[Thing]:
    for (key, _), link in topology.links.items():
        yield Thing(scope=topology.scopes[key], name=link.name, facts=link_facts(topology, key, link))


def _addresses(topology: Topology) -> Iterator[Thing]:
    for key, scope in topology.scopes.items():
        for address in topology.addresses(key):
            yield Thing(scope=scope, name=row_name(address), facts=columns(address))


_THINGS: Mapping[str, Callable[[Topology], Iterator[Thing]]] = {
    "host": _host,
    "pod": _pods,
    "container": _containers,
    "network": _networks,
    "namespace": _namespaces,
    "veth": _veths,
    "link": _links,
    "address": _addresses,
}
