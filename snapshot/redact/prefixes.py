"""Prefix-preserving permutations of bit strings: two that have their first n bits in common have as many in common after it.

The construction of Crypto-PAn (Xu, Fan, Ammar, Moon: ICNP 2002): each bit is flipped or not, by a random function of the bits
before it. Here one draw of 256 bits serves a whole byte: it has a flip for each of the 255 places at which a byte's bits
branch. So a table of a million routes takes as many draws as it has different leading bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from snapshot.redact.keys import Draw

MOST = 500_000
"""Leading bytes whose pseudonym is remembered."""


class Range(NamedTuple):
    """A prefix that stays: ``bits`` first bits of ``value``. With ``whole`` all that is in it stays as well."""

    value: int
    bits: int
    whole: bool


class Prefixes:
    """A permutation of strings of ``width`` bytes. Ranges that stay have all bits on the way to them unflipped."""

    def __init__(
        self, draw: Draw, width: int, stay: tuple[Range, ...] = (), ends: Callable[[int], bool] = lambda at: False
    ) -> None:
        """``ends``: of which bytes (by their place) 0 and 255 stay, and with them 1 and 254."""
        self._draw = draw
        self._width = width
        self._stay = stay
        self._ends = ends
        self._flips: dict[bytes, int] = {}
        self._there: dict[bytes, bytes] = {b"": b""}
        self._back: dict[bytes, bytes] = {b"": b""}

    def there(self, value: bytes, bits: int) -> bytes:
        """The pseudonym of the first ``bits`` bits; the others become 0."""
        whole, rest = divmod(bits, 8)
        head = self._lead(value[:whole])
        if rest:
            head += bytes([self._byte(value[:whole], value[whole], rest)])
        return head.ljust(self._width, b"\0")

    def back(self, value: bytes, bits: int) -> bytes:
        """What has this pseudonym."""
        whole, rest = divmod(bits, 8)
        head = self._trace(value[:whole])
        if rest:
            head += bytes([self._unbyte(head, value[whole], rest)])
        return head.ljust(self._width, b"\0")

    def _lead(self, lead: bytes) -> bytes:
        known = self._there.get(lead)
        if known is None:
            before = lead[:-1]
            known = self._lead(before) + bytes([self._byte(before, lead[-1], 8)])
            if len(self._there) > MOST:
                self._there = {b"": b""}
            self._there[lead] = known
        return known

    def _trace(self, lead: bytes) -> bytes:
        known = self._back.get(lead)
        if known is None:
            before = self._trace(lead[:-1])
            known = before + bytes([self._unbyte(before, lead[-1], 8)])
            if len(self._back) > MOST:
                self._back = {b"": b""}
            self._back[lead] = known
        return known

    def _byte(self, before: bytes, byte: int, bits: int) -> int:
        flips, node, told = self._flipped(before), 1, 0
        for at in range(7, 7 - bits, -1):
            bit = byte >> at & 1
            told |= (bit ^ (flips >> node & 1)) << at
            node = node << 1 | bit
        return told

    def _unbyte(self, before: bytes, byte: int, bits: int) -> int:
        flips, node, told = self._flipped(before), 1, 0
        for at in range(7, 7 - bits, -1):
            bit = byte >> at & 1 ^ (flips >> node & 1)
            told |= bit << at
            node = node << 1 | bit
        return told

    def _flipped(self, before: bytes) -> int:
        """The flips of the byte behind these, by node: 1 is the first bit, 2n and 2n+1 those behind a 0 and a 1 at n."""
        known = self._flips.get(before)
        if known is None:
            known = int.from_bytes(self._draw(before, 32)) & ~self._fixed(before)
            if len(self._flips) > MOST:
                self._flips.clear()
            self._flips[before] = known
        return known

    def _fixed(self, before: bytes) -> int:
        done, here = 8 * len(before), int.from_bytes(before)
        fixed = 0
        for value, bits, whole in self._stay:
            if bits <= done:
                if whole and here >> (done - bits) == value:
                    return (1 << 256) - 1
                continue
            if value >> (bits - done) != here:
                continue
            # The way to it leads through this byte.
            left = bits - done
            ahead = value & ((1 << left) - 1)
            steps = min(left, 8)
            for step in range(steps):
                fixed |= 1 << (1 << step | ahead >> (left - step))
            if whole and left <= 8:
                fixed |= _below(1 << left | ahead)
        if self._ends(len(before)):
            for step in range(8):
                fixed |= 1 << (1 << step) | 1 << ((2 << step) - 1)
        return fixed


def _below(node: int) -> int:
    """A node and all that come of it, within a byte."""
    fixed, first, last = 0, node, node
    while first < 256:
        fixed |= (1 << (last + 1)) - (1 << first)
        first, last = 2 * first, 2 * last + 1
    return fixed
