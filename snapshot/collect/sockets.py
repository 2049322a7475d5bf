"""Sockets that wait for strangers: listening TCP, bound UDP and UDP-Lite, SCTP, raw ones.

Most namespaces of a host have none, or only connections: /proc/net/sockstat says so in one line per protocol, and nothing is
asked of what it counts none of.
"""

from __future__ import annotations

import os
import re
from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import chain
from socket import inet_ntop

from snapshot.collect.namespaces.find import PROC
from snapshot.collect.netlink.dumps import Taken
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.sock_diag import NETLINK_SOCK_DIAG, asked_by_diag, dump_waiting
from snapshot.collect.netlink.transport import Requests
from snapshot.collect.owners import HOST, UNKNOWN, find_owners
from snapshot.collect.presence import has_proc_net
from snapshot.collect.socket_record import INET, INET6, Waiting, unpacked
from snapshot.collect.socket_tables import read_table
from snapshot.model.socket import Socket

IN_USE = re.compile(rb"^(TCP|UDP|UDPLITE|RAW)(6?): inuse ([1-9][0-9]*)", re.MULTILINE)
LARGEST = 4096
AT_ONCE = 24
"""Sockets of one table that surely fit into one datagram (3.7 kB at least, net/netlink/af_netlink.c: netlink_dump). With more,
the kernel goes on by a place in a hash chain: it passes over a socket if another one before that place went meanwhile, and
tells one twice if another came."""

ROUNDS = 6
FAMILIES = {INET: "inet", INET6: "inet6"}


def take_sockets(_: Requests, __: Mapping[str, Reading]) -> Taken:
    """One payload for each waiting socket. Raises ``NetlinkError`` or ``OSError``.

    Where there are many, they are read until two rounds tell the same: each socket has its inode, so one that went in the
    middle of a round, and had the kernel pass over another, is missed in the next.
    """
    used = _in_use()
    if not used:
        return Taken(())
    with ExitStack() as opened:
        diag = None
        if any(protocol in asked_by_diag() for protocol, _ in used):
            diag = opened.enter_context(Requests(NETLINK_SOCK_DIAG))
        found = Tally(chain.from_iterable(_round(diag, used, None)))
        if all(sum(1 for socket in found.elements() if socket.table == table) <= AT_ONCE for table in used):
            return Taken(_packed(found))
        before: tuple[Tally[Waiting], Tally[int]] | None = None
        for attempt in range(2, ROUNDS + 1):
            beside: Tally[int] = Tally()
            told = Tally(chain.from_iterable(_round(diag, used, beside)))
            if (told, beside) == before:
                return Taken(_packed(told), attempts=attempt)
            before, found = (told, beside), found | told
    # What any of them told: a socket that stayed is hardly missed by all.
    return Taken(_packed(found), torn=True, attempts=ROUNDS)


def _round(diag: Requests | None, used: list[tuple[str, int]], beside: Tally[int] | None) -> Iterator[list[Waiting]]:
    """All tables once."""
    for protocol, family in used:
        if diag is not None and protocol in asked_by_diag():
            yield dump_waiting(diag, protocol, family, beside)
        else:
            yield read_table(protocol, family)


def _packed(found: Tally[Waiting]) -> tuple[bytes, ...]:
    """Each once; those without an inode, which are the kernel's own, as often as they were told."""
    return tuple(socket.packed() for socket, count in found.items() for _ in range(1 if socket.inode else count))


def _in_use() -> list[tuple[str, int]]:
    """The protocols and families of which the calling thread's namespace has any socket."""
    folder = os.open(f"{PROC}/thread-self/net", os.O_PATH | os.O_CLOEXEC)
    try:
        counts = _read("sockstat", folder) + _read("sockstat6", folder)
    finally:
        os.close(folder)
    used = [(name.decode().lower(), INET6 if six else INET) for name, six, _ in IN_USE.findall(counts)]
    if has_proc_net("sctp"):
        used.append(("sctp", INET))
    return used


def _read(name: str, folder: int) -> bytes:
    try:
        file = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return b""  # a kernel without IPv6
    try:
        return os.read(file, LARGEST)
    finally:
        os.close(file)


def settle_sockets(taken: Sequence[tuple[bytes, ...]], deadline: float) -> list[tuple[bytes, ...]]:
    """The payloads of all namespaces with each socket's owner in place of its inode."""
    waiting = [[unpacked(payload)[0] for payload in payloads] for payloads in taken]
    owners = find_owners((socket.inode for sockets in waiting for socket in sockets), deadline)
    return [
        tuple(socket._replace(inode=0).packed() + owners.get(socket.inode, UNKNOWN).encode() for socket in sockets)
        for sockets in waiting
    ]


def tell_sockets(payloads: tuple[bytes, ...], names: Mapping[int, str]) -> Iterable[Socket]:
    """The sockets, those that are alike once. Raises ``ValueError``."""
    for payload, alike in Tally(payloads).items():
        socket, owned = unpacked(payload)
        owner = owned.decode("ascii") or UNKNOWN
        size = 4 if socket.family == INET else 16
        yield Socket(
            protocol=socket.protocol,
            family=FAMILIES[socket.family],
            address=inet_ntop(socket.family, socket.address[:size]),
            port=socket.port,
            dev=names.get(socket.link, f"if{socket.link}") if socket.link else None,
            v6only=socket.v6only,
            uid=socket.uid,
            container=None if owner in (HOST, UNKNOWN) else owner,
            owner=owner if owner in (HOST, UNKNOWN) else "container",
            sockets=alike,
        )
