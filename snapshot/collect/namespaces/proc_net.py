"""Open files of /proc/net: each holds the namespace it shows, and nothing can be asked for that namespace but by comparing.

Each namespace has files of its own there, with inodes of their own (proc_pid_net(5)).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping

from snapshot.collect.namespaces.census import Census
from snapshot.collect.namespaces.descriptors import PROC, Descriptor, inode_of
from snapshot.collect.namespaces.enter import tour
from snapshot.collect.netlink.attributes import readable

FILE = re.compile(r"/proc/\d+(?:/task/\d+)?/net/(.+?)(?: \(deleted\))?$")
COMPARING = 2.0


def of_open_files(census: Census, files: Mapping[int, Descriptor], deadline: float) -> None:
    """Note as unread what holds a namespace that was not found: ``files`` are descriptors by inode."""
    waiting = {inode: file for inode, file in files.items() if not _known_process(census, file.text, inode)}
    if not waiting:
        return
    names = {match[1] for file in waiting.values() if (match := FILE.search(file.text))}

    def inodes() -> set[int]:
        return {status.st_ino for name in names if (status := _stat(f"{PROC}/thread-self/net/{name}"))}

    left = max(0.1, min(COMPARING, deadline - time.monotonic()))
    for found in tour([(None if f.host else f.handle, inodes) for f in census.namespaces.values()], left):
        if not isinstance(found, OSError):
            for inode in found:
                waiting.pop(inode, None)
    for inode, file in waiting.items():
        if _still_open(file, inode):
            why = "an open file of a namespace that nothing else leads to: it cannot be entered by it"
            census.miss(readable(os.fsencode(file.text)), why)


def _still_open(file: Descriptor, inode: int) -> bool:
    """Whether the descriptor is there still; of one that was copied, whether its process is."""
    if file.process == str(os.getpid()):
        return _stat(f"{PROC}/{file.owner}") is not None
    try:
        return inode_of(file) == inode
    except OSError:
        return False


def _known_process(census: Census, text: str, inode: int) -> bool:
    """Whether the process that the path names is there, in a namespace that is known and has that file."""
    status = _stat(text)
    if status is None or status.st_ino != inode:
        return False
    there = _stat(f"{text.partition('/net/')[0]}/ns/net")
    return there is not None and there.st_ino in census.by_inode


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError:
        return None
