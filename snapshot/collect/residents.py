"""Which namespace each container runs in: by its first process, or by the path the runtime keeps its namespace at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from snapshot.collect.namespaces.find import Census
from snapshot.collect.runtimes.protocol import Answer, ToldContainer
from snapshot.model.container import Container
from snapshot.model.coverage import Coverage, Status
from snapshot.model.kinds import Fact
from snapshot.model.snapshot import CapturedRuntime


def settle(
    census: Census, keys: Mapping[int, str], answers: tuple[Answer, ...], kinds: tuple[str, ...], started: float
) -> tuple[list[CapturedRuntime], list[Coverage]]:
    """The runtimes with their containers put into namespaces, and how completely each was heard.

    ``keys`` maps a namespace's inode to its key.
    """
    runtimes: list[CapturedRuntime] = []
    coverage: list[Coverage] = []
    for answer in answers:
        if answer.absent:
            continue
        if answer.runtime is not None:
            containers = [_settled(told, census, keys, same_pids=answer.same_pids) for told in answer.containers]
            by_id = {container.id: container for container in containers}
            # One that joins another's namespace is where that one is, also if its own process told nothing.
            containers = [_joined(container, by_id) for container in containers]
            sections: dict[str, tuple[Fact, ...]] = {"container": tuple(containers)}
            if answer.networks is not None:
                sections["network"] = answer.networks
            runtimes.append(CapturedRuntime(runtime=answer.runtime, sections=sections))
        coverage += _coverage(answer, kinds, started)
    return runtimes, coverage


def _coverage(answer: Answer, kinds: tuple[str, ...], started: float) -> list[Coverage]:
    """How completely one runtime was heard. What came and went meanwhile are containers: its networks are not torn by it."""
    status: Status = "complete"
    if answer.error is not None:
        status = "skipped" if answer.unasked else "failed"
    known = ("container",) if answer.networks is None else ("container", "network")
    about = tuple(kind for kind in known if kind in kinds)
    outcomes: list[tuple[tuple[str, ...], Status, str | None]] = [(about, status, answer.error)]
    if answer.torn is not None:
        outcomes = [(tuple(kind for kind in about if kind == "container"), "torn", answer.torn)]
        outcomes.append((tuple(kind for kind in about if kind != "container"), status, answer.error))
    return [
        Coverage(
            runtime=answer.endpoint.url,
            kinds=concerned,
            status=told,
            error=error,
            attempts=0 if answer.unasked else 1,
            started_us=max(0, round((answer.started - started) * 1_000_000)),
            finished_us=max(0, round((answer.finished - started) * 1_000_000)),
        )
        for concerned, told, error in outcomes
        if concerned
    ]


def _settled(told: ToldContainer, census: Census, keys: Mapping[int, str], *, same_pids: bool) -> Container:
    container = told.container
    if container.pid is None:
        return container
    if told.sandbox_path is not None:
        found = census.by_name(told.sandbox_path)
        if found is not None:
            return replace(container, namespace=keys.get(found.inode))
    if not same_pids:
        # A pid counts in the runtime's pid namespace: here it would be another process.
        return container
    found = census.by_path(f"/proc/{container.pid}/ns/net")
    return container if found is None else replace(container, namespace=keys.get(found.inode))


def _joined(container: Container, by_id: Mapping[str, Container]) -> Container:
    if container.namespace is not None or container.joined is None or container.pid is None:
        return container
    host = by_id.get(container.joined)
    return container if host is None else replace(container, namespace=host.namespace)
