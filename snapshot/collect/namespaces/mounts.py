"""Namespaces bound at a path, in every mount namespace: those of processes, and those that only a path or a descriptor keeps.

Read from mount tables (proc_pid_mountinfo(5)), never by looking through folders.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from snapshot.collect.namespaces.census import Bound, Census, close_all, open_bound, reason
from snapshot.collect.namespaces.descriptors import PROC
from snapshot.collect.namespaces.enter import enter_mounts, tour
from snapshot.collect.netlink.attributes import readable

OCTAL = re.compile(rb"\\([0-7]{3})")
BOUND = re.compile(rb"^\d+ \d+ \S+ (net|mnt):\[(\d+)\] (\S+) .*? - nsfs ", re.MULTILINE)
ENTERING = 5.0
"""Seconds for looking into mount namespaces that have no process."""


class Seen(NamedTuple):
    """What was bound in a mount namespace that was entered: open descriptors, or why there is none."""

    bound: Bound
    handle: int | OSError


def of_processes(census: Census, mounts: Mapping[int, Sequence[str]]) -> dict[int, str]:
    """Note what is bound in mount namespaces: their inodes, each with some threads that are in it, the agent's own first.

    Returns the paths of mount namespaces that are bound themselves, by inode.
    """
    others: dict[int, str] = {}
    for number, threads in mounts.items():
        for thread in threads:
            if _of_thread(census, number, thread, others):
                break
    return others


def _of_thread(census: Census, number: int, thread: str, others: dict[int, str]) -> bool:
    """Note what is bound in a thread's mount namespace; False if the thread ended meanwhile."""
    root = "" if thread == "self" else f"{PROC}/{thread}/root"
    bounds = _table(census, number, f"{PROC}/{thread}/mountinfo")
    if bounds is None:
        return False
    for bound in bounds:
        path = root + os.fsdecode(bound.path)
        shown = readable(bound.path)
        if bound.kind == "mnt":
            others.setdefault(bound.inode, path)
            continue
        found = census.known(bound.inode)
        if found is None:
            found = census.open(path, bound.inode, place=shown)
        if found is not None:
            found.names.add(shown)
        elif root and not os.path.exists(root):
            return False
    return True


def of_others(census: Census, mounts: dict[int, int], deadline: float) -> None:
    """Note what is bound in mount namespaces without processes: inode -> open descriptor, which is closed here."""
    if not mounts:
        return
    visited: set[int] = set()
    try:
        proc = os.open(PROC, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        close_all(mounts.values())
        return
    try:
        while waiting := {inode: handle for inode, handle in mounts.items() if inode not in visited}:
            visited |= set(waiting)
            for inode, handle in waiting.items():
                left = max(0.1, min(ENTERING, deadline - time.monotonic()))
                (seen,) = tour([(None, partial(_within, handle, proc))], left)
                if isinstance(seen, OSError):
                    why = f"its mount namespace has no process and cannot be entered ({seen.strerror or seen})"
                    census.miss(f"mnt:[{inode}]", why)
                    continue
                _note(census, seen, mounts)
    finally:
        os.close(proc)
        close_all(mounts.values())


def _note(census: Census, seen: list[Seen], mounts: dict[int, int]) -> None:
    for bound, handle in seen:
        shown = readable(bound.path)
        if isinstance(handle, OSError):
            if bound.kind == "mnt" or census.known(bound.inode) is None:
                census.miss(shown, reason(handle), bound.inode)
        elif os.fstat(handle).st_ino != bound.inode:
            os.close(handle)
            if census.known(bound.inode) is None:
                census.miss(shown, "another mount hides it", bound.inode)
        elif bound.kind == "net":
            census.take(handle).names.add(shown)
        elif bound.inode in mounts:
            os.close(handle)
        else:
            mounts[bound.inode] = handle


def _within(handle: int, proc: int) -> list[Seen]:
    """What is bound in a mount namespace, seen by a thread that enters it and does not come back. Raises ``OSError``."""
    enter_mounts(handle)
    table = _read("thread-self/mountinfo", proc)
    found = []
    for bound in parsed(table):
        try:
            found.append(Seen(bound, open_bound(bound.path, proc)))
        except OSError as error:
            found.append(Seen(bound, error))
    return found


def _table(census: Census, number: int, path: str) -> Iterable[Bound] | None:
    """What a mount table binds, None if there is none any more. One that has not changed is not looked through again."""
    try:
        table = _read(path)
    except OSError:
        return None
    if b" - nsfs " not in table:
        return ()
    known = census.tables.get(number)
    if known is None or known[0] != table:
        known = census.tables[number] = (table, tuple(parsed(table)))
    return known[1]


def parsed(table: bytes) -> Iterable[Bound]:
    """The network and mount namespaces that a mount table binds."""
    for match in BOUND.finditer(table):
        yield Bound(match[1].decode(), int(match[2]), OCTAL.sub(_byte, match[3]))


def _byte(match: re.Match[bytes]) -> bytes:
    return bytes((int(match[1], 8) & 0xFF,))


def _read(path: str, folder: int | None = None) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)
    try:
        parts = []
        while part := os.read(handle, 1 << 20):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(handle)
