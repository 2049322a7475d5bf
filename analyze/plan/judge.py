"""Holding what happened against a plan: which changes it expects, and which of its rules are met.

Every rule is judged by itself and the order of rules does not matter. docs/plan.md says what each outcome means.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace

from analyze.plan.finding_rules import judge_findings
from analyze.plan.rules import Plan, Rule
from analyze.plan.state import State
from analyze.plan.state_rules import judge_state
from analyze.plan.unseen import hidden
from analyze.plan.words import hint, outcome
from reports.model import Change, CoverageGap, Finding, PlanJudgement, PlanRule, RuleStatus, Verdict
from snapshot.model.frozen import frozen

REMEMBERED = 2000
"""Places (a kind, an action, a scope) for which it is remembered what rules fit."""


@frozen
class Judged:
    """The changes, each marked expected or not, and what became of the plan."""

    changes: tuple[Change, ...]
    plan: PlanJudgement


def judge(
    plan: Plan,
    changes: Sequence[Change],
    gaps: Sequence[CoverageGap],
    state: State,
    findings: Sequence[Finding] = (),
) -> Judged:
    """Judge changes (in the report's order: every cause before what it explains) by a plan."""
    found = _match(plan, changes)
    too_many = {id(rule) for rule in plan.of("expect") if rule.count.too_many(len(found.alone[id(rule)]))}
    marked = _mark(changes, found, too_many)
    unknown = [change for change in changes if change.action == "unknown"]
    unexpected: dict[str, list[Change]] = defaultdict(list)
    for change in marked:
        if change.expected is False:
            unexpected[change.kind].append(change)
    rules = []
    for rule in plan.rules:
        match rule.section:
            case "forbid" | "must" if rule.selector.checks:
                rules.append(judge_findings(rule, findings, gaps))
            case "expect":
                rules.append(_expected(rule, found, unexpected, gaps, unknown))
            case "forbid":
                rules.append(_forbidden(rule, found, gaps, unknown))
            case "must":
                rules.append(judge_state(rule, state, gaps))
    return Judged(changes=marked, plan=PlanJudgement(name=plan.name, digest=plan.digest, rules=tuple(rules)))


def verdict(judged: Judged, gaps: Sequence[CoverageGap]) -> Verdict:
    """The verdict of a report with a plan: *different* from what was planned, *incomplete*, *expected*, or *same*."""
    statuses = {rule.status for rule in judged.plan.rules}
    if statuses & {"unmet", "violated"} or any(change.expected is False for change in judged.changes):
        return "different"
    if gaps or "unknown" in statuses or any(change.action == "unknown" for change in judged.changes):
        return "incomplete"
    return "expected" if judged.changes else "same"


def count_alone(plan: Plan, changes: Sequence[Change]) -> tuple[int, ...]:
    """How many changes each rule of ``expect:`` counts, in the plan's order."""
    found = _match(plan, changes)
    return tuple(len(found.alone[id(rule)]) for rule in plan.of("expect"))


@frozen(kw_only=False)
class _Found:
    """Which changes each rule speaks of (by the rule's ``id()``), and which rules speak of each change.

    alone   of ``expect``: changes that no expected change explains; they are what is counted
    under   of ``expect``: changes that hang under an expected one, expected anyway; they only fill up a count
    """

    alone: dict[int, list[Change]] = field(default_factory=lambda: defaultdict(list))
    under: dict[int, list[Change]] = field(default_factory=lambda: defaultdict(list))
    expected_by: dict[str, list[Rule]] = field(default_factory=dict)
    forbidden_by: dict[str, list[Rule]] = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)


def _match(plan: Plan, changes: Sequence[Change]) -> _Found:
    found = _Found()
    expects = _Index(plan.of("expect"))
    forbids = _Index(rule for rule in plan.of("forbid") if not rule.selector.checks)
    covered: dict[str, bool] = {}
    for place, change in enumerate(changes):
        found.order[change.id] = place
        under = change.cause is not None and covered.get(change.cause, False)
        wanted = [rule for rule in expects.about(change) if rule.selector.selects_there(change)]
        banned = [rule for rule in forbids.about(change) if _forbids(rule, change)]
        covered[change.id] = under or bool(wanted)
        found.expected_by[change.id], found.forbidden_by[change.id] = wanted, banned
        for rule in wanted:
            (found.under if under else found.alone)[id(rule)].append(change)
        for rule in banned:
            found.alone[id(rule)].append(change)
    return found


def _forbids(rule: Rule, change: Change) -> bool:
    return change.action != "unknown" and rule.selector.selects_there(change)


def _mark(changes: Iterable[Change], found: _Found, too_many: set[int]) -> tuple[Change, ...]:
    """Forbidden: not expected. Matched by a rule that does not count too many: expected. Else as its cause is."""
    verdicts: dict[str, bool | None] = {}
    for change in changes:
        rules = found.expected_by[change.id]
        if change.action == "unknown":
            verdicts[change.id] = None
        elif found.forbidden_by[change.id]:
            verdicts[change.id] = False
        elif rules:
            verdicts[change.id] = any(id(rule) not in too_many for rule in rules)
        else:
            verdicts[change.id] = verdicts.get(change.cause) is True if change.cause is not None else False
    return tuple(replace(change, expected=verdicts[change.id]) for change in changes)


def _expected(
    rule: Rule,
    found: _Found,
    unexpected: Mapping[str, Sequence[Change]],
    gaps: Sequence[CoverageGap],
    unknown: Sequence[Change],
) -> PlanRule:
    alone, under = found.alone[id(rule)], found.under[id(rule)]
    status: RuleStatus = "met"
    detail = None
    if rule.count.too_many(len(alone)):
        status = "violated"
    elif not rule.count.enough(len(alone) + len(under)):
        status = "unknown" if hidden(rule.selector, gaps, unknown) else "unmet"
        detail = hint(rule, unexpected)
    return outcome(
        rule,
        status,
        seen=len(alone) + len(under),
        changes=tuple(change.id for change in sorted((*alone, *under), key=lambda change: found.order[change.id])),
        detail=detail,
    )


def _forbidden(rule: Rule, found: _Found, gaps: Sequence[CoverageGap], unknown: Sequence[Change]) -> PlanRule:
    happened = found.alone[id(rule)]
    status: RuleStatus = "met"
    if happened:
        status = "violated"
    elif hidden(rule.selector, gaps, unknown):
        status = "unknown"
    return outcome(
        rule,
        status,
        seen=len(happened),
        changes=tuple(change.id for change in happened),
    )


class _Index:
    """Rules by what they may speak of, so that many rules and many changes do not multiply."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._named: dict[tuple[str, str], list[Rule]] = defaultdict(list)
        self._others: list[Rule] = []
        self._found: dict[tuple[str, str, str], tuple[Rule, ...]] = {}
        for rule in rules:
            names = [pattern.literal for pattern in rule.selector.names]
            if rule.selector.kinds and names and None not in names:
                for kind in dict.fromkeys(rule.selector.kinds):
                    for name in dict.fromkeys(names):
                        self._named[kind, str(name)].append(rule)
            else:
                self._others.append(rule)

    def about(self, change: Change) -> Iterable[Rule]:
        """The rules that may speak of a change: those of its name, and those whose kind, action and scope fit."""
        spot = (change.kind, change.action, change.scope)
        named = self._named.get((change.kind, change.name), ())
        yield from (rule for rule in named if rule.selector.may_select(*spot))
        if spot not in self._found:
            if len(self._found) >= REMEMBERED:
                self._found.clear()
            self._found[spot] = tuple(rule for rule in self._others if rule.selector.may_select(*spot))
        yield from self._found[spot]
