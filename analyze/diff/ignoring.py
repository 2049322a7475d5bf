"""Leaving changes out of a report: what is noise, and what a person's own rules say; each counted under its rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from analyze.diff.draft import Draft
from analyze.diff.noise import RULES, NoiseRule
from reports.model import Ignored
from snapshot.model.frozen import frozen

DEFAULT = "default"
"""Where the rules of analyze/diff/noise.py come from."""


class OwnRule(Protocol):
    """A rule that a person gave: its text, where it was given, and what it means."""

    @property
    def text(self) -> str: ...

    @property
    def source(self) -> str: ...

    @property
    def reason(self) -> str | None: ...

    def matches(self, change: Draft) -> bool:
        """Is this change to be left out?"""
        ...


@frozen
class Ignores:
    """The rules by which changes are left out. A person's own are asked first, in their order."""

    default: bool = True
    own: Sequence[OwnRule] = ()


def leave_out(ordered: Sequence[Draft], ignores: Ignores) -> tuple[list[Draft], tuple[Ignored, ...]]:
    """What is left of drafts in pre-order, and how many each rule left out.

    What is left out takes along what follows from it, but for what is critical there: that stays, and hangs under the next
    cause that is shown. A default rule leaves out only what nothing explains, and nothing critical.
    """
    kept: list[Draft] = []
    rules: dict[int, OwnRule | NoiseRule] = {}
    counts: Counter[int] = Counter()
    critical: Counter[int] = Counter()
    for draft in ordered:
        rule = _rule(draft, ignores)
        if rule is None and draft.severity != "critical" and draft.cause is not None:
            rule = rules.get(id(draft.cause))
        if rule is None:
            kept.append(draft)
        else:
            rules[id(draft)] = rule
            counts[id(rule)] += 1
            critical[id(rule)] += draft.severity == "critical"
    for draft in kept:
        while draft.cause is not None and id(draft.cause) in rules:
            draft.cause = draft.cause.cause
    own = [(rule.text, rule.source, id(rule), rule.reason) for rule in ignores.own]
    default = [(rule.name, DEFAULT, id(rule), None) for rule in RULES if counts[id(rule)]]
    return kept, tuple(
        Ignored(rule=text, count=counts[number], source=source, critical=critical[number], reason=reason)
        for text, source, number, reason in [*default, *own]
    )


def _rule(draft: Draft, ignores: Ignores) -> OwnRule | NoiseRule | None:
    for rule in ignores.own:
        if rule.matches(draft):
            return rule
    if not ignores.default or draft.cause is not None or draft.severity == "critical":
        return None
    return next((rule for rule in RULES if rule.applies(draft)), None)
