"""Judging rules about checks: ``forbid:`` no new finding, ``must:`` no finding of them in the later snapshot."""

from __future__ import annotations

from collections.abc import Sequence

from analyze.checks.registry import CHECKS
from analyze.plan.globs import Glob
from analyze.plan.rules import Rule
from analyze.plan.unseen import place_of
from analyze.plan.words import outcome
from reports.model import CoverageGap, Finding, PlanRule, RuleStatus

CHECK_IDS = tuple(check.id for check in CHECKS)
NAMED = 3
"""So many findings are told; more are counted."""


def judge_findings(rule: Rule, findings: Sequence[Finding], gaps: Sequence[CoverageGap]) -> PlanRule:
    """Judge one rule that speaks of checks. A check that could not be made anywhere it looks is unknown, not met."""
    spoken = [finding for finding in findings if _speaks_of(rule, finding)]
    bad = [f for f in spoken if f.status == "new" or (rule.section == "must" and f.status in ("persisting", "present"))]
    status: RuleStatus = "met"
    if bad:
        status = "violated" if rule.section == "forbid" else "unmet"
    elif any(finding.status == "unknown" for finding in spoken) or any(_blinds(rule, gap) for gap in gaps):
        status = "unknown"
    told = [f"{finding.check} in {finding.scope}: {finding.message}" for finding in bad[:NAMED]]
    more = f" and {len(bad) - NAMED:,} more" if len(bad) > NAMED else ""
    return outcome(
        rule,
        status,
        seen=len(bad),
        detail=f"{'; '.join(told)}{more}" if told else None,
    )


def _speaks_of(rule: Rule, finding: Finding) -> bool:
    severe = not rule.selector.severities or finding.severity in rule.selector.severities
    return severe and _any(rule.selector.checks, finding.check) and rule.selector.in_scope(finding.scope)


def _blinds(rule: Rule, gap: CoverageGap) -> bool:
    """Does a gap keep one of the rule's checks from seeing something?"""
    if rule.section == "must" and gap.snapshot != "after":
        return False
    place = place_of(gap)
    if place is not None and not rule.selector.in_scope(place):
        return False
    return any(_any(rule.selector.checks, check.id) and gap.kind in check.needs for check in CHECKS)


def _any(patterns: Sequence[Glob], text: str) -> bool:
    return any(pattern.matches(text) for pattern in patterns)
