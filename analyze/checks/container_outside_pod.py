"""container-outside-pod: a container that is not in the namespace of the pod, or of the container, that it belongs to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from analyze.checks.check import Check, ContainerOf, Found
from analyze.checks.host import Host, Unknown
from analyze.checks.runtimes import heard_containers
from snapshot.model.container import Container

Sandboxes = Mapping[tuple[str | None, str | None, str | None], list[Container]]
"""Pod (namespace, name, uid) -> its sandboxes that run."""


def find(host: Host) -> Iterator[Found | Unknown]:
    """Every container of a pod shares the namespace of the pod's sandbox (Kubernetes: pods), which for a pod on the host's
    network is the host's. Docker's ``--network container:X`` joins X's namespace when the container starts: when X is started
    again, the one that joined it stays behind in the old one.

    Where it is not known in which namespace either of them runs, nothing is said.
    """
    containers: list[Container] = []
    for said in heard_containers(host):
        if isinstance(said, Unknown):
            yield said
        else:
            containers.append(said)
    by_id = {container.id: container for container in containers}
    sandboxes: dict[tuple[str | None, str | None, str | None], list[Container]] = defaultdict(list)
    for container in containers:
        if container.role == "sandbox" and container.namespace is not None:
            sandboxes[_pod(container)].append(container)
    for container in containers:
        if container.namespace is None or container.namespace not in host.topology.namespaces:
            continue
        belongs = _belongs(container, by_id, sandboxes)
        if belongs and container.namespace not in {other.namespace for other in belongs}:
            yield _found(host, container, belongs[0])


def _belongs(container: Container, by_id: Mapping[str, Container], sandboxes: Sandboxes) -> list[Container]:
    """Those in whose namespace it should be: any of them will do."""
    if container.role == "sandbox":
        return []
    if container.pod_name is not None and (found := sandboxes.get(_pod(container))):
        return found
    joined = by_id.get(container.joined) if container.joined is not None else None
    return [joined] if joined is not None and joined.namespace is not None and joined.id != container.id else []


def _pod(container: Container) -> tuple[str | None, str | None, str | None]:
    return container.pod_namespace, container.pod_name, container.pod_uid


def _found(host: Host, container: Container, belongs: Container) -> Found:
    scopes = host.topology.scopes
    theirs = belongs.namespace or ""
    here, there = scopes.get(container.namespace or "", ""), scopes.get(theirs, theirs)
    whose = (
        f"its pod's sandbox {belongs.name}" if belongs.role == "sandbox" else f"{belongs.name}, whose network it joins,"
    )
    return Found(
        namespace=container.namespace or "",
        subject=(ContainerOf(container.id),),
        message=f"container {container.name} runs in {here}, but {whose} runs in {there}",
        evidence=(
            f"container {container.name}: id {container.id[:12]}, pid {container.pid}, namespace {container.namespace}",
            f"container {belongs.name}: id {belongs.id[:12]}, pid {belongs.pid}, namespace {theirs}",
        ),
        rests_on=frozenset({theirs}) & frozenset(host.topology.namespaces),
    )


CHECK = Check(
    id="container-outside-pod",
    title="Container outside of its pod's namespace",
    why="It has not the pod's address: what is sent to the pod does not reach it, and the pod's localhost is not its own.",
    severity="critical",
    needs=(),
    find=find,
)
