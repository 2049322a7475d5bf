"""Addresses and prefixes as numbers. Text that is none gives None: it may come from a stranger."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from socket import AF_INET, AF_INET6, inet_pton
from typing import NamedTuple

BITS = {"inet": 32, "inet6": 128}
LINK_LOCAL = {"inet": (0xA9FE0000, 16), "inet6": (0xFE80 << 112, 10)}
"""169.254.0.0/16 (RFC 3927), fe80::/10 (RFC 4291)."""


class Prefix(NamedTuple):
    """An address with the length of its prefix: 10.1.27.2/24 is ("inet", 0x0a011b02, 24)."""

    family: str
    number: int
    length: int

    @property
    def single(self) -> bool:
        """Is it one address, with no subnet around it?"""
        return self.length == BITS[self.family]

    @property
    def network(self) -> Prefix:
        """The subnet an address is in: all bits behind the prefix are zero."""
        spare = BITS[self.family] - self.length
        return Prefix(self.family, self.number >> spare << spare, self.length)

    @property
    def last(self) -> int:
        """The last address of it."""
        return self.number | ((1 << (BITS[self.family] - self.length)) - 1)

    @property
    def link_local(self) -> bool:
        """Is it valid on one link only?"""
        number, length = LINK_LOCAL[self.family]
        return self.number >> (BITS[self.family] - length) == number >> (BITS[self.family] - length)

    @property
    def loopback(self) -> bool:
        """127.0.0.0/8 (RFC 1122), ::1 (RFC 4291)."""
        return self.number >> 24 == 127 if self.family == "inet" else self.number == 1


@lru_cache(maxsize=100_000)
def prefix(text: str) -> Prefix | None:
    """A prefix of "10.1.27.2/24"; without a length it is one address."""
    address, slash, length = text.partition("/")
    family, code = ("inet6", AF_INET6) if ":" in address else ("inet", AF_INET)
    bits = BITS[family]
    try:
        number = int.from_bytes(inet_pton(code, address), "big")
        long = int(length) if slash else bits  # of more than 4,300 digits: ValueError
    except (OSError, ValueError):
        return None
    return Prefix(family, number, long) if 0 <= long <= bits else None


class Prefixes:
    """A set of prefixes that can be asked whether one of them covers an address: one look-up for each length there is."""

    def __init__(self, found: Iterable[Prefix]) -> None:
        self._by: dict[tuple[str, int], set[int]] = {}
        for one in found:
            spare = BITS[one.family] - one.length
            self._by.setdefault((one.family, spare), set()).add(one.number >> spare)

    @classmethod
    def merged(cls, sets: Iterable[Prefixes | None]) -> Prefixes:
        """What any of them covers."""
        found = cls(())
        for one in sets:
            for key, numbers in (one._by if one is not None else {}).items():
                found._by.setdefault(key, set()).update(numbers)
        return found

    def covers(self, address: Prefix) -> bool:
        """Is the address in one of them?"""
        return any(
            family == address.family and address.number >> spare in numbers
            for (family, spare), numbers in self._by.items()
        )

    def has(self, one: Prefix) -> bool:
        """Is this very prefix one of them?"""
        spare = BITS[one.family] - one.length
        return one.number >> spare in self._by.get((one.family, spare), ())

    def __bool__(self) -> bool:
        return bool(self._by)
