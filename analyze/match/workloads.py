"""Pods, containers and a runtime's networks: the same to a person, in the same or a new instance."""

from __future__ import annotations

from collections.abc import Hashable

from analyze.match.pairing import Identity, pair
from analyze.match.result import Matching
from analyze.topology import Pod, Topology
from snapshot.model.container import Container, Network

Told = tuple[str, Container]
"""A container with the endpoint of the runtime that told it."""


def match_pods(before: Topology, after: Topology) -> Matching[Pod]:
    """Match pods by namespace and name. The same instance: same uid, same sandbox, same network namespace."""
    one_boot = before.snapshot.header.boot_id == after.snapshot.header.boot_id

    def same(a: Pod, b: Pod) -> bool:
        if a.uid != b.uid:
            return False
        if a.namespace is None or b.namespace is None:
            return a.containers[0].id == b.containers[0].id
        return one_boot and a.namespace == b.namespace

    identity: Identity[Pod] = Identity(
        reason="pod identity", confidence="exact", key=lambda pod: (pod.pod_namespace, pod.name)
    )
    return pair(before.pods.values(), after.pods.values(), [identity], same)


def match_containers(before: Topology, after: Topology) -> Matching[Told]:
    """Match containers by id, then by their place in a pod, then by compose slot, then by name.

    The same instance: same id, and still in the namespace it was in (a container that was restarted into a new
    namespace is re-created).
    """
    one_boot = before.snapshot.header.boot_id == after.snapshot.header.boot_id

    def same(a: Told, b: Told) -> bool:
        if a[1].id != b[1].id:
            return False
        if a[1].namespace is None or b[1].namespace is None:
            return True
        return one_boot and a[1].namespace == b[1].namespace

    identities: list[Identity[Told]] = [
        Identity(reason="container id", confidence="exact", key=lambda told: (told[0], told[1].id)),
        # Whoever told of it: where a runtime is silent the agent knows its containers' ids by their control groups.
        Identity(reason="container id", confidence="exact", key=lambda told: told[1].id),
        Identity(reason="pod and container name", confidence="strong", key=_pod_place),
        Identity(reason="compose slot", confidence="strong", key=_compose_slot),
        Identity(reason="container name", confidence="strong", key=lambda told: (told[0], told[1].name)),
    ]
    return pair(before.containers, after.containers, identities, same)


def match_networks(before: Topology, after: Topology) -> Matching[tuple[str, Network]]:
    """Match a runtime's networks by id, then by name."""
    identities: list[Identity[tuple[str, Network]]] = [
        Identity(reason="network id", confidence="exact", key=lambda told: (told[0], told[1].id)),
        Identity(reason="network name", confidence="strong", key=lambda told: (told[0], told[1].name)),
    ]
    return pair(before.networks, after.networks, identities, lambda a, b: a[1].id == b[1].id)


def _pod_place(told: Told) -> Hashable | None:
    container = told[1]
    if container.pod_name is None:
        return None
    return container.pod_namespace, container.pod_name, container.role, container.pod_container


def _compose_slot(told: Told) -> Hashable | None:
    labels = told[1].labels
    slot = tuple(labels.get(f"com.docker.compose.{part}") for part in ("project", "service", "container-number"))
    return (told[0], *map(str, slot)) if all(isinstance(part, str) for part in slot) else None
