"""Files under /proc/sys/net, as the namespace of the calling thread has them (proc_sys(5), network_namespaces(7)).

The kernel resolves /proc/sys/net by the namespace of the task that looks, but it keeps what it has looked up, for all
namespaces in one chain: with a thousand of them, opening one directory takes 0.14 ms. So the files are read in a mount of
procfs of the agent's own, which is attached nowhere (fsopen(2), fsmount(2)) and replaced after some namespaces. What the kernel
remembered of these files goes with it. Where such a mount cannot be had, /proc itself serves.
"""

from __future__ import annotations

import ctypes
import errno
import os
import threading
from collections.abc import Iterable
from contextlib import suppress

from snapshot.collect.namespaces.find import PROC

SYS_FSOPEN, SYS_FSCONFIG, SYS_FSMOUNT = 430, 431, 432
FSOPEN_CLOEXEC, FSCONFIG_CMD_CREATE, FSMOUNT_CLOEXEC = 1, 6, 1
MOUNT_ATTRS = 0x1 | 0x2 | 0x4 | 0x8
"""MOUNT_ATTR_RDONLY, NOSUID, NODEV, NOEXEC."""

NAMESPACES = 64
"""Namespaces that share one mount: making one takes as long as opening a directory at the end of such a chain."""

READABLE = os.O_RDONLY | os.O_CLOEXEC
DIRECTORY = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
LONGEST = 256 * 1024
"""Bytes of the longest value there can be: a list of every other port."""
USUAL = 1024
LONG = frozenset({"ip_local_reserved_ports"})

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class _Mount:
    """A procfs that is attached nowhere; gone when nobody refers to it any more."""

    def __init__(self) -> None:
        self.left = NAMESPACES
        self.root = -1
        context = _libc.syscall(SYS_FSOPEN, b"proc", FSOPEN_CLOEXEC)
        if context >= 0:
            if _libc.syscall(SYS_FSCONFIG, context, FSCONFIG_CMD_CREATE, None, None, 0) == 0:
                self.root = _libc.syscall(SYS_FSMOUNT, context, FSMOUNT_CLOEXEC, MOUNT_ATTRS)
            os.close(context)
        if self.root < 0:
            self.root = os.open(PROC, DIRECTORY)

    def __del__(self) -> None:
        if self.root >= 0:
            with suppress(OSError):
                os.close(self.root)


_local = threading.local()


def open_net(directory: str) -> int | None:
    """A directory of /proc/sys/net, open for ``read_values``; None if this kernel or namespace has none. Raises ``OSError``."""
    mount: _Mount = _local.mount
    try:
        return os.open(f"sys/net/{directory}", DIRECTORY, dir_fd=mount.root)
    except FileNotFoundError:
        return None


def arrive() -> None:
    """To be called once in each namespace, before its directories are opened. Raises ``OSError`` where there is no /proc."""
    mount: _Mount | None = getattr(_local, "mount", None)
    if mount is None or mount.left == 0:
        _local.mount = mount = _Mount()
    mount.left -= 1


def read_values(handle: int, below: str, names: Iterable[str]) -> list[bytes]:
    """Files of one directory ``below`` an open one ("" or ending in "/"): name, value, name, value, ...

    A file that is not there is left out: this kernel, or a namespace that is not the first, has none. Raises ``OSError`` for
    one that cannot be read.
    """
    found: list[bytes] = []
    for name in names:
        try:
            file = os.open(below + name, READABLE, dir_fd=handle)
        except FileNotFoundError:
            continue
        longest = LONGEST if name in LONG else USUAL
        try:
            value = os.read(file, longest)
        finally:
            os.close(file)
        if len(value) == longest:
            raise OSError(errno.EMSGSIZE, f"{name} is longer than it can be")
        found += (name.encode(), value[:-1] if value.endswith(b"\n") else value)
    return found
