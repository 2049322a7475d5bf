"""Walking over /proc: the processes, their threads, and their open descriptors as link texts (proc_pid_fd(5)).

Nothing is opened or followed but the folders themselves: a link's text alone says what most descriptors are, and following one
could wait for a dead file server.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

PROC = "/proc"
SYS_KCMP = {"x86_64": 312, "aarch64": 272, "riscv64": 272, "s390x": 343, "ppc64le": 354}.get(os.uname().machine)
SYS_PIDFD_GETFD = 438
PIDFD_THREAD = os.O_EXCL
"""For a single thread's descriptors, since Linux 6.9 (pidfd_open(2))."""

KCMP_FILES = 2
"""kcmp(2): do two threads share their descriptors?"""

_libc = ctypes.CDLL(None, use_errno=True)


class Descriptor(NamedTuple):
    """An open descriptor: the process it belongs to, its link text, and under which process and number to reach it.

    That is a thread where it has descriptors of its own, and the agent where it had to make a copy.
    """

    owner: str
    text: str
    process: str
    number: str


def processes() -> list[str]:
    """The ids of all processes but the agent's own: what the agent holds it holds to look at."""
    own = str(os.getpid())
    return [name for name in os.listdir(PROC) if name.isdigit() and name != own]


def threads(process: str) -> list[str]:
    """The ids of a process's threads. Raises ``OSError`` if it ended."""
    return os.listdir(f"{PROC}/{process}/task")


def descriptors(among: list[str], refused: Callable[[str], None]) -> Iterator[Descriptor]:
    """The open descriptors of some processes, those of threads that have their own among them.

    ``refused`` is called with each process whose descriptors may not be seen.
    """
    for process in among:
        for holder in _holders(process):
            try:
                folder = os.open(f"{PROC}/{holder}/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except PermissionError:
                try:
                    yield from _copied(process, holder)
                except OSError as error:
                    if error.errno in (errno.EPERM, errno.EACCES, errno.ENOSYS):
                        refused(process)
                continue
            except OSError:
                continue
            try:
                for number in os.listdir(folder):
                    try:
                        text = os.readlink(number, dir_fd=folder)
                    except OSError:  # closed meanwhile
                        continue
                    yield Descriptor(process, text, holder, number)
            except OSError:
                continue  # it ended
            finally:
                os.close(folder)


def open_process(process: str) -> int:
    """A descriptor of a process, or of a thread alone (pidfd_open(2)). Raises ``OSError``."""
    try:
        return os.pidfd_open(int(process))
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.EINVAL):
            raise
        return os.pidfd_open(int(process), PIDFD_THREAD)


def copy_of(pidfd: int, number: int) -> int:
    """A copy of another process's descriptor (pidfd_getfd(2), Linux 5.6). Raises ``OSError``."""
    copy = int(_libc.syscall(SYS_PIDFD_GETFD, pidfd, number, 0))
    if copy < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return copy


def _copied(owner: str, holder: str) -> Iterator[Descriptor]:
    """The descriptors of a process whose list is for its owner alone, copied one after the other. Raises ``OSError``.

    Reading the list takes CAP_DAC_READ_SEARCH, copying CAP_SYS_PTRACE. A copy is the agent's own, and closed after its yield.
    """
    own = str(os.getpid())
    process = open_process(holder)
    try:
        for number in range(_slots(holder)):
            try:
                copy = copy_of(process, number)
            except OSError as error:
                if error.errno == errno.EBADF:
                    continue
                raise
            try:
                yield Descriptor(owner, os.readlink(f"{PROC}/self/fd/{copy}"), own, str(copy))
            finally:
                os.close(copy)
    finally:
        os.close(process)


def _slots(holder: str) -> int:
    """How many descriptors a process has room for (proc_pid_status(5), FDSize)."""
    handle = os.open(f"{PROC}/{holder}/status", os.O_RDONLY | os.O_CLOEXEC)
    try:
        told = os.read(handle, 8192)
    finally:
        os.close(handle)
    return int(told.partition(b"\nFDSize:")[2].split(None, 1)[0])


def _holders(process: str) -> list[str]:
    """The process, and one thread for each other set of descriptors in it.

    A thread may have left the others' (unshare(2), CLONE_FILES), and the first may have ended before the others.
    """
    try:
        if os.stat(f"{PROC}/{process}/task").st_nlink <= 3:
            return [process]
        others = [thread for thread in threads(process) if thread != process]
    except OSError:
        return [process]
    holders = [process]
    for thread in others:
        if not any(_share(thread, holder) for holder in reversed(holders)):
            holders.append(thread)
    return holders


def _share(one: str, other: str) -> bool:
    """Whether two threads share their descriptors. Where the kernel does not tell (no kcmp), they are taken to."""
    if SYS_KCMP is None:
        return True
    return int(_libc.syscall(SYS_KCMP, int(one), int(other), KCMP_FILES, 0, 0)) <= 0


def inode_of(descriptor: Descriptor) -> int | None:
    """A descriptor's inode as /proc tells it: asking the file's own file system may hang. Raises ``OSError``."""
    handle = os.open(f"{PROC}/{descriptor.process}/fdinfo/{descriptor.number}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        told = os.read(handle, 4096)
    finally:
        os.close(handle)
    _, found, after = told.partition(b"\nino:\t")
    if found:
        return int(after.split(b"\n", 1)[0])
    # Before Linux 5.14: only what has no path any more is worth the risk, the rest is in the mount tables.
    if descriptor.text == "/":
        return os.stat(f"{PROC}/{descriptor.process}/fd/{descriptor.number}").st_ino
    return None
