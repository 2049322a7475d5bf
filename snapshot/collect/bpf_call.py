"""bpf(2), as far as reading goes: which programs are attached to a link, and what a program is called (linux/bpf.h).

Nothing is loaded, attached or pinned. A program's descriptor is held for as long as it takes to ask for its name.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import time
from typing import NamedTuple

NUMBERS = {
    "x86_64": 321, "aarch64": 280, "riscv64": 280, "loongarch64": 280, "s390x": 351, "ppc64le": 361, "ppc64": 361,
    "armv7l": 386, "armv6l": 386, "i686": 357,
}  # fmt: skip
"""The number of the system call by architecture (syscalls(2))."""
PROG_GET_NEXT_ID, PROG_GET_FD_BY_ID, OBJ_GET_INFO_BY_FD, PROG_QUERY = 11, 13, 15, 16
SCHED_CLS = 3
"""BPF_PROG_TYPE_SCHED_CLS: the type of all programs of traffic control, tcx and netkit."""

QUERY = struct.Struct("=IIIIQIIQQQQ")
"""The query of union bpf_attr: target_ifindex, attach_type, query_flags, attach_flags, prog_ids, count, padding,
prog_attach_flags, link_ids, link_attach_flags, revision."""
MOST = 64
"""BPF_MPROG_MAX: programs at one hook."""
INFO = struct.Struct("=II8s48x16s")
"""The start of struct bpf_prog_info: type, id, tag, and after what does not matter here the name."""
GONE = (errno.ENOENT, errno.ENODEV)
UNKNOWN = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)
"""What a kernel says that knows no such hook, or no bpf(2) at all."""
FRESH = 1.0

_libc = ctypes.CDLL(None, use_errno=True)


class Program(NamedTuple):
    """What a program is: its type (BPF_PROG_TYPE_*), its name if it has one, its tag in hex."""

    type: int
    name: str | None
    tag: str


def call(command: int, attributes: ctypes.Array[ctypes.c_char]) -> int:
    """bpf(2). Raises ``OSError``, ENOEXEC where its number is not known: that is not to say that the kernel lacks it."""
    number = NUMBERS.get(os.uname().machine)
    if number is None:
        raise OSError(errno.ENOEXEC, f"the number of bpf(2) on {os.uname().machine} is not known")
    result = int(_libc.syscall(number, command, attributes, len(attributes)))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def attached(ifindex: int, hook: int) -> list[tuple[int, int | None]]:
    """The programs at one hook of a link of the calling thread's namespace, in order: (program, BPF link or None).

    Empty where the kernel has no such hook, and when the link has gone. Raises ``OSError``, EPERM without CAP_NET_ADMIN.
    """
    programs, links = (ctypes.c_uint32 * MOST)(), (ctypes.c_uint32 * MOST)()
    query = ctypes.create_string_buffer(
        QUERY.pack(ifindex, hook, 0, 0, ctypes.addressof(programs), MOST, 0, 0, ctypes.addressof(links), 0, 0),
        QUERY.size,
    )
    try:
        call(PROG_QUERY, query)
    except OSError as error:
        if error.errno in (*GONE, *UNKNOWN):
            return []
        raise
    count = min(QUERY.unpack(query.raw)[5], MOST)
    return [(programs[at], links[at] or None) for at in range(count)]


class Programs:
    """The kernel's programs by number. What a number means does not change while the program lives; numbers hardly recur."""

    def __init__(self) -> None:
        self._known: dict[int, Program] = {}
        self._looked = float("-inf")
        self._scheduled = False

    def get(self, number: int) -> Program | None:
        """What a program is, None if it has gone. Raises ``OSError``, EPERM without CAP_SYS_ADMIN (or CAP_BPF)."""
        if number not in self._known:
            try:
                handle = call(PROG_GET_FD_BY_ID, ctypes.create_string_buffer(struct.pack("=III", number, 0, 0), 12))
            except OSError as error:
                if error.errno in GONE:
                    return None
                raise
            try:
                info = ctypes.create_string_buffer(INFO.size)
                asked = struct.pack("=IIQ", handle, INFO.size, ctypes.addressof(info))
                call(OBJ_GET_INFO_BY_FD, ctypes.create_string_buffer(asked, 16))
            finally:
                os.close(handle)
            kind, _, tag, name = INFO.unpack(info.raw)
            text = name.rstrip(b"\0").decode("utf-8", "backslashreplace")
            self._known[number] = Program(kind, text or None, tag.hex())
        return self._known[number]

    def scheduled(self) -> bool:
        """Whether the kernel holds any program that could be at a hook of tcx or netkit.

        Looked up at most once a second: it is asked in every namespace. Raises ``OSError``.
        """
        now = time.monotonic()
        if now - self._looked > FRESH:
            self._scheduled = any(
                program is not None and program.type == SCHED_CLS for program in map(self.get, _numbers())
            )
            self._looked = now
        return self._scheduled


def _numbers() -> list[int]:
    found: list[int] = []
    last = 0
    while True:
        asked = ctypes.create_string_buffer(struct.pack("=III", last, 0, 0), 12)
        try:
            call(PROG_GET_NEXT_ID, asked)
        except OSError as error:
            if error.errno in (*GONE, *UNKNOWN):
                return found
            raise
        last = struct.unpack_from("=I", asked.raw, 4)[0]
        found.append(last)
