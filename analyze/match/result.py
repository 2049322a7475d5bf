"""How an old thing and a new thing were found to be the same: each match bears its reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from reports.model import Confidence
from snapshot.model.frozen import frozen

T = TypeVar("T")

STRENGTH: tuple[Confidence, ...] = ("exact", "strong", "weak")


@frozen
class Matched(Generic[T]):
    """The same thing on both sides.

    same        still the same instance (kernel object, container); False: re-created
    reason      in words, for people: "pod identity"
    confidence  exact: an identity that cannot be shared; strong: a name that has one bearer on each side;
                weak: only circumstances speak for it
    """

    before: T
    after: T
    same: bool
    reason: str
    confidence: Confidence


@frozen
class Ambiguous(Generic[T]):
    """Several on one side or the other would fit as well: nothing was guessed."""

    before: tuple[T, ...]
    after: tuple[T, ...]
    reason: str


@frozen
class Matching(Generic[T]):
    """All of one kind: the matches, and what only one side has (the ambiguous ones among them)."""

    matched: tuple[Matched[T], ...]
    removed: tuple[T, ...]
    added: tuple[T, ...]
    ambiguous: tuple[Ambiguous[T], ...] = ()


def weakest(confidences: Iterable[Confidence]) -> Confidence:
    """A match is no surer than what it rests on; "exact" for nothing."""
    return max(confidences, key=STRENGTH.index, default="exact")
