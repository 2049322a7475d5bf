"""Pseudonyms of words: a word enciphered, written in letters and figures, so that who holds the key can read it back.

A pseudonym is a ``q``, some of the 32 letters of RFC 4648's base32 in lower case, and one of the vowels a, e, i and o. Its
length tells the word's only in steps: 8 letters for a word of up to four, 12 for one of up to eight, and so on. The word with
the zeros that are needed to fill that length is enciphered as one number ("encode then encipher": Bellare, Rogaway, ASIACRYPT
2000): what was not made with this key is no pseudonym, but for one in some hundreds that merely look like one.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import NamedTuple

from snapshot.redact.keys import Draw
from snapshot.redact.permutation import Permutation

LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
VOWELS = "aeio"
MARK = "q"
SPARE = 9
"""Bits by which a pseudonym is known, at least."""
HEX_LEAST = 12
"""Figures from which a hexadecimal number is an id (Docker shows twelve), not a word."""
LONGEST = 500
"""Bytes of a word that come back."""
MOST = 100_000
"""Words whose pseudonym is remembered."""
FOREIGN = 0x80
"""From here on letters are not looked at: whatever is not ASCII is part of a word."""
_PLACES = {letter: number for number, letter in enumerate(LETTERS)}


class _Alphabet(NamedTuple):
    letters: bytes | None
    base: int
    ids: bool = False


ALPHABETS = (
    _Alphabet(b"0123456789abcdef", 16, ids=True),
    _Alphabet(b"0123456789abcdefghijklmnopqrstuvwxyz", 36),
    _Alphabet(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 36),
    _Alphabet(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 62),
    _Alphabet(None, 256),
)
"""A word is written in the first of these that has all its letters; the first is for ids only."""


class _Form(NamedTuple):
    """Words of one alphabet and length."""

    alphabet: int
    length: int


def _bits(length: int) -> int:
    return 5 * (length - 2) + 2


@cache
def _length_of(form: _Form) -> int:
    """How long the pseudonyms of a form are. Those of ids are of lengths that no others have."""
    alphabet = ALPHABETS[form.alphabet]
    needed = (alphabet.base**form.length - 1).bit_length() + SPARE
    length = 7 if alphabet.ids else 8
    while _bits(length) < needed:
        length += 4
    return length


@cache
def _forms(length: int) -> tuple[tuple[_Form, int], ...]:
    """The forms whose pseudonyms are of this length, each with the number that its words begin at."""
    found, start = [], 0
    for number, size in product(range(len(ALPHABETS)), range(1, 2 * length)):
        form = _Form(number, size)
        if (number or size >= HEX_LEAST) and _length_of(form) == length:
            found.append((form, start))
            start += ALPHABETS[number].base ** size
    return tuple(found)


class Tokens:
    """The pseudonyms of words of one key."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._permutations: dict[int, Permutation] = {}
        self._known: dict[tuple[str, bytes], str] = {}

    def there(self, word: str, tweak: bytes = b"") -> str:
        """A word's pseudonym. Of words that are too long the end does not come back."""
        known = self._known.get((word, tweak))
        if known is None:
            if len(self._known) > MOST:
                self._known.clear()
            known = self._known[word, tweak] = self._made(word, tweak)
        return known

    def _made(self, word: str, tweak: bytes) -> str:
        raw = word.encode("utf-8", "surrogatepass")
        if len(raw) > LONGEST:
            head = raw[:LONGEST].decode("utf-8", "ignore")
            raw = head.encode() + self._draw(b"end:" + raw[LONGEST:], 16).hex().encode()
        form = _form_of(raw)
        alphabet = ALPHABETS[form.alphabet]
        value = 0
        for byte in raw:
            value = value * alphabet.base + (byte if alphabet.letters is None else alphabet.letters.index(byte))
        length = _length_of(form)
        value += dict(_forms(length))[form]
        return _spelt(self._of(length).there(value, tweak), length)

    def back(self, text: str, tweak: bytes = b"") -> str | None:
        """The word of a pseudonym, None for what is none of this key's."""
        length = len(text)
        if not looks(text) or not _forms(length):
            return None
        value = VOWELS.index(text[-1])
        for letter in reversed(text[1:-1]):
            value = value << 5 | _PLACES[letter]
        value = self._of(length).back(value, tweak)
        for form, start in _forms(length):
            alphabet = ALPHABETS[form.alphabet]
            if start <= value < start + alphabet.base**form.length:
                return _word(value - start, alphabet, form.length)
        return None

    def _of(self, length: int) -> Permutation:
        found = self._permutations.get(length)
        if found is None:
            found = self._permutations[length] = Permutation(self._draw, 1 << _bits(length))
        return found


def looks(text: str) -> bool:
    """Is it of the form of a pseudonym?"""
    return len(text) > 6 and text[0] == MARK and text[-1] in VOWELS and all(letter in _PLACES for letter in text)


def _form_of(raw: bytes) -> _Form:
    for number, alphabet in enumerate(ALPHABETS):
        if alphabet.ids and (len(raw) < HEX_LEAST or raw.isdigit()):
            continue
        if alphabet.letters is None or not raw.strip(alphabet.letters):
            return _Form(number, len(raw))
    raise AssertionError("any bytes are of the last alphabet")


def _spelt(value: int, length: int) -> str:
    told = [MARK]
    for _ in range(length - 2):
        told.append(LETTERS[value & 31])
        value >>= 5
    return "".join(told) + VOWELS[value]


def _word(value: int, alphabet: _Alphabet, length: int) -> str | None:
    raw = bytearray(length)
    for at in reversed(range(length)):
        value, digit = divmod(value, alphabet.base)
        raw[at] = digit if alphabet.letters is None else alphabet.letters[digit]
    try:
        word = raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None
    # A word is written in one way only, and has letters and figures in it, nothing that could act in a page or a terminal.
    if not all(letter.isalnum() or ord(letter) >= FOREIGN for letter in word):
        return None
    return word if _form_of(bytes(raw)) == (ALPHABETS.index(alphabet), length) else None
