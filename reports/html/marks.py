"""Two values side by side, with the part that differs marked: whole numbers and words, 10.1.[27].2 and not 10.1.2[7].2."""

from __future__ import annotations

from typing import NamedTuple

from reports.model import Json
from reports.safe import make_visible
from reports.words import SHORTENED_FROM, is_empty, value_text


class Part(NamedTuple):
    """A stretch of a value; ``differs`` when the other value has not the same there."""

    text: str
    differs: bool = False


Parts = tuple[Part, ...]
"""A value in stretches; none at all for "has none"."""


def marked(before: Json, after: Json, *, short: bool = False) -> tuple[Parts, Parts]:
    """Both values, ready to be shown. ``short`` abbreviates long ids. Where nothing is alike, nothing is marked."""
    if isinstance(before, str) and isinstance(after, str):
        if not before or not after:
            return _whole(before), _whole(after)
        if short and (len(before) >= SHORTENED_FROM or len(after) >= SHORTENED_FROM):
            shortened = value_text(before, short=True), value_text(after, short=True)
            if shortened[0] != shortened[1] and shortened != (make_visible(before), make_visible(after)):
                return (Part(shortened[0]),), (Part(shortened[1]),)
        return _strings(before, after)
    if isinstance(before, list | tuple) and isinstance(after, list | tuple):
        if len(before) == len(after) == 1:
            return marked(before[0], after[0], short=short)
        return _items(before, after), _items(after, before)
    return _whole(before), _whole(after)


def _whole(value: Json) -> Parts:
    if type(value) is int:  # whose emptiness takes longer to find than to tell
        return (Part(str(value)),)
    return () if is_empty(value) and value != "" else (Part(value_text(value)),)


def _items(mine: list[Json] | tuple[Json, ...], other: list[Json] | tuple[Json, ...]) -> Parts:
    alike = any(item in other for item in mine)
    parts: list[Part] = []
    for item in mine:
        if parts:
            parts.append(Part(", "))
        parts.append(Part(value_text(item), alike and item not in other))
    return tuple(parts)


def _strings(before: str, after: str) -> tuple[Parts, Parts]:
    shorter = min(len(before), len(after))
    head = 0
    while head < shorter and before[head] == after[head]:
        head += 1
    head = _whole_words(before, after, head)
    rest = shorter - head
    tail = 0
    while tail < rest and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    if tail:
        tail = _whole_words(before[::-1], after[::-1], tail)
    return _split(before, head, tail), _split(after, head, tail)


def _whole_words(one: str, other: str, end: int) -> int:
    """The greatest part of what both begin with that ends with a number or word, not inside of one in either."""
    if (end < len(one) and one[end].isalnum()) or (end < len(other) and other[end].isalnum()):
        while end and one[end - 1].isalnum():
            end -= 1
    return end


def _split(text: str, head: int, tail: int) -> Parts:
    if not head and not tail:
        return (Part(make_visible(text)),)
    end = len(text) - tail
    parts = []
    if head:
        parts.append(Part(make_visible(text[:head])))
    if end > head:
        parts.append(Part(make_visible(text[head:end]), True))
    if tail:
        parts.append(Part(make_visible(text[end:])))
    return tuple(parts)
