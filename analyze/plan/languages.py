"""Sets of texts, such as all addresses, and whether a wildcard pattern can mean one of them.

A set is an automaton without loops of the empty text (Glushkov, 1961): a place for each character of an expression, and
which places may come after which. A pattern is gone through once, with all the places that it may have got to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce

from analyze.plan.globs import Glob, pieces
from snapshot.model.frozen import frozen

KEPT = 20_000
"""So many steps are remembered of one set."""


@frozen
class Texts:
    """An expression. ``chars`` has what each place takes (None: any character); sets of places are bits.

    first, last  the places with which a text may begin and end
    after        those that may come after each place
    empty        is the empty text one of them?
    """

    chars: tuple[frozenset[str] | None, ...]
    first: int
    last: int
    after: tuple[int, ...]
    empty: bool


NOTHING_MORE = Texts(chars=(), first=0, last=0, after=(), empty=True)
"""The empty text."""


def char(allowed: str | None) -> Texts:
    """One of these characters; None: any one."""
    return Texts(chars=(None if allowed is None else frozenset(allowed),), first=1, last=1, after=(0,), empty=False)


def word(text: str) -> Texts:
    """This text."""
    return sequence(*map(char, text))


def sequence(*parts: Texts) -> Texts:
    """One after the other."""
    return reduce(_then, parts, NOTHING_MORE)


def either(*parts: Texts) -> Texts:
    """One of several."""
    return reduce(_or, parts)


def words(known: Iterable[str]) -> Texts:
    """One of these texts."""
    return either(*map(word, known))


def many(part: Texts) -> Texts:
    """Any number of these, none too."""
    after = tuple(a | (part.first if part.last >> n & 1 else 0) for n, a in enumerate(part.after))
    return Texts(chars=part.chars, first=part.first, last=part.last, after=after, empty=True)


def some(part: Texts) -> Texts:
    """One of these or more."""
    return sequence(part, many(part))


def maybe(part: Texts) -> Texts:
    """This, or nothing."""
    return either(NOTHING_MORE, part)


def _then(a: Texts, b: Texts) -> Texts:
    size = len(a.chars)
    first, last = b.first << size, b.last << size
    return Texts(
        chars=a.chars + b.chars,
        first=a.first | (first if a.empty else 0),
        last=last | (a.last if b.empty else 0),
        after=(
            *(places | (first if a.last >> n & 1 else 0) for n, places in enumerate(a.after)),
            *(places << size for places in b.after),
        ),
        empty=a.empty and b.empty,
    )


def _or(a: Texts, b: Texts) -> Texts:
    size = len(a.chars)
    return Texts(
        chars=a.chars + b.chars,
        first=a.first | b.first << size,
        last=a.last | b.last << size,
        after=(*a.after, *(places << size for places in b.after)),
        empty=a.empty or b.empty,
    )


ANY_TEXT = many(char(None))
DIGITS = some(char("0123456789"))


class Language:
    """A set of texts that patterns are held against. What was found out once is remembered."""

    def __init__(self, texts: Texts) -> None:
        size = len(texts.chars)
        # Before the first character: a place of its own, that nothing comes before.
        self._start = 1 << size
        self._after = (*texts.after, texts.first)
        self._ends = texts.last | (self._start if texts.empty else 0)
        self._anywhere = sum(1 << n for n, allowed in enumerate(texts.chars) if allowed is None)
        self._takes: dict[str, int] = {}
        for n, allowed in enumerate(texts.chars):
            for one in allowed or ():
                self._takes[one] = self._takes.get(one, self._anywhere) | 1 << n
        self._next: dict[int, int] = {}
        self._steps: dict[tuple[int, str], int] = {}

    def has(self, text: str) -> bool:
        """Is this text one of them?"""
        return bool(self._through(self._start, text) & self._ends)

    def meets(self, pattern: Glob) -> bool:
        """Is there a text among them that the pattern means?"""
        first, *others = pieces(pattern.text)
        here = self._through(self._start, first)
        for piece in others:
            here = self._through(self._reached(here), piece)
        return bool(here & self._ends)

    def _through(self, here: int, chars: Sequence[str | None]) -> int:
        for one in chars:
            if not here:
                break
            here = self._following(here) if one is None else self._step(here, one)
        return here

    def _step(self, here: int, one: str) -> int:
        takes = self._takes.get(one)
        if takes is None:
            takes, one = self._anywhere, ""
        found = self._steps.get((here, one))
        if found is None:
            if len(self._steps) > KEPT:
                self._steps.clear()
            found = self._steps[here, one] = self._following(here) & takes
        return found

    def _following(self, here: int) -> int:
        found = self._next.get(here)
        if found is None:
            if len(self._next) > KEPT:
                self._next.clear()
            found, left = 0, here
            while left:
                found |= self._after[(left & -left).bit_length() - 1]
                left &= left - 1
            self._next[here] = found
        return found

    def _reached(self, here: int) -> int:
        """Where any text leads from here, the empty one too."""
        while (more := here | self._following(here)) != here:
            here = more
        return here
