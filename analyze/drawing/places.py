"""What is told of a place in one snapshot: its containers, addresses and ways out, and where its wires hang."""

from __future__ import annotations

from collections.abc import Iterable

from analyze.topology import Topology
from analyze.veths import End, Veth
from reports.drawing import Told
from reports.model import Action
from snapshot.model.container import Container

Spot = tuple[str, str | None]
"""Namespace key and name of a bridge; no name for what hangs on none."""
SANDBOX = "pause"


def called(container: Container) -> str:
    """A container's short name within its pod."""
    return SANDBOX if container.role == "sandbox" else container.pod_container or container.name


def addresses_of(topology: Topology, namespace: str | None, dev: str) -> list[str]:
    """The addresses of one link, without link-local ones."""
    if namespace is None:
        return []
    return [a.address for a in topology.addresses(namespace, dev) if a.scope not in ("host", "link")]


def off_the_wires(topology: Topology, namespace: str | None) -> list[str]:
    """The addresses in a namespace that are on no veth."""
    if namespace is None:
        return []
    place = topology.namespaces[namespace]
    wires = {link.name for link in place.links if link.link_kind == "veth"}
    return [a.address for a in place.addresses if a.dev not in wires and a.scope not in ("host", "link")]


def turned(veth: Veth) -> tuple[End | None, End | None]:
    """The end on the bridge first, whichever it is, and the other; the host's first if neither is on one."""
    near, far = veth.near, veth.far
    if far is not None and far.link.master is not None and (near is None or near.link.master is None):
        return far, near
    return near, far


def spot_of(veth: Veth) -> Spot:
    """Where a pair hangs."""
    near, _ = turned(veth)
    if near is not None and near.link.master is not None:
        return near.namespace, near.link.master
    return veth.ends[0].namespace, None


def plain(texts: Iterable[str]) -> tuple[Told, ...]:
    """Things that nothing happened to."""
    return tuple(Told(text=text) for text in texts)


def merged(before: list[str], after: list[str], gone: Action, come: Action) -> tuple[Told, ...]:
    """Both sides in one list: what is there no more first where it stood, what stayed, what came."""
    old, new = set(before), set(after)
    lost = [Told(text=text, action=gone) for text in before if text not in new]
    return (*lost, *(Told(text=text, action=None if text in old else come) for text in after))
