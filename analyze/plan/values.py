"""Patterns for values: what an attribute should be."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_interface
from typing import TypeAlias

from analyze.plan.globs import Glob
from reports.model import Json
from snapshot.model.frozen import frozen

LONGEST_PREFIX = 64
"""Characters of an address with its prefix length, and some to spare."""


@frozen(kw_only=False)
class Is:
    """This number, truth value or nothing. A number also means its spelling: the route table ``100`` is a text."""

    value: None | bool | int | float

    def matches(self, value: Json) -> bool:
        """Is it that value?"""
        if isinstance(value, str) and isinstance(self.value, int | float) and not isinstance(self.value, bool):
            return value == str(self.value)
        return type(value) is type(self.value) and value == self.value


@frozen(kw_only=False)
class Like:
    """A text, or a number by its spelling, that a wildcard pattern means."""

    pattern: Glob

    def matches(self, value: Json) -> bool:
        """Is the text meant by the pattern?"""
        text = spelt(value)
        return text is not None and self.pattern.matches(text)


@frozen(kw_only=False)
class Each:
    """A list of as many items, in this order."""

    items: tuple[Pattern, ...]

    def matches(self, value: Json) -> bool:
        """Does every item match?"""
        if not isinstance(value, list | tuple) or len(value) != len(self.items):
            return False
        return all(pattern.matches(item) for pattern, item in zip(self.items, value, strict=True))


@frozen(kw_only=False)
class Between:
    """A number from ``at_least`` to ``at_most``, both included."""

    at_least: int | float | None
    at_most: int | float | None

    def matches(self, value: Json) -> bool:
        """Is it a number in that range?"""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


@frozen(kw_only=False)
class Within:
    """An address or a prefix that lies in a network."""

    network: IPv4Network | IPv6Network

    def matches(self, value: Json) -> bool:
        """Does the whole prefix lie in it? A lone address is a prefix of its full length."""
        if not isinstance(value, str) or len(value) > LONGEST_PREFIX:
            return False
        try:
            found = ip_interface(value).network
        except ValueError:
            return False
        mine = self.network
        return found.version == mine.version and found.prefixlen >= mine.prefixlen and found.network_address in mine


@frozen(kw_only=False)
class Contains:
    """A list with an item that matches; a mapping with such a value."""

    item: Pattern

    def matches(self, value: Json) -> bool:
        """Does any item match?"""
        if isinstance(value, Mapping):
            value = tuple(value.values())
        return isinstance(value, list | tuple) and any(self.item.matches(item) for item in value)


@frozen(kw_only=False)
class AnyOf:
    """One of several."""

    patterns: tuple[Pattern, ...]

    def matches(self, value: Json) -> bool:
        """Does one match?"""
        return any(pattern.matches(value) for pattern in self.patterns)


@frozen(kw_only=False)
class All:
    """All of several; none at all means anything."""

    patterns: tuple[Pattern, ...]

    def matches(self, value: Json) -> bool:
        """Do all match?"""
        return all(pattern.matches(value) for pattern in self.patterns)


@frozen(kw_only=False)
class Not:
    """Anything else."""

    pattern: Pattern

    def matches(self, value: Json) -> bool:
        """Does it not match?"""
        return not self.pattern.matches(value)


@frozen(kw_only=False)
class Has:
    """A mapping whose values under these names match; it may have others."""

    values: tuple[tuple[str, Pattern], ...]

    def matches(self, value: Json) -> bool:
        """Does every named value match? One that is not there is null."""
        return isinstance(value, Mapping) and all(p.matches(value.get(name)) for name, p in self.values)


Pattern: TypeAlias = Is | Like | Each | Between | Within | Contains | AnyOf | All | Not | Has

ANYTHING = All(())


def spelt(value: Json) -> str | None:
    """A text, or a number or truth value as YAML spells it; None for what has no spelling of its own."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) else None
