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
import select
import signal
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from snapshot.collect.runtimes.protocol import Answer, Endpoint, ToldContainer
from snapshot.model.container import Container, Network, Runtime

MOST_BYTES = 64 * 1024 * 1024
"""Of one runtime's facts: some 50,000 containers."""

MOST_MEMORY = 512 * 1024 * 1024
"""That a child may take on top of what the agent has: a body without end must not eat the host."""

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Child:
    """``alive`` is the reading end of a pipe whose other end only the child holds: its end of file is the child's end."""

    endpoint: Endpoint
    pid: int
    alive: int
    memory: int
    started: float


class Inquiry:
    """Questions under way. Use as a context manager: leaving it ends every child.

    ``budget`` is in seconds, from now. Fork it before the agent starts threads or enters a namespace.
    """

    def __init__(self, endpoints: tuple[Endpoint, ...], budget: float) -> None:
        self._deadline = time.monotonic() + budget
        self._budget = budget
        self._children: list[_Child] = []
        for endpoint in endpoints:
            self._children.append(_fork(endpoint, [child.alive for child in self._children]))

    def __enter__(self) -> Inquiry:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def finish(self) -> tuple[Answer, ...]:
        """The answers; waits for them until the budget is over, and kills what has not finished by then."""
        waiting = [child.alive for child in self._children]
        while waiting:
            ready, _, _ = select.select(waiting, [], [], max(0.0, self._deadline - time.monotonic()))
            if not ready:
                break
            waiting = [alive for alive in waiting if alive not in ready]
        answers = tuple(self._answer(child, hung=child.alive in waiting) for child in self._children)
        self.close()
        return answers

    def close(self) -> None:
        """End and reap every child."""
        for child in self._children:
            with contextlib.suppress(OSError):
                os.kill(child.pid, signal.SIGKILL)
            with contextlib.suppress(OSError):
                os.waitpid(child.pid, 0)
            for handle in (child.alive, child.memory):
                with contextlib.suppress(OSError):
                    os.close(handle)
        self._children.clear()

    def _answer(self, child: _Child, *, hung: bool) -> Answer:
        runtime: Runtime | None = None
        containers: list[ToldContainer] = []
        networks: list[Network] = []
        limit = f"{self._budget:.0f} s" if self._budget >= 1 else f"{self._budget:.1f} s"
        error: str | None = f"{child.endpoint.url}: no full answer within {limit}; is the daemon hanging?"
        if not hung:
            error = f"{child.endpoint.url}: the process that asked it was ended; capture again"
        same_pids, finished = False, time.time()
        for word, value in _lines(child.memory):
            match word:
                case "pids":
                    same_pids = value
                case "runtime":
                    runtime = Runtime(**value)
                case "container":
                    networks_of = tuple(value["container"].pop("networks"))
                    made = Container(**value["container"], networks=networks_of)
                    containers.append(ToldContainer(container=made, sandbox_path=value["sandbox_path"]))
                case "network":
                    subnets = tuple(value.pop("subnets"))
                    networks.append(Network(**value, subnets=subnets))
                case "end":
                    error, finished = value["error"], value["at"]
        return Answer(
            endpoint=child.endpoint,
            runtime=runtime,
            containers=tuple(containers),
            networks=tuple(networks),
            error=error,
            same_pids=same_pids,
            started=child.started,
            finished=finished,
        )


def _lines(memory: int) -> Iterator[tuple[str, Any]]:
    """What a child said; a last line that was cut is left out."""
    data = os.pread(memory, os.fstat(memory).st_size, 0)
    for line in data.split(b"\n")[:-1]:
        word, value = json.loads(line)
        yield word, value


def _fork(endpoint: Endpoint, inherited: list[int]) -> _Child:
    memory = os.memfd_create("netlapse-answer")
    reader, writer = os.pipe()
    started = time.time()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            _prepare(parent, [reader, *inherited])
            _ask(endpoint, memory)
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    return _Child(endpoint=endpoint, pid=pid, alive=reader, memory=memory, started=started)


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


class _TooMuchError(Exception):
    """More facts than the agent takes of one runtime."""


def _ask(endpoint: Endpoint, memory: int) -> None:
    """In the child: everything, line by line."""
    room = MOST_BYTES

    def say(word: str, value: Any) -> None:
        nonlocal room
        line = json.dumps([word, value]).encode() + b"\n"
        room -= len(line)
        if room < 0 and word != "end":
            raise _TooMuchError(f"more than {MOST_BYTES // 1024 // 1024} MB of facts")
        while line:
            line = line[os.write(memory, line) :]

    from snapshot.collect.runtimes.docker import Docker, failure, is_about_one

    what, error = "did not answer", None
    try:
        say("pids", _same_pids(endpoint.url))
        engine = Docker(endpoint.url)
        runtime = engine.runtime(endpoint.url)
        say("runtime", asdict(runtime))
        what = "did not list its networks"
        for network in engine.networks(runtime):
            say("network", asdict(network))
        what = "did not list its containers"
        for number in engine.containers():
            what = f"did not tell of container {number[:12]}"
            try:
                told = engine.container(number)
            except Exception as failed:
                if not is_about_one(failed):
                    raise
                error = error or f"{endpoint.url}: {what} ({failure(failed)})"
                continue
            if told is not None:
                say("container", asdict(told))
    except Exception as failed:  # noqa: BLE001  whatever the SDK raises is this runtime's failure
        error = f"{endpoint.url}: {what} ({failure(failed)})"
    say("end", {"error": error, "at": time.time()})


def _same_pids(url: str) -> bool:
    """Whether who listens at a Unix socket is in this process's pid namespace (unix(7), SO_PEERCRED)."""
    if not url.startswith("unix://"):
        return False
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(url.removeprefix("unix://"))
            credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        listener = int(struct.unpack("3i", credentials)[0])
        if listener == 1:
            # This pid namespace's init, by definition (systemd listens for Docker); its /proc may be closed even to root.
            return True
        theirs, ours = Path(f"/proc/{listener}/ns/pid").stat(), Path("/proc/self/ns/pid").stat()
    except OSError:
        return False
    return (theirs.st_dev, theirs.st_ino) == (ours.st_dev, ours.st_ino)
