"""Namespaces that only an open descriptor holds: one of nsfs, a socket, a tun device, a file of /proc/net, a mount namespace.

Most descriptors are told by their link text. A socket is asked for its namespace (SIOCGSKNS) by a copy of its descriptor
(pidfd_getfd(2)) that lives for some microseconds; it is not read from, and none is asked twice.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import time
from collections import Counter
from contextlib import suppress

from snapshot.collect.namespaces.census import Census, if_room, open_bound, reason
from snapshot.collect.namespaces.descriptors import PROC, Descriptor, copy_of, descriptors, inode_of, open_process
from snapshot.collect.namespaces.enter import CLONE_NEWNET, CLONE_NEWNS
from snapshot.collect.netlink.attributes import readable
from snapshot.model.plural import plural

SIOCGSKNS, NS_GET_NSTYPE = 0x894C, 0xB703
FIRST_INODE = 0xEFFFFF00
"""Namespaces have inodes from here on: the initial ones a little under 0xF0000000, where those the kernel gives out begin."""

SCANNING = 5.0
"""Seconds for all descriptors of a host: 100,000 of them, half of them sockets, take about one where nobody else computes."""

NOT_PERMITTED = (
    "not permitted to ask them: it takes CAP_SYS_PTRACE, CAP_NET_ADMIN, and kernel.yama.ptrace_scope under 3"
)
TUN = "/dev/net/tun"
PROC_NET = re.compile(r"/proc/\d+(?:/task/\d+)?/net/")
PLAIN_FILES = frozenset({"/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"})


class Holders:
    """Looks through the open descriptors of processes, for one round of a census."""

    def __init__(self, census: Census, mounts: set[int]) -> None:
        self._census = census
        self._mounts = mounts
        self._device = next(iter(census.namespaces.values())).device
        self._asking: tuple[str, int] | None = None
        self._unasked: Counter[str] = Counter()
        self.other_mounts: dict[int, int] = {}
        self.proc_net: dict[int, Descriptor] = {}

    def look(self, among: list[str], deadline: float) -> None:
        """Note what the descriptors of these processes hold, until ``deadline`` (``time.monotonic()`` seconds)."""
        refused: list[str] = []
        try:
            for number, process in enumerate(among):
                if not self._process(process, refused, deadline):
                    everyone = plural(len(among), "process", "processes")
                    self._census.cut(f"the open files of {len(among) - number:,} of {everyone}")
                    break
        finally:
            self._let_go()
        if refused:
            whose = plural(len(refused), "process", "processes")
            self._census.miss(f"the open files of {whose}", "not permitted; run the agent as root")
        for why, count in self._unasked.items():
            self._census.miss(plural(count, "socket"), why)

    def _process(self, process: str, refused: list[str], deadline: float) -> bool:
        """One process; False if time was over before its end."""
        if time.monotonic() > deadline:
            return False
        for count, descriptor in enumerate(descriptors([process], refused.append)):
            if count % 256 == 255 and time.monotonic() > deadline:
                return False
            try:
                self._descriptor(descriptor)
            except (OSError, ValueError):
                continue  # closed meanwhile, or nothing that is known here
        return True

    def _descriptor(self, descriptor: Descriptor) -> None:
        text = descriptor.text
        match text[:5]:
            case "socke":
                self._socket(descriptor, int(text[8:-1]))
            case "net:[":
                if self._census.known(int(text[5:-1])) is None:
                    self._nsfs(descriptor)
            case "mnt:[":
                if int(text[5:-1]) not in self._mounts:
                    self._nsfs(descriptor)
            case first if first[:1] == "/" and text not in PLAIN_FILES:
                self._file(descriptor)

    def _socket(self, descriptor: Descriptor, number: int) -> None:
        """A socket of that inode, or a tun device: below zero, for it shares its inode with others."""
        inode = self._census.sockets.get(number)
        if inode is not None and self._census.known(inode) is not None:
            return
        try:
            handle = self._ask(descriptor)
        except OSError as error:
            match error.errno:
                case errno.EBADF | errno.ESRCH | errno.ENOENT | errno.ENOTTY:
                    pass  # closed meanwhile, and perhaps another file in its place
                case errno.ENOSYS:
                    self._unasked["this kernel does not tell their namespaces (pidfd_getfd, Linux 5.6)"] += 1
                case errno.EINVAL:
                    self._unasked["this kernel does not tell a thread's (PIDFD_THREAD, Linux 6.9)"] += 1
                case errno.EPERM | errno.EACCES:
                    self._unasked[NOT_PERMITTED] += 1
                case _:
                    self._unasked[reason(error)] += 1
            return
        found = self._census.take(handle)
        if number >= 0:
            self._census.sockets[number] = found.inode

    def _ask(self, descriptor: Descriptor) -> int:
        """The namespace of a process's socket or tun device, open. Raises ``OSError``."""
        copy = copy_of(self._pidfd(descriptor.process), int(descriptor.number))
        try:
            return if_room(fcntl.ioctl(copy, SIOCGSKNS))
        finally:
            os.close(copy)

    def _pidfd(self, process: str) -> int:
        if self._asking is None or self._asking[0] != process:
            self._let_go()
            self._asking = process, open_process(process)
        return self._asking[1]

    def _let_go(self) -> None:
        if self._asking is not None:
            os.close(self._asking[1])
            self._asking = None

    def _file(self, descriptor: Descriptor) -> None:
        """A descriptor whose text is a path: of nsfs if it was opened at a path where a namespace is, or was, bound."""
        if descriptor.text.endswith(TUN):
            self._socket(descriptor, -1)
            return
        path = f"{PROC}/{descriptor.process}/fd/{descriptor.number}"
        # Namespaces cannot be opened for writing.
        if os.lstat(path).st_mode & 0o200:
            return
        inode = inode_of(descriptor)
        if inode is None or inode < FIRST_INODE:
            return
        if PROC_NET.search(descriptor.text):
            self.proc_net.setdefault(inode, descriptor)
        elif self._census.known(inode) is None and inode not in self._mounts and os.stat(path).st_dev == self._device:
            self._nsfs(descriptor)

    def _nsfs(self, descriptor: Descriptor) -> None:
        """A descriptor of a namespace that is not known."""
        path = f"{PROC}/{descriptor.process}/fd/{descriptor.number}"
        try:
            handle = open_bound(path, links=True)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ESRCH, errno.ESTALE):
                self._census.miss(readable(os.fsencode(descriptor.text)), reason(error))
            return
        status = os.fstat(handle)
        kind = 0
        if status.st_dev == self._device:
            with suppress(OSError):
                kind = fcntl.ioctl(handle, NS_GET_NSTYPE)
        if kind == CLONE_NEWNET:
            self._census.take(handle)
        elif kind == CLONE_NEWNS and status.st_ino not in {*self._mounts, *self.other_mounts}:
            self.other_mounts[status.st_ino] = handle
        else:
            os.close(handle)
