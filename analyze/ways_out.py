"""Whether policy rules and tables lead everywhere: whether the kernel finds a route to an address that nothing else names.

Judged is a connection that a process of the namespace opens to such an address, as the kernel looks for its way
(net/core/fib_rules.c: fib_rules_lookup; net/ipv4/fib_rules.c, net/ipv6/fib6_rules.c): no mark, no source address yet, no
link, no TOS. So a rule that asks for any of these is passed over, and one that asks for their absence (``not fwmark``, as
wg-quick has it) counts. What a rule asks of ports, protocols, users and the like depends on the connection: then both may be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TypeAlias

from snapshot.model.frozen import frozen
from snapshot.model.route import Route
from snapshot.model.rule import Rule

EVERYWHERE = {"inet": "0.0.0.0/0", "inet6": "::/0"}
"""Destination of a default route."""
HALVES = {"inet": ("0.0.0.0/1", "128.0.0.0/1"), "inet6": ("::/1", "8000::/1")}
"""Two routes that lead everywhere together, as VPNs add them: longer than a default route, so they win over it."""
WHOLE = (*({every} for every in EVERYWHERE.values()), *({*halves} for halves in HALVES.values()))
"""Destinations that lead everywhere, together."""
PARTS = frozenset().union(*WHOLE)
"""All of these."""
REFUSING = frozenset({"blackhole", "unreachable", "prohibit"})
"""Types of routes, and actions of policy rules, that refuse what they match (ip-route(8), ip-rule(8))."""
SAYS_NOTHING = frozenset({"flow", "flags"})
"""What a rule's ``extra`` may tell besides: its realm, and whether it jumps to none or names a link that is not there."""
STANDARD = ((0, "local"), (32766, "main"), (32767, "default"))
"""The rules a namespace begins with; a kernel without policy routing (CONFIG_IP_MULTIPLE_TABLES) has none and does the same."""

Outcome = frozenset[bool]
"""May it lead out (True), may it not (False): one of them where that is known; none while nothing has decided."""
UNDECIDED: Outcome = frozenset()
EITHER: Outcome = frozenset({True, False})


@frozen
class Ways:
    """What one side of a namespace knows of its ways out: routes to everywhere or to a half of it, and all rules.

    None: not known, for they were not read, or not cleanly.
    """

    routes: tuple[Route, ...] | None
    rules: tuple[Rule, ...] | None

    def lead_out(self, family: str) -> bool | None:
        """Is there a way to everywhere? False also where there is one to a half of it only; None: not known."""
        if self.rules is None:
            return None
        tables, rules = self._tables(family), self._rules(family)
        standard = {(rule.priority, rule.table) for rule in rules if selects_all(rule)}
        if family == "inet6" and len(standard) == len(rules) and standard < {*STANDARD[:2]}:
            # One of its own rules deleted changes nothing where none was ever added (fib6_has_custom_rules): who knows?
            return None
        found = [_outcome(half, family, rules, tables) for half in HALVES[family]]
        if all(outcome == {True} for outcome in found):
            return True
        return False if any(outcome <= {False} for outcome in found) else None

    def tables(self, family: str) -> frozenset[str]:
        """The tables in which the kernel may look for that."""
        asked = (
            r for r in self._rules(family) if any(_matches(r, half, family) is not False for half in HALVES[family])
        )
        return frozenset(rule.table for rule in asked if rule.table is not None)

    def reach(self, rule: Rule) -> bool:
        """Does a packet of whatever kind, to anywhere, come to this rule, and is a table looked up after it? Not where that
        is not known."""
        rules = self._rules(rule.family)
        before = [one for one in rules if one.priority <= rule.priority and selects_all(one) and one != rule]
        if not any(one.action == "to_tbl" and one.priority > rule.priority for one in rules):
            return False
        if any(one.action == "goto" and (one.goto or 0) > rule.priority for one in before):
            return False
        tables = self._tables(rule.family)
        return any(_outcome(half, rule.family, before, tables) == UNDECIDED for half in HALVES[rule.family])

    def with_standard_rules(self) -> Ways:
        """The same on a kernel without policy routing."""
        rules = (Rule(family=f, priority=p, action="to_tbl", table=t) for f in HALVES for p, t in STANDARD)
        return Ways(routes=self.routes, rules=tuple(rules))

    def has_rules(self, family: str) -> bool:
        """Is there any rule of that family?"""
        return bool(self._rules(family))

    def _rules(self, family: str) -> list[Rule]:
        """In the order in which they are asked."""
        return sorted((r for r in self.rules or () if r.family == family), key=lambda rule: rule.priority)

    def _tables(self, family: str) -> _Tables | None:
        if self.routes is None:
            return None
        found: dict[tuple[str, str], list[Route]] = {}
        for route in self.routes:
            if route.family == family and route.dst in PARTS:
                found.setdefault((route.table, route.dst), []).append(route)
        return found


