"""The report: what a diff says. The JSON output is this, and every other format is drawn from it.

Fields may be added, never changed or removed: others read them. ``docs/report-json.md`` explains each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from reports.drawing import Drawing
from snapshot.model.frozen import frozen

Json: TypeAlias = "None | bool | int | float | str | tuple[Json, ...] | list[Json] | Mapping[str, Json]"
Facts: TypeAlias = Mapping[str, Json]

Action = Literal["added", "removed", "changed", "recreated", "unknown"]
Severity = Literal["info", "warning", "critical"]
Verdict = Literal["same", "expected", "different", "incomplete"]
Confidence = Literal["exact", "strong", "weak"]
FindingStatus = Literal["new", "resolved", "persisting", "unknown", "present"]
RuleStatus = Literal["met", "unmet", "violated", "unknown"]

FORMAT = "netlapse/report"
CHECK_FORMAT = "netlapse/check"
VERSION = 1


@frozen
class SnapshotIdentity:
    """Which snapshot: ``id`` its number in the file, ``host`` the hostname, times RFC 3339 UTC, ``digest`` hex.

    ``redacted_with`` is the id of the key that names and addresses were replaced by, None for what is as it was captured;
    ``provenance`` how it came to be, by the columns of the file (docs/snapshot-format.md), empty where it was not read.
    """

    id: int
    label: str | None
    note: str | None
    host: str
    started_at: str
    finished_at: str
    kernel: str
    digest: str
    status: str
    redacted_with: str | None = None
    provenance: Mapping[str, Json] = field(default_factory=dict)


@frozen
class SummaryRow:
    """How many of one kind, top-level and hanging ones together."""

    kind: str
    added: int = 0
    removed: int = 0
    changed: int = 0
    recreated: int = 0
    unknown: int = 0


@frozen
class FieldChange:
    """One attribute, before and after. ``None`` is "has none"."""

    name: str
    before: Json
    after: Json


@frozen
class Ambiguity:
    """What a thing that is on one side only could be on the other: several fit as well as each other, so none was taken.

    ``reason`` is what speaks for each of them; ``candidates`` names some of the ``count`` that there are, as ``--map`` takes
    them; ``rivals`` is how many others of its own side fit these as well.
    """

    reason: str
    candidates: tuple[str, ...]
    count: int
    rivals: int


@frozen
class Change:
    """One thing that happened. ``cause`` is the id of the change that explains it, None when it stands by itself.

    ``severity_rule`` names the rule of docs/severity.md by which it was judged; None where none applies, which is info.
    ``before`` is None for what was added, ``after`` for what was removed. Ids are "c1", "c2", ... in the report's
    order: every cause comes before what it explains. ``selected`` is False for what is there only as the cause of something
    selected, None where nothing was selected (``Report.selection``).
    """

    id: str
    kind: str
    action: Action
    scope: str
    name: str
    before: Facts | None
    after: Facts | None
    fields: tuple[FieldChange, ...] = ()
    severity: Severity = "info"
    severity_rule: str | None = None
    cause: str | None = None
    matched_by: str | None = None
    confidence: Confidence | None = None
    expected: bool | None = None
    ambiguous: Ambiguity | None = None
    selected: bool | None = None


@frozen
class Finding:
    """What a check says of the host.

    Of two snapshots: ``status`` "new" (only the second has it), "resolved" (only the first), "persisting" (both), "unknown"
    (one of them could not be checked for it; ``seen_in`` is the other, which has it). Of one snapshot it is "present".
    ``confidence``: "exact" where the kernel's own facts prove it, "strong" where it is wrong on any ordinary host, "weak" where
    it may be meant.
    """

    check: str
    severity: Severity
    scope: str
    message: str
    status: FindingStatus
    evidence: tuple[Json, ...] = ()
    confidence: Confidence | None = None
    seen_in: Literal["before", "after"] | None = None


@frozen
class CheckInfo:
    """A check that was made: its id, what is wrong where it finds something, and why that hurts."""

    id: str
    title: str
    why: str
    severity: Severity
    confidence: Confidence


@frozen
class Unchecked:
    """What could not be checked: a kind not read whole in a scope (None: on the whole host), and the checks that need it."""

    scope: str | None
    kind: str
    reason: str
    checks: tuple[str, ...]


@frozen
class CoverageGap:
    """What one side did not see."""

    snapshot: Literal["before", "after"]
    scope: str
    kind: str
    status: Literal["torn", "failed", "skipped"]
    error: str | None


@frozen
class Ignored:
    """How many changes a rule kept out of the report.

    source    where the rule comes from: "default" (docs/diff.md), "--ignore", or the name of a configuration file
    critical  how many of them are critical, which only a person's own rule leaves out
    reason    what its author says of it
    """

    rule: str
    count: int
    source: str = "default"
    critical: int = 0
    reason: str | None = None


@frozen
class Selection:
    """By which rules (docs/filters.md) some changes are shown, how many those are, and how many are not."""

    rules: tuple[str, ...]
    selected: int
    left_out: int


@frozen
class PlanRule:
    """What became of one rule of a plan.

    section  "expect" (a change that was to happen), "forbid" (one that was not), "must" (what has to be there afterwards)
    line     where it stands in the plan file
    text     what it speaks of, and ``wanted`` how many of it, in words; ``why`` what its author says
    status   met; unmet (did not happen, is not there); violated (happened though forbidden, or too often); unknown (what
             the snapshots saw does not tell)
    seen     how many there are; ``changes`` the ids of those that are changes
    detail   what helps to find out why, in words
    """

    section: Literal["expect", "forbid", "must"]
    line: int
    text: str
    why: str | None
    wanted: str
    status: RuleStatus
    seen: int
    changes: tuple[str, ...] = ()
    detail: str | None = None


@frozen
class PlanJudgement:
    """The plan that a report was judged by: its title (or its file's name), the SHA-256 of its file, and its rules."""

    name: str
    digest: str
    rules: tuple[PlanRule, ...]


@frozen
class Report:
    """A whole diff. ``changes`` is a forest in pre-order by ``cause``."""

    format: str = FORMAT
    version: int = VERSION
    generator: str
    before: SnapshotIdentity
    after: SnapshotIdentity
    verdict: Verdict
    summary: tuple[SummaryRow, ...] = ()
    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()
    coverage: tuple[CoverageGap, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    selection: Selection | None = None
    checks: tuple[CheckInfo, ...] = ()
    """The checks that found something, by id."""
    plan: PlanJudgement | None = None
    drawing: Drawing | None = None
    """Where the changes happened, for pictures. Not part of the JSON."""
    checks_made: tuple[CheckInfo, ...] = ()
    """All checks that were made, by id, for those who list what holds. Not part of the JSON."""
    unchecked: tuple[Unchecked, ...] = ()
    """What could not be checked in the second snapshot. Not part of the JSON."""


@frozen
class CheckReport:
    """The findings on one snapshot: what ``netlapse check`` says. ``checks`` are all that were made, by id."""

    format: str = CHECK_FORMAT
    version: int = VERSION
    generator: str
    snapshot: SnapshotIdentity
    findings: tuple[Finding, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    checks: tuple[CheckInfo, ...] = ()
