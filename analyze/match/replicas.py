"""Replicas that came and went: within their owner one is as good as another, so they pair up one to one.

Which with which is decided by what makes two most alike, then by age: never by the order of rows, so that a comparison the
other way round pairs the same ones. What is left over on one side was added or removed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Generic, TypeVar

from analyze.match.owners import Owner
from analyze.match.pairing import still_unclear
from analyze.match.result import Matched, Matching
from reports.model import Confidence
from snapshot.model.frozen import frozen

T = TypeVar("T")


@frozen
class Replica(Generic[T]):
    """One workload of an owner.

    named  the owner by the name's form alone, which is all there is to go by where one side has no labels
    alike  what two replicas may have in common, the most telling first; None where it does not apply
    age    when it was made, its first process's number, and its name: what orders those that are alike in all else
    """

    thing: T
    owner: Owner
    named: Owner | None
    alike: tuple[Hashable | None, ...]
    age: tuple[str, int, str]


def pair_replicas(
    matching: Matching[T],
    before: Callable[[T], Replica[T] | None],
    after: Callable[[T], Replica[T] | None],
) -> Matching[T]:
    """A matching with what was left of it paired up by owners: first by those that labels tell, then by names."""
    old = [replica for thing in matching.removed if (replica := before(thing)) is not None]
    new = [replica for thing in matching.added if (replica := after(thing)) is not None]
    found: list[Matched[T]] = []
    for key in (_told, _by_form):
        pairs = _pairs(_groups(old, key(new)), _groups(new, key(old)))
        found += pairs
        taken = {id(match.before) for match in pairs} | {id(match.after) for match in pairs}
        old = [replica for replica in old if id(replica.thing) not in taken]
        new = [replica for replica in new if id(replica.thing) not in taken]
    taken = {id(match.before) for match in found} | {id(match.after) for match in found}
    return replace(
        matching,
        matched=(*matching.matched, *found),
        removed=tuple(thing for thing in matching.removed if id(thing) not in taken),
        added=tuple(thing for thing in matching.added if id(thing) not in taken),
        ambiguous=still_unclear(matching.ambiguous, taken),
    )


Key = Callable[[Replica[T]], Hashable | None]


def _told(_: Sequence[Replica[T]]) -> Key[T]:
    """Owners whose labels were read on both sides."""

    def key(replica: Replica[T]) -> Hashable | None:
        owner = replica.owner
        return (owner.kind, owner.place, owner.name, owner.slot) if owner.told else None

    return key


def _by_form(others: Sequence[Replica[T]]) -> Key[T]:
    """Owners by the form of names, where one side at least has nothing else: a runtime that is silent tells no labels."""
    unlabelled = {_form(other) for other in others if not other.owner.told}

    def key(replica: Replica[T]) -> Hashable | None:
        form = _form(replica)
        return form if form is not None and (not replica.owner.told or form in unlabelled) else None

    return key


def _form(replica: Replica[T]) -> tuple[str | None, str, str] | None:
    owner = replica.named
    return (owner.kind, owner.place, owner.name) if owner is not None else None


def _groups(replicas: Iterable[Replica[T]], key: Key[T]) -> dict[Hashable, list[Replica[T]]]:
    found: dict[Hashable, list[Replica[T]]] = defaultdict(list)
    for replica in replicas:
        value = key(replica)
        if value is not None:
            found[value].append(replica)
    return found


def _pairs(
    olds: Mapping[Hashable, list[Replica[T]]], news: Mapping[Hashable, list[Replica[T]]]
) -> list[Matched[T]]:  # fmt: skip
    found = []
    for key, old in olds.items():
        new = news.get(key, [])
        alone = len(old) == len(new) == 1
        for a, b in _most_alike(old, new):
            told = a.owner.told and b.owner.told
            confidence: Confidence = "strong" if alone and told else "weak"
            words = a.owner.words if a.owner.told else b.owner.words
            reason = f"replica of {words}" if told else f"replica of {words}, by its name"
            found.append(Matched(before=a.thing, after=b.thing, same=False, reason=reason, confidence=confidence))
    return found


def _most_alike(old: list[Replica[T]], new: list[Replica[T]]) -> list[tuple[Replica[T], Replica[T]]]:
    """As many pairs as the smaller side has. In each round the oldest of those that are alike pair first."""
    old, new = sorted(old, key=lambda replica: replica.age), sorted(new, key=lambda replica: replica.age)
    rounds = len(old[0].alike) if old else 0
    found: list[tuple[Replica[T], Replica[T]]] = []
    for number in range(rounds + 1):
        waiting: dict[Hashable, list[Replica[T]]] = defaultdict(list)
        for replica in reversed(new):
            waiting[_likeness(replica, number)].append(replica)
        taken: set[int] = set()
        for replica in old:
            likeness = _likeness(replica, number)
            if likeness is not None and waiting.get(likeness):
                twin = waiting[likeness].pop()
                found.append((replica, twin))
                taken |= {id(replica), id(twin)}
        old = [replica for replica in old if id(replica) not in taken]
        new = [replica for replica in new if id(replica) not in taken]
    return found


def _likeness(replica: Replica[T], number: int) -> Hashable | None:
    """The last round asks for nothing."""
    return replica.alike[number] if number < len(replica.alike) else True
