"""Two values side by side, with the part that differs marked."""

from __future__ import annotations

import re
from typing import NamedTuple

from reports.model import Json
from reports.safe import make_visible
from reports.words import is_empty, value_text

_TOKEN = re.compile(r"[^\W_]+|.", re.DOTALL)
"""A number or word is marked as a whole: 1500 -> 1400, not 1[5]00 -> 1[4]00."""


class Part(NamedTuple):
    """A stretch of a value; ``differs`` when the other value has not the same there."""

    text: str
    differs: bool = False


Parts = tuple[Part, ...]
"""A value in stretches; none at all for "has none"."""


def marked(before: Json, after: Json, *, short: bool = False) -> tuple[Parts, Parts]:
    """Both values, ready to be shown. ``short`` abbreviates long ids. Where nothing is alike, nothing is marked."""
    if isinstance(before, list | tuple) and isinstance(after, list | tuple):
        if len(before) == len(after) == 1:
            return marked(before[0], after[0], short=short)
        return _items(before, after), _items(after, before)
    if isinstance(before, str) and isinstance(after, str) and before and after:
        shortened = value_text(before, short=short), value_text(after, short=short)
        if short and shortened[0] != shortened[1] and shortened != (make_visible(before), make_visible(after)):
            return (Part(shortened[0]),), (Part(shortened[1]),)
        return _strings(before, after)
    return _whole(before), _whole(after)


def _whole(value: Json) -> Parts:
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
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    rest = shorter - head
    tail = next((i for i in range(rest) if old[-1 - i] != new[-1 - i]), rest)
    return _split(old, head, tail), _split(new, head, tail)


def _split(tokens: list[str], head: int, tail: int) -> Parts:
    if not head and not tail:
        return (Part(make_visible("".join(tokens))),)
    end = len(tokens) - tail
    stretches = (("".join(tokens[:head]), False), ("".join(tokens[head:end]), True), ("".join(tokens[end:]), False))
    return tuple(Part(make_visible(text), differs) for text, differs in stretches if text)
