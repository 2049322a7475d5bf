"""Wildcard patterns: ``*`` is any text, ``?`` any one character, ``\\`` takes the next character as it is.

There is no backtracking: a text is gone through once for each part between two stars, so that no pattern of a stranger
takes more than (length of the text) x (length of the pattern).
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import takewhile

from snapshot.model.frozen import frozen

LONGEST = 1000
"""Characters of one pattern."""
_SPECIAL = re.compile(r"[\\*?]")


@frozen(kw_only=False)
class Glob:
    """A pattern. ``literal`` is the one text it stands for, None if it has wildcards; ``begin`` what comes before these."""

    text: str
    literal: str | None
    begin: str

    def matches(self, text: str) -> bool:
        """Is this whole text meant?"""
        if self.literal is not None:
            return text == self.literal
        if not text.startswith(self.begin):
            return False
        first, *others = _parts(self.text)
        found = first.match(text)
        if found is None:
            return False
        if not others:
            return found.end() == len(text)
        place = found.end()
        *middle, last = others
        for part in middle:
            found = part.search(text, place)
            if found is None:
                return False
            place = found.end()
        length = _length(self.text)
        return len(text) - length >= place and last.match(text, len(text) - length) is not None


def glob(text: str) -> Glob:
    """Read a pattern. Raises ``ValueError`` with what is wrong with it."""
    if len(text) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters")
    parts = pieces(text)
    begin = "".join(takewhile(lambda char: char is not None, parts[0]))  # type: ignore[arg-type]
    plain = len(parts) == 1 and None not in parts[0]
    return Glob(text, begin if plain else None, begin)


def quoted(text: str) -> str:
    """A pattern that means this text and no other."""
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", text)


def pieces(text: str) -> list[list[str | None]]:
    """The parts between stars; None stands for any one character. Raises ``ValueError`` with what is wrong."""
    found: list[list[str | None]] = [[]]
    chars = iter(text)
    for char in chars:
        if char == "\\":
            after = next(chars, None)
            if after is None:
                raise ValueError("ends in a backslash, which takes the next character as it is")
            found[-1].append(after)
        elif char == "*":
            found.append([])
        else:
            found[-1].append(None if char == "?" else char)
    return found


@lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[re.Pattern[str], ...]:
    """Each part as an expression of a fixed length, which cannot backtrack."""
    return tuple(
        re.compile("".join("." if char is None else re.escape(char) for char in piece), re.DOTALL)
        for piece in pieces(text)
    )


@lru_cache(maxsize=4096)
def _length(text: str) -> int:
    return len(pieces(text)[-1])
