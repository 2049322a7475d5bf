"""Rules that pick changes: what ``--ignore`` leaves out and ``--select`` shows, as values (docs/filters.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_interface
from typing import Protocol, TypeAlias

from analyze.plan.globs import Glob
from analyze.plan.values import LONGEST_PREFIX, Within, spelt
from analyze.plan.vocabulary import value_of
from reports.model import Facts, FieldChange, Json
from snapshot.model.frozen import frozen

OF_A_CHANGE = ("kind", "action", "scope", "name", "severity", "severity_rule", "field")
"""Keys that speak of the change itself; every other key is a column of the thing that changed."""

OF_A_HOP = ("gateway", "dev")
"""Columns that each next hop of a multipath route has for itself."""


class ChangeLike(Protocol):
    """A change of the report, or one on its way there."""

    @property
    def kind(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def scope(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def severity_rule(self) -> str | None: ...
    @property
    def before(self) -> Facts | None: ...
    @property
    def after(self) -> Facts | None: ...
    @property
    def fields(self) -> tuple[FieldChange, ...]: ...


@frozen(kw_only=False)
class Like:
    """A text, or a number or truth value by its spelling, that a wildcard pattern means; the empty one means "has none"."""

    pattern: Glob

    def matches(self, value: Json) -> bool:
        """Is it meant?"""
        return self.pattern.matches("" if value is None else spelt(value) or "")


@frozen(kw_only=False)
class SameAddress:
    """An address, with or without a prefix length, however it is spelt."""

    address: IPv4Address | IPv6Address

    def matches(self, value: Json) -> bool:
        """Is it that one?"""
        if not isinstance(value, str) or len(value) > LONGEST_PREFIX:
            return False
        try:
            return ip_interface(value).ip == self.address
        except ValueError:
            return False


Pattern: TypeAlias = Like | SameAddress | Within


@frozen
class Clause:
    """One key and what it may be; ``other``: what it must not be.

    A thing that has no such column matches neither way.
    """

    key: str
    patterns: tuple[Pattern, ...]
    other: bool = False

    def matches(self, change: ChangeLike, *, all_fields: bool) -> bool:
        """Does the change's key match, before or after?"""
        if self.key == "field":
            return self._fields(change, all_fields=all_fields)
        values = [*self._values(change)]
        found = any(pattern.matches(value) for value in values for pattern in self.patterns)
        return bool(values) and found != self.other

    def _fields(self, change: ChangeLike, *, all_fields: bool) -> bool:
        found = [any(pattern.matches(f.name) for pattern in self.patterns) for f in change.fields]
        if self.other:
            return not any(found)
        return bool(found) and (all(found) if all_fields else any(found))

    def _values(self, change: ChangeLike) -> Iterator[Json]:
        if self.key in OF_A_CHANGE:
            yield getattr(change, self.key)
            return
        name = self.key.removeprefix("facts.")
        for facts in (change.before, change.after):
            if facts is not None and (name in facts or _inner(facts, name)) and not _led_elsewhere(facts, name):
                value = _of_hops(facts, name) if name in OF_A_HOP else value_of(facts, name)
                yield from value if isinstance(value, list | tuple) and value else [value]


def _of_hops(facts: Facts, name: str) -> Json:
    """The gateways, or links, of all next hops of a route; None if none of them has one."""
    hops = facts.get("nexthops")
    of_hops = [hop.get(name) for hop in hops if isinstance(hop, Mapping)] if isinstance(hops, list | tuple) else []
    return tuple(value for value in of_hops if value is not None) or facts.get(name)


def _led_elsewhere(facts: Facts, name: str) -> bool:
    """Where a group of nexthop objects leads its members say; a route by an object need not repeat what that says."""
    if name not in OF_A_HOP or facts.get("nexthops") or any(facts.get(column) is not None for column in OF_A_HOP):
        return False
    return bool(facts.get("group")) or facts.get("nexthop_id") is not None


def _inner(facts: Facts, name: str) -> bool:
    column, dot, _ = name.partition(".")
    return bool(dot) and (column in facts or (column in ("host_end", "workload_end") and "ends" in facts))


@frozen
class Rule:
    """Clauses, all of which must match.

    text    as it was written
    source  where: "--ignore", "--select", or a configuration file's name
    reason  why, in its author's words
    """

    text: str
    source: str
    clauses: tuple[Clause, ...]
    reason: str | None = None

    def matches(self, change: ChangeLike) -> bool:
        """Is the change meant, with all of its fields if the rule names fields?"""
        return all(clause.matches(change, all_fields=True) for clause in self.clauses)

    def touches(self, change: ChangeLike) -> bool:
        """Is the change meant, be it for one of its fields?"""
        return all(clause.matches(change, all_fields=False) for clause in self.clauses)


def any_touches(rules: Sequence[Rule], change: ChangeLike) -> bool:
    """Does one of the rules mean the change?"""
    return any(rule.touches(change) for rule in rules)
