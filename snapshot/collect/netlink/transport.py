"""Raw rtnetlink: ask for a dump, drain it, check it. Decoding comes later (netlink(7), rtnetlink(7), linux/netlink.h)."""

from __future__ import annotations

import errno
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import NamedTuple, Self

from snapshot.model.errors import NetlapseError

NLMSG = struct.Struct("=IHHII")
NLMSG_NOOP, NLMSG_ERROR, NLMSG_DONE, NLMSG_OVERRUN = 1, 2, 3, 4
NLM_F_REQUEST, NLM_F_DUMP = 0x1, 0x300
NLM_F_DUMP_INTR = 0x10
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
SOL_NETLINK, NETLINK_EXT_ACK = 270, 11
NLMSGERR_ATTR_MSG = 1
NETLINK_ROUTE = 0
MSG_TRUNC = int(socket.MSG_TRUNC)
NLMSG_FIRST = 16
"""The first message type that is no control message (linux/netlink.h: NLMSG_MIN_TYPE)."""
WORTHWHILE = 16 * 1024
"""Bytes of a datagram from which on it is worth a look whether all its messages are alike."""
BUFFER = 256 * 1024
TIMEVAL = struct.Struct("@ll")
PATIENCE = 10
"""Seconds the kernel may keep silent within a dump."""


class NetlinkError(NetlapseError):
    """The kernel refused a request, or its answer was not whole. ``errno`` is its number, 0 if it gave none."""

    def __init__(self, what: str, number: int = 0, message: str | None = None) -> None:
        reason = message or (os.strerror(number) if number else "the answer was cut")
        super().__init__(f"{what}: {reason}")
        self.errno = number


class Run(NamedTuple):
    """A datagram whose messages all have one header: ``length`` bytes each, ``size`` with what fills up to four bytes."""

    datagram: bytes
    length: int

    @property
    def size(self) -> int:
        """Bytes from one message to the next."""
        return (self.length + 3) & ~3

    @property
    def messages(self) -> int:
        """How many there are."""
        return len(self.datagram) // self.size

    def payload(self, number: int) -> bytes:
        """What follows the header of one message."""
        at = number * self.size
        return self.datagram[at + NLMSG.size : at + self.length]

    def payloads(self) -> Iterator[bytes]:
        """All payloads."""
        return map(self.payload, range(self.messages))


class Dump(NamedTuple):
    """One drained dump: its messages in order, each by its payload (what follows the netlink header) or many in a ``Run``, how
    many there are, and whether the kernel flagged it inconsistent."""

    parts: tuple[bytes | Run, ...]
    messages: int
    interrupted: bool

    @property
    def payloads(self) -> tuple[bytes, ...]:
        """All payloads."""
        runs = (part.payloads() if isinstance(part, Run) else (part,) for part in self.parts)
        return tuple(chain.from_iterable(runs))


class NetlinkSocket:
    """A netlink socket in the namespace of the thread that made it, closed when its block ends. Not to be shared by threads."""

    def __init__(self, protocol: int) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
        try:
            self._prepare()
            self._buffer = thread_buffer()
        except BaseException:
            self._socket.close()
            raise

    def _prepare(self) -> None:
        """Set the socket up. Raises ``OSError``."""

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Requests(NetlinkSocket):
    """A socket for requests.

    ``protocol`` is a NETLINK_* family (linux/netlink.h). The kernel may load a module for one that it does not have yet.
    """

    def __init__(self, protocol: int = NETLINK_ROUTE) -> None:
        self._sequence = 0
        super().__init__(protocol)

    def _prepare(self) -> None:
        self._socket.bind((0, 0))
        # A connected socket hears of its peer alone: of the kernel (net/netlink/af_netlink.c, netlink_getsockbyportid).
        self._socket.connect((0, 0))
        # The kernel waits for so long: a timeout of Python's would be one more system call for each datagram.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, TIMEVAL.pack(PATIENCE, 0))
        with suppress(OSError):
            self._socket.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self._port = self._socket.getsockname()[0]

    def wipe(self) -> None:
        """Forget the bytes of the last answer, if they were secret."""
        self._buffer[:] = bytes(len(self._buffer))

    def cookie(self) -> int | None:
        """The namespace's cookie (SO_NETNS_COOKIE, since Linux 5.14), None where the kernel has none."""
        with suppress(OSError):
            return int.from_bytes(self._socket.getsockopt(socket.SOL_SOCKET, 71, 8), "little")
        return None

    def dump(self, what: str, message: int, body: bytes) -> Dump:
        """Dump everything of one kind. Raises ``NetlinkError``; ``what`` says in it what was being read."""
        self._send(message, NLM_F_REQUEST | NLM_F_DUMP, body)
        parts: list[bytes | Run] = []
        total = 0
        interrupted = False
        while True:
            size = self._drain(what)
            alike = _alike(self._buffer, size) if size >= WORTHWHILE else None
            if alike is not None and alike.answers == (self._sequence, self._port) and alike.kind >= NLMSG_FIRST:
                interrupted = interrupted or bool(alike.flags & NLM_F_DUMP_INTR)
                parts.append(alike.run)
                total += alike.run.messages
                continue
            for kind, flags, payload in self._answers(what, size):
                if flags & NLM_F_DUMP_INTR:
                    interrupted = True
                if kind >= NLMSG_FIRST:
                    parts.append(payload)
                    total += 1
                elif kind == NLMSG_DONE:
                    number = struct.unpack_from("=i", payload)[0] if len(payload) >= 4 else 0
                    if number < 0:
                        raise NetlinkError(what, -number, _extended(payload[4:], flags))
                    return Dump(tuple(parts), total, interrupted)
                else:
                    _raise_error(what, kind, flags, payload)

    def ask(self, what: str, message: int, body: bytes) -> bytes:
        """One request with one answer. Raises ``NetlinkError``."""
        self._send(message, NLM_F_REQUEST, body)
        while True:
            for kind, flags, payload in self._answers(what, self._drain(what)):
                _raise_error(what, kind, flags, payload)
                if kind not in (NLMSG_NOOP, NLMSG_ERROR):
                    return payload

    def first(self, what: str, message: int, body: bytes) -> bytes:
        """The first message of a dump, b"" of one that tells nothing. Raises ``NetlinkError``.

        The kernel drops the rest when the socket is closed, which is of no other use after that.
        """
        self._send(message, NLM_F_REQUEST | NLM_F_DUMP, body)
        while True:
            for kind, flags, payload in self._answers(what, self._drain(what)):
                _raise_error(what, kind, flags, payload)
                if kind != NLMSG_NOOP:
                    return payload if kind >= NLMSG_FIRST else b""

    def _send(self, message: int, flags: int, body: bytes) -> None:
        self._sequence += 1
        self._socket.send(NLMSG.pack(NLMSG.size + len(body), message, flags, self._sequence, self._port) + body)

    def _drain(self, what: str) -> int:
        """Receive one datagram into the buffer; returns its size."""
        try:
            count = self._socket.recv_into(self._buffer, 0, MSG_TRUNC)
        except BlockingIOError as error:
            raise NetlinkError(what, errno.ETIMEDOUT) from error
        except OSError as error:
            raise NetlinkError(what, error.errno or 0) from error
        if count > len(self._buffer):
            raise NetlinkError(what, errno.EMSGSIZE)
        return count

    def _answers(self, what: str, count: int) -> list[tuple[int, int, bytes]]:
        """The messages of a datagram of so many bytes that answer the last request: (type, flags, payload)."""
        own = self._sequence, self._port
        found = messages(what, self._buffer, count)
        return [(kind, flags, payload) for kind, flags, answers, payload in found if answers == own]


