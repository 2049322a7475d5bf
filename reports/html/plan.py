"""The plan's section in the HTML report, as values: every text visible, every link checked."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from reports.forest import unplanned
from reports.html.view import anchor
from reports.model import Change, PlanRule, Report
from reports.planned import counted_words, outcomes
from reports.safe import make_visible
from reports.words import ACTION_WORDS, kind_word, own_scope

MOST_LINKS = 8
MOST_CHANGES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """One rule; ``id`` is its anchor. ``links`` are ids of changes that are in the page, ``more`` how many are not linked."""

    id: str
    line: int
    text: str
    counted: str
    why: str | None
    detail: str | None
    links: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeView:
    """The rules that came out alike; ``mark`` is "failed", "unknown" or "met"."""

    title: str
    mark: str
    rules: tuple[RuleView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnplannedView:
    """A change that is not in the plan."""

    id: str | None
    kind: str
    name: str
    word: str
    scope: str | None
    severity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """The section. ``more`` counts the unplanned changes that are not listed."""

    name: str
    digest: str
    outcomes: tuple[OutcomeView, ...]
    unplanned: tuple[UnplannedView, ...]
    more: int


def plan_view(report: Report, there: frozenset[str]) -> PlanView | None:
    """The plan's section; None without a plan. ``there`` are the ids of the changes that have a row of their own."""
    if report.plan is None:
        return None
    numbers = count(1)
    others = unplanned(report)
    return PlanView(
        name=make_visible(report.plan.name),
        digest=make_visible(report.plan.digest),
        outcomes=tuple(
            OutcomeView(
                title=found.title,
                mark="unknown" if found.good is None else "met" if found.good else "failed",
                rules=tuple(_rule(rule, f"p{next(numbers)}", there) for rule in found.rules),
            )
            for found in outcomes(report.plan)
        ),
        unplanned=tuple(_unplanned(change, there) for change in others[:MOST_CHANGES]),
        more=max(0, len(others) - MOST_CHANGES),
    )


def _rule(rule: PlanRule, number: str, there: frozenset[str]) -> RuleView:
    links = [change for change in rule.changes if change in there and anchor(change) is not None]
    return RuleView(
        id=number,
        line=rule.line,
        text=make_visible(rule.text),
        counted=counted_words(rule),
        why=None if rule.why is None else make_visible(rule.why),
        detail=None if rule.detail is None else make_visible(rule.detail),
        links=tuple(links[:MOST_LINKS]),
        more=len(rule.changes) - len(links[:MOST_LINKS]),
    )


def _unplanned(change: Change, there: frozenset[str]) -> UnplannedView:
    return UnplannedView(
        id=anchor(change.id) if change.id in there else None,
        kind=kind_word(change.kind),
        name=make_visible(change.name),
        word=ACTION_WORDS[change.action],
        scope=None if own_scope(change) else make_visible(change.scope),
        severity=change.severity,
    )
