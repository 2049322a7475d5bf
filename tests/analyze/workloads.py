"""Workloads of small hosts as orchestrators make them: pods of owners, services of Compose and Swarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from analyze.compose import compose
from reports.model import Change, Report
from snapshot.model.container import Container
from tests.analyze.hosts import Host, Net
from tests.analyze.pairs import sides_of


def deployment(revision: str) -> dict[str, str]:
    """The labels of a Deployment's pod."""
    return {"app.kubernetes.io/name": "web", "pod-template-hash": revision}


def daemon_set(revision: str) -> dict[str, str]:
    """The labels of a DaemonSet's pod."""
    return {"controller-revision-hash": revision, "pod-template-generation": "1"}


def pod(
    host: Host, name: str, ip: str, labels: Mapping[str, str] | None = None, *, started: str | None = None,
    host_end: str | None = None,
) -> Net:  # fmt: skip
    """A pod whose sandbox bears these labels, as the CRI tells them."""
    net = host.pod(name, ip, serial=f"{len(host.containers)}", host_end=host_end or f"veth{ip.rpartition('.')[2]}")
    host.containers = [
        replace(
            container,
            labels={**container.labels, **(labels or {})} if container.role == "sandbox" else container.labels,
            started_at=started,
        )
        if container.namespace == net.key
        else container
        for container in host.containers
    ]
    return net


def container(host: Host, name: str, ip: str | None, **more: object) -> Net:
    """A container outside pods, with a veth on the first bridge."""
    net = host.namespace()
    if ip is not None:
        host.veth(net, f"veth{ip.rpartition('.')[2]}", ip)
    made = Container(id=f"id-{name}-{net.key}", name=name, image="busybox:1", state="running", pid=7, namespace=net.key)
    host.containers.append(replace(made, **more))  # type: ignore[arg-type]
    return net


def service(project: str, name: str, number: int, *, run: bool = False) -> dict[str, str]:
    """The labels Compose gives a container."""
    words = {"project": project, "service": name, "container-number": str(number), "oneoff": str(run)}
    return {f"com.docker.compose.{word}": value for word, value in words.items()}


def report(before: Host, after: Host, *maps: str) -> Report:
    """The comparison of two hosts."""
    return compose(sides_of(before, after, maps), "netlapse test")


def top(told: Report) -> list[tuple[str, str, str, str | None]]:
    """What stands by itself: kind, action, name, and why it is the same."""
    return [(c.kind, c.action, c.name, c.matched_by) for c in told.changes if c.cause is None]


def one(told: Report, kind: str) -> Change:
    """The one change of a kind that stands by itself."""
    (found,) = (change for change in told.changes if change.kind == kind and change.cause is None)
    return found
