"""The topology of one snapshot, resolved once and used by all: who lives where, and what hangs on what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from analyze.scopes import HOST, container_scope, maker, name_namespaces
from analyze.veths import Veth, pair_veths
from snapshot.model.address import Address
from snapshot.model.container import Container, Network
from snapshot.model.frozen import frozen
from snapshot.model.link import Link
from snapshot.store.loaded import Loaded, LoadedNamespace


@frozen
class Pod:
    """A pod: its containers, sandbox first, and the key of the namespace they share (None when none of them runs)."""

    pod_namespace: str
    name: str
    uid: str | None
    containers: tuple[Container, ...]
    namespace: str | None

    @property
    def scope(self) -> str:
        """The pod's own scope, on the host's network too."""
        return f"pod:{self.pod_namespace}/{self.name}"


@frozen
class Topology:
    """One snapshot with its relations.

    scopes      ``Namespace.key`` -> scope
    host        key of the host's own namespace, None if the file has none
    namespaces  by key
    links       (namespace key, ifindex) -> link
    by_name     (namespace key, name) -> link
    veths       every pair, and ``veth_at`` by either end's (namespace key, ifindex)
    pods        by (pod namespace, pod name)
    containers  with the endpoint of the runtime that told them, and ``by_id`` the first of each id
    residents   namespace key -> the containers that run in it
    networks    with the endpoint of their runtime
    """

    snapshot: Loaded
    scopes: Mapping[str, str]
    host: str | None
    namespaces: Mapping[str, LoadedNamespace]
    links: Mapping[tuple[str, int], Link]
    by_name: Mapping[tuple[str, str], Link]
    veths: tuple[Veth, ...]
    veth_at: Mapping[tuple[str, int], Veth]
    pods: Mapping[tuple[str, str], Pod]
    containers: tuple[tuple[str, Container], ...]
    by_id: Mapping[str, Container]
    residents: Mapping[str, tuple[Container, ...]]
    networks: tuple[tuple[str, Network], ...]

    def addresses(self, namespace: str, dev: str | None = None) -> tuple[Address, ...]:
        """The addresses of a namespace, or of one link in it."""
        place = self.namespaces.get(namespace)
        if place is None:
            return ()
        return tuple(a for a in place.addresses if dev is None or a.dev == dev)

    def scope_of(self, container: Container) -> str:
        """Where a container lives: its namespace's scope; for one that does not run, the scope it would have."""
        if container.namespace is not None and container.namespace in self.scopes:
            return self.scopes[container.namespace]
        if container.pod_name is None and container.joined is not None:
            other = self.by_id.get(container.joined)
            if other is not None and other.id != container.id:
                return container_scope(other)
        if container.pod_name is None and container.network_mode == "host":
            return HOST
        return container_scope(container)


def resolve(snapshot: Loaded) -> Topology:
    """Resolve one loaded snapshot."""
    containers = tuple((r.runtime.endpoint, c) for r in snapshot.runtimes for c in r.containers)
    living: dict[str, list[Container]] = defaultdict(list)
    for _, container in containers:
        if container.namespace is not None:
            living[container.namespace].append(container)
    residents = {key: tuple(sorted(found, key=_seniority)) for key, found in living.items()}
    namespaces = {ns.namespace.key: ns for ns in snapshot.namespaces}
    host = next((key for key, ns in namespaces.items() if ns.namespace.host), None)
    scopes = name_namespaces([ns.namespace for ns in snapshot.namespaces], residents)
    veths = pair_veths(snapshot.namespaces, scopes, host)
    return Topology(
        snapshot=snapshot,
        scopes=scopes,
        host=host,
        namespaces=namespaces,
        links={(key, link.ifindex): link for key, ns in namespaces.items() for link in ns.links},
        by_name={(key, link.name): link for key, ns in namespaces.items() for link in ns.links},
        veths=veths,
        veth_at={end.spot: veth for veth in veths for end in veth.ends},
        pods=_pods([c for _, c in containers]),
        containers=containers,
        by_id={container.id: container for _, container in reversed(containers)},
        residents=residents,
        networks=tuple((r.runtime.endpoint, n) for r in snapshot.runtimes for n in r.networks),
    )


def _seniority(container: Container) -> tuple[bool, bool, str, str]:
    return container.role != "sandbox", container.joined is not None, container.name, container.id


def _pods(containers: list[Container]) -> dict[tuple[str, str], Pod]:
    members: dict[tuple[str, str], list[Container]] = defaultdict(list)
    for container in containers:
        if container.pod_name is not None:
            members[container.pod_namespace or "default", container.pod_name].append(container)
    pods = {}
    for (pod_namespace, name), found in sorted(members.items()):
        running = [c for c in found if c.namespace is not None]
        head = maker(running or found)
        pods[pod_namespace, name] = Pod(
            pod_namespace=pod_namespace,
            name=name,
            uid=head.pod_uid,
            containers=tuple(sorted(found, key=_seniority)),
            namespace=head.namespace,
        )
    return pods
