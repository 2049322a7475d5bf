"""Containers as their runtimes tell them, for checks that go by what a runtime says."""

from __future__ import annotations

from collections.abc import Iterator

from analyze.checks.host import Host, Unknown
from snapshot.model.container import Container


def heard_containers(host: Host) -> Iterator[Container | Unknown]:
    """The containers of the runtimes that told all they have. Of the others' it is not known which still are as they were
    told: one ``Unknown`` stands for all of them, which makes a check unknown everywhere and hides nothing that was found."""
    if "container" not in host.sight.kinds:
        yield Unknown(namespace=None, kind="container", reason="this capture was not asked for it")
        return
    if not host.hears:
        yield Unknown(namespace=None, kind="container", reason="not every container runtime told what it has")
    for endpoint, container in host.topology.containers:
        if host.sight.hears(endpoint):
            yield container
