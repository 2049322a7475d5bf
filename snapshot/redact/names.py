"""Pseudonyms of names, part by part: what is between ``-``, ``_`` and ``.`` has a pseudonym of its own.

So "shop-web-1" of the service "web" in the project "shop" is a name of both after it, and a pod's name is still its owner's
with what makes it a replica behind. A name has the same pseudonym wherever it stands.
"""

from __future__ import annotations

import re

from snapshot.redact.addresses import Addresses
from snapshot.redact.generated import Generated, is_hash
from snapshot.redact.keys import Key
from snapshot.redact.tokens import HEX_LEAST, Tokens
from snapshot.redact.vocabulary import NAMES, NUMBERED, PARTS, PREFIXED, PREFIXED_PSEUDONYM

SEPARATOR = re.compile(r"([-_.])")
VERSION = re.compile(r"v?(?:[0-9]|1[1-9]|[23][0-9])(?:\.[0-9]{1,3}){1,2}|v?[0-9]{1,3}")
"""A version, and not the beginning of an address of a private network; those begin with 10 or more than 39."""
ENDING = re.compile(r"(?P<word>.*[^0-9])(?P<number>[0-9]{1,3})", re.DOTALL)
OF_MAC = re.compile(r"enx([0-9a-f]{12})")
"""A link that udev named by its MAC (systemd.net-naming-scheme(7))."""
SHORT, LONG, SHORT_PSEUDONYM = 12, 64, 15
"""Figures of a container's id as people see it, and of the whole; letters of the first's pseudonym."""


class Names:
    """The pseudonyms of one key."""

    def __init__(self, key: Key, addresses: Addresses) -> None:
        self._addresses = addresses
        self._tokens = Tokens(key.draw("words"))
        self._generated = Generated(key.draw("generated"))

    def there(self, name: str) -> str:
        """A name's pseudonym."""
        if stays(name):
            return name
        if found := OF_MAC.fullmatch(name):
            return f"enx{self._addresses.mac(bytes.fromhex(found[1])).hex()}"
        parts = SEPARATOR.split(name)
        last = len(parts) - 1
        told = []
        for at, part in enumerate(parts):
            behind_dash = at > 0 and parts[at - 1] == "-"
            if at % 2 or not part or (last and _ordinal(parts, at)):
                told.append(part)
            else:
                told.append(self._part(part, (last - at) // 2, behind_dash, alone=last == 0))
        return "".join(told)

    def back(self, name: str) -> str:
        """The name of a pseudonym; what is none stays."""
        if stays(name):
            return name
        if found := OF_MAC.fullmatch(name):
            return f"enx{self._addresses.mac(bytes.fromhex(found[1]), back=True).hex()}"
        parts = SEPARATOR.split(name)
        words = [self._word(part) if at % 2 == 0 else None for at, part in enumerate(parts)]
        sure = any(word is not None for word in words)
        last = len(parts) - 1
        if last == 0 and not sure and is_hash(name):
            return self._generated.part(name, back=True) or name
        told = []
        for at, part in enumerate(parts):
            word, made = words[at], None
            if word is None and sure and at % 2 == 0 and at > 0 and parts[at - 1] == "-" and part not in PARTS:
                made = self._made(part, (last - at) // 2, back=True)
            told.append(word or made or part)
        return "".join(told)

    def _part(self, part: str, behind: int, behind_dash: bool, *, alone: bool) -> str:
        """``behind``: how many parts there are behind it; ``alone``: it is all of the name."""
        if part in PARTS:
            return part
        made = self._made(part, behind, back=False) if behind_dash or (alone and is_hash(part)) else None
        if made is not None:
            return made
        if part.isascii() and part.isdigit():
            return self._tokens.there(part)
        if prefixed := PREFIXED.fullmatch(part):
            return prefixed["prefix"] + self._id(prefixed["rest"])
        ending = ENDING.fullmatch(part) if behind == 0 and not _is_id(part) else None
        if ending is not None and ending["word"] not in PARTS:
            return self._tokens.there(ending["word"]) + ending["number"]
        return self._id(part)

    def _made(self, part: str, behind: int, *, back: bool) -> str | None:
        if behind == 0 and (suffix := self._generated.suffix(part, back=back)) is not None:
            return suffix
        return self._generated.part(part, back=back) if behind < 2 else None

    def _id(self, word: str) -> str:
        if len(word) == LONG and _is_id(word):
            short = word[:SHORT]
            if _is_id(short) and _is_id(word[SHORT:]):
                return self._tokens.there(short) + self._tokens.there(word[SHORT:], short.encode())
        return self._tokens.there(word)

    def _word(self, part: str) -> str | None:
        """The word of a part that is a pseudonym, with what may stand around it; None if it is none."""
        if prefixed := PREFIXED_PSEUDONYM.fullmatch(part):
            rest = self._word_of_id(prefixed["rest"])
            return prefixed["prefix"] + rest if rest is not None else None
        whole = self._word_of_id(part)
        if whole is not None:
            return whole
        ending = ENDING.fullmatch(part)
        if ending is None:
            return None
        word = self._tokens.back(ending["word"])
        return word + ending["number"] if word is not None else None

    def _word_of_id(self, part: str) -> str | None:
        short = self._tokens.back(part[:SHORT_PSEUDONYM]) if len(part) > SHORT_PSEUDONYM else None
        if short is not None and len(short) == SHORT:
            rest = self._tokens.back(part[SHORT_PSEUDONYM:], short.encode())
            if rest is not None and len(rest) == LONG - SHORT:
                return short + rest
        return self._tokens.back(part)


def stays(name: str) -> bool:
    """Is it one of the names that stay?"""
    return name in NAMES or NUMBERED.fullmatch(name) is not None or VERSION.fullmatch(name) is not None


def _ordinal(parts: list[str], at: int) -> bool:
    """Is it a number as the last part of a name, or as the last but one before a word: "db-0", "web.1.k3j4mnb5"?"""
    part, last = parts[at], len(parts) - 1
    if len(part) > 3 or not (part.isascii() and part.isdigit()):
        return False
    return at == last or (at == last - 2 and not parts[last].isdigit())


def _is_id(word: str) -> bool:
    return len(word) >= HEX_LEAST and not word.strip("0123456789abcdef") and not word.isdigit()
