"""The findings as the HTML shows them: by check, each with what it means."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reports.model import Finding, Report
from reports.safe import make_visible
from reports.words import value_text

_ID = re.compile(r"[a-z0-9-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """One finding."""

    status: str
    severity: str
    scope: str
    message: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """One check's findings. ``anchor`` is None for an id of a form that no check has; ``confidence`` says how sure it is."""

    id: str
    anchor: str | None
    title: str
    why: str
    confidence: str
    findings: tuple[FindingView, ...]
    counts: tuple[tuple[str, int], ...]


CONFIDENCE = {
    "exact": "The kernel's own facts prove it.",
    "strong": "Wrong on any ordinary host.",
    "weak": "It may be meant.",
}
STATUSES = ("new", "unknown", "persisting", "resolved", "present")


def checks(report: Report) -> tuple[CheckView, ...]:
    """The checks that found something, in the order of the worst finding of each."""
    by: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by.setdefault(finding.check, []).append(finding)
    known = {info.id: info for info in report.checks}
    views = []
    for name, found in by.items():
        info = known.get(name)
        ordered = sorted(found, key=lambda finding: STATUSES.index(finding.status))
        statuses = [finding.status for finding in ordered]
        views.append(
            CheckView(
                id=make_visible(name),
                anchor=f"check-{name}" if _ID.fullmatch(name) else None,
                title=make_visible(info.title) if info is not None else make_visible(name),
                why=make_visible(info.why) if info is not None else "",
                confidence=CONFIDENCE[info.confidence] if info is not None else "",
                findings=tuple(map(_finding, ordered)),
                counts=tuple((status, statuses.count(status)) for status in STATUSES if status in statuses),
            )
        )
    return tuple(views)


def _finding(finding: Finding) -> FindingView:
    return FindingView(
        status=finding.status,
        severity=finding.severity,
        scope=make_visible(finding.scope),
        message=make_visible(finding.message),
        evidence=tuple(value_text(item) for item in finding.evidence),
    )
