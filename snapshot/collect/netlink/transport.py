"""Raw rtnetlink: ask for a dump, drain it, check it. Decoding comes later (netlink(7), rtnetlink(7), linux/netlink.h).

The kernel does not promise that a dump is one moment's truth, and its own flag (NLM_F_DUMP_INTR) misses changes of
IPv6 routes and FDB entries. So a second socket listens to the multicast groups of what is dumped, from before the
dump until after it: whatever it hears makes that kind dirty.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from snapshot.model.errors import NetlapseError

NLMSG = struct.Struct("=IHHII")
NLMSG_NOOP, NLMSG_ERROR, NLMSG_DONE, NLMSG_OVERRUN = 1, 2, 3, 4
NLM_F_REQUEST, NLM_F_DUMP = 0x1, 0x300
NLM_F_DUMP_INTR = 0x10
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
SOL_NETLINK, NETLINK_EXT_ACK = 270, 11
NLMSGERR_ATTR_MSG = 1
SO_RCVBUFFORCE = 33
NETLINK_ROUTE = 0
MSG_TRUNC = int(socket.MSG_TRUNC)
BUFFER = 256 * 1024
WATCH_BUFFER = 4 * 1024 * 1024
PATIENCE = 10.0
"""Seconds the kernel may keep silent within a dump."""
DRAINING = 0.2
"""Seconds to listen to what changed at most: 4 MB of notifications take a tenth of that."""

GROUPS = {
    "link": (1,),
    "neighbour": (3,),
    "fdb": (3,),
    "address": (5, 9),
    "route": (7, 11),
    "rule": (8, 19),
}
"""RTNLGRP_* of each kind (linux/rtnetlink.h)."""

ABOUT = {16: "link", 17: "link", 20: "address", 21: "address", 24: "route", 25: "route", 32: "rule", 33: "rule"}
NEIGHBOUR_MESSAGES = (28, 29)
PF_BRIDGE = 7


class NetlinkError(NetlapseError):
    """The kernel refused a request, or its answer was not whole. ``errno`` is its number, 0 if it gave none."""

    def __init__(self, what: str, number: int = 0, message: str | None = None) -> None:
        reason = message or (os.strerror(number) if number else "the answer was cut")
        super().__init__(f"{what}: {reason}")
        self.errno = number


class Dump(NamedTuple):
    """One drained dump: the payloads (what follows the netlink header) and whether the kernel flagged it inconsistent."""

    payloads: tuple[bytes, ...]
    interrupted: bool


class Requests:
    """A socket for requests, in the namespace of the thread that made it. Not to be shared between threads.

    ``protocol`` is the netlink family (netlink(7)).
    """

    def __init__(self, protocol: int = NETLINK_ROUTE) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
        self._sequence = 0
        try:
            self._socket.bind((0, 0))
            self._socket.settimeout(PATIENCE)
            with suppress(OSError):
                self._socket.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
            self._port = self._socket.getsockname()[0]
            self._buffer = _buffer()
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def __enter__(self) -> Requests:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def cookie(self) -> int | None:
        """The namespace's cookie (SO_NETNS_COOKIE, since Linux 5.14), None where the kernel has none."""
        with suppress(OSError):
            return int.from_bytes(self._socket.getsockopt(socket.SOL_SOCKET, 71, 8), "little")
        return None

    def dump(self, what: str, message: int, body: bytes) -> Dump:
        """Dump everything of one kind. Raises ``NetlinkError``; ``what`` says in it what was being read."""
        self._send(message, NLM_F_REQUEST | NLM_F_DUMP, body)
        payloads: list[bytes] = []
        interrupted = False
        while True:
            for kind, flags, payload in self._receive(what):
                interrupted = interrupted or bool(flags & NLM_F_DUMP_INTR)
                if kind == NLMSG_DONE:
                    number = struct.unpack_from("=i", payload)[0] if len(payload) >= 4 else 0
                    if number < 0:
                        raise NetlinkError(what, -number, _extended(payload[4:], flags))
                    return Dump(payloads=tuple(payloads), interrupted=interrupted)
                _raise_error(what, kind, flags, payload)
                if kind not in (NLMSG_NOOP, NLMSG_ERROR):
                    payloads.append(payload)

    def ask(self, what: str, message: int, body: bytes) -> bytes:
        """One request with one answer. Raises ``NetlinkError``."""
        self._send(message, NLM_F_REQUEST, body)
        while True:
            for kind, flags, payload in self._receive(what):
                _raise_error(what, kind, flags, payload)
                if kind not in (NLMSG_NOOP, NLMSG_ERROR):
                    return payload

    def _send(self, message: int, flags: int, body: bytes) -> None:
        self._sequence += 1
        self._socket.send(NLMSG.pack(NLMSG.size + len(body), message, flags, self._sequence, self._port) + body)

    def _receive(self, what: str) -> list[tuple[int, int, bytes]]:
        """One datagram's messages that answer the last request: (type, flags, payload)."""
        try:
            count, _, flags, sender = self._socket.recvmsg_into([self._buffer])
        except TimeoutError as error:
            raise NetlinkError(what, errno.ETIMEDOUT) from error
        except OSError as error:
            raise NetlinkError(what, error.errno or 0) from error
        if flags & MSG_TRUNC:
            raise NetlinkError(what, errno.EMSGSIZE)
        if sender[0] != 0:
            return []  # not from the kernel
        own = self._sequence, self._port
        return [
            (kind, message_flags, payload)
            for kind, message_flags, answers, payload in messages(what, self._buffer, count)
            if answers == own
        ]


class Watch:
    """A socket that hears of changes of the given kinds, in the namespace of the thread that made it."""

    def __init__(self, kinds: Iterable[str]) -> None:
        groups = 0
        for kind in kinds:
            for group in GROUPS.get(kind, ()):
                groups |= 1 << (group - 1)
        self._kinds = frozenset(kinds)
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_ROUTE)
        try:
            try:
                self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, WATCH_BUFFER)
            except OSError:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WATCH_BUFFER)
            # Only a bound socket hears anything.
            self._socket.bind((0, groups))
            self._socket.setblocking(False)
            self._buffer = _buffer()
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def drain(self) -> frozenset[str]:
        """The kinds that changed since the last call; all of them if notifications were lost, or come without end."""
        dirty: set[str] = set()
        end = time.monotonic() + DRAINING
        while time.monotonic() < end:
            try:
                count, _, flags, _ = self._socket.recvmsg_into([self._buffer])
            except BlockingIOError:
                return frozenset(dirty & self._kinds)
            except OSError:
                # ENOBUFS: some were dropped, nobody knows which.
                dirty |= self._kinds
                continue
            if flags & MSG_TRUNC:
                dirty |= self._kinds
                continue
            for kind, _, _, payload in messages("a notification", self._buffer, count):
                if kind in NEIGHBOUR_MESSAGES:
                    dirty.add("fdb" if payload[:1] == bytes((PF_BRIDGE,)) else "neighbour")
                elif kind in ABOUT:
                    dirty.add(ABOUT[kind])
        return self._kinds


_local = threading.local()


def _buffer() -> bytearray:
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
