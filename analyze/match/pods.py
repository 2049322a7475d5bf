"""Pods: the same to a person, in the same or a new instance."""

from __future__ import annotations

from collections.abc import Hashable

from analyze.facts import workload_addresses
from analyze.match.boots import one_boot, rebooted
from analyze.match.overrides import MAPPED, Overrides
from analyze.match.owners import named_owner, pod_owner
from analyze.match.pairing import Identity, pair
from analyze.match.replicas import Replica, pair_replicas
from analyze.match.result import Matching
from analyze.scopes import age
from analyze.topology import Pod, Topology

PodKey = tuple[str, str]
"""Pod namespace and name."""


def pod_key(pod: Pod) -> PodKey:
    """What identifies a pod within one snapshot."""
    return pod.pod_namespace, pod.name


def match_pods(before: Topology, after: Topology, overrides: Overrides) -> Matching[Pod]:
    """Match pods by namespace and name, then by uid, then replicas within their owner.

    The same instance: same uid, same sandbox, same network namespace.
    """
    same_boot = one_boot(before, after)

    def same(a: Pod, b: Pod) -> bool:
        if a.uid != b.uid:
            return False
        if a.namespace is None or b.namespace is None:
            ran = a.containers[0].state == b.containers[0].state == "running"
            return a.containers[0].id == b.containers[0].id and not (ran and rebooted(before, after))
        return same_boot and a.namespace == b.namespace

    identities: list[Identity[Pod]] = [
        Identity(
            reason=MAPPED, confidence="exact", key=lambda pod: overrides.pods.get(pod_key(pod)),
            after_key=lambda pod: pod_key(pod) if pod_key(pod) in overrides.new_pods else None,
        ),
        Identity(reason="pod identity", confidence="exact", key=pod_key),
        Identity(reason="pod uid", confidence="exact", key=lambda pod: pod.uid),
    ]  # fmt: skip
    matching = pair(before.pods.values(), after.pods.values(), identities, same)
    return pair_replicas(matching, lambda pod: _replica(before, pod), lambda pod: _replica(after, pod))


def _replica(topology: Topology, pod: Pod) -> Replica[Pod] | None:
    owner = pod_owner(pod)
    if owner is None:
        return None
    addresses = frozenset(workload_addresses(topology, pod.namespace))
    running = pod.namespace is not None
    made = frozenset((c.role, c.pod_container, c.image) for c in pod.containers)
    alike: tuple[Hashable | None, ...] = (
        (owner.revision, addresses) if addresses else None,
        addresses or None,
        (owner.revision, made, running),
        (owner.revision, running),
        running,
    )
    started = min((c.started_at for c in pod.containers if c.started_at is not None), default=None)
    first = min((c.pid for c in pod.containers if c.pid is not None), default=None)
    return Replica(thing=pod, owner=owner, named=named_owner(pod), alike=alike, age=(*age(started, first), pod.name))
