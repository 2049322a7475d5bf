"""Pseudonyms of addresses: IPv4, IPv6 and MACs, which tell of each other and so are permuted together.

docs/redaction.md lists what stays. The last 24 bits of an IPv6 address, of a MAC, and of the multicast groups by which the one
is asked for the other (RFC 4291, 2.7.1; RFC 2464, section 7) are permuted by themselves and alike.
"""

from __future__ import annotations

from snapshot.redact.keys import Key
from snapshot.redact.permutation import Permutation
from snapshot.redact.prefixes import Prefixes, Range


def _range(*lead: int, bits: int, whole: bool) -> Range:
    return Range(int.from_bytes(bytes(lead)) >> (8 * len(lead) - bits), bits, whole)


IPV4 = (
    _range(0, bits=8, whole=True),
    _range(127, bits=8, whole=True),
    _range(169, 254, bits=16, whole=True),
    _range(224, bits=3, whole=True),
    _range(10, bits=8, whole=False),
    _range(100, 64, bits=10, whole=False),
    _range(172, 16, bits=12, whole=False),
    _range(192, 168, bits=16, whole=False),
)
"""RFC 1122 (this network, loopback), 3927 (link-local), 5771 and 1112 (multicast and above); RFC 1918, 6598 (private)."""
IPV4_EXAMPLES = ((192, 0, 2), (198, 51, 100), (203, 0, 113))
"""RFC 5737. They stay by changing places with what would have become them: were the way to them kept, it would tell all but
one bit of the networks beside them."""

IPV6 = (
    Range(0x00, 8, True),
    Range(0b001, 3, False),
    Range(0xFC, 8, False),
    Range(0xFD, 8, False),
    Range(0xFE80 >> 6, 10, True),
    Range(0xFF, 8, True),
)
"""RFC 4291 (global unicast, link-local, multicast), 4193 (unique local); ::/8 has IPv4 addresses at its end (mapped, NAT64)."""
IPV6_EXAMPLE = bytes.fromhex("20010db8")
IPV6_FROM_IPV4 = bytes.fromhex("2002")
"""RFC 3849; RFC 3056 (6to4), whose IPv4 address has its own pseudonym."""
SOLICITED = bytes.fromhex("ff0200000000000000000001ff")
"""RFC 4291, 2.7.1."""
SMALL = (Range(0, 8, True), Range(0xFFFFFF, 24, True))
"""Of the last 24 bits: the numbers below 65536, and all ones."""
MASK22 = (1 << 22) - 1


