"""Which container holds a socket: by the descriptors of all processes, and the control groups of those that hold one.

One pass, when everything has been read: only then is it known which sockets matter. A socket that has gone since, or whose
process may not be looked at, has no known owner.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from snapshot.collect.namespaces.descriptors import PROC, descriptors, processes
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
    containers: dict[str, str | None] = {}
    eldest_first = sorted(processes(), key=int) if wanted else []
    for descriptor in descriptors(eldest_first, lambda _: None):
        if time.monotonic() > end:
            break
        inode = wanted.pop(descriptor.text, None)
        if inode is None:
            continue
        if descriptor.owner not in containers:
            containers[descriptor.owner] = _container(descriptor.owner)
        container = containers[descriptor.owner]
        if container is not None:
            found[inode] = container
        if not wanted:
            break
    return found


def _container(pid: str) -> str | None:
    try:
        return container_of(Path(f"{PROC}/{pid}/cgroup").read_bytes()) or HOST
    except OSError:
        return None
