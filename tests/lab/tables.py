"""Fills the kernel's tables: connections by the hundred thousand (ctnetlink), neighbours by the thousand (ip-neighbour(8)).

``python -m tests.lab.tables COUNT`` tracks so many connections in the namespace it runs in.
"""

from __future__ import annotations

import socket
import struct
import sys

from snapshot.collect.netlink.transport import NLM_F_REQUEST, NLMSG

NETLINK_NETFILTER, IPCTNL_MSG_CT_NEW, NLM_F_CREATE = 12, 0x100, 0x400
NLA_F_NESTED = 0x8000
SERVER, PORT, LASTS = "10.99.0.1", 53, 600
PER_CLIENT = 60_000
DATAGRAM = 100


def attribute(number: int, value: bytes, *, nested: bool = True) -> bytes:
    head = struct.pack("=HH", 4 + len(value), number | (NLA_F_NESTED if nested else 0))
    return head + value + bytes(-len(value) % 4)


def ends(number: int, source: bytes, target: bytes, sport: int, dport: int) -> bytes:
    """CTA_TUPLE_ORIG (1) or CTA_TUPLE_REPLY (2) of UDP (linux/netfilter/nfnetlink_conntrack.h)."""
    addresses = attribute(1, source, nested=False) + attribute(2, target, nested=False)
    ports = (attribute(2, struct.pack("!H", sport), nested=False), attribute(3, struct.pack("!H", dport), nested=False))
    protocol = attribute(1, bytes([socket.IPPROTO_UDP]), nested=False) + b"".join(ports)
    return attribute(number, attribute(1, addresses) + attribute(2, protocol))


def connection(number: int) -> bytes:
    """The message that has the kernel track one more."""
    client, server = struct.pack("!I", 0x0A000001 + number // PER_CLIENT), socket.inet_aton(SERVER)
    port = 1024 + number % PER_CLIENT
    body = struct.pack("=BBH", socket.AF_INET, 0, 0)
    body += ends(1, client, server, port, PORT) + ends(2, server, client, PORT, port)
    body += attribute(7, struct.pack("!I", LASTS), nested=False)
    return NLMSG.pack(NLMSG.size + len(body), IPCTNL_MSG_CT_NEW, NLM_F_REQUEST | NLM_F_CREATE, number, 0) + body


def track(count: int) -> None:
    """Have so many connections tracked here."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as kernel:
        for start in range(0, count, DATAGRAM):
            kernel.send(b"".join(map(connection, range(start, min(start + DATAGRAM, count)))))


def neighbours(dev: str, count: int, *, version: int = 4, state: str = "reachable") -> str:
    """Lines for `ip -batch`: so many neighbours on a link, written anew if they are there."""
    place = "10.98.{}.{}" if version == 4 else "fd98::{:x}:{:x}"
    addresses = (place.format(1 + number // 250, 2 + number % 250) for number in range(count))
    return "".join(f"neigh replace {address} lladdr 02:00:00:00:00:09 dev {dev} nud {state}\n" for address in addresses)


if __name__ == "__main__":
    track(int(sys.argv[1]))
