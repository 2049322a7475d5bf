"""Facts of a rule that exclude each other: a network of one family, and another family."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analyze.plan.columns import ADDRESS, PREFIX, TEXTS
from analyze.plan.rules import FactPattern
from analyze.plan.values import Like, Pattern, Within

FAMILIES = {"inet": 4, "inet6": 6}
"""Families of rows, and the version of all addresses in them; only the gateway of a route may be of another."""


def of_another_family(facts: Sequence[FactPattern], kinds: Iterable[str]) -> tuple[str, str] | None:
    """A fact that no row of the family that is asked for can have: its name, and what is wrong. None: there is none."""
    family = next((_text(fact.value) for fact in facts if fact.name == "family"), None)
    if family not in FAMILIES:
        return None
    for fact in facts:
        version = _version(fact.value)
        bound = all(TEXTS.get(kind, {}).get(fact.name) in (PREFIX, ADDRESS) for kind in kinds)
        if bound and fact.name != "gateway" and version not in (None, FAMILIES[family]):
            return fact.name, f"is of IPv{version}, and family: {family} of IPv{FAMILIES[family]}; nothing is both"
    return None


def _text(pattern: Pattern) -> str | None:
    return pattern.pattern.literal if isinstance(pattern, Like) else None


def _version(pattern: Pattern) -> int | None:
    """The version of all addresses that a pattern means; None: they may be of either."""
    if isinstance(pattern, Within):
        return pattern.network.version
    text = _text(pattern)
    return None if not text else 6 if ":" in text else 4
