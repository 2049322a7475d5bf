"""Asking the runtimes, each in a child process that can be killed: a hung daemon costs names, not the capture.

The children run beside the reading of the kernel. Each writes what it learns, line by line as JSON, into memory that it
shares with the agent, so that it never waits for the agent, and what was told before the time was over is kept.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snapshot.collect.runtimes.asking import TOLD, ask
from snapshot.collect.runtimes.protocol import Answer, Endpoint, ToldContainer
from snapshot.collect.waiting import readable
from snapshot.model.container import Container, Network, Runtime

MOST_MEMORY = 512 * 1024 * 1024
"""That a child may take on top of what the agent has: a body without end must not eat the host."""

AGAIN = 2.0
"""Seconds that a runtime has for listing its containers a second time, however late the kernel's side is done."""

PR_SET_PDEATHSIG = 1


@dataclass(slots=True, kw_only=True, eq=False)
class _Child:
    """``alive`` is the reading end of a pipe whose other end only the child holds: its end of file is the child's end, and
    a byte before that says that everything was told once. ``go`` is where the agent tells it to list again.
    """

    endpoint: Endpoint
    pid: int
    alive: int
    go: int
    memory: int
    started: float
    told: bool = False
    ended: bool = False


class Inquiry:
    """Questions under way. Use as a context manager: leaving it ends every child.

    ``budget`` is in seconds, from now. Fork it before the agent starts threads or enters a namespace.
    """

    def __init__(self, endpoints: tuple[Endpoint, ...], budget: float) -> None:
        self._deadline = time.monotonic() + budget
        self._budget = budget
        self._idle = [endpoint for endpoint in endpoints if endpoint.idle is not None]
        self._children: list[_Child] = []
        for endpoint in endpoints:
            if endpoint.idle is None:
                inherited = [handle for child in self._children for handle in (child.alive, child.go)]
                self._children.append(_fork(endpoint, inherited))

    def __enter__(self) -> Inquiry:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def finish(self) -> tuple[Answer, ...]:
        """The answers. Call it when the kernel has been read: the runtimes then list their containers a second time.

        Waits until the budget is over, and a little longer for second lists; kills what has not finished by then.
        """
        for child in self._children:
            with contextlib.suppress(OSError):
                os.write(child.go, b"!")
        again = max(self._deadline, time.monotonic() + min(AGAIN, self._budget))
        waiting = {child.alive: child for child in self._children}
        while waiting:
            until = self._deadline if any(not child.told for child in waiting.values()) else again
            ready = readable(waiting, until - time.monotonic())
            if not ready:
                if until == again:
                    break
                # Those that have not told everything once are given up; the others may still have a moment.
                waiting = {alive: child for alive, child in waiting.items() if child.told}
                continue
            for alive in ready:
                if os.read(alive, 1) == TOLD:
                    waiting[alive].told = True
                else:
                    waiting.pop(alive).ended = True
        answers = [self._answer(child) for child in self._children]
        self.close()
        return (*answers, *(_idle_answer(endpoint) for endpoint in self._idle))

    def close(self) -> None:
        """End and reap every child."""
        for child in self._children:
            with contextlib.suppress(OSError):
                os.kill(child.pid, signal.SIGKILL)
            with contextlib.suppress(OSError):
                os.waitpid(child.pid, 0)
            for handle in (child.alive, child.go, child.memory):
                with contextlib.suppress(OSError):
                    os.close(handle)
        self._children.clear()

    def _answer(self, child: _Child) -> Answer:
        url = child.endpoint.url
        limit = f"{self._budget:.0f} s" if self._budget >= 1 else f"{self._budget:.1f} s"
        error: str | None = f"{url}: no full answer within {limit}; is the daemon hanging?"
        torn: str | None = f"{url}: did not list its containers again; is the daemon hanging?"
        if child.ended:
            error = torn = f"{url}: the process that asked it was ended; capture again"
        told: dict[str, Any] = {"at": time.time(), "absent": False, "unasked": False}
        runtime: Runtime | None = None
        containers: list[ToldContainer] = []
        networks: list[Network] | None = None if child.endpoint.api == "cri" else []
        same_pids, seen = False, set[str]()
        for word, value in _lines(child.memory):
            match word:
                case "pids":
                    same_pids = value
                case "runtime":
                    runtime = Runtime(**value)
                case "container":
                    containers.append(_container(value))
                case "network":
                    assert networks is not None
                    networks.append(Network(**{**value, "subnets": tuple(value["subnets"])}))
                case "seen":
                    seen |= set(value)
                case "told":
                    told, error = value, value["error"]
                case "again":
                    torn = value
        return Answer(
            endpoint=child.endpoint,
            runtime=runtime,
            containers=tuple(containers),
            networks=None if networks is None else tuple(networks),
            error=error,
            unasked=told["unasked"],
            absent=told["absent"],
            torn=torn if error is None else None,
            seen=frozenset(seen),
            same_pids=same_pids,
            started=child.started,
            finished=told["at"],
        )


def _container(value: Any) -> ToldContainer:
    """A container as its child told it: JSON has no tuples."""
    fields = value["container"]
    lists = {name: tuple(fields[name]) for name in ("networks", "ports")}
    return ToldContainer(container=Container(**{**fields, **lists}), sandbox_path=value["sandbox_path"])


def _idle_answer(endpoint: Endpoint) -> Answer:
    """Of a runtime that was not asked."""
    now = time.time()
    return Answer(
        endpoint=endpoint,
        error=f"{endpoint.url}: not asked: {endpoint.idle}",
        unasked=True,
        started=now,
        finished=now,
    )


def _lines(memory: int) -> Iterator[tuple[str, Any]]:
    """What a child said; a last line that was cut is left out."""
    data = os.pread(memory, os.fstat(memory).st_size, 0)
    for line in data.split(b"\n")[:-1]:
        word, value = json.loads(line)
        yield word, value


def _fork(endpoint: Endpoint, inherited: list[int]) -> _Child:
    memory = os.memfd_create("netlapse-answer")
    alive, life = os.pipe()
    wait, go = os.pipe()
    started = time.time()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            _prepare(parent, [alive, go, *inherited])
            ask(endpoint, memory, life, wait)
            status = 0
        finally:
            os._exit(status)
    os.close(life)
    os.close(wait)
    return _Child(endpoint=endpoint, pid=pid, alive=alive, go=go, memory=memory, started=started)


def _prepare(parent: int, inherited: list[int]) -> None:
    """In the child: die with the agent, leave Ctrl-C to it, keep away from its terminal, and stay small."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for handle in inherited:
        os.close(handle)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + MOST_MEMORY
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard in (resource.RLIM_INFINITY, -1) or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
