"""Keyed permutations of whole numbers: a Feistel network of ten rounds, walked until the result is in range.

As in NIST SP 800-38G (FF1), with keyed BLAKE2b as the round function; "cycle walking" is Black's and Rogaway's (CT-RSA 2002).
"""

from __future__ import annotations

from snapshot.redact.keys import Draw

ROUNDS = 10
BLOCK = 64


class Permutation:
    """A permutation of the numbers below ``size``; another one for each tweak."""

    def __init__(self, draw: Draw, size: int) -> None:
        assert size > 1
        self._draw = draw
        self._size = size
        bits = max((size - 1).bit_length(), 2)
        self._low, self._high = bits // 2, bits - bits // 2
        self._name = b"%d:" % size

    def there(self, value: int, tweak: bytes = b"") -> int:
        """The number's pseudonym."""
        while True:
            value = self._once(value, tweak)
            if value < self._size:
                return value

    def back(self, value: int, tweak: bytes = b"") -> int:
        """The number of a pseudonym."""
        while True:
            value = self._once_back(value, tweak)
            if value < self._size:
                return value

    def _once(self, value: int, tweak: bytes) -> int:
        high, low = value >> self._low, value & ((1 << self._low) - 1)
        for number in range(ROUNDS):
            if number % 2:
                low ^= self._round(number, high, self._low, tweak)
            else:
                high ^= self._round(number, low, self._high, tweak)
        return high << self._low | low

    def _once_back(self, value: int, tweak: bytes) -> int:
        high, low = value >> self._low, value & ((1 << self._low) - 1)
        for number in reversed(range(ROUNDS)):
            if number % 2:
                low ^= self._round(number, high, self._low, tweak)
            else:
                high ^= self._round(number, low, self._high, tweak)
        return high << self._low | low

    def _round(self, number: int, half: int, bits: int, tweak: bytes) -> int:
        size = (bits + 7) // 8
        message = b"%b%d:%x:%b" % (self._name, number, half, tweak)
        if size <= BLOCK:
            drawn = self._draw(message, size)
        else:
            drawn = b"".join(self._draw(b"%d:%b" % (at, message), BLOCK) for at in range(-(-size // BLOCK)))[:size]
        return int.from_bytes(drawn) & ((1 << bits) - 1)
