"""Namespaces of two snapshots: the same kernel object, or the same workload's in a new instance."""

from __future__ import annotations

from collections.abc import Hashable

from analyze.match.pairing import Identity, pair
from analyze.match.result import Matching
from analyze.scopes import bound_name, container_scope, maker
from analyze.topology import Topology
from snapshot.model.namespace import Namespace


def match_namespaces(before: Topology, after: Topology) -> Matching[Namespace]:
    """Match by kernel identity (boot_id and cookie) first, then by the workload that lives there, then by name."""
    boot = before.snapshot.header.boot_id
    one_boot = boot is not None and boot == after.snapshot.header.boot_id

    def same(a: Namespace, b: Namespace) -> bool:
        return one_boot and a.key == b.key

    def workload(side: Topology, namespace: Namespace) -> Hashable | None:
        residents = side.residents.get(namespace.key)
        return container_scope(maker(residents)) if residents and not namespace.host else None

    def kernel(namespace: Namespace) -> Hashable | None:
        # An inode is handed out again after its namespace died; alone it proves nothing.
        return namespace.key if one_boot and namespace.key.startswith("cookie:") else None

    def workload_before(namespace: Namespace) -> Hashable | None:
        return workload(before, namespace)

    def workload_after(namespace: Namespace) -> Hashable | None:
        return workload(after, namespace)

    identities: list[Identity[Namespace]] = [
        Identity(reason="the host's own namespace", confidence="exact", key=lambda ns: True if ns.host else None),
        Identity(reason="boot and namespace cookie", confidence="exact", key=kernel),
        Identity(reason="workload identity", confidence="strong", key=workload_before, after_key=workload_after),
        Identity(reason="bound name", confidence="strong", key=bound_name),
        Identity(
            reason="namespace inode", confidence="weak", key=lambda ns: ns.inode if one_boot and not ns.names else None
        ),
    ]
    return pair(
        [ns.namespace for ns in before.snapshot.namespaces],
        [ns.namespace for ns in after.snapshot.namespaces],
        identities,
        same,
    )
