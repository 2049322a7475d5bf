"""Colour and width of terminal text. Colour only repeats what a sign or a word says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reports.width import cells

_CODES = {
    "strong": "1",
    "dim": "2",
    "added": "32",
    "removed": "31",
    "recreated": "35",
    "changed": "33",
    "unknown": "36",
    "warning": "33",
    "critical": "1;31",
}
"""Style -> SGR parameters (ECMA-48)."""

_PAINTED = re.compile("\x1b\\[[0-9;]*m")
"""What ``Paint`` puts around a text. A stranger's text has none: what cannot be printed is shown as an escape."""


@dataclass(frozen=True, slots=True)
class Paint:
    """Paints text, or leaves it plain where no colour is wanted."""

    color: bool

    def __call__(self, text: str, style: str | None) -> str:
        """``text`` in a style; styles without a colour ("info") leave it plain."""
        code = _CODES.get(style) if self.color and style is not None else None
        return f"\x1b[{code}m{text}\x1b[0m" if code is not None and text else text


def pad(text: str, width: int, *, right: bool = False) -> str:
    """``text`` filled with spaces to ``width`` columns; ``right`` puts it at the right edge."""
    space = " " * (width - cells(text))
    return space + text if right else text + space


def _shown(text: str) -> int:
    """The cells that a painted text takes."""
    return cells(_PAINTED.sub("", text) if "\x1b" in text else text)


def flow(parts: Iterable[str], *, width: int, indent: str, separator: str = ", ") -> list[str]:
    """Parts one after the other on lines of at most ``width`` columns.

    A part is broken, at its spaces, only if it is wider than a line; a word that is wider still is not cut.
    """
    lines: list[str] = []
    line = ""
    for before, piece in _pieces(parts, width - _shown(indent), separator):
        longer = f"{line}{before}{piece}" if line else piece
        if line and _shown(indent) + _shown(longer) > width:
            lines.append(f"{indent}{line}{before.rstrip()}")
            longer = piece
        line = longer
    return [*lines, indent + line] if line else lines


def _pieces(parts: Iterable[str], room: int, separator: str) -> Iterator[tuple[str, str]]:
    """What may not be broken, each with what stands before it."""
    for part in parts:
        words = part.split(" ") if _shown(part) > room else [part]
        yield separator, words[0]
        yield from ((" ", word) for word in words[1:])


WIDEST = 48
"""Columns are not made wider than this for the sake of one long name, which then stands out of line."""


def columns(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> list[list[str]]:
    """Cells padded so that columns stand under each other. ``right`` names the columns of numbers."""
    if not rows:
        return []
    widths = [min(WIDEST, max(cells(row[i]) for row in rows)) for i in range(len(rows[0]))]
    return [[pad(cell, widths[i], right=i in right) for i, cell in enumerate(row)] for row in rows]
