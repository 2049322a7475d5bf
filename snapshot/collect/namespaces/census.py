"""The list of a host's network namespaces, each held open, and of what may be one and could not be opened.

A namespace is known by device and inode of its nsfs file (network_namespaces(7), ioctl_ns(2)). While the agent holds it open
neither ends nor is its inode given to another.
"""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from snapshot.collect.netlink.attributes import readable

OUT_OF_TIME = "the time budget was over; give more with --timeout"

LEFT_FREE = 64
"""Descriptors that are left for all the rest of a capture: sockets, pipes, the file that is written."""


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
    """What may be a namespace, or hold some, and could not be looked at: where, and why. ``inode`` is its own, if known."""

    place: str
    error: str
    inode: int | None = None


@dataclass(slots=True, kw_only=True)
class Census:
    """All namespaces that were found, the agent's own first, and what was left out. Close it when done.

    rounds   how often the host was looked through
    whole    the last round had the time to look everywhere
    seen     inodes that the last round met: what is missing there ended meanwhile
    sockets  the inode of the namespace that each socket belongs to, by the socket's own: it never changes
    tables   what the mount tables bind, as they were last
    named    the names before this round, by inode
    """

    namespaces: dict[tuple[int, int], Found] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)
    rounds: int = 0
    whole: bool = True
    seen: set[int] = field(default_factory=set)
    by_inode: dict[int, Found] = field(default_factory=dict)
    sockets: dict[int, int] = field(default_factory=dict)
    tables: dict[int, tuple[bytes, tuple[Bound, ...]]] = field(default_factory=dict)
    named: dict[int, set[str]] = field(default_factory=dict)

    def close(self) -> None:
        """Let go of all namespaces."""
        for found in self.namespaces.values():
            with suppress(OSError):
                os.close(found.handle)
        self.namespaces.clear()
        self.by_inode.clear()

    def by_name(self, path: str) -> Found | None:
        """The namespace that is bound at a path, by what the mount tables say: a path that a stranger names is not touched."""
        wanted = readable(
            os.fsencode(f"/run/{path.removeprefix('/var/run/')}" if path.startswith("/var/run/") else path)
        )
        return next((found for found in self.namespaces.values() if wanted in found.names), None)

    def by_path(self, path: str) -> Found | None:
        """The namespace that a path leads to, None if it leads to none that was found."""
        try:
            status = os.stat(path)
        except OSError:
            return None
        return self.namespaces.get((status.st_dev, status.st_ino))

    def ended(self) -> list[Found]:
        """Namespaces that the last round did not meet any more; none if it could not look everywhere."""
        return [] if not self.whole else [found for found in self.namespaces.values() if found.inode not in self.seen]

    def known(self, inode: int) -> Found | None:
        """The namespace of that inode if it was found, which is hereby seen again."""
        found = self.by_inode.get(inode)
        if found is not None:
            self.seen.add(inode)
        return found

    def take(self, handle: int) -> Found:
        """Note the namespace behind an open descriptor, which is the census's from now on."""
        status = os.fstat(handle)
        found = self.known(status.st_ino)
        if found is not None:
            os.close(handle)
            return found
        found = Found(device=status.st_dev, inode=status.st_ino, handle=handle)
        self.namespaces[status.st_dev, status.st_ino] = self.by_inode[status.st_ino] = found
        self.seen.add(status.st_ino)
        return found

    def open(self, path: str, inode: int, *, place: str) -> Found | None:
        """Open the namespace of that inode, which should be at that path. What cannot be opened is noted as unread."""
        try:
            handle = open_bound(path)
        except OSError as error:
            self.miss(place, reason(error), inode)
            return None
        if os.fstat(handle).st_ino != inode:
            # Something else is mounted over that path, or took its place.
            os.close(handle)
            self.miss(place, "another mount hides it", inode)
            return None
        return self.take(handle)

    def miss(self, place: str, error: str, inode: int | None = None) -> None:
        """Note what could not be looked at, once."""
        if not any(unread.place == place for unread in self.unread):
            self.unread.append(Unread(place, error, inode))

    def begin(self) -> None:
        """Begin a round: what is there, what is bound where and what cannot be opened is all found out anew."""
        self.rounds += 1
        self.whole = True
        self.unread = []
        self.seen = {found.inode for found in self.namespaces.values() if found.host}
        self.named = {found.inode: found.names for found in self.namespaces.values()}
        for found in self.namespaces.values():
            found.names = set()

    def cut(self, place: str) -> None:
        """Note that there was no time left to look at something."""
        self.whole = False
        self.miss(place, OUT_OF_TIME)

    def settle(self) -> None:
        """End a round: what could not be opened in one place may have been found in another."""
        found_elsewhere = [unread for unread in self.unread if unread.inode in self.by_inode]
        self.unread = [unread for unread in self.unread if unread.inode not in self.by_inode]
        for unread in found_elsewhere:
            if unread.inode is not None and unread.place.startswith("/"):
                self.by_inode[unread.inode].names.add(unread.place)
        taken = {name for found in self.namespaces.values() for name in found.names}
        for found in self.namespaces.values():
            if found.inode not in self.seen:
                # It is gone: it keeps the names it had, unless another has them now.
                found.names = self.named.get(found.inode, set()) - taken


class Bound(NamedTuple):
    """A namespace bound at a path: what kind of namespace ("net", "mnt"), its inode, and the path."""

    kind: str
    inode: int
    path: bytes


def open_namespace(path: str | bytes) -> int:
    """Open a namespace by the kernel's own path of it, /proc/PID/ns. Raises ``OSError``."""
    return if_room(os.open(path, os.O_RDONLY | os.O_CLOEXEC))


def open_bound(path: str | bytes, proc: int | None = None, *, links: bool = False) -> int:
    """Open what should be a namespace, at a path where others can put other things. Raises ``OSError``, ESTALE for those.

    To open a pipe may take for ever, and to open a device is to act on it: a container that has a mount namespace to itself
    could have root do either. So it is looked at first (O_PATH), and what was looked at is opened. ``proc`` is an open /proc
    where the thread sees another one, or none; ``links`` is for descriptors of a process, which are links of the kernel's.
    """
    seen = os.open(path, os.O_PATH | os.O_CLOEXEC | (0 if links else os.O_NOFOLLOW))
    try:
        if os.fstat(seen).st_dev != _nsfs():
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        own = f"thread-self/fd/{seen}"
        return if_room(os.open(own if proc is not None else f"/proc/{own}", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc))
    finally:
        os.close(seen)


@cache
def _nsfs() -> int:
    """The device of all namespaces."""
    return os.stat("/proc/self/ns/net").st_dev


def if_room(handle: int) -> int:
    """A descriptor that was just opened, to be kept. Raises ``OSError`` (EMFILE), and closes it, if too few are left."""
    # The kernel gives out the lowest number that is free.
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if handle >= most - min(LEFT_FREE, most // 2):
        os.close(handle)
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    return handle


def close_all(handles: Iterable[int]) -> None:
    """Close descriptors."""
    for handle in handles:
        with suppress(OSError):
            os.close(handle)


def reason(error: OSError) -> str:
    """Why something could not be opened, in words that say what to do."""
    match error.errno:
        case errno.ENOENT | errno.ESRCH:
            return "vanished while it was being opened"
        case errno.EACCES | errno.EPERM:
            return "not permitted; run the agent as root"
        case errno.ESTALE | errno.ELOOP:
            return "another mount hides it"
        case errno.EMFILE | errno.ENFILE:
            return "too many open files; raise the limit (ulimit -n)"
        case _:
            return error.strerror or str(error)
