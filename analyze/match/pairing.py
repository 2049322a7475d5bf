"""Pairing by one identity after the other, strongest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from analyze.match.result import Ambiguous, Matched, Matching
from reports.model import Confidence

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity(Generic[T]):
    """One way to recognise a thing: ``key`` gives None where it does not apply.

    ``after_key`` is used for the new side where the two sides are named differently.
    """

    reason: str
    confidence: Confidence
    key: Callable[[T], Hashable | None]
    after_key: Callable[[T], Hashable | None] | None = None


def pair(
    before: Iterable[T], after: Iterable[T], identities: Sequence[Identity[T]], same: Callable[[T, T], bool]
) -> Matching[T]:
    """Pair two sides. A key that has several bearers on either side pairs none of them: it is ambiguous."""
    old, new = list(before), list(after)
    matched: list[Matched[T]] = []
    ambiguous: list[Ambiguous[T]] = []
    for identity in identities:
        olds, news = _by_key(old, identity.key), _by_key(new, identity.after_key or identity.key)
        taken_old: set[int] = set()
        taken_new: set[int] = set()
        for key, bearers in olds.items():
            others = news.get(key, [])
            if len(bearers) == 1 and len(others) == 1:
                a, b = bearers[0], others[0]
                matched.append(
                    Matched(before=a, after=b, same=same(a, b), reason=identity.reason, confidence=identity.confidence)
                )
                taken_old.add(id(a))
                taken_new.add(id(b))
            elif others:
                ambiguous.append(Ambiguous(before=tuple(bearers), after=tuple(others), reason=identity.reason))
        old = [thing for thing in old if id(thing) not in taken_old]
        new = [thing for thing in new if id(thing) not in taken_new]
    left = {id(thing) for thing in (*old, *new)}
    return Matching(
        matched=tuple(matched),
        removed=tuple(old),
        added=tuple(new),
        ambiguous=tuple(a for a in ambiguous if all(id(t) in left for t in (*a.before, *a.after))),
    )


def _by_key(things: list[T], key: Callable[[T], Hashable | None]) -> dict[Hashable, list[T]]:
    found: dict[Hashable, list[T]] = defaultdict(list)
    for thing in things:
        value = key(thing)
        if value is not None:
            found[value].append(thing)
    return found
