"""The findings as the HTML shows them: by what became of them, each with a link to what it means."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reports.findings import seen_words
from reports.model import CheckReport, Finding, Report
from reports.safe import make_visible
from reports.words import value_text

_ID = re.compile(r"[a-z0-9-]+", re.ASCII)
CONFIDENCE = {
    "exact": "The kernel's own facts prove it.",
    "strong": "Wrong on any ordinary host.",
    "weak": "It may be meant.",
}
TITLES = {
    "new": "New: only the second snapshot has them",
    "unknown": "Unknown: one of the snapshots could not be checked for them",
    "persisting": "Persisting: both snapshots have them",
    "resolved": "Resolved: only the first snapshot had them",
    "present": "What the checks found",
}
"""What became of a finding, in the order in which it is read."""
_RANK = {"critical": 0, "warning": 1, "info": 2}
FOLD_ABOVE = 10
"""Longer lists of what is no news are folded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """One finding.

    ``check`` is its check's id, ``anchor`` where that is explained in the page, ``seen`` which snapshot has what is unknown.
    """

    id: str
    severity: str
    scope: str
    message: str
    check: str
    anchor: str | None
    seen: str | None
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The findings of one status, worst first."""

    status: str
    title: str
    findings: tuple[FindingView, ...]
    folded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a check means; ``anchor`` is None for an id of a form that no check has."""

    id: str
    anchor: str | None
    title: str
    why: str
    confidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """The section."""

    outcomes: tuple[Outcome, ...]
    meanings: tuple[Meaning, ...]


def findings_view(report: Report | CheckReport) -> Findings | None:
    """The section; None where there is no finding."""
    if not report.findings:
        return None
    by: dict[str, list[Finding]] = {status: [] for status in TITLES}
    for finding in report.findings:
        by[finding.status].append(finding)
    outcomes = []
    number = 0
    for status, found in by.items():
        views = []
        for finding in sorted(found, key=lambda finding: _RANK[finding.severity]):
            number += 1
            views.append(_finding(finding, f"f{number}"))
        if views:
            folded = len(views) > FOLD_ABOVE and status in ("persisting", "resolved")
            outcomes.append(Outcome(status=status, title=TITLES[status], findings=tuple(views), folded=folded))
    return Findings(outcomes=tuple(outcomes), meanings=_meanings(report))


def _meanings(report: Report | CheckReport) -> tuple[Meaning, ...]:
    known = {info.id: info for info in report.checks}
    views = []
    for name in dict.fromkeys(finding.check for finding in report.findings):
        info = known.get(name)
        views.append(
            Meaning(
                id=make_visible(name),
                anchor=_anchor(name),
                title=make_visible(info.title) if info is not None else make_visible(name),
                why=make_visible(info.why) if info is not None else "",
                confidence=CONFIDENCE[info.confidence] if info is not None else "",
            )
        )
    return tuple(views)


def _anchor(check: str) -> str | None:
    return f"check-{check}" if _ID.fullmatch(check) else None


def _finding(finding: Finding, number: str) -> FindingView:
    return FindingView(
        id=number,
        severity=finding.severity,
        scope=make_visible(finding.scope),
        message=make_visible(finding.message),
        check=make_visible(finding.check),
        anchor=_anchor(finding.check),
        seen=seen_words(finding),
        evidence=tuple(value_text(item) for item in finding.evidence),
    )
