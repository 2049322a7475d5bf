"""Waiting sockets out of tables under /proc/net (proc_pid_net(5)): where sock_diag(7) is not there, or knows no such protocol.

They do not tell what link a socket is bound to, nor whether it takes IPv6 alone.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from snapshot.collect.netlink.transport import NetlinkError
from snapshot.collect.socket_record import INET, INET6, Waiting

WAITING = {"tcp": b"0A", "udp": b"07", "udplite": b"07", "raw": b"07"}
SCTP_LISTENING = b"10"
IPPROTO_RAW = 255
"""A raw socket of this protocol only sends."""

IPV4, IPV6 = 8, 32
"""Hexadecimal digits of an address."""


def read_table(protocol: str, family: int) -> list[Waiting]:
    """The waiting sockets of one table of the calling thread's namespace. Raises ``NetlinkError`` or ``OSError``."""
    name = "sctp/eps" if protocol == "sctp" else protocol + ("6" if family == INET6 else "")
    try:
        with Path(f"/proc/thread-self/net/{name}").open("rb") as lines:
            return list(endpoints(lines) if protocol == "sctp" else sockets(protocol, lines))
    except FileNotFoundError:
        return []
    except (ValueError, IndexError) as error:
        raise NetlinkError(f"socket: /proc/net/{name} is odd") from error


def sockets(protocol: str, lines: Iterable[bytes]) -> Iterator[Waiting]:
    """The waiting ones of /proc/net/{tcp,udp,udplite,raw}[6]. Raises ``ValueError`` or ``IndexError`` for odd lines."""
    for number, line in enumerate(lines):
        fields = line.split()
        if number == 0 or fields[3] != WAITING[protocol]:
            continue
        local, _, port = fields[1].partition(b":")
        _, _, peer = fields[2].partition(b":")
        if int(peer, 16) or not int(port, 16) or (protocol == "raw" and int(port, 16) == IPPROTO_RAW):
            continue
        family, address = _address(local)
        yield Waiting(protocol, family, False, int(port, 16), int(fields[7]), 0, int(fields[9]), address)


def _address(digits: bytes) -> tuple[int, bytes]:
    """An address as 32-bit words in the host's byte order."""
    if len(digits) not in (IPV4, IPV6):
        raise ValueError("an odd address")
    words = [int(digits[i : i + 8], 16) for i in range(0, len(digits), 8)]
    family = INET if len(digits) == IPV4 else INET6
    return family, struct.pack(f"={len(words)}I", *words).ljust(16, b"\0")


def endpoints(lines: Iterable[bytes]) -> Iterator[Waiting]:
    """The listening ones of /proc/net/sctp/eps: ENDPT SOCK STY SST HBKT LPORT UID INODE LADDRS. One for each address."""
    for number, line in enumerate(lines):
        fields = line.split()
        if number == 0 or fields[3] != SCTP_LISTENING:
            continue
        for told in fields[8:]:
            text = told.decode("ascii")
            family = INET6 if ":" in text else INET
            address = socket.inet_pton(family, text).ljust(16, b"\0")
            yield Waiting("sctp", family, False, int(fields[5]), int(fields[6]), 0, int(fields[7]), address)
