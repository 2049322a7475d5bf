"""Finding the network namespaces of a host: those that hold processes or threads, and those bound at some path.

A namespace is known by device and inode of its nsfs file (network_namespaces(7), ioctl_ns(2)). Each is opened as soon as it
is found: an open descriptor outlives the processes that were in it.
"""

from __future__ import annotations

import errno
import os
import re
import resource
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from snapshot.collect.netlink.attributes import readable
from snapshot.model.errors import NetlapseError

PROC = "/proc"
OCTAL = re.compile(rb"\\([0-7]{3})")


class NoHomeError(NetlapseError):
    """Not even the agent's own namespace could be opened."""


@dataclass(slots=True, kw_only=True, eq=False)
class Found:
    """One namespace, open. ``names`` are the paths under which it is bound."""

    device: int
    inode: int
    handle: int
    host: bool = False
    names: set[str] = field(default_factory=set)
    has_process: bool = False


class Unread(NamedTuple):
    """Something that may be a namespace and could not be opened: where, and why."""

    place: str
    error: str


@dataclass(slots=True, kw_only=True)
class Census:
    """All namespaces that were found, the agent's own first, and what was left out. Close it when done."""

    namespaces: dict[tuple[int, int], Found] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)

    def close(self) -> None:
        """Let go of all namespaces."""
        for found in self.namespaces.values():
            with suppress(OSError):
                os.close(found.handle)
        self.namespaces.clear()

    def by_path(self, path: str) -> Found | None:
        """The namespace that a path leads to, None if it leads to none that was found."""
        try:
            status = os.stat(path)
        except OSError:
            return None
        return self.namespaces.get((status.st_dev, status.st_ino))


def take_census() -> Census:
    """Find and open all namespaces. Raises ``NoHomeError`` only if not even the agent's own can be opened."""
    _raise_file_limit()
    census = Census()
    try:
        own = _open(f"{PROC}/thread-self/ns/net")
    except OSError as error:
        raise NoHomeError(
            f"the agent's own namespace cannot be opened ({_reason(error)}); is /proc mounted?"
        ) from error
    status = os.fstat(own)
    census.namespaces[status.st_dev, status.st_ino] = Found(
        device=status.st_dev, inode=status.st_ino, handle=own, host=True, has_process=True
    )
    mounts = _of_processes(census)
    _of_mounts(census, mounts)
    return census


def _raise_file_limit() -> None:
    """One descriptor per namespace: a thousand are many for the usual soft limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _of_processes(census: Census) -> dict[int, str]:
    """Namespaces of all threads of all processes; returns a process for each mount namespace, the agent's own first."""
    mounts: dict[int, str] = {}
    with suppress(OSError):
        mounts[os.stat(f"{PROC}/self/ns/mnt").st_ino] = "self"
    refused = 0
    for pid in (name for name in os.listdir(PROC) if name.isdigit()):
        try:
            for task in _tasks(pid):
                _process(census, f"{PROC}/{pid}/task/{task}/ns/net")
            mounts.setdefault(os.stat(f"{PROC}/{pid}/ns/mnt").st_ino, pid)
        except PermissionError:
            refused += 1
        except OSError:
            # The process ended, or is a zombie: it holds no namespace any more.
            continue
    if refused:
        census.unread.append(
            Unread(place=f"{refused} processes", error="not permitted to see their namespaces; run the agent as root")
        )
    return mounts


def _tasks(pid: str) -> list[str]:
    return os.listdir(f"{PROC}/{pid}/task")


def _process(census: Census, path: str) -> None:
    """Note the namespace of one thread."""
    try:
        status = os.stat(path)
    except PermissionError:
        raise
    except OSError:
        return
    found = census.namespaces.get((status.st_dev, status.st_ino))
    if found is None:
        found = _add(census, path, status.st_ino, place=f"net:[{status.st_ino}]")
    if found is not None:
        found.has_process = True


def _of_mounts(census: Census, mounts: dict[int, str]) -> None:
    """Namespaces bound at a path, in every mount namespace that was seen."""
    by_inode = {found.inode: found for found in census.namespaces.values()}
    for process in mounts.values():
        root = "" if process == "self" else f"{PROC}/{process}/root"
        for inode, path in _bound(process):
            known = by_inode.get(inode) or _add(census, root + path, inode, place=_shown(path))
            if known is not None:
                by_inode[inode] = known
                known.names.add(_shown(path))


def _bound(process: str) -> Iterator[tuple[int, str]]:
    """The network namespaces in a process's mount table: (inode, path). proc_pid_mountinfo(5)."""
    try:
        lines = Path(f"{PROC}/{process}/mountinfo").read_bytes().splitlines()
    except OSError:
        return
    for line in lines:
        before, _, after = line.partition(b" - ")
        if not after.startswith(b"nsfs "):
            continue
        fields = before.split(b" ")
        if len(fields) > 4 and fields[3].startswith(b"net:[") and fields[3].endswith(b"]"):
            with suppress(ValueError):
                yield int(fields[3][5:-1]), os.fsdecode(OCTAL.sub(_byte, fields[4]))


def _byte(match: re.Match[bytes]) -> bytes:
    return bytes((int(match[1], 8) & 0xFF,))


def _shown(path: str) -> str:
    """A path as text that can be stored: bytes that are not UTF-8 show as ``\\xNN``."""
    return readable(os.fsencode(path))


def _add(census: Census, path: str, inode: int, *, place: str) -> Found | None:
    try:
        handle = _open(path)
    except OSError as error:
        if not any(unread.place == place for unread in census.unread):
            census.unread.append(Unread(place=place, error=_reason(error)))
        return None
    status = os.fstat(handle)
    if status.st_ino != inode:
        # Something else is mounted over that path, or took its place: the one that was meant cannot be reached there.
        os.close(handle)
        if not any(found.inode == inode for found in census.namespaces.values()):
            census.unread.append(Unread(place=place, error="another mount hides it"))
        return None
    found = Found(device=status.st_dev, inode=status.st_ino, handle=handle)
    census.namespaces[status.st_dev, status.st_ino] = found
    return found


def _open(path: str) -> int:
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


def _reason(error: OSError) -> str:
    match error.errno:
        case errno.ENOENT | errno.ESRCH:
            return "vanished while it was being opened"
        case errno.EACCES | errno.EPERM:
            return "not permitted; run the agent as root"
        case errno.EMFILE | errno.ENFILE:
            return "too many open files; raise the limit (ulimit -n)"
        case _:
            return error.strerror or str(error)