class Addresses:
    """The pseudonyms of one key."""

    def __init__(self, key: Key) -> None:
        self._four = Prefixes(key.draw("ipv4"), 4, IPV4, ends=lambda at: at == 3)
        self._head = Prefixes(key.draw("ipv6"), 13, IPV6)
        self._tail = Prefixes(key.draw("last 24 bits"), 3, SMALL)
        self._interface = Permutation(key.draw("interface identifier"), 1 << 40)
        self._network = Permutation(key.draw("multicast network"), 1 << 64)
        self._maker = Permutation(key.draw("mac"), 1 << 22)
        self._draw_other = key.draw("other hardware address")

    def ipv4(self, value: bytes, bits: int = 32, *, back: bool = False) -> bytes:
        """An address, or a prefix of so many bits."""
        step = self._four.back if back else self._four.there
        if bits < 24:
            return step(value, bits)
        if tuple(value[:3]) in IPV4_EXAMPLES:
            return value
        found = step(value, bits)
        while tuple(found[:3]) in IPV4_EXAMPLES:
            found = step(found, bits)
        return found

    def ipv6(self, value: bytes, bits: int = 128, *, back: bool = False) -> bytes:
        """An address, or a prefix of so many bits."""
        if value[0] == 0:
            if bits <= 96:
                return value
            return value[:12] + self.ipv4(value[12:], bits - 96, back=back)
        if value[0] == 0xFF:
            return self._multicast(value, bits, back=back)
        if value[0] == 0xFE and value[1] & 0xC0 == 0x80:
            return self._link_local(value, back=back) if bits == 128 else value
        if bits >= 16 and value[:2] == IPV6_FROM_IPV4:
            return self._from_ipv4(value, bits, back=back)
        if bits >= 32 and value[:4] == IPV6_EXAMPLE:
            return value
        found = self._plain(value, bits, back=back)
        while (bits >= 16 and found[:2] == IPV6_FROM_IPV4) or (bits >= 32 and found[:4] == IPV6_EXAMPLE):
            found = self._plain(found, bits, back=back)
        return found

    def mac(self, value: bytes, *, back: bool = False) -> bytes:
        """A hardware address of any length."""
        if len(value) != 6:
            return self._other(value, back=back)
        if value[:3] == b"\x33\x33\xff":
            return value[:3] + self._last(value[3:], back=back)
        if _fixed_mac(value):
            return value
        tail = self._last(value[3:], back=back)
        tweak = bytes([value[0] & 3]) + (tail if back else value[3:])
        step = self._maker.back if back else self._maker.there
        number = value[0] >> 2 << 16 | value[1] << 8 | value[2]
        while True:
            number = step(number, tweak)
            found = bytes([number >> 16 << 2 & 0xFF | value[0] & 3, number >> 8 & 0xFF, number & 0xFF]) + tail
            if not _fixed_mac(found) and found[:2] != b"\x33\x33":
                return found

    def _last(self, tail: bytes, *, back: bool, bits: int = 24) -> bytes:
        return self._tail.back(tail, bits) if back else self._tail.there(tail, bits)

    def _plain(self, value: bytes, bits: int, *, back: bool) -> bytes:
        head = (self._head.back if back else self._head.there)(value[:13], min(bits, 104))
        return head + (self._last(value[13:], back=back, bits=bits - 104) if bits > 104 else b"\0\0\0")

    def _from_ipv4(self, value: bytes, bits: int, *, back: bool) -> bytes:
        """The site's address has its own pseudonym, and what is behind it that of a prefix, by what stood before it."""
        site = self.ipv4(value[2:6], min(bits - 16, 32), back=back)
        head = (self._head.back if back else self._head.there)(
            b"\xfc" + value[6:13] + bytes(5), max(min(bits, 104) - 40, 8)
        )
        return (
            value[:2]
            + site
            + head[1:8]
            + (self._last(value[13:], back=back, bits=bits - 104) if bits > 104 else bytes(3))
        )

    def _link_local(self, value: bytes, *, back: bool) -> bytes:
        head, interface = value[:8], value[8:]
        if not any(interface[:5]):
            return value
        if interface[3:5] == b"\xff\xfe":
            mac = bytes([interface[0] ^ 2]) + interface[1:3] + interface[5:]
            found = self.mac(mac, back=back)
            return head + bytes([found[0] ^ 2]) + found[1:3] + b"\xff\xfe" + found[3:]
        tail = self._last(interface[5:], back=back)
        step = self._interface.back if back else self._interface.there
        number = int.from_bytes(interface[:5])
        while True:
            number = step(number, tail if back else interface[5:])
            if number and number & 0xFFFF != 0xFFFE:
                return head + number.to_bytes(5) + tail

    def _multicast(self, value: bytes, bits: int, *, back: bool) -> bytes:
        if value[:13] == SOLICITED and bits > 104:
            return SOLICITED + self._last(value[13:], back=back, bits=bits - 104)
        if value[1] & 0x20 and bits == 128:
            # A group that tells whose network it is of (RFC 3306, 3956).
            step = self._network.back if back else self._network.there
            return value[:4] + step(int.from_bytes(value[4:12])).to_bytes(8) + value[12:]
        return value

    def _other(self, value: bytes, *, back: bool) -> bytes:
        if not any(value) or not value:
            return value
        permutation = Permutation(self._draw_other, 1 << (8 * len(value)))
        number = int.from_bytes(value)
        return (permutation.back(number) if back else permutation.there(number)).to_bytes(len(value))


def _fixed_mac(value: bytes) -> bool:
    """None, broadcast, groups that standards name (IEEE 802.1D, RFC 1112, RFC 2464), virtual routers' (RFC 9568)."""
    return (
        value in (bytes(6), b"\xff" * 6)
        or value[:3] == b"\x01\x00\x5e"
        or value[:2] == b"\x33\x33"
        or value[:5] in (b"\x01\x80\xc2\x00\x00", b"\x00\x00\x5e\x00\x01", b"\x00\x00\x5e\x00\x02")
    )
