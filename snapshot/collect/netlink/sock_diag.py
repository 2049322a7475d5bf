"""Sockets that wait, by sock_diag(7): only these are asked for, so that a busy host's connections are never walked.

A request for a protocol whose module is not loaded makes the kernel load it. So none is made unless the module is there.
"""

from __future__ import annotations

import struct
from collections import Counter as Tally

from snapshot.collect.kernel import has
from snapshot.collect.netlink.readers import NLA, NLA_TYPE_MASK
from snapshot.collect.netlink.transport import NetlinkError, Requests
from snapshot.collect.socket_record import INET, INET6, Waiting

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
INET_DIAG_SKV6ONLY = 11
REQUEST = struct.Struct("=BBBxI48x")
"""struct inet_diag_req_v2 (linux/inet_diag.h): family, protocol, extensions, states; an empty inet_diag_sockid."""

MESSAGE = struct.Struct("=BBBB2s2s16s16sI8xIIIII")
"""struct inet_diag_msg: family, state, timer, retransmissions, ports, addresses, interface; expiry, queues, uid, inode."""

TCP_CLOSE, TCP_LISTEN = 7, 10
STATES = {"tcp": TCP_LISTEN, "udp": TCP_CLOSE, "udplite": TCP_CLOSE}
"""The state in which a socket waits: a UDP socket that is bound and not connected is "closed"."""

NUMBERS = {"tcp": 6, "udp": 17, "udplite": 136}
MODULES = {"tcp": "tcp_diag", "udp": "udp_diag", "udplite": "udp_diag"}


ALL_STATES = 0xFFFF


def dump_waiting(requests: Requests, protocol: str, family: int, beside: Tally[int] | None = None) -> list[Waiting]:
    """The waiting sockets of one protocol and family. ``requests`` is of NETLINK_SOCK_DIAG. Raises ``NetlinkError``.

    To ``beside`` the inodes are added of those that share the table with them and do not wait: connected ones of UDP.
    """
    all_of_it = beside is not None and protocol != "tcp"
    states = ALL_STATES if all_of_it else 1 << STATES[protocol]
    dump = requests.dump("socket", SOCK_DIAG_BY_FAMILY, REQUEST.pack(family, NUMBERS[protocol], 0, states))
    found = []
    for payload in dump.payloads:
        socket = waiting(protocol, payload)
        if socket is not None:
            found.append(socket)
        elif beside is not None:
            beside[MESSAGE.unpack_from(payload)[-1]] += 1
    return found


def waiting(protocol: str, payload: bytes) -> Waiting | None:
    """One message's socket, None if it does not wait for strangers. Raises ``NetlinkError``."""
    if len(payload) < MESSAGE.size or payload[0] not in (INET, INET6):
        raise NetlinkError("socket")
    family, state, _, _, port, peer, address, _, index, _, _, _, uid, inode = MESSAGE.unpack_from(payload)
    v6only = False
    offset = MESSAGE.size
    while offset < len(payload):
        length, number = NLA.unpack_from(payload, offset) if offset + NLA.size <= len(payload) else (0, 0)
        if length < NLA.size or offset + length > len(payload):
            raise NetlinkError("socket: a message is cut within an attribute")
        if number & NLA_TYPE_MASK == INET_DIAG_SKV6ONLY and length > NLA.size:
            v6only = payload[offset + NLA.size] != 0
        offset += (length + 3) & ~3
    number = int.from_bytes(port, "big")
    if state != STATES[protocol] or not number or any(peer):
        return None
    if family == INET:
        address = address[:4] + bytes(12)
    return Waiting(protocol, family, v6only, number, uid, index, inode, address)


def asked_by_diag() -> frozenset[str]:
    """The protocols that can be asked for without making the kernel load anything."""
    return frozenset(protocol for protocol, module in MODULES.items() if has("inet_diag") and has(module))
