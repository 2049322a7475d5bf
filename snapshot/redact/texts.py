"""Pseudonyms in texts of any kind: each address, id and name in it has its own, and whatever stands between them stays."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import AF_INET, AF_INET6, inet_ntop
from uuid import UUID

from snapshot.redact.addresses import Addresses
from snapshot.redact.keys import Key
from snapshot.redact.names import Names, stays
from snapshot.redact.permutation import Permutation

MOST = 200_000
"""Texts whose pseudonym is remembered."""

_FOREIGN = r"\u00c0-\u1fff\u2070-\u218f\u2c00-\u2fff\u3040-\U0010ffff"
"""Letters that are not ASCII. What is left out is punctuation, arrows and signs, which stand between names in reports too."""
_NAME = rf"[0-9A-Za-z{_FOREIGN}]"
_OCTET = r"(?:0|[1-9][0-9]{0,2})"
_UUID = r"(?P<uuid>(?<![0-9A-Za-z])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![0-9A-Za-z]))"
_ZONE = (
    rf"(?P<zone>(?<![0-9A-Za-z])(?:(?:{_OCTET}\.){{1,4}}in-addr\.arpa|(?:[0-9a-f]\.){{1,32}}ip6\.arpa)(?![0-9A-Za-z]))"
)
_FOUR = r"(?P<four>(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9]|\.[0-9])(?P<four_length>/[0-9]{1,2}(?![0-9.]))?)"
SPOT = re.compile(
    rf"{_UUID}"
    r"|(?P<mac>(?<![0-9A-Za-z:.])[0-9a-fA-F]{2}(?:(?::[0-9a-fA-F]{2}){5,19}|(?:-[0-9a-fA-F]{2}){5})(?![0-9A-Za-z:]))"
    rf"|{_ZONE}"
    r"|(?P<six>(?<![0-9A-Za-z:.])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9A-Fa-f:.]{0,45}[0-9A-Fa-f:])?(?![0-9A-Za-z:])"
    r"(?P<six_length>/[0-9]{1,3}(?![0-9.]))?)"
    rf"|{_FOUR}"
    rf"|(?P<port>(?<=:)[0-9]{{1,5}}(?!{_NAME}|[-_.]{_NAME}))"
    rf"|(?P<name>{_NAME}(?:[-_.0-9A-Za-z{_FOREIGN}]*{_NAME})?)"
)
WITHIN = re.compile(
    rf"{_UUID}|{_ZONE}|{_FOUR}"
    rf"|(?P<dashed>(?<![0-9])(?:(?:{_OCTET}-){{3}}|(?:{_OCTET}_){{3}}){_OCTET}(?![0-9]))"
)
"""What may stand within a name; an IPv4 address with dashes as clouds and Kubernetes put it into host names."""
HEX = re.compile(r"0x[0-9a-f]{1,16}")
LEAD = re.compile(
    rf"(?:10\.{_OCTET}|192\.168|172\.(?:1[6-9]|2[0-9]|3[01])|100\.(?:6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7]))(?:\.{_OCTET})?"
)
"""How people write a private network: "10.1.27"."""
NUMBER = re.compile(r"[0-9]{1,8}(?:[-.][0-9]{1,12})?")
SMALLEST = 1 << 24
"""From here on a number may be an address: 0.0.0.0/8 is nobody's."""
_VERSION_8 = 0x8
_RANDOM = (1 << 122) - 1


