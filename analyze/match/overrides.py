"""What a person says is the same: ``--map OLD=NEW``, above every identity.

Each side is a scope (``pod:NAMESPACE/NAME``, ``container:NAME``, ``netns:NAME``, ``host``), a link in one (``host/eth0``,
``pod:default/web/eth0``) or ``network:NAME`` (a runtime's), as reports call it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import TypeVar

from analyze.scopes import HOST
from analyze.topology import Topology
from snapshot.model.errors import UsageError
from snapshot.model.frozen import frozen

K = TypeVar("K")
V = TypeVar("V")

MAPPED = "--map"
"""The reason of such a match."""

Spot = tuple[str, int]
"""Namespace key and index of a link."""


@frozen
class Overrides:
    """Old identity -> new one, each within its own snapshot: pods by namespace and name, containers and networks by id,
    namespaces by key, links by namespace key and index; ``said`` the words for a link's pair."""

    pods: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    containers: Mapping[str, str] = field(default_factory=dict)
    networks: Mapping[str, str] = field(default_factory=dict)
    namespaces: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[Spot, Spot] = field(default_factory=dict)
    said: Mapping[Spot, str] = field(default_factory=dict)

    @property
    def new_pods(self) -> frozenset[tuple[str, str]]:
        """The pods of the second snapshot that are spoken for."""
        return frozenset(self.pods.values())

    @property
    def new_containers(self) -> frozenset[str]:
        """Likewise its containers."""
        return frozenset(self.containers.values())


NO_OVERRIDES = Overrides()


@frozen
class _Side:
    """What one side of a pair names; ``kind`` is its scope's word, or "link"; ``veth`` one that is an end of a veth pair."""

    kind: str
    pod: tuple[str, str] | None = None
    container: str | None = None
    network: str | None = None
    namespace: str | None = None
    link: Spot | None = None
    veth: bool = False


def overrides_of(texts: Sequence[str], before: Topology, after: Topology) -> Overrides:
    """All pairs, resolved. Raises ``UsageError`` for what neither snapshot knows, and for pairs that contradict each other."""
    if not texts:
        return NO_OVERRIDES
    names = _names(before), _names(after)
    pods: dict[tuple[str, str], tuple[str, str]] = {}
    containers: dict[str, str] = {}
    networks: dict[str, str] = {}
    namespaces: dict[str, str] = {}
    links: dict[Spot, Spot] = {}
    said: dict[Spot, str] = {}
    for text in dict.fromkeys(texts):
        old, new = _resolved(text, *names)
        _check_kinds(text, old, new)
        if old.pod is not None and new.pod is not None:
            _put(pods, old.pod, new.pod, text)
        if old.container is not None and new.container is not None:
            _put(containers, old.container, new.container, text)
        if old.network is not None and new.network is not None:
            _put(networks, old.network, new.network, text)
        if old.link is not None and new.link is not None:
            _put(links, old.link, new.link, text)
            said[old.link] = text
        elif old.namespace is not None and new.namespace is not None:
            _put(namespaces, old.namespace, new.namespace, text)
    return Overrides(pods=pods, containers=containers, networks=networks, namespaces=namespaces, links=links, said=said)


def _check_kinds(text: str, old: _Side, new: _Side) -> None:
    kinds = {old.kind, new.kind}
    if len(kinds) == 2 and ("link" in kinds or HOST in kinds or "netns" not in kinds):
        raise UsageError(f"--map {text!r}: {_a(old)} cannot be {_a(new)}: name two of one kind")
    if old.veth != new.veth:
        # A veth is known by its pair, and what is no pair cannot have become one.
        words = "an end of a veth pair", "a link of another kind"
        one, other = words if old.veth else reversed(words)
        raise UsageError(f"--map {text!r}: {one} cannot be {other}")


def _a(side: _Side) -> str:
    return {HOST: "the host", "netns": "a namespace"}.get(side.kind, f"a {side.kind}")


def _put(pairs: dict[K, V], old: K, new: V, text: str) -> None:
    if old in pairs or new in pairs.values():
        raise UsageError(f"--map {text!r} contradicts another --map: each thing has one other self")
    pairs[old] = new


@frozen
class _Names:
    """The things of one side by what reports call them; ``twice``: names that several bear."""

    sides: Mapping[str, _Side]
    twice: frozenset[str]
    scopes: Mapping[str, str]
    topology: Topology

    def find(self, text: str) -> _Side | None:
        """What is called so, None if nothing is."""
        if text in self.twice:
            raise UsageError(f"--map: several things are called {text!r}: `netlapse show` tells them apart")
        if text in self.sides:
            return self.sides[text]
        scope, _, name = text.rpartition("/")
        key = self.scopes.get(scope)
        link = self.topology.by_name.get((key, name)) if key is not None else None
        if key is None or link is None:
            return None
        return _Side(kind="link", link=(key, link.ifindex), veth=link.link_kind == "veth")


def _names(topology: Topology) -> _Names:
    sides: dict[str, _Side] = {}
    twice: set[str] = set()
    namespaces = {scope: key for key, scope in topology.scopes.items()}
    for scope, key in namespaces.items():
        kind = scope.partition(":")[0]
        sides[scope] = _Side(kind=kind, namespace=None if kind == HOST else key)
    for pod in topology.pods.values():
        own = pod.namespace if pod.namespace != topology.host else None
        sides[pod.scope] = _Side(kind="pod", pod=(pod.pod_namespace, pod.name), namespace=own)
    named: dict[str, str] = {}

    def name(scope: str, number: str, side: _Side) -> None:
        if named.setdefault(scope, number) != number:
            twice.add(scope)
        sides[scope] = side

    for _, container in topology.containers:
        if container.pod_name is None:
            scope = f"container:{container.name}"
            name(scope, container.id, _Side(kind="container", container=container.id, namespace=namespaces.get(scope)))
    for _, network in topology.networks:
        name(f"network:{network.name}", network.id, _Side(kind="network", network=network.id))
    return _Names(sides=sides, twice=frozenset(twice), scopes=namespaces, topology=topology)


def _resolved(text: str, before: _Names, after: _Names) -> tuple[_Side, _Side]:
    """Names may hold an equals sign: it is the one at which both sides are known."""
    found = []
    for old, new in _splits(text):
        left, right = before.find(old), after.find(new)
        if left is not None and right is not None:
            found.append((left, right))
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"--map {text!r} can be read in {len(found)} ways")
    raise UsageError(_unknown(text, before, after))


def _splits(text: str) -> Iterator[tuple[str, str]]:
    for place, letter in enumerate(text):
        if letter == "=":
            yield text[:place], text[place + 1 :]


def _unknown(text: str, before: _Names, after: _Names) -> str:
    old, sign, new = text.partition("=")
    if not sign or not old or not new:
        return f"--map {text!r}: write OLD=NEW, such as pod:default/web-1=pod:default/web-2 or host/eth0=host/ens3"
    side, name = ("first", old) if before.find(old) is None else ("second", new)
    return f"--map {text!r}: there is no {name!r} in the {side} snapshot: `netlapse show` lists scopes and links"
