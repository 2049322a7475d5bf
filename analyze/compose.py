"""The one place that makes a report: of a loaded pair, or of the findings on one snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from analyze.checks.findings import compared, findings_of, infos
from analyze.checks.host import Host
from analyze.checks.run import Judged
from analyze.diff.draft import Draft
from analyze.diff.engine import KIND_ORDER, explain
from analyze.diff.ignoring import Ignores
from analyze.diff.sides import Sides
from analyze.drawing.changed import draw_changes
from analyze.filters.filters import Filters
from analyze.filters.selected import selected
from analyze.identity import identity
from analyze.plan.judge import judge, verdict
from analyze.plan.rules import Plan
from analyze.plan.state import State
from analyze.seen import coverage_gaps, sight_of
from analyze.topology import resolve
from reports.model import Change, CheckReport, CoverageGap, Report, SummaryRow, Verdict
from snapshot.model.kinds import Fact
from snapshot.store.loaded import Loaded, Place

ALWAYS_COUNTED = ("veth", "pod", "route", "address")
"""The numbers that every report tells, zero or not."""


def compose(
    sides: Sides,
    generator: str,
    *,
    filters: Filters | None = None,
    plan: Plan | None = None,
    state: Mapping[Place, tuple[Fact, ...]] | None = None,
    pictured: bool = True,
    checked: Callable[[], tuple[Judged, Judged]] | None = None,
) -> Report:
    """The report of two snapshots. ``generator`` names the program and its version; ``checked`` gives what the checks say of
    either, where somebody else makes them.

    ``filters`` say what is left out and what is shown; without them the default rules do. With a ``plan`` what is not left
    out is judged by that; ``state`` has the later snapshot's rows that the plan asks for. Only some
    formats draw: ``pictured`` says whether there is to be a ``drawing``.
    """
    filters = filters or Filters()
    pair = sides.pair
    explained = explain(sides, Ignores(default=filters.default, own=filters.ignore))
    ids = {id(draft): f"c{number}" for number, draft in enumerate(explained.drafts, start=1)}
    changes = tuple(_change(draft, ids) for draft in explained.drafts)
    gaps = (
        *coverage_gaps(pair.before, pair.after, sides.before.scopes, "before"),
        *coverage_gaps(pair.after, pair.before, sides.after.scopes, "after"),
    )
    drawing = draw_changes(sides, explained.drafts, ids) if pictured else None
    findings, unchecked = compared(sides, checked() if checked is not None else None)
    report = Report(
        generator=generator,
        before=identity(pair.before),
        after=identity(pair.after),
        verdict=_verdict(changes, gaps),
        summary=_summary(changes),
        changes=changes,
        findings=findings,
        coverage=gaps,
        ignored=explained.ignored,
        checks=infos(finding.check for finding in findings),
        drawing=drawing,
        checks_made=infos(),
        unchecked=unchecked,
    )
    judged = None
    if plan is not None:
        judged = judge(plan, changes, gaps, State(topology=sides.after, rows=state or {}), findings)
        report = replace(report, verdict=verdict(judged, gaps), changes=judged.changes, plan=judged.plan)
    if not filters.select:
        return report
    report = selected(report, filters.select, _summary)
    chosen = tuple(change for change in report.changes if change.selected)
    told = _verdict(chosen, gaps) if judged is None else verdict(replace(judged, changes=chosen), gaps)
    return replace(report, verdict=told)


def compose_check(snapshot: Loaded, generator: str) -> CheckReport:
    """The findings on one snapshot."""
    findings, unchecked = findings_of(Host(resolve(snapshot), sight_of(snapshot)))
    return CheckReport(
        generator=generator,
        snapshot=identity(snapshot),
        findings=findings,
        unchecked=unchecked,
        checks=infos(),
    )


def _change(draft: Draft, ids: dict[int, str]) -> Change:
    return Change(
        id=ids[id(draft)],
        kind=draft.kind,
        action=draft.action,
        scope=draft.scope,
        name=draft.name,
        before=draft.before,
        after=draft.after,
        fields=draft.fields,
        severity=draft.severity,
        severity_rule=draft.severity_rule,
        cause=ids[id(draft.cause)] if draft.cause is not None else None,
        matched_by=draft.matched_by,
        confidence=draft.confidence,
        ambiguous=draft.ambiguous,
    )


def _verdict(changes: tuple[Change, ...], gaps: tuple[CoverageGap, ...]) -> Verdict:
    if any(change.action != "unknown" for change in changes):
        return "different"
    return "incomplete" if changes or gaps else "same"


def _summary(changes: tuple[Change, ...]) -> tuple[SummaryRow, ...]:
    counts = Counter((change.kind, change.action) for change in changes)
    kinds = {kind for kind, _ in counts}
    ordered = [*ALWAYS_COUNTED, *(kind for kind in KIND_ORDER if kind in kinds and kind not in ALWAYS_COUNTED)]
    return tuple(
        SummaryRow(
            kind=kind,
            added=counts[kind, "added"],
            removed=counts[kind, "removed"],
            changed=counts[kind, "changed"],
            recreated=counts[kind, "recreated"],
            unknown=counts[kind, "unknown"],
        )
        for kind in ordered
    )
