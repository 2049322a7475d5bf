"""What the child does that asks one runtime: everything once, and what containers there are a second time at the end.

It tells line by line, in JSON, into memory that it shares with the agent (``inquiry``).
"""

from __future__ import annotations

import json
import os
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from snapshot.collect.runtimes.protocol import Endpoint, Engine, Listed, UnaskedError

MOST_BYTES = 64 * 1024 * 1024
"""Of one runtime's facts: some 50,000 containers."""

TOLD = b"t"
"""Written to the pipe of the child's life when the first round is over."""


class _TooMuchError(Exception):
    """More facts than the agent takes of one runtime."""


class Teller:
    """Writes what is learnt, and no more of it than the agent takes."""

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._room = MOST_BYTES

    def say(self, word: str, value: Any, *, always: bool = False) -> None:
        """One line. Raises when there is no more room, unless it has to be said ``always``."""
        line = json.dumps([word, value]).encode() + b"\n"
        self._room -= len(line)
        if self._room < 0 and not always:
            raise _TooMuchError(f"more than {MOST_BYTES // 1024 // 1024} MB of facts")
        while line:
            line = line[os.write(self._memory, line) :]


def ask(endpoint: Endpoint, memory: int, alive: int, go: int) -> None:
    """Ask everything; then wait for a byte on ``go``, list the containers again and tell what changed."""
    teller = Teller(memory)
    engine: Engine | None = None
    first: list[Listed] = []
    missed: list[str] = []
    what, error, absent, unasked = "did not answer", None, False, False
    try:
        teller.say("pids", _same_pids(endpoint.url))
        engine = _open(endpoint)
        runtime = engine.runtime(endpoint.url)
        teller.say("runtime", asdict(runtime))
        what = "did not list its networks"
        for network in engine.networks(runtime):
            teller.say("network", asdict(network))
        what = "did not list its containers"
        first = engine.containers()
        teller.say("seen", [listed.id for listed in first])
        for listed in first:
            what = f"did not tell of container {listed.id[:12]}"
            try:
                told = engine.container(listed)
            except Exception as failed:
                if not engine.is_about_one(failed):
                    raise
                error = error or f"{endpoint.url}: {what} ({engine.failure(failed)})"
                continue
            if told is None:
                missed.append(listed.id)
            else:
                teller.say("container", asdict(told))
    except UnaskedError as failed:
        error, unasked = f"{endpoint.url}: {failed}", True
    except Exception as failed:  # noqa: BLE001  whatever a library raises is this runtime's failure
        absent = engine is not None and not endpoint.explicit and engine.is_no_engine(failed)
        error = f"{endpoint.url}: {what} ({_failure(engine, failed)})"
    told_all = {"error": error, "at": time.time(), "absent": absent, "unasked": unasked}
    teller.say("told", told_all, always=True)
    os.write(alive, TOLD)
    if error is not None or engine is None:
        return
    os.read(go, 1)
    teller.say("again", _again(engine, endpoint, teller, first, missed), always=True)


def _again(engine: Engine, endpoint: Endpoint, teller: Teller, first: list[Listed], missed: list[str]) -> str | None:
    """What became other since the first list, in one line; None if nothing did.

    What was listed and had vanished before it could be asked for was never told, so its end is no change.
    """
    try:
        second = engine.containers()
        teller.say("seen", [listed.id for listed in second])
    except Exception as failed:  # noqa: BLE001
        return f"{endpoint.url}: did not list its containers again ({engine.failure(failed)})"
    before = {listed.id: listed.running for listed in first if listed.id not in missed}
    after = {listed.id: listed.running for listed in second}
    changes = (
        ("born", sorted(after.keys() - before.keys())),
        ("gone", sorted(before.keys() - after.keys())),
        ("started", sorted(key for key in before.keys() & after.keys() if after[key] and not before[key])),
        ("stopped", sorted(key for key in before.keys() & after.keys() if before[key] and not after[key])),
    )
    words = [f"{word}: {_some(ids)}" for word, ids in changes if ids]
    return f"{endpoint.url}: containers changed during the capture; {'; '.join(words)}" if words else None


def _some(ids: Sequence[str]) -> str:
    shown = ", ".join(key[:12] for key in ids[:10])
    return shown if len(ids) <= 10 else f"{shown} and {len(ids) - 10} more"


def _open(endpoint: Endpoint) -> Engine:
    """The client for an endpoint's API; its library is loaded here, in the child."""
    if endpoint.api == "cri":
        try:
            from snapshot.collect.runtimes.cri import Cri
        except ImportError as error:
            advice = (
                "install grpcio and protobuf in netlapse's environment (the extra `cri`); until then pods go by cgroups"
            )
            raise UnaskedError(f"{error.name or error} is missing: {advice}") from error
        return Cri(endpoint.url)
    from snapshot.collect.runtimes.docker import Docker

    return Docker(endpoint.url)


def _failure(engine: Engine | None, error: Exception) -> str:
    if engine is not None:
        return engine.failure(error)
    from snapshot.collect.runtimes.failures import failure

    return failure(error)


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
