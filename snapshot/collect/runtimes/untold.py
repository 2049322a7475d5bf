"""Containers that no runtime told of: found by the cgroups of their processes, named by the kubelet's log folders.

For a runtime that is silent, closed, or of a kind that cannot be asked. They make a runtime of their own, "cgroup:".
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from snapshot.collect.runtimes.cgroups import Resident, resident
from snapshot.collect.runtimes.kubelet import Logged, read_log_folders
from snapshot.collect.runtimes.protocol import Answer, Endpoint, ToldContainer
from snapshot.model.container import Container, Runtime

PROC = "/proc"
ENDPOINT = Endpoint(runtime="cgroup", url="cgroup:")
PODMAN = "libpod"
"""What Podman puts before the id of a container."""

PAUSE = "pause"
"""What a sandbox's program is called, whichever engine made it."""

SHOWN = 12
"""Letters of an id, for one that has no name."""


class _Seen(NamedTuple):
    """A container with a process in it, the one with the lowest number."""

    resident: Resident
    pid: int


def with_untold(answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """The runtimes' answers, and one more for all containers with a process whose ids none of them told.

    A Podman that was not asked because it does not run is missed only where some container of Podman's is among these.
    """
    told = frozenset(key for answer in answers for key in answer.known)
    started = time.time()
    seen = {key: found for key, found in _processes().items() if key not in told}
    idle_podman = not any(found.resident.prefix == PODMAN for found in seen.values())
    answers = tuple(
        replace(answer, absent=True) if answer.endpoint.idle is not None and idle_podman else answer
        for answer in answers
    )
    return (*answers, _answer(seen, started)) if seen else answers


def _answer(seen: Mapping[str, _Seen], started: float) -> Answer:
    logged = read_log_folders()
    sandboxes = _sandboxes(seen, logged)
    return Answer(
        endpoint=ENDPOINT,
        runtime=Runtime(name=ENDPOINT.runtime, endpoint=ENDPOINT.url),
        containers=tuple(ToldContainer(container=_container(found, logged, sandboxes)) for found in seen.values()),
        networks=None,
        same_pids=True,
        started=started,
        finished=time.time(),
    )


def _processes() -> dict[str, _Seen]:
    """Container id -> where it was seen."""
    found: dict[str, _Seen] = {}
    # Most processes of a host share a few paths.
    known: dict[bytes, Resident | None] = {}
    # What process 1 is in is the machine, as far as this /proc goes: for an agent within a container, that container.
    machine = resident(_read(f"{PROC}/1/cgroup").decode("utf-8", "backslashreplace"))
    for pid in sorted(int(name) for name in os.listdir(PROC) if name.isdigit()):
        told = _read(f"{PROC}/{pid}/cgroup")
        if told not in known:
            known[told] = resident(told.decode("utf-8", "backslashreplace"))
        inside = known[told]
        if inside is not None and inside != machine:
            found.setdefault(inside.container, _Seen(inside, pid))
    return found


def _read(path: str) -> bytes:
    """A small file; nothing if it cannot be read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(handle, 65536)
    except OSError:
        return b""
    finally:
        os.close(handle)


def _sandboxes(seen: Mapping[str, _Seen], logged: Logged) -> dict[str, str]:
    """Pod UID -> the id of its sandbox: what runs ``pause``, or the one without a log, where the others have logs."""
    found: dict[str, str] = {}
    for key, (inside, pid) in seen.items():
        uid = inside.pod_uid
        if uid is None or key in logged.containers:
            continue
        is_pause = _read(f"{PROC}/{pid}/comm").rstrip(b"\n") == PAUSE.encode()
        if is_pause or (uid in logged.pods and logged.containers and uid not in found):
            found[uid] = key
    return found


def _container(seen: _Seen, logged: Logged, sandboxes: Mapping[str, str]) -> Container:
    (key, uid, _), pid = seen
    named = logged.containers.get(key)
    if named is not None:
        pod: tuple[str, str] | None = (named.pod_namespace, named.pod_name)
    else:
        pod = logged.pods.get(uid) if uid is not None else None
    sandbox = sandboxes.get(uid) if uid is not None else None
    inner = named.name if named is not None else None
    name = "/".join((*pod, inner or key[:SHOWN]) if pod is not None and key != sandbox else pod or (key[:SHOWN],))
    return Container(
        id=key,
        name=name,
        state="running",
        pid=pid,
        joined=sandbox if sandbox != key else None,
        role="sandbox" if sandbox == key else "container",
        pod_namespace=pod[0] if pod is not None else None,
        pod_name=pod[1] if pod is not None else None,
        pod_uid=uid,
        pod_container=inner,
        attempt=named.attempt if named is not None else None,
        source="cgroup" if pod is None else "kubelet",
    )
