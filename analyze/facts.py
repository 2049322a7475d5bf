"""Facts as the report shows them: the file's columns by name."""

from __future__ import annotations

from dataclasses import fields

from analyze.topology import Pod, Topology
from analyze.veths import End, Veth
from reports.model import Facts, Json
from snapshot.model.container import Container
from snapshot.model.kinds import KINDS, Fact
from snapshot.model.link import Link
from snapshot.model.namespace import Namespace

_COLUMNS = {kind.fact: tuple(field.name for field in fields(kind.fact)) for kind in KINDS.values()}


def columns(fact: Fact) -> dict[str, Json]:
    """A fact's columns in the file's order and under its names."""
    return {name: getattr(fact, name) for name in _COLUMNS[type(fact)]}


def link_facts(topology: Topology, namespace: str, link: Link) -> Facts:
    """A link with its peer in words (``scope/name``), which says more than an index in another namespace."""
    shown = columns(link)
    shown["peer"] = peer_words(topology, namespace, link)
    return shown


def peer_words(topology: Topology, namespace: str, link: Link) -> str | None:
    """Where a link's other end is: ``scope/name``. None for a link without one, or whose other end is not known."""
    veth = topology.veth_at.get((namespace, link.ifindex))
    if veth is not None:
        other = next((end for end in veth.ends if end.spot != (namespace, link.ifindex)), None)
        return None if other is None else f"{topology.scopes[other.namespace]}/{other.link.name}"
    if link.link_index is None:
        return None
    where: str | None = namespace
    if link.link_netnsid is not None:
        place = topology.namespaces[namespace]
        where = next((nsid.target for nsid in place.nsids if nsid.nsid == link.link_netnsid), None)
    lower = topology.links.get((where, link.link_index)) if where is not None else None
    return f"{topology.scopes[where]}/{lower.name}" if lower is not None and where is not None else None


def veth_facts(topology: Topology, veth: Veth) -> Facts:
    """A pair: its bridge, and its two ends, the host's first; an end that was not seen is None."""
    ends = [None if end is None else _end_facts(topology, end) for end in (veth.near, veth.far)]
    return {"bridge": veth.bridge, "ends": tuple(ends)}


def _end_facts(topology: Topology, end: End) -> Facts:
    link = end.link
    return {
        "scope": topology.scopes[end.namespace],
        "name": link.name,
        "ifindex": link.ifindex,
        "mac": link.mac,
        "mtu": link.mtu,
        "state": link.state,
    }


def pod_facts(topology: Topology, pod: Pod) -> Facts:
    """A pod: who it is, its containers by name, and the addresses the kernel has in its namespace."""
    return {
        "namespace": pod.pod_namespace,
        "name": pod.name,
        "uid": pod.uid,
        "state": "running" if any(_runs(container) for container in pod.containers) else "not running",
        "containers": tuple(container.pod_container or container.name for container in pod.containers),
        "addresses": tuple(workload_addresses(topology, pod.namespace)),
    }


def _runs(container: Container) -> bool:
    """One whose namespace was not found may run all the same."""
    return container.namespace is not None or container.state == "running"


def workload_addresses(topology: Topology, namespace: str | None) -> list[str]:
    """The addresses by which a workload is reached: of its own namespace, without loopback and link-local ones."""
    if namespace is None or namespace == topology.host:
        return []
    return [a.address for a in topology.addresses(namespace) if a.scope not in ("host", "link")]


def namespace_facts(topology: Topology, namespace: Namespace) -> Facts:
    """A namespace that is nobody's."""
    return {
        "inode": namespace.inode,
        "names": namespace.names,
        "has_process": namespace.has_process,
        "addresses": tuple(workload_addresses(topology, namespace.key)),
    }


def container_facts(container: Container) -> Facts:
    """A container; ``namespace`` (a kernel key) is left out: its scope says it."""
    shown = columns(container)
    del shown["namespace"]
    return shown


def scoped_name(topology: Topology, end: End) -> str:
    """A link as ``--map`` takes it: its scope and its name."""
    return f"{topology.scopes[end.namespace]}/{end.link.name}"


def veth_name(veth: Veth) -> str:
    """A pair's name: its ends' names, the host's first."""
    return " - ".join("?" if end is None else end.link.name for end in (veth.near, veth.far))
