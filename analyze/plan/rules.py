"""A plan as values: what is expected, what is forbidden, and what must hold afterwards."""

from __future__ import annotations

from typing import Literal

from analyze.plan.errors import Mark
from analyze.plan.globs import Glob
from analyze.plan.values import Pattern
from analyze.plan.vocabulary import value_of
from reports.model import Change, Facts
from snapshot.model.frozen import frozen

Section = Literal["expect", "forbid", "must"]
SECTIONS: tuple[Section, ...] = ("expect", "forbid", "must")


@frozen
class FieldPattern:
    """A changed attribute, and what it was and is to be."""

    name: str
    before: Pattern
    after: Pattern


@frozen
class FactPattern:
    """An attribute of a thing, as it is."""

    name: str
    value: Pattern


@frozen
class Selector:
    """Which changes, or which things, a rule speaks of. An empty tuple leaves that open.

    checks         it speaks of findings of these checks, and of nothing else
    other_fields   a change may have changed fields beside those in ``fields``; only where ``fields`` are given
    """

    checks: tuple[Glob, ...] = ()
    kinds: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    scopes: tuple[Glob, ...] = ()
    names: tuple[Glob, ...] = ()
    fields: tuple[FieldPattern, ...] = ()
    facts: tuple[FactPattern, ...] = ()
    other_fields: bool = True

    def in_scope(self, scope: str) -> bool:
        """Does it speak of this scope?"""
        return not self.scopes or any(pattern.matches(scope) for pattern in self.scopes)

    def named(self, name: str) -> bool:
        """Does it speak of things of this name?"""
        return not self.names or any(pattern.matches(name) for pattern in self.names)

    def has(self, facts: Facts) -> bool:
        """Has a thing the facts that are asked for?"""
        return all(fact.value.matches(value_of(facts, fact.name)) for fact in self.facts)

    def misses(self, change: Change) -> tuple[str, ...]:
        """By which of its keys it does not speak of a change; empty: it does."""
        tests = (
            ("kind", not self.kinds or change.kind in self.kinds),
            ("action", not self.actions or change.action in self.actions),
            ("severity", not self.severities or change.severity in self.severities),
            ("scope", self.in_scope(change.scope)),
            ("name", self.named(change.name)),
            ("fields", self._has_changed(change)),
            ("facts", self.has(_facts_of(change))),
        )
        return tuple(key for key, holds in tests if not holds)

    def may_select(self, kind: str, action: str, scope: str) -> bool:
        """May it speak of a change of that kind and action in that scope?"""
        return (
            (not self.kinds or kind in self.kinds)
            and (not self.actions or action in self.actions)
            and self.in_scope(scope)
        )

    def selects_there(self, change: Change) -> bool:
        """Does it speak of a change, whose kind, action and scope fit already? As ``misses``, but ends at once."""
        return (
            (not self.names or any(pattern.matches(change.name) for pattern in self.names))
            and (not self.severities or change.severity in self.severities)
            and (not self.fields or self._has_changed(change))
            and (not self.facts or self.has(_facts_of(change)))
        )

    def _has_changed(self, change: Change) -> bool:
        changed = {field.name: field for field in change.fields}
        for pattern in self.fields:
            field = changed.get(pattern.name)
            if field is None or not (pattern.before.matches(field.before) and pattern.after.matches(field.after)):
                return False
        return self.other_fields or len(changed) == len(self.fields)


def _facts_of(change: Change) -> Facts:
    return change.after if change.after is not None else change.before or {}


@frozen
class Count:
    """How many: from ``at_least`` to ``at_most`` (None: any number); ``or_none``: or none at all."""

    at_least: int = 1
    at_most: int | None = None
    or_none: bool = False

    def enough(self, number: int) -> bool:
        """Is it not too few?"""
        return number >= self.at_least or (self.or_none and number == 0)

    def too_many(self, number: int) -> bool:
        """Is it too many?"""
        return self.at_most is not None and number > self.at_most


@frozen
class Rule:
    """One entry of a plan.

    count       of a forbidden thing: none
    each_scope  of ``must``: the count holds in each namespace of such a scope by itself
    why         what the author says of it
    """

    section: Section
    mark: Mark
    selector: Selector
    count: Count
    each_scope: tuple[Glob, ...] = ()
    why: str | None = None


@frozen
class Plan:
    """A whole plan. ``name`` is its title, else its file's name; ``digest`` the SHA-256 of the file, hexadecimal."""

    name: str
    digest: str
    hosts: tuple[Glob, ...]
    rules: tuple[Rule, ...]

    def of(self, section: Section) -> tuple[Rule, ...]:
        """The rules of one section, in the file's order."""
        return tuple(rule for rule in self.rules if rule.section == section)

    @property
    def state_kinds(self) -> frozenset[str]:
        """The kinds of which it has to be known what is there afterwards, changed or not."""
        return frozenset(kind for rule in self.of("must") for kind in rule.selector.kinds)
