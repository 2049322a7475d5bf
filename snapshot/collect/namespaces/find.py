"""Finding the network namespaces of a host, wherever they hide, and finding them again: births and deaths.

Each is opened as soon as it is found: an open descriptor outlives the processes that were in it.
"""

from __future__ import annotations

import errno
import os
import resource
import time
from contextlib import suppress

from snapshot.collect.namespaces import mounts
from snapshot.collect.namespaces.census import Census, Found, Unread, open_bound, open_namespace, reason
from snapshot.collect.namespaces.descriptors import PROC, processes, threads
from snapshot.collect.namespaces.held import SCANNING, Holders
from snapshot.collect.namespaces.proc_net import of_open_files
from snapshot.model.errors import NetlapseError
from snapshot.model.plural import plural

__all__ = ["PROC", "Census", "Found", "NoHomeError", "Unread", "look_again", "take_census"]

FOREVER = 3600.0
WITNESSES = 8
"""Threads by which to see a mount namespace: each may end before it was looked at."""

LOOK_AT_TIME = 64
"""Processes between two looks at the clock."""


class NoHomeError(NetlapseError):
    """Not even the agent's own namespace could be opened."""


def take_census(deadline: float | None = None) -> Census:
    """Find and open all namespaces, until ``deadline`` (``time.monotonic()`` seconds).

    Raises ``NoHomeError`` only if not even the agent's own can be opened.
    """
    _raise_file_limit()
    census = Census()
    try:
        own = open_namespace(f"{PROC}/thread-self/ns/net")
    except OSError as error:
        raise NoHomeError(f"the agent's own namespace cannot be opened ({reason(error)}); is /proc mounted?") from error
    census.take(own).host = True
    look_again(census, deadline)
    return census


def look_again(census: Census, deadline: float | None = None) -> list[Found]:
    """Look through the host once more; returns the namespaces that were not known before. ``Census.ended`` tells the others."""
    if deadline is None:
        deadline = time.monotonic() + FOREVER
    before = set(census.by_inode)
    census.begin()
    everyone = processes()
    mounted = _of_processes(census, everyone, deadline)
    bound = mounts.of_processes(census, mounted)
    holders = Holders(census, set(mounted))
    holders.look(everyone, min(deadline, time.monotonic() + SCANNING))
    others = holders.other_mounts
    for inode, path in bound.items():
        if inode not in others and inode not in mounted:
            try:
                others[inode] = open_bound(path)
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    census.miss(f"mnt:[{inode}]", reason(error))
    mounts.of_others(census, others, deadline)
    of_open_files(census, holders.proc_net, deadline)
    census.settle()
    return [found for inode, found in census.by_inode.items() if inode not in before]


def _raise_file_limit() -> None:
    """One descriptor per namespace: a thousand are many for the usual soft limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _of_processes(census: Census, everyone: list[str], deadline: float) -> dict[int, list[str]]:
    """Namespaces of all threads of all processes; returns some threads of each mount namespace, the agent's own first."""
    mounted: dict[int, list[str]] = {}
    with suppress(OSError):
        mounted[os.stat(f"{PROC}/self/ns/mnt").st_ino] = ["self"]
    refused = 0
    for number, process in enumerate(everyone):
        if number % LOOK_AT_TIME == 0 and time.monotonic() > deadline:
            census.cut(f"{len(everyone) - number:,} of {plural(len(everyone), 'process', 'processes')}")
            break
        try:
            for thread in threads(process):
                _thread(census, mounted, f"{process}/task/{thread}")
        except PermissionError:
            refused += 1
        except OSError:
            continue  # it ended
    if refused:
        whose = plural(refused, "process", "processes")
        census.miss(whose, "not permitted to see their namespaces; run the agent as root")
    return mounted


def _thread(census: Census, mounted: dict[int, list[str]], thread: str) -> None:
    """Note the network namespace of one thread, and its mount namespace. Raises ``PermissionError``."""
    try:
        inode = os.stat(f"{PROC}/{thread}/ns/net").st_ino
        found = census.known(inode)
        if found is None:
            found = _open_threads(census, thread, inode)
        if found is not None:
            found.has_process = True
        some = mounted.setdefault(os.stat(f"{PROC}/{thread}/ns/mnt").st_ino, [])
        if len(some) < WITNESSES:
            some.append(thread)
    except OSError as error:
        # A thread that has ended, or that nobody has waited for yet, holds no namespace any more.
        if error.errno in (errno.EACCES, errno.EPERM):
            raise


def _open_threads(census: Census, thread: str, inode: int) -> Found | None:
    """The namespace a thread is in, opened. Raises ``OSError`` if the thread ended, and with it perhaps the namespace."""
    try:
        return census.take(open_namespace(f"{PROC}/{thread}/ns/net"))
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ESRCH, errno.EACCES, errno.EPERM):
            raise
        census.miss(f"net:[{inode}]", reason(error), inode)
        return None
