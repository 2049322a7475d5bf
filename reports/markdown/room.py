"""How much room there is in a comment, and what is said where something does not fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reports.model import Change

LIMIT = 65_536
"""What GitHub takes, in characters, as a comment or the text of a pull request; in which unit has been seen to differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines that belong together. ``things`` is how many things they tell of, ``changes`` which changes."""

    lines: tuple[str, ...]
    things: int = 1
    changes: tuple[Change, ...] = ()


def size(text: str) -> int:
    """A text's length by the strictest of the ways: UTF-16 units, a line's end as the two that a form sends for it."""
    return len(text) + sum(char > "\uffff" for char in text) + text.count("\n")


def size_of(lines: Sequence[str]) -> int:
    """The size of lines with their ends."""
    return sum(size(line) + 2 for line in lines)


def things(blocks: Sequence[Block]) -> int:
    """How many things blocks tell of."""
    return sum(block.things for block in blocks)


def fitting(blocks: Sequence[Block], room: int, rest: Callable[[Sequence[Block]], str]) -> list[str]:
    """The first blocks that fit, and for the others the one line that ``rest`` makes of them."""
    total = sum(size_of(block.lines) for block in blocks)
    if total <= room:
        return [line for block in blocks for line in block.lines]
    lines: list[str] = []
    room -= size(rest(blocks)) + 2
    for number, block in enumerate(blocks):
        needed = size_of(block.lines)
        if needed > room:
            return [*lines, rest(blocks[number:])]
        lines += block.lines
        room -= needed
    return lines
