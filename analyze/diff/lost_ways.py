"""Whether a namespace has lost its way out, and by which of its changes: a route's, or a policy rule's."""

from __future__ import annotations

from functools import cache

from analyze.diff.draft import Draft
from analyze.diff.sides import Sides
from analyze.seen import Sight
from analyze.topology import Topology
from analyze.ways_out import PARTS, Ways, selects_all
from snapshot.model.frozen import frozen
from snapshot.model.route import Route
from snapshot.model.rule import Rule


@frozen
class Lost:
    """What a namespace lost its way out of a family by: nothing of it where there is still one, or was none, or is not known.

    tables  in which the kernel looked before, or does now
    """

    by_routes: bool = False
    by_rules: bool = False
    tables: frozenset[str] = frozenset()


class LostWays:
    """The question, asked of a diff's changes; of each namespace and family it is found out once."""

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        self._lost = cache(self._compared)
        self._after = cache(self._of_after)

    def lost_by(self, draft: Draft) -> bool:
        """Did everything there lead out before, and does it not any more, by a change of routes or rules as this one?"""
        row, (before, after) = draft.new or draft.old, draft.namespaces
        if before is None or after is None or not isinstance(row, Route | Rule):
            return False
        if isinstance(row, Route) and row.dst not in PARTS:
            return False
        lost = self._lost(before, after, row.family)
        return lost.by_rules if isinstance(row, Rule) else lost.by_routes and row.table in lost.tables

    def refused_by(self, draft: Draft) -> bool:
        """Is it a policy rule for all packets to which some come that would be led somewhere by a later one?"""
        rule, key = draft.new, draft.namespaces[1]
        return isinstance(rule, Rule) and key is not None and selects_all(rule) and self._after(key).reach(rule)

    def _of_after(self, key: str) -> Ways:
        return ways_of(self._sides.after, self._sides.saw_after, key)

    def _compared(self, before: str, after: str, family: str) -> Lost:
        was, now = ways_of(self._sides.before, self._sides.saw_before, before), self._after(after)
        if was.rules is not None and now.rules is not None and not was.has_rules(family) and not now.has_rules(family):
            was, now = was.with_standard_rules(), now.with_standard_rules()
        if was.lead_out(family) is not True or now.lead_out(family) is not False:
            return Lost()
        by_routes = Ways(routes=now.routes, rules=was.rules).lead_out(family) is not True
        by_rules = Ways(routes=was.routes, rules=now.rules).lead_out(family) is not True
        neither = not by_routes and not by_rules  # each alone would have left a way: it is by both
        tables = was.tables(family) | now.tables(family)
        return Lost(by_routes=by_routes or neither, by_rules=by_rules or neither, tables=tables)


def ways_of(topology: Topology, sight: Sight, key: str) -> Ways:
    """What one side knows of a namespace's ways out."""
    place = topology.namespaces.get(key)
    if place is None:
        return Ways(routes=None, rules=None)
    told = place.extracts.get("rule")
    read = told is not None and not told.cut and sight.sees(key, "rule")
    return Ways(
        routes=place.ways if sight.sees(key, "route") else None,
        rules=tuple(r for r in told.rows if isinstance(r, Rule)) if told is not None and read else None,
    )
