"""Pairing by one identity after the other, strongest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import replace
from typing import Generic, TypeVar

from analyze.match.result import Ambiguous, Matched, Matching
from reports.model import Confidence
from snapshot.model.frozen import frozen

T = TypeVar("T")

PASSES = 4
"""How often the identities are gone through again with what is left, so that time stays in proportion to the things."""


@frozen
class Identity(Generic[T]):
    """One way to recognise a thing: ``key`` gives None where it does not apply.

    ``after_key`` is used for the new side where the two sides are named differently. ``words`` tells reason and confidence
    of one pair where they are not the same for all.
    """

    reason: str
    confidence: Confidence
    key: Callable[[T], Hashable | None]
    after_key: Callable[[T], Hashable | None] | None = None
    words: Callable[[T, T], tuple[str, Confidence]] | None = None


def pair(
    before: Iterable[T], after: Iterable[T], identities: Sequence[Identity[T]], same: Callable[[T, T], bool]
) -> Matching[T]:
    """Pair two sides. A key that has several bearers on either side pairs none of them: it is ambiguous.

    Where a weaker identity settles some of those, the others are tried again: what is left over may be the only one.
    Such a match is weak, for it rests on all the others.
    """
    old, new = list(before), list(after)
    matched: list[Matched[T]] = []
    doubts: list[Ambiguous[T]] = []
    settled: set[int] = set()
    for number in range(PASSES):
        found, unclear = _once(old, new, identities, same)
        if number:
            found = [replace(match, confidence="weak", reason=f"{match.reason}, of those left") for match in found]
        matched += found
        doubts += unclear
        taken = {id(match.before) for match in found} | {id(match.after) for match in found}
        old = [thing for thing in old if id(thing) not in taken]
        new = [thing for thing in new if id(thing) not in taken]
        settled |= taken
        if not any(id(thing) in taken for doubt in doubts for thing in (*doubt.before, *doubt.after)):
            break
    return Matching(
        matched=tuple(matched), removed=tuple(old), added=tuple(new), ambiguous=still_unclear(doubts, settled)
    )


def _once(
    old: list[T], new: list[T], identities: Sequence[Identity[T]], same: Callable[[T, T], bool]
) -> tuple[list[Matched[T]], list[Ambiguous[T]]]:
    matched: list[Matched[T]] = []
    unclear: list[Ambiguous[T]] = []
    for identity in identities:
        if not old or not new:
            break
        olds, news = _by_key(old, identity.key), _by_key(new, identity.after_key or identity.key)
        taken: set[int] = set()
        for key, bearers in olds.items():
            others = news.get(key, [])
            if len(bearers) == 1 and len(others) == 1:
                a, b = bearers[0], others[0]
                reason, confidence = identity.words(a, b) if identity.words else (identity.reason, identity.confidence)
                matched.append(Matched(before=a, after=b, same=same(a, b), reason=reason, confidence=confidence))
                taken |= {id(a), id(b)}
            elif others:
                unclear.append(Ambiguous(before=tuple(bearers), after=tuple(others), reason=identity.reason))
        old = [thing for thing in old if id(thing) not in taken]
        new = [thing for thing in new if id(thing) not in taken]
    return matched, unclear


def _by_key(things: list[T], key: Callable[[T], Hashable | None]) -> dict[Hashable, list[T]]:
    found: dict[Hashable, list[T]] = defaultdict(list)
    for thing in things:
        value = key(thing)
        if value is not None:
            found[value].append(thing)
    return found


def still_unclear(doubts: Iterable[Ambiguous[T]], settled: Collection[int]) -> tuple[Ambiguous[T], ...]:
    """What was never settled (``settled``: by ``id``), by the strongest identity that speaks for it: a thing is told once."""
    told: set[int] = set()
    found = []
    for doubt in doubts:
        olds, news = (
            tuple(thing for thing in things if id(thing) not in settled and id(thing) not in told)
            for things in (doubt.before, doubt.after)
        )
        if olds and news:
            found.append(Ambiguous(before=olds, after=news, reason=doubt.reason))
            told |= {id(thing) for thing in (*olds, *news)}
    return tuple(found)
