"""Asking the runtimes, each in a child process that can be killed: a hung daemon costs names, not the capture.

The children run beside the reading of the kernel. What they learn comes back line by line as JSON over a pipe, so that
what was told before the time was over is kept.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from snapshot.collect.runtimes.protocol import Answer, Endpoint, ToldContainer
from snapshot.model.container import Container, Network, Runtime

MOST_BYTES = 256 * 1024 * 1024
PR_SET_PDEATHSIG = 1


@dataclass(slots=True, kw_only=True)
class _Child:
    endpoint: Endpoint
    pid: int
    pipe: int
    started: float
    data: bytearray = field(default_factory=bytearray)
    ended: bool = False
    finished: float | None = None


class Inquiry:
    """Questions under way. Use as a context manager: leaving it ends every child."""

    def __init__(self, endpoints: tuple[Endpoint, ...], budget: float) -> None:
        self._deadline = time.monotonic() + budget
        self._budget = budget
        self._children: list[_Child] = []
        for endpoint in endpoints:
            self._children.append(_fork(endpoint, [child.pipe for child in self._children]))

    def __enter__(self) -> Inquiry:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def finish(self) -> tuple[Answer, ...]:
        """The answers; waits for them until the budget is over, and kills what has not finished by then."""
        waiting = {child.pipe: child for child in self._children if not child.ended}
        while waiting:
            left = self._deadline - time.monotonic()
            ready, _, _ = select.select(list(waiting), [], [], max(0.0, left))
            if not ready:
                break
            for pipe in ready:
                child = waiting[pipe]
                chunk = os.read(pipe, 1 << 20)
                child.data += chunk
                if not chunk or len(child.data) > MOST_BYTES:
                    child.ended = not chunk
                    child.finished = time.time()
                    del waiting[pipe]
        answers = tuple(self._answer(child) for child in self._children)
        self.close()
        return answers

    def close(self) -> None:
        """End and reap every child."""
        for child in self._children:
            with contextlib.suppress(OSError):
                os.kill(child.pid, signal.SIGKILL)
            with contextlib.suppress(OSError):
                os.waitpid(child.pid, 0)
            with contextlib.suppress(OSError):
                os.close(child.pipe)
        self._children.clear()

    def _answer(self, child: _Child) -> Answer:
        runtime: Runtime | None = None
        containers: list[ToldContainer] = []
        networks: list[Network] = []
        error: str | None = None
        done = False
        for word, value in _lines(bytes(child.data)):
            match word:
                case "runtime":
                    runtime = Runtime(**value)
                case "container":
                    networks_of = tuple(value["container"].pop("networks"))
                    made = Container(**value["container"], networks=networks_of)
                    containers.append(ToldContainer(container=made, sandbox_path=value["sandbox_path"]))
                case "network":
                    subnets = tuple(value.pop("subnets"))
                    networks.append(Network(**value, subnets=subnets))
                case "error":
                    error = str(value)
                case "done":
                    done = True
        if not done and error is None:
            limit = f"{self._budget:.0f} s" if self._budget >= 1 else f"{self._budget:.1f} s"
            error = f"{child.endpoint.url}: no full answer within {limit}; is the daemon hanging?"
            if child.ended:
                error = f"{child.endpoint.url}: the question to it failed"
        return Answer(
            endpoint=child.endpoint,
            runtime=runtime,
            containers=tuple(containers),
            networks=tuple(networks),
            error=error,
            started=child.started,
            finished=child.finished or time.time(),
        )


def _lines(data: bytes) -> Iterator[tuple[str, Any]]:
    """What a child said; a last line that was cut is left out."""
    for line in data.split(b"\n")[:-1]:
        word, value = json.loads(line)
        yield word, value


def _fork(endpoint: Endpoint, inherited: list[int]) -> _Child:
    reader, writer = os.pipe()
    started = time.time()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            _prepare(parent, [reader, *inherited])
            _ask(endpoint, writer)
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    return _Child(endpoint=endpoint, pid=pid, pipe=reader, started=started)


def _prepare(parent: int, inherited: list[int]) -> None:
    """In the child: die with the agent, leave Ctrl-C to it, and keep away from its terminal."""
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


def _ask(endpoint: Endpoint, writer: int) -> None:
    """In the child: everything, line by line."""

    def say(word: str, value: Any) -> None:
        line = json.dumps([word, value]).encode() + b"\n"
        while line:
            line = line[os.write(writer, line) :]

    from snapshot.collect.runtimes.docker import Docker, failure

    what = "did not answer"
    try:
        engine = Docker(endpoint.url)
        say("runtime", asdict(engine.runtime(endpoint.url)))
        what = "did not list its networks"
        for network in engine.networks():
            say("network", asdict(network))
        what = "did not list its containers"
        for number in engine.containers():
            told = engine.container(number)
            if told is not None:
                say("container", asdict(told))
        say("done", None)
    except Exception as error:  # noqa: BLE001  whatever the SDK raises is this runtime's failure
        say("error", f"{endpoint.url}: {what} ({failure(error)})")
