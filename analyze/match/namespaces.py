"""Namespaces of two snapshots: the same kernel object, or the same workload's in a new instance."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from analyze.facts import workload_addresses
from analyze.match.boots import one_boot
from analyze.match.containers import Told
from analyze.match.overrides import MAPPED, Overrides
from analyze.match.pairing import Identity, pair
from analyze.match.pods import pod_key
from analyze.match.result import Matched, Matching, weakest
from analyze.scopes import bound_name, maker
from analyze.seen import sight_of
from analyze.topology import Pod, Topology
from reports.model import Confidence
from snapshot.model.container import Container
from snapshot.model.frozen import frozen
from snapshot.model.namespace import Namespace

BY_ITS_LINKS = ("names of its veths' host ends", "MACs of its links", "its addresses")
"""What a namespace of no workload that both sides could tell is known by."""


@frozen
class NamespaceTwins:
    """Matched namespaces as look-ups: ``before`` old key -> match, ``same`` the keys still of the same object."""

    before: Mapping[str, Matched[Namespace]]
    same: frozenset[str]

    @classmethod
    def of(cls, matching: Matching[Namespace]) -> NamespaceTwins:
        """From a matching of namespaces."""
        return cls(
            before={m.before.key: m for m in matching.matched},
            same=frozenset(m.after.key for m in matching.matched if m.same),
        )

    def old(self, key: str) -> str | None:
        """The new key of an old namespace, None if it is gone."""
        match = self.before.get(key)
        return match.after.key if match is not None else None

    def confidence(self, key: str) -> Confidence:
        """How sure the match of an old namespace is, which has one: nothing that rests on it is surer."""
        return self.before[key].confidence


def match_namespaces(
    before: Topology, after: Topology, pods: Matching[Pod], containers: Matching[Told], overrides: Overrides
) -> Matching[Namespace]:
    """Match by kernel identity (boot_id and cookie) first, then by the workload that lives there, then by name, and those of
    no workload by what their links are."""
    same_boot = one_boot(before, after)
    new_mapped = frozenset(overrides.namespaces.values())

    def same(a: Namespace, b: Namespace) -> bool:
        return same_boot and a.key == b.key

    def kernel(namespace: Namespace) -> Hashable | None:
        # An inode is handed out again after its namespace died; alone it proves nothing.
        return namespace.key if same_boot and namespace.key.startswith("cookie:") else None

    def inode(namespace: Namespace) -> Hashable | None:
        return namespace.inode if same_boot and not namespace.names else None

    workloads = _Workloads.of(pods, containers)
    old_marks, new_marks = _marks(before, after), _marks(after, before)

    def marked(reason: str, confidence: Confidence, old: _Mark, new: _Mark) -> Identity[Namespace]:
        return Identity(
            reason=reason, confidence=confidence, key=lambda ns: old.get(ns.key), after_key=lambda ns: new.get(ns.key)
        )  # fmt: skip

    identities: list[Identity[Namespace]] = [
        Identity(
            reason=MAPPED, confidence="exact", key=lambda ns: overrides.namespaces.get(ns.key),
            after_key=lambda ns: ns.key if ns.key in new_mapped else None,
        ),
        Identity(reason="the host's own namespace", confidence="exact", key=lambda ns: True if ns.host else None),
        Identity(reason="boot and namespace cookie", confidence="exact", key=kernel),
        Identity(
            reason="workload identity", confidence="strong", key=lambda ns: workloads.old(before, ns),
            after_key=lambda ns: _resident(after, ns), words=lambda a, _: workloads.words(before, a),
        ),
        Identity(reason="bound name", confidence="strong", key=bound_name),
        marked(BY_ITS_LINKS[0], "strong", old_marks.host_ends, new_marks.host_ends),
        marked(BY_ITS_LINKS[1], "weak", old_marks.macs, new_marks.macs),
        marked(BY_ITS_LINKS[2], "weak", old_marks.addresses, new_marks.addresses),
        Identity(reason="namespace inode", confidence="weak", key=inode),
    ]  # fmt: skip
    return pair(
        [ns.namespace for ns in before.snapshot.namespaces],
        [ns.namespace for ns in after.snapshot.namespaces],
        identities,
        same,
    )


def _resident(topology: Topology, namespace: Namespace) -> Hashable | None:
    residents = topology.residents.get(namespace.key)
    if not residents or namespace.host:
        return None
    container = maker(residents)
    return _pod_of(container) or container.id


def _pod_of(container: Container) -> tuple[str, str] | None:
    return (container.pod_namespace or "default", container.pod_name) if container.pod_name is not None else None


@frozen
class _Workloads:
    """The matches of pods by their key, and of containers by id, on the old side."""

    pods: Mapping[tuple[str, str], Matched[Pod]]
    containers: Mapping[str, Matched[Told]]

    @classmethod
    def of(cls, pods: Matching[Pod], containers: Matching[Told]) -> _Workloads:
        return cls(
            pods={pod_key(match.before): match for match in pods.matched},
            containers={match.before[1].id: match for match in containers.matched},
        )

    def old(self, topology: Topology, namespace: Namespace) -> Hashable | None:
        """Who lives in an old namespace, as the second snapshot knows it."""
        residents = topology.residents.get(namespace.key)
        if not residents or namespace.host:
            return None
        container = maker(residents)
        pod = _pod_of(container)
        if pod is not None:
            twin = self.pods.get(pod)
            return pod_key(twin.after) if twin is not None else None
        match = self.containers.get(container.id)
        return match.after[1].id if match is not None else None

    def words(self, topology: Topology, namespace: Namespace) -> tuple[str, Confidence]:
        """What speaks for its match: no more than what speaks for its workload's."""
        container = maker(topology.residents[namespace.key])
        pod = _pod_of(container)
        match = self.pods.get(pod) if pod is not None else self.containers.get(container.id)
        assert match is not None
        return "workload identity", weakest(("strong", match.confidence))


_Mark = Mapping[str, Hashable]


@frozen
class _Marks:
    """Namespace key -> what its links are known by, for namespaces of no workload that both sides could tell."""

    host_ends: _Mark
    macs: _Mark
    addresses: _Mark


def untold(topology: Topology, other: Topology) -> frozenset[str]:
    """The namespaces of no workload, or of one that the other side's runtimes would not have told of: kernel evidence is all
    there is to know them by. The host's is none of them."""
    heard = sight_of(other.snapshot).runtimes
    told = {container.namespace for endpoint, container in topology.containers if endpoint in heard}
    return frozenset(topology.namespaces) - told - {topology.host}


def _marks(topology: Topology, other: Topology) -> _Marks:
    open_ones = {key: topology.namespaces[key] for key in sorted(untold(topology, other))}
    ends: dict[str, set[str]] = {}
    for veth in topology.veths:
        if veth.near is not None and veth.far is not None and veth.near.namespace == topology.host:
            ends.setdefault(veth.far.namespace, set()).add(veth.near.link.name)
    macs = {
        key: frozenset(link.mac for link in place.links if link.mac is not None and link.type == "ether")
        for key, place in open_ones.items()
    }
    addresses = {key: frozenset(workload_addresses(topology, key)) for key in open_ones}
    return _Marks(
        host_ends={key: frozenset(found) for key, found in ends.items() if key in open_ones},
        macs={key: found for key, found in macs.items() if found},
        addresses={key: found for key, found in addresses.items() if found},
    )
