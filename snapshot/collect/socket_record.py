"""A waiting socket as it travels from the reading to the end of the capture, in bytes."""

from __future__ import annotations

import struct
from typing import NamedTuple

INET, INET6 = 2, 10
PROTOCOLS = ("tcp", "udp", "udplite", "sctp", "raw")
RECORD = struct.Struct("=BBBxHxxIIQ16s")


class Waiting(NamedTuple):
    """One socket that waits.

    family   2 or 10 (AF_INET, AF_INET6)
    port     for a raw socket the IP protocol
    link     index of the link it is bound to, 0 for any
    inode    of the socket, 0 if no process holds it
    address  16 bytes, an IPv4 address the first four
    """

    protocol: str
    family: int
    v6only: bool
    port: int
    uid: int
    link: int
    inode: int
    address: bytes

    @property
    def table(self) -> tuple[str, int]:
        """The kernel's table that it is in."""
        return self.protocol, self.family

    def packed(self) -> bytes:
        """As a payload."""
        number = PROTOCOLS.index(self.protocol)
        return RECORD.pack(number, self.family, self.v6only, self.port, self.uid, self.link, self.inode, self.address)


def unpacked(payload: bytes) -> tuple[Waiting, bytes]:
    """A payload's socket, and what follows it. Raises ``ValueError`` for odd bytes."""
    if len(payload) < RECORD.size:
        raise ValueError("a socket's record is cut")
    number, family, v6only, port, uid, link, inode, address = RECORD.unpack_from(payload)
    if number >= len(PROTOCOLS) or family not in (INET, INET6):
        raise ValueError("an odd socket's record")
    return Waiting(PROTOCOLS[number], family, bool(v6only), port, uid, link, inode, address), payload[RECORD.size :]
