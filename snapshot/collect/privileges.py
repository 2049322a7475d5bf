"""What the agent may do, made as little as a capture takes, before it reads anything that others have written.

Capabilities are a thread's (capabilities(7)): this has to happen before there are threads. A program that root executes has
all that the bounding set lets it have, so that is made as small, for the sake of the tools that list firewalls.
"""

from __future__ import annotations

import ctypes
import os
import resource
from contextlib import suppress

READING = {
    "CAP_SYS_ADMIN": 21,  # entering namespaces (setns(2)), numbers of BPF programs, a mount of procfs of one's own
    "CAP_SYS_PTRACE": 19,  # what other users' processes are in and hold
    "CAP_NET_ADMIN": 12,  # firewalls, the namespaces of sockets, large notification buffers
    "CAP_NET_RAW": 13,  # tables of iptables-legacy
    "CAP_DAC_READ_SEARCH": 2,  # descriptors of processes, paths under closed folders
    "CAP_SYS_CHROOT": 18,  # mount namespaces without a process (setns(2))
    "CAP_DAC_OVERRIDE": 1,  # engines of other users, and FILE in a folder of another user
}
"""What is kept, by their numbers (linux/capability.h)."""

ADDING = {"CAP_CHOWN": 0, "CAP_FOWNER": 3}
"""What keeping the owner of a file takes that is added to."""

PR_CAPBSET_READ, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 23, 24, 38
VERSION_3 = 0x20080522
NO_CORE = 1
"""Bytes: none, and where cores are piped to a program, that is not run (core(5): RLIMIT_CORE of 1)."""


def drop(*, append: bool = False) -> None:
    """Give up everything else, for good: capabilities, the gain of others by executing a file (no_new_privs), core files, which
    would hold what was read. What is not there is not missed: a capture then says what it could not read."""
    _no_core()
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    kept = {*READING.values(), *(ADDING.values() if append else ())}
    number = 0
    # Past the kernel's last one it is EINVAL. Without CAP_SETPCAP, they stay.
    while (there := libc.prctl(PR_CAPBSET_READ, number, 0, 0, 0)) >= 0:
        if there and number not in kept:
            libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)
        number += 1
    header = (ctypes.c_uint32 * 2)(VERSION_3, 0)
    # effective, permitted, inheritable of the first 32, and of the others
    held = (ctypes.c_uint32 * 6)()
    if libc.capget(header, held) != 0:
        return
    mask = sum(1 << number for number in kept)
    for at, value in enumerate(held):
        held[at] = value & (mask if at < 3 else mask >> 32)
    if libc.capset(header, held) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _no_core() -> None:
    for hard in (NO_CORE, 0):
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
            return
