"""Things that could be several others: what the report says of each, in words that ``--map`` takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from analyze.match.result import Ambiguous
from reports.model import Ambiguity

T = TypeVar("T")

NAMED = 8
"""So many candidates are named; the others are counted."""


def doubts(
    found: Iterable[Ambiguous[T]], old_name: Callable[[T], str], new_name: Callable[[T], str]
) -> Mapping[int, Ambiguity]:
    """``id(thing)`` -> its ambiguity, for the things of both sides."""
    told: dict[int, Ambiguity] = {}
    for group in found:
        olds, news = sorted(map(old_name, group.before)), sorted(map(new_name, group.after))
        for mine, others in ((group.before, news), (group.after, olds)):
            words = Ambiguity(
                reason=group.reason, candidates=tuple(others[:NAMED]), count=len(others), rivals=len(mine) - 1
            )  # fmt: skip
            told |= dict.fromkeys(map(id, mine), words)
    return told