_Tables: TypeAlias = Mapping[tuple[str, str], Sequence[Route]]
"""By table and destination."""


def selects_all(rule: Rule) -> bool:
    """Does a policy rule match every packet?"""
    asked = (rule.src, rule.dst, rule.iif, rule.oif, rule.tos, rule.fwmark, rule.ipproto, rule.sport, rule.dport)
    return not any((*asked, rule.uid_range, rule.l3mdev, rule.invert, rule.extra.keys() - SAYS_NOTHING))


def _outcome(half: str, family: str, rules: Sequence[Rule], tables: _Tables | None) -> Outcome:
    """What becomes of a packet to that half; ``rules`` in their order."""
    known = {rule.priority for rule in rules}
    found: Outcome = UNDECIDED
    start = -1
    for priority, same in groupby(rules, key=lambda rule: rule.priority):
        if priority < start:
            continue
        certain: list[Outcome] = []
        for rule in same:
            matches = _matches(rule, half, family)
            if matches is False:
                continue
            if rule.action == "goto":
                # Where another rule of its priority stands to it is not told.
                target = rule.goto if rule.goto in known else None
                if target is not None and (matches is None or target <= priority):
                    return EITHER
                start = target if target is not None else start
                continue
            decided = _decides(rule, half, family, tables)
            if matches and decided:
                certain.append(decided)
            else:
                found |= decided
        if certain:
            return found.union(*certain) if start <= priority else EITHER
    # Where no rule has a route the network is unreachable.
    return found | {False} if found else UNDECIDED


def _matches(rule: Rule, half: str, family: str) -> bool | None:
    """Does a rule match such a packet? None: that depends on more than is told here."""
    every = EVERYWHERE[family]
    fits = rule.src in (None, every) and rule.dst in (None, every, half) and rule.iif in (None, "lo")
    fits = fits and not any((rule.oif, rule.tos, rule.fwmark, rule.l3mdev))
    if fits and any((rule.ipproto, rule.sport, rule.dport, rule.uid_range, rule.extra.keys() - SAYS_NOTHING)):
        return None
    return fits != rule.invert


def _decides(rule: Rule, half: str, family: str, tables: _Tables | None) -> Outcome:
    """What a rule makes of a packet that it matches; ``UNDECIDED``: the next rule is asked."""
    if rule.action != "to_tbl":
        return frozenset({False}) if rule.action in REFUSING else UNDECIDED
    if rule.suppress_ifgroup is not None:
        return EITHER
    if tables is None:
        return UNDECIDED if rule.table == "local" else EITHER
    for length, dst in ((1, half), (0, EVERYWHERE[family])):
        found = _best(tables.get((rule.table or "", dst), ()))
        if not found:
            continue
        suppressed = rule.suppress_prefixlength is not None and length <= rule.suppress_prefixlength
        kept = [one for one in found if not suppressed or one.type in REFUSING]
        return frozenset(one.type == "unicast" for one in kept if one.type != "throw")
    return UNDECIDED


def _best(routes: Iterable[Route]) -> list[Route]:
    """Those of the best metric that the kernel would use for such a packet."""
    usable = [route for route in routes if not route.tos and route.src is None and not is_dead(route)]
    best = min((route.metric or 0 for route in usable), default=0)
    return [route for route in usable if (route.metric or 0) == best]


def is_dead(route: Route) -> bool:
    """Is the link that a route leads by down, or are those of all its next hops?"""
    hops = [hop.get("flags") for hop in route.nexthops if isinstance(hop, Mapping)]
    return "dead" in route.flags or (
        bool(hops) and all(isinstance(flags, list | tuple) and "dead" in flags for flags in hops)
    )