class Texts:
    """The pseudonyms of one key."""

    def __init__(self, key: Key) -> None:
        self.addresses = Addresses(key)
        self.names = Names(key, self.addresses)
        self._uuids = Permutation(key.draw("uuid"), 1 << 122)
        self._known: dict[str, str] = {}

    def there(self, text: str, stay: Container[str] | None = None) -> str:
        """The text with pseudonyms. ``stay``: words that stay in this place, and with them numbers that no address could be."""
        if stay is not None:
            return self._sub(text, stay, back=False)
        known = self._known.get(text)
        if known is None:
            if len(self._known) > MOST:
                self._known.clear()
            known = self._known[text] = self._sub(text, None, back=False)
        return known

    def back(self, text: str) -> str:
        """The text with what the pseudonyms stand for; words that are none stay."""
        return self._sub(text, None, back=True)

    def back_each(self, text: str, how: Callable[[str], str]) -> str:
        """The same, with what was put back written as ``how`` says."""
        pieces, done = [], 0
        for found in SPOT.finditer(text):
            whole = found[0]
            told = self._sub(whole, None, back=True) if text[found.start() - 1 : found.start()] != "#" else whole
            if told != whole:
                pieces += [text[done : found.start()], how(told)]
                done = found.end()
        return "".join([*pieces, text[done:]])

    def _sub(self, text: str, stay: Container[str] | None, *, back: bool) -> str:
        def told(found: re.Match[str]) -> str:
            whole = found[0]
            if stay is not None and (whole in stay or plain_number(whole)):
                return whole
            match found.lastgroup:
                case "uuid":
                    return self._uuid(whole, back=back)
                case "mac":
                    return self._mac(whole, back=back)
                case "zone":
                    return self._zone(whole, back=back)
                case "six" | "six_length" | "four" | "four_length":
                    return self._address(whole, stay, back=back)
                case "port":
                    return whole
                case _:
                    return self._name(whole, back=back)

        return SPOT.sub(told, text)

    def _name(self, name: str, *, back: bool) -> str:
        """A name, and what stands in it that is more than a name."""
        if stays(name):
            return name
        if HEX.fullmatch(name):
            return self._hex(name, back=back)
        if LEAD.fullmatch(name):
            return self._lead(name, back=back)
        pieces, done = [], 0
        for found in WITHIN.finditer(name):
            pieces.append(self._word(name[done : found.start()], back=back))
            done = found.end()
            match found.lastgroup:
                case "uuid":
                    pieces.append(self._uuid(found[0], back=back))
                case "zone":
                    pieces.append(self._zone(found[0], back=back))
                case "dashed":
                    pieces.append(self._dashed(found[0], back=back))
                case _:
                    pieces.append(self._address(found[0], None, back=back))
        pieces.append(self._word(name[done:], back=back))
        return "".join(pieces)

    def number(self, value: int, *, back: bool = False) -> int:
        """A number of 32 bits that may be an IPv4 address, as that address; one that is small, or a mask, stays."""
        if not SMALLEST <= value < 1 << 32 or _mask(value):
            return value
        found = int.from_bytes(self.addresses.ipv4(value.to_bytes(4), back=back))
        return found if found >= SMALLEST and not _mask(found) else value

    def _lead(self, text: str, *, back: bool) -> str:
        """The first octets of a private address."""
        numbers = [int(part) for part in text.split(".")]
        if max(numbers) > 255:
            return self._word(text, back=back)
        found = self.addresses.ipv4(bytes(numbers).ljust(4, b"\0"), 8 * len(numbers), back=back)
        return ".".join(map(str, found[: len(numbers)]))

    def _hex(self, text: str, *, back: bool) -> str:
        value = int(text, 16)
        if value >= 1 << 32:
            return self._word(text, back=back)
        told = f"{self.number(value, back=back):x}"
        return f"0x{told.rjust(8, '0') if text[2] == '0' else told}"

    def _dashed(self, text: str, *, back: bool) -> str:
        sign = "-" if "-" in text else "_"
        numbers = [int(part) for part in text.split(sign)]
        if max(numbers) > 255:
            return sign.join(self._word(part, back=back) for part in text.split(sign))
        return sign.join(map(str, self.addresses.ipv4(bytes(numbers), back=back)))

    def _address(self, text: str, stay: Container[str] | None, *, back: bool) -> str:
        address, slash, length = text.partition("/")
        try:
            ip = ip_address(address)
        except ValueError:
            # "10:30:15" and the like: whatever it is, its parts are names.
            if address[-1:] in ":." and len(address) > 1:
                return self._sub(address[:-1], stay, back=back) + address[-1] + slash + length
            numbers = [int(part) for part in address.split(".")] if ":" not in address else []
            if numbers and max(numbers) < 256 and not back:
                # With zeros before its figures: somebody has laid his addresses out in columns.
                return self._address(f"{'.'.join(map(str, numbers))}{slash}{length}", stay, back=False)
            parts = re.split(r"([:./])", text)
            return "".join(part if at % 2 or not part else self._word(part, back=back) for at, part in enumerate(parts))
        most = ip.max_prefixlen
        bits = int(length) if slash and int(length) <= most else most
        if bits < most and int(ip) & ((1 << (most - bits)) - 1) == 0:
            return self._spelt(ip, bits, back=back) + slash + length
        return self._spelt(ip, most, back=back) + slash + length

    def _word(self, word: str, *, back: bool) -> str:
        if not word:
            return ""
        return self.names.back(word) if back else self.names.there(word)

    def _spelt(self, ip: IPv4Address | IPv6Address, bits: int, *, back: bool) -> str:
        if isinstance(ip, IPv4Address):
            return inet_ntop(AF_INET, self.addresses.ipv4(ip.packed, bits, back=back))
        return inet_ntop(AF_INET6, self.addresses.ipv6(ip.packed, bits, back=back))

    def _mac(self, text: str, *, back: bool) -> str:
        sign = text[2]
        return self.addresses.mac(bytes.fromhex(text.replace(sign, "")), back=back).hex(sign)

    def _uuid(self, text: str, *, back: bool) -> str:
        """Of a random UUID (RFC 9562, version 4) one of version 8, which nobody else makes, and back; others as numbers."""
        value = UUID(text)
        if value.int in (0, (1 << 128) - 1):
            return text
        wanted = _VERSION_8 if back else 4
        if value.version == wanted or (value.int >> 76 & 15 == wanted and value.int >> 62 & 3 == 2):
            number = (value.int >> 80) << 74 | (value.int >> 64 & 0xFFF) << 62 | value.int & ((1 << 62) - 1)
            number = self._uuids.back(number) if back else self._uuids.there(number)
            made = (number >> 74) << 80 | (4 if back else _VERSION_8) << 76 | (number >> 62 & 0xFFF) << 64
            return str(UUID(int=made | 2 << 62 | number & ((1 << 62) - 1)))
        return (
            text
            if back
            else self._uuid(str(UUID(int=value.int & ~(0xF << 76) & ~(3 << 62) | 4 << 76 | 2 << 62)), back=False)
        )

    def _zone(self, text: str, *, back: bool) -> str:
        """A name for reverse look-ups (RFC 1035, 3.5; RFC 3596, 2.5)."""
        if text.endswith(".in-addr.arpa"):
            numbers = [int(part) for part in reversed(text.removesuffix(".in-addr.arpa").split("."))]
            if max(numbers) > 255:
                return text if back else self.names.there(text)
            raw = bytes(numbers).ljust(4, b"\0")
            found = self.addresses.ipv4(raw, 8 * len(numbers), back=back)[: len(numbers)]
            return ".".join(map(str, reversed(found))) + ".in-addr.arpa"
        nibbles = text.removesuffix(".ip6.arpa").split(".")[::-1]
        raw = bytes.fromhex("".join(nibbles).ljust(32, "0"))
        told = self.addresses.ipv6(raw, 4 * len(nibbles), back=back).hex()[: len(nibbles)]
        return ".".join(reversed(told)) + ".ip6.arpa"


def plain_number(text: str) -> bool:
    """A number, a range of two or a fraction, too small for an address."""
    return NUMBER.fullmatch(text) is not None and int(text.partition("-")[0].partition(".")[0]) < SMALLEST


def _mask(value: int) -> bool:
    """A single bit, or ones in a row: a mark's mask, not an address."""
    low = value & -value
    return value & (value + low) == 0
