"""What a firewall refuses that it let through before: judged by where packets come by, not by names of chains.

Only what is certain is told: both firewalls were read whole, and a packet to which no condition applies, or every new one, or
what a rule that still stands there accepts, comes through no more (``analyze/firewall/course.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias

from analyze.diff.draft import Draft
from analyze.diff.sides import Sides
from analyze.firewall.course import Course, Courses, Key, Patience, TooManyError, key_of
from analyze.firewall.ruleset import Ruleset, TableKey
from snapshot.model.firewall import FirewallEntry
from snapshot.model.frozen import frozen

Spot = tuple[str | None, str | None]
Entries: TypeAlias = tuple[FirewallEntry, ...]
Hook: TypeAlias = tuple[str, str]
"""Whose packets (a family's, a link's), and where on their way."""
Place: TypeAlias = tuple[TableKey, str]
"""A base chain: its table, and its name."""
Ways: TypeAlias = Mapping[Hook, Mapping[Place, Course]]


@frozen
class Cut:
    """What a namespace's firewall does to what it let through.

    refusing   chains and rules, as they are now, by which it is refused
    lost       rules, as they were, by which it was accepted
    was, now   rules by which something was accepted, and is dropped, of whatever all packets of a hook go through
    """

    refusing: frozenset[Key] = frozenset()
    lost: frozenset[Key] = frozenset()
    was: frozenset[tuple[Hook, Key]] = frozenset()
    now: frozenset[tuple[Hook, Key]] = frozenset()


NONE = Cut()


class Cuts:
    """The cuts of all namespaces, each worked out when it is first asked for."""

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        self._known: dict[Spot, Cut] = {}
        self._alike: dict[tuple[int, int], tuple[Cut, tuple[Entries, Entries]]] = {}
        self._patience = Patience()

    def by_policy(self, draft: Draft) -> bool:
        """Is a chain's policy what refuses now?"""
        return _is(draft.new, "chain") and _key(draft.new) in self.of(draft.namespaces).refusing

    def by_rule(self, draft: Draft) -> bool:
        """Does a rule that was added, changed or moved refuse now, or lead there, or drop what it accepted?"""
        if not _is(draft.new, "rule"):
            return False
        cut = self.of(draft.namespaces)
        if _key(draft.new) in cut.refusing:
            return True
        if draft.old is None or "text" not in draft.touched:
            return False
        hooks = {hook for hook, key in cut.was if key == _key(draft.old)}
        return any(hook in hooks for hook, key in cut.now if key == _key(draft.new))

    def by_loss(self, draft: Draft, children: Iterable[Draft]) -> bool:
        """Is a rule gone (or another, or elsewhere) that let through what is refused now?

        Of a chain that was flushed one of its ``children``: it is told there, and not once more for each.
        """
        if draft.old is None and draft.new is None:
            return (draft.after or {}).get("object") == "chain" and any(self._lost(child) for child in children)
        return not _is_told_above(draft) and self._lost(draft)

    def _lost(self, draft: Draft) -> bool:
        return _is(draft.old, "rule") and _key(draft.old) in self.of(draft.namespaces).lost

    def of(self, spot: Spot) -> Cut:
        """What became of the firewall of a namespace: its key before, and its key after."""
        if spot not in self._known:
            self._known[spot] = self._cut(spot)
        return self._known[spot]

    def _cut(self, spot: Spot) -> Cut:
        sides = self._sides
        before = sides.firewall("before", spot[0])
        after = sides.firewall("after", spot[1])
        if before is None or after is None:
            return NONE
        if spot[0] == sides.before.host or spot[1] == sides.after.host:
            return self._between(before, after)
        # Where namespaces are alike the pair holds one value for all. What was compared is kept: else its id may be another's.
        alike = (id(before), id(after))
        if alike not in self._alike:
            self._alike[alike] = self._between(before, after), (before, after)
        return self._alike[alike][0]

    def _between(self, before: Entries, after: Entries) -> Cut:
        try:
            self._patience.spend(len(before) + len(after))
            there = {_text(row) for row in after if row.object == "rule"}
            return _compared(_ways(before, self._patience), _ways(after, self._patience), there)
        except TooManyError:
            return NONE


def _ways(entries: Entries, patience: Patience) -> Ways:
    ruleset = Ruleset(entries)
    courses = Courses(ruleset, patience)
    through: dict[Place, Course] = {}
    ways: dict[Hook, dict[Place, Course]] = {}
    for hook, bases in ruleset.hooks().items():
        for base in bases:
            place = (base.table, base.name)
            if place not in through:
                through[place] = courses.through(base)
            ways.setdefault(hook, {})[place] = through[place]
    return ways


def _compared(before: Ways, after: Ways, there: set[tuple[TableKey, str | None, str]]) -> Cut:
    refusing, lost = set[Key](), set[Key]()
    was, now = set[tuple[Hook, Key]](), set[tuple[Hook, Key]]()
    for hook, courses in after.items():
        old = before.get(hook, {})
        if not all(course.passes for course in old.values()):
            continue
        was |= {(hook, key) for course in old.values() for key in course.accepting}
        now |= {(hook, key) for course in courses.values() for key in course.dropping}
        refused = any(course.refuses for course in old.values())
        new_passed = all(course.passes_new for course in old.values())
        for place, course in courses.items():
            earlier = old.get(place)
            nothing_comes = not course.passes or (new_passed and not course.passes_new)
            behind = frozenset(_behind(place[0], earlier, course, there))
            if course.refuses and (not refused or nothing_comes or behind):
                refusing.update(course.path)
                lost |= behind
                if earlier is not None and not earlier.refuses:
                    lost |= earlier.turns
                if earlier is not None and nothing_comes:
                    lost |= earlier.carriers
    return Cut(refusing=frozenset(refusing), lost=frozenset(lost), was=frozenset(was), now=frozenset(now))


def _behind(
    table: TableKey, earlier: Course | None, course: Course, there: set[tuple[TableKey, str | None, str]]
) -> Iterator[Key]:
    """Rules that accepted and still stand there, but behind one that refuses everything: no packet comes to them."""
    if earlier is None or not course.path or course.path[-1][-1] is None:
        return
    reached = {(accept.chain, accept.text) for accept in course.accepts.values()}
    for key, accept in earlier.accepts.items():
        if (accept.chain, accept.text) not in reached and (table, accept.chain, accept.text) in there:
            yield key


def _is(row: object, kind: Literal["chain", "rule"]) -> bool:
    return isinstance(row, FirewallEntry) and row.object == kind


def _key(row: object) -> Key:
    assert isinstance(row, FirewallEntry)
    return key_of(row)


def _text(row: FirewallEntry) -> tuple[TableKey, str | None, str]:
    return (row.backend, row.family, row.table), row.chain, row.text


def _is_told_above(draft: Draft) -> bool:
    """Does a rule hang under its chain, which lost all of its rules at once?"""
    above = draft.cause
    return above is not None and above.kind == "firewall" and "rules" in above.touched and (
        (above.after or {}).get("object") == "chain"
    )  # fmt: skip
