"""Which container holds a socket: by the descriptors of all processes, and the control groups of those that hold one.

One pass, when everything has been read: only then is it known which sockets matter. A socket that has gone since, or whose
process may not be looked at, has no known owner.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from snapshot.collect.namespaces.find import PROC
from snapshot.collect.runtimes.cgroups import container_of

SOCKET = "socket:["
SECONDS = 2.0
"""The pass may take so long at most: 2,000 processes of ten descriptors take a twentieth of that."""

HOST, UNKNOWN = "host", "unknown"


def find_owners(inodes: Iterable[int], deadline: float) -> dict[int, str]:
    """Socket inode -> id of its container, ``HOST`` for a process in none that is known. What is not found is not in it.

    Of several processes that hold one the eldest counts. ``deadline`` is in ``time.monotonic()`` seconds.
    """
    wanted = {f"{SOCKET}{inode}]": inode for inode in inodes if inode}
    found: dict[int, str] = {}
    end = min(deadline, time.monotonic() + SECONDS)
    for pid in _processes() if wanted else ():
        container: str | None = None
        known = False
        for link in _links(pid, end):
            inode = wanted.pop(link, None)
            if inode is None:
                continue
            if not known:
                container, known = _container(pid), True
            if container is not None:
                found[inode] = container
            if not wanted:
                return found
        if time.monotonic() > end:
            break
    return found


def _processes() -> list[int]:
    """All that can be seen, in the order of their numbers."""
    try:
        return sorted(int(name) for name in os.listdir(PROC) if name.isdigit())
    except OSError:
        return []


def _links(pid: int, end: float) -> Iterator[str]:
    """What a process's descriptors lead to; nothing if it has ended or may not be looked at."""
    folder = f"{PROC}/{pid}/fd"
    with suppress(OSError):
        for name in os.listdir(folder):
            if time.monotonic() > end:
                return
            with suppress(OSError):
                yield os.readlink(f"{folder}/{name}")


def _container(pid: int) -> str | None:
    try:
        return container_of(Path(f"{PROC}/{pid}/cgroup").read_bytes()) or HOST
    except OSError:
        return None
