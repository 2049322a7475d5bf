"""Which fields of the model each format tells: all of them, but for those that are said here not to be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from reports.model import CheckReport, Report
from tests.reports import faces, filled

DRAWN = {"Drawing", "Home", "Hub", "Branch", "Wire", "Badge", "Told"}
"""For pictures only."""
HOW = {"SnapshotIdentity.provenance", "SnapshotIdentity.provenance key"}
"""Of its columns that are known some are told."""
SUMMARISED = {
    "Report.generator",
    "SnapshotIdentity.finished_at",
    "SnapshotIdentity.note",
    *HOW,
    "Change.severity_rule",
    "CheckInfo.id",
    "CheckInfo.title",
    "CheckInfo.why",
    "Unchecked.checks",
    "Unchecked.kind",
    "Unchecked.reason",
    "Unchecked.scope",
}
UNCHECKED = {"Unchecked.checks", "Unchecked.kind", "Unchecked.reason", "Unchecked.scope"}
"""Of a comparison only test cases need it, which must not pass unseen."""
LEFT_OUT: dict[str, set[str]] = {
    "text": SUMMARISED,
    "json": UNCHECKED,
    "ndjson": UNCHECKED,
    "html": UNCHECKED | HOW | {"Change.severity_rule"},
    "markdown": SUMMARISED - {"Report.generator", "SnapshotIdentity.note", "CheckInfo.title", "CheckInfo.why"},
    "junit": {
        # Test cases are about outcomes: who was compared is told by digest and label, the rest is in the other formats.
        "SnapshotIdentity.note", "SnapshotIdentity.kernel", "SnapshotIdentity.finished_at", "SnapshotIdentity.status",
        *HOW,
        "Change.severity_rule", "Change.matched_by", "Change.before", "Change.before key", "Change.after", "Change.after key",
        "Ambiguity.reason", "Ambiguity.candidates", "PlanJudgement.digest", "Selection.rules", "Ignored.rule",
        "Ignored.source", "Ignored.reason", "CheckInfo.why", "Unchecked.checks", "SummaryRow.kind",
    },
}  # fmt: skip
CHECK_LEFT_OUT: dict[str, set[str]] = {
    "text": {
        "CheckReport.generator", "SnapshotIdentity.kernel", "SnapshotIdentity.digest", "SnapshotIdentity.status",
        "SnapshotIdentity.finished_at", "SnapshotIdentity.note", *HOW,
        "CheckInfo.title", "CheckInfo.why",
    },
    "json": set(),
    "junit": {
        "SnapshotIdentity.note", "SnapshotIdentity.kernel", "SnapshotIdentity.finished_at", "SnapshotIdentity.status",
        *HOW, "CheckInfo.why", "Unchecked.checks",
    },
    "sarif": set(),
}  # fmt: skip


class Words:
    """A word of its own for each field that is asked for, and where it went."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}
        self._numbers = count()

    def __call__(self, place: str) -> str:
        word = f"q{next(self._numbers)}q"
        self.places[word] = place
        return word

    def missing(self, output: str) -> set[str]:
        """The places of which no word is told."""
        told = {self.places[word] for word in re.findall(r"q[0-9]+q", output) if word in self.places}
        return {place for place in self.places.values() if place.partition(".")[0] not in DRAWN} - told


@pytest.mark.parametrize("face", LEFT_OUT)
def test_of_a_comparison(face: str) -> None:
    words = Words()
    report: Report = filled.report(words)
    known = tuple(
        replace(check, id=finding.check) for check, finding in zip(report.checks, report.findings, strict=True)
    )
    render: Callable[[Report], str] = faces.DIFF[face]
    gaps = tuple(replace(gap, checks=(*gap.checks, known[1].id)) for gap in report.unchecked)
    output = render(replace(report, checks=known, checks_made=known, unchecked=gaps))
    own_ids = {"Change.id", "Change.cause", "PlanRule.changes", "CheckInfo.id"}  # as the program makes them
    assert words.missing(output) - own_ids == LEFT_OUT[face] - own_ids


@pytest.mark.parametrize("face", CHECK_LEFT_OUT)
def test_of_one_snapshot(face: str) -> None:
    words = Words()
    report: CheckReport = filled.check_report(words)
    known = tuple(
        replace(check, id=finding.check) for check, finding in zip(report.checks, report.findings, strict=True)
    )
    gaps = tuple(replace(gap, checks=(*gap.checks, known[0].id)) for gap in report.unchecked)
    if face == "junit":
        report = replace(report, findings=report.findings[1:])
        words.places = {word: place for word, place in words.places.items() if word != known[0].title}
    output = faces.CHECK[face](replace(report, checks=known, unchecked=gaps))
    assert words.missing(output) - {"CheckInfo.id"} == CHECK_LEFT_OUT[face] - {"CheckInfo.id"}
