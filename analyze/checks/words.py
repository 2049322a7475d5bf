"""Words that several checks use. How much is told is bounded: a stranger's host may have a million of anything."""

from __future__ import annotations

from collections.abc import Sequence

SHOWN = 4


def listed(things: Sequence[str], most: int = SHOWN) -> str:
    """ "a, b, c, d and 7 more"."""
    more = len(things) - most
    return ", ".join(things[:most]) + (f" and {more:,} more" if more > 0 else "")
