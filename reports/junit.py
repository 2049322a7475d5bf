"""JUnit XML, as Jenkins, GitLab and their like read it: a test case for each rule of a plan, kind of thing, and check.

A failure is what the exit code counts; ``skipped`` is what the snapshots did not see enough of to tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import get_args

from reports.findings import seen_words
from reports.model import (
    Change,
    CheckInfo,
    CheckReport,
    CoverageGap,
    Finding,
    PlanRule,
    Report,
    Severity,
    SnapshotIdentity,
    Unchecked,
)
from reports.planned import counted_words
from reports.safe import make_visible as see
from reports.words import ACTION_WORDS, SIGNS, action_word, counted, kind_word, own_scope, value_text
from reports.xml import Element, document
from snapshot.model.plural import plural

LEVELS: tuple[Severity, ...] = get_args(Severity)
TOLD = 5
"""So many reasons for skipping are told in its message."""
_OUTCOMES = {
    "unmet": {"expect": "planned and did not happen", "must": "must hold and does not"},
    "violated": {"expect": "happened more often than planned", "forbid": "forbidden and happened"},
}


def render(report: Report, *, fail_on: Severity = "info") -> str:
    """A comparison. Changes less severe than ``fail_on`` fail nothing, as with the exit code."""
    counting = [change for change in report.changes if _counts(change, fail_on)]
    suites = [_changes(report, counting) if report.plan is None else _plan(report, fail_on)]
    suites += [_suite("checks", map(_compared, *_by_check(report)), report.after)] if report.checks_made else []
    suites.append(_suite("coverage", [_coverage(report)], report.after))
    return _document("netlapse diff", suites, report.generator, before=report.before, after=report.after)


def render_check(report: CheckReport) -> str:
    """The findings on one snapshot: a test case for each check."""
    cases = [
        _case(
            "checks",
            see(info.id),
            _failure(see(info.title), info.severity, map(_finding, found)) if found else _unseen(gaps),
        )
        for info, found, gaps in zip(*_by_check(report), strict=True)
    ]
    return _document(
        "netlapse check", [_suite("checks", cases, report.snapshot)], report.generator, snapshot=report.snapshot
    )


def _document(name: str, suites: Sequence[Element], generator: str, **snapshots: SnapshotIdentity) -> str:
    told = {"generator": see(generator)}
    for side, snapshot in snapshots.items():
        told[f"{side}.digest"] = see(snapshot.digest)
        told[f"{side}.started_at"] = see(snapshot.started_at)
        told |= {f"{side}.label": see(snapshot.label)} if snapshot.label is not None else {}
        if snapshot.redacted_with is not None:
            told[f"{side}.redacted_with"] = see(snapshot.redacted_with)
    properties = Element(
        name="properties",
        children=[Element(name="property", attributes={"name": key, "value": value}) for key, value in told.items()],
    )
    first, *rest = suites
    first = Element(name=first.name, attributes=first.attributes, children=(properties, *first.children))
    sums = {key: str(sum(int(suite.attributes[key]) for suite in suites)) for key in ("tests", "failures", "errors")}
    return document(Element(name="testsuites", attributes={"name": name, **sums}, children=(first, *rest)))


def _suite(name: str, cases: Iterable[Element], snapshot: SnapshotIdentity) -> Element:
    children = list(cases)
    outcomes = Counter(child.name for case in children for child in case.children)
    return Element(
        name="testsuite",
        attributes={
            "name": name,
            "tests": str(len(children)),
            "failures": str(outcomes["failure"]),
            "errors": "0",
            "skipped": str(outcomes["skipped"]),
            "timestamp": see(snapshot.started_at),
            "hostname": see(snapshot.host),
        },
        children=children,
    )


def _case(suite: str, name: str, *outcome: Element | None) -> Element:
    told = [element for element in outcome if element is not None]
    return Element(name="testcase", attributes={"classname": f"netlapse.{suite}", "name": name}, children=told)


def _failure(message: str, kind: str, lines: Iterable[str]) -> Element:
    return Element(name="failure", attributes={"message": message, "type": kind}, text=tuple(lines))


def _skipped(message: str, lines: Sequence[str] = ()) -> Element:
    """Readers show the message alone, so that the first reasons are told in it."""
    more = [f"and {len(lines) - TOLD:,} more"] if len(lines) > TOLD else []
    return Element(
        name="skipped", attributes={"message": "; ".join([message, *lines[:TOLD], *more])}, text=lines if more else ()
    )


# --- changes, where no plan judges them ---


def _counts(change: Change, fail_on: Severity) -> bool:
    if change.selected is False or change.action == "unknown" or change.expected is True:
        return False
    return LEVELS.index(change.severity) >= LEVELS.index(fail_on)


def _changes(report: Report, counting: Sequence[Change]) -> Element:
    by_kind: dict[str, list[Change]] = {row.kind: [] for row in report.summary}
    for change in counting:
        by_kind.setdefault(change.kind, []).append(change)
    unseen = Counter(c.kind for c in report.changes if c.action == "unknown" and c.selected is not False)
    return _suite(
        "changes", [_kind(kind, changes, unseen[kind]) for kind, changes in by_kind.items()], report.after
    )  # fmt: skip


def _kind(kind: str, changes: Sequence[Change], unknown: int) -> Element:
    name = f"no {kind_word(kind)} differs"
    if changes:
        counts = Counter(change.action for change in changes)
        told = ", ".join(f"{counted(number, kind)} {ACTION_WORDS[action]}" for action, number in counts.items())
        return _case("changes", name, _failure(told, _worst(changes), map(_line, changes)))
    if unknown:
        return _case("changes", name, _skipped(f"{counted(unknown, kind)} that only one of the snapshots could see"))
    return _case("changes", name)


def _worst(changes: Iterable[Change]) -> Severity:
    return max((change.severity for change in changes), key=LEVELS.index)


def _line(change: Change) -> str:
    where = "" if own_scope(change) else f" in {see(change.scope)}"
    fields = "; ".join(f"{see(f.name)} {value_text(f.before)} -> {value_text(f.after)}" for f in change.fields)
    said = [f"{SIGNS[change.action]} {kind_word(change.kind)} {see(change.name)} {action_word(change)}{where}"]
    said += [f"[{change.severity}]"] if change.severity != "info" else []
    said += [f"({change.id}{f', follows from {change.cause}' if change.cause is not None else ''})"]
    return " ".join(said) + (f": {fields}" if fields else "")


# --- what a plan says of them ---


def _plan(report: Report, fail_on: Severity) -> Element:
    assert report.plan is not None
    by_id = {change.id: change for change in report.changes}
    cases = [_rule(rule, [by_id[change] for change in rule.changes if change in by_id]) for rule in report.plan.rules]
    others = _unplanned(report, fail_on)
    outcome = (
        _failure(f"{plural(len(others), 'change')} not in the plan", _worst(others), map(_line, others))
        if others
        else None
    )
    return _suite(
        f"plan {see(report.plan.name)}",
        [*cases, _case("plan", "nothing happened that is not in the plan", outcome)],
        report.after,
    )


def _unplanned(report: Report, fail_on: Severity) -> list[Change]:
    """What counts and is not in the plan, without what only follows from another such change."""
    known: set[str | None] = set()
    found = []
    for change in report.changes:
        if _counts(change, fail_on):
            found += [] if change.cause in known else [change]
            known.add(change.id)
    return found


def _rule(rule: PlanRule, changes: Iterable[Change]) -> Element:
    name = f"{rule.section}, line {rule.line}: {see(rule.text)}"
    why = [f"why: {see(rule.why)}"] if rule.why is not None else []
    detail = [see(rule.detail)] if rule.detail is not None else []
    if rule.status == "met":
        return _case(f"plan.{rule.section}", name)
    if rule.status == "unknown":
        lines = [counted_words(rule), *detail, *why]
        return _case(f"plan.{rule.section}", name, _skipped("the snapshots did not see enough", lines))
    message = f"{_OUTCOMES[rule.status].get(rule.section, rule.status)}: {counted_words(rule)}"
    return _case(f"plan.{rule.section}", name, _failure(message, rule.status, [*detail, *why, *map(_line, changes)]))


# --- checks and coverage ---


def _by_check(
    report: Report | CheckReport,
) -> tuple[Sequence[CheckInfo], list[list[Finding]], list[list[Unchecked]]]:
    checks = report.checks_made if isinstance(report, Report) else report.checks
    found: dict[str, list[Finding]] = {info.id: [] for info in checks}
    for finding in report.findings:
        found.setdefault(finding.check, []).append(finding)
    gaps = [[gap for gap in report.unchecked if info.id in gap.checks] for info in checks]
    return checks, [found[info.id] for info in checks], gaps


def _compared(info: CheckInfo, found: Sequence[Finding], gaps: Sequence[Unchecked]) -> Element:
    """A check fails where the second snapshot alone has a finding: what was wrong before is no consequence of the change."""
    new = [finding for finding in found if finding.status == "new"]
    unknown = [finding for finding in found if finding.status == "unknown"]
    others = [finding for finding in found if finding.status in ("persisting", "resolved")]
    outcome: Element | None
    if new:
        outcome = _failure(see(info.title), info.severity, map(_finding, new))
    elif unknown:
        outcome = _skipped("one of the snapshots could not be checked", list(map(_finding, unknown)))
    else:
        outcome = _unseen(gaps)
    out = Element(name="system-out", text=tuple(map(_finding, others))) if others else None
    return _case("checks", see(info.id), outcome, out)


def _finding(finding: Finding) -> str:
    seen = f" ({told})" if (told := seen_words(finding)) is not None else ""
    status = "" if finding.status == "present" else f"{finding.status}{seen}: "
    evidence = f" ({'; '.join(value_text(item) for item in finding.evidence)})" if finding.evidence else ""
    return f"{status}{see(finding.scope)}: {see(finding.message)}{evidence} [{finding.severity}]"


def _unseen(gaps: Iterable[Unchecked]) -> Element | None:
    lines = [
        f"{see(gap.kind)} in {'the whole host' if gap.scope is None else see(gap.scope)}: {see(gap.reason)}"
        for gap in gaps
    ]
    return _skipped("part of the host could not be checked", lines) if lines else None


def _coverage(report: Report) -> Element:
    name = "both snapshots saw all there was"
    lines = list(map(_gap, report.coverage))
    return _case("coverage", name, _skipped(plural(len(lines), "gap"), lines) if lines else None)


def _gap(gap: CoverageGap) -> str:
    error = "" if gap.error is None else f" ({see(gap.error)})"
    return f"{gap.snapshot}: {see(gap.scope)}: {see(gap.kind)} {gap.status}{error}"
