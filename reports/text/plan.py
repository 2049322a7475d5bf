"""The plan in a terminal: each rule with what became of it, failures first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reports.forest import unplanned
from reports.model import Change, PlanRule, Report
from reports.planned import Outcome, counted_words, outcomes
from reports.safe import make_visible
from reports.text.paint import Paint, flow
from reports.words import ACTION_WORDS, SIGNS, kind_word, own_scope

MOST_OF_A_RULE = 5
MOST_CHANGES = 20
_STYLES = {True: "added", False: "critical", None: "unknown"}


def plan_block(report: Report, paint: Paint, width: int) -> list[str]:
    """The lines about the plan; none without one."""
    plan = report.plan
    if plan is None:
        return []
    lines = [f"{paint('Plan', 'strong')}: {make_visible(plan.name)} (sha256 {make_visible(plan.digest[:12])})"]
    by_id = {change.id: change for change in report.changes}
    found = outcomes(plan)
    for outcome in found:
        if outcome.good is not True:
            lines += _outcome(outcome, by_id, paint, width)
    others = unplanned(report)
    if others:
        lines.append(f"  {paint('Happened and is not in the plan', _STYLES[False])}")
        lines += _listed(others, MOST_CHANGES, paint)
    for outcome in found:
        if outcome.good is True:
            lines += _outcome(outcome, by_id, paint, width)
    return lines


def _outcome(outcome: Outcome, by_id: Mapping[str, Change], paint: Paint, width: int) -> list[str]:
    lines = [f"  {paint(outcome.title, _STYLES[outcome.good])}"]
    for rule in outcome.rules:
        words = [f"line {rule.line}:", *make_visible(rule.text).split(" "), f"({counted_words(rule)})"]
        lines += flow(words, width=width, indent="    ", separator=" ")
        if outcome.good is not True:
            lines += _reasons(rule, by_id, paint, width)
    return lines


def _reasons(rule: PlanRule, by_id: Mapping[str, Change], paint: Paint, width: int) -> list[str]:
    lines: list[str] = []
    if rule.detail is not None:
        lines += flow(make_visible(rule.detail).split(" "), width=width, indent="      ", separator=" ")
    if rule.why is not None:
        lines += flow(["why:", *make_visible(rule.why).split(" ")], width=width, indent="      ", separator=" ")
    changes = [by_id[change] for change in rule.changes if change in by_id]
    return lines + _listed(changes, MOST_OF_A_RULE, paint, indent="      ")


def _listed(changes: Sequence[Change], most: int, paint: Paint, indent: str = "    ") -> list[str]:
    lines = []
    for change in changes[:most]:
        where = "" if own_scope(change) else f" in {make_visible(change.scope)}"
        severity = "" if change.severity == "info" else f"  [{change.severity}]"
        name = f"{kind_word(change.kind)} {make_visible(change.name)}"
        sign = paint(SIGNS[change.action], change.action)
        lines.append(f"{indent}{sign} {name} {ACTION_WORDS[change.action]}{where}{severity}")
    more = len(changes) - most
    return lines + ([f"{indent}and {more:,} more"] if more > 0 else [])
