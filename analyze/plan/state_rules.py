"""Judging ``must:``: is what has to be there after the change there, as often as it has to be?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from analyze.plan.rules import Rule
from analyze.plan.state import State
from analyze.plan.unseen import could_hide, place_of
from analyze.plan.words import outcome
from reports.model import CoverageGap, PlanRule, RuleStatus

NAMED = 5
"""So many scopes are named in which a rule fails; more are counted."""


def judge_state(rule: Rule, state: State, gaps: Sequence[CoverageGap]) -> PlanRule:
    """Judge one rule of ``must:`` by the later snapshot; what that did not see is unknown, not missing."""
    counts = _counts(rule, state)
    after = [gap for gap in gaps if gap.snapshot == "after"]
    if rule.each_scope:
        status, detail = _each(rule, state, counts, after)
    else:
        unseen = any(could_hide(rule.selector, gap) for gap in after)
        status, detail = _status(rule, sum(counts.values()), unseen=unseen), None
    return outcome(
        rule,
        status,
        seen=sum(counts.values()),
        detail=detail,
    )


def _counts(rule: Rule, state: State) -> Counter[str]:
    """How many there are in each scope."""
    selector = rule.selector
    scopes = rule.each_scope or selector.scopes
    counts: Counter[str] = Counter()
    for kind in dict.fromkeys(selector.kinds):
        for thing in state.things(kind):
            placed = not scopes or any(pattern.matches(thing.scope) for pattern in scopes)
            if placed and selector.named(thing.name) and selector.has(thing.facts):
                counts[thing.scope] += 1
    return counts


def _status(rule: Rule, number: int, *, unseen: bool) -> RuleStatus:
    """More than was seen may be there: too many stays too many, and enough stays enough where there is no limit."""
    if rule.count.too_many(number):
        return "unmet"
    if unseen and (rule.count.at_most is not None or not rule.count.enough(number)):
        return "unknown"
    return "met" if rule.count.enough(number) else "unmet"


def _each(rule: Rule, state: State, counts: Counter[str], gaps: Sequence[CoverageGap]) -> tuple[RuleStatus, str | None]:
    scopes = [scope for scope in state.scopes if any(pattern.matches(scope) for pattern in rule.each_scope)]
    by_scope = {
        scope: _status(rule, counts[scope], unseen=any(_in_gap(rule, gap, scope) for gap in gaps)) for scope in scopes
    }
    unfound = any(gap.kind == "namespace" and could_hide(rule.selector, gap, rule.each_scope) for gap in gaps)
    if not scopes:
        return ("unknown" if unfound else "unmet"), "no namespace of such a scope is there"
    failed = [scope for scope, status in by_scope.items() if status == "unmet"]
    if failed:
        return "unmet", _named("not in", failed, counts)
    unknown = [scope for scope, status in by_scope.items() if status == "unknown"]
    if unknown:
        return "unknown", _named("not seen in", unknown, counts)
    return ("unknown" if unfound else "met"), f"in {len(scopes):,} of {len(scopes):,}"


def _in_gap(rule: Rule, gap: CoverageGap, scope: str) -> bool:
    return gap.kind != "namespace" and could_hide(rule.selector, gap) and place_of(gap) in (scope, None)


def _named(word: str, scopes: Sequence[str], counts: Counter[str]) -> str:
    told = [f"{scope} ({counts[scope]:,})" if counts[scope] else scope for scope in scopes[:NAMED]]
    more = len(scopes) - len(told)
    return f"{word} {', '.join(told)}{f' and {more:,} more' if more else ''}"