class _Alike(NamedTuple):
    """A datagram whose messages have one header, and that header."""

    run: Run
    kind: int
    flags: int
    answers: tuple[int, int]


def _alike(buffer: bytearray, count: int) -> _Alike | None:
    """A datagram as a run, None if its messages have different headers."""
    length, kind, flags, sequence, port = NLMSG.unpack_from(buffer)
    size = (length + 3) & ~3
    if length < NLMSG.size or count % size:
        return None
    whole = bytes(memoryview(buffer)[:count])
    headers = set(struct.iter_unpack(f"={NLMSG.size}s{size - NLMSG.size}x", whole))
    return _Alike(Run(whole, length), kind, flags, (sequence, port)) if len(headers) == 1 else None


_local = threading.local()


def thread_buffer() -> bytearray:
    """This thread's receive buffer: sockets come and go by the hundred, and are drained one at a time."""
    if not hasattr(_local, "buffer"):
        _local.buffer = bytearray(BUFFER)
    buffer: bytearray = _local.buffer
    return buffer


def messages(what: str, buffer: bytearray, count: int) -> list[tuple[int, int, tuple[int, int], bytes]]:
    """The messages of one datagram: (type, flags, (sequence, port), payload). Raises ``NetlinkError`` for a cut one."""
    found = []
    offset = 0
    whole = bytes(memoryview(buffer)[:count])
    unpack = NLMSG.unpack_from
    while offset + 16 <= count:
        length, kind, flags, sequence, port = unpack(whole, offset)
        if length < 16 or offset + length > count:
            raise NetlinkError(what)
        found.append((kind, flags, (sequence, port), whole[offset + 16 : offset + length]))
        offset += (length + 3) & ~3
    if offset < count:
        raise NetlinkError(what)
    return found


def _raise_error(what: str, kind: int, flags: int, payload: bytes) -> None:
    if kind == NLMSG_OVERRUN:
        raise NetlinkError(what, errno.ENOBUFS)
    if kind == NLMSG_ERROR:
        if len(payload) < 4:
            raise NetlinkError(what)
        number = struct.unpack_from("=i", payload)[0]
        if number:
            echoed = 20
            if not flags & NLM_F_CAPPED and len(payload) >= 8:
                echoed = 4 + int(struct.unpack_from("=I", payload, 4)[0])
            raise NetlinkError(what, abs(number), _extended(payload[(echoed + 3) & ~3 :], flags))


def _extended(attributes: bytes, flags: int) -> str | None:
    """The kernel's own words for an error (NLMSGERR_ATTR_MSG), if it gave any."""
    offset = 0
    while flags & NLM_F_ACK_TLVS and offset + 4 <= len(attributes):
        length, kind = struct.unpack_from("=HH", attributes, offset)
        if length < 4:
            break
        if kind == NLMSGERR_ATTR_MSG:
            return attributes[offset + 4 : offset + length].rstrip(b"\0").decode("utf-8", "replace") or None
        offset += (length + 3) & ~3
    return None
