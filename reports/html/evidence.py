"""Evidence: what the report rests on, and the commands that say each of its statements again."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from reports.model import Report, SnapshotIdentity
from reports.provenance import came_to_be
from reports.safe import make_visible
from reports.words import redaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What the report states, and the command that states it again."""

    what: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two snapshots, whole."""

    title: str
    digest: str
    began: str
    ended: str
    how: tuple[tuple[str, str], ...]


def sides(report: Report) -> tuple[Side, Side]:
    """Both snapshots with their digests."""
    return _side("Before", report.before), _side("After", report.after)


def _side(title: str, snapshot: SnapshotIdentity) -> Side:
    moments = snapshot.started_at, snapshot.finished_at
    return Side(
        title=title,
        digest=make_visible(snapshot.digest),
        began=make_visible(snapshot.started_at),
        ended=make_visible(snapshot.finished_at),
        how=(*redacted(snapshot), *((t, make_visible(words)) for t, words in came_to_be(snapshot.provenance, moments))),
    )


def redacted(snapshot: SnapshotIdentity) -> list[tuple[str, str]]:
    """What is known of a snapshot's redaction: nothing of one that is as it was captured."""
    return [("Names and addresses", redaction(snapshot))] if snapshot.redacted_with is not None else []


def turning_back(page: str, *snapshots: SnapshotIdentity) -> list[Command]:
    """For who has the key: how to read a page of redacted snapshots."""
    line = f"netlapse redact --unredact {page} -o turned-back.html --key-file KEY-FILE"
    there = any(snapshot.redacted_with is not None for snapshot in snapshots)
    return [Command(what="What the pseudonyms stand for, by the key", line=line)] if there else []


def left_out(report: Report) -> str:
    """The options by which a person left changes out."""
    words = [f"--ignore {shlex.quote(rule.rule)}" for rule in report.ignored if rule.source == "--ignore"]
    files = dict.fromkeys(rule.source for rule in report.ignored if rule.source not in ("default", "--ignore"))
    words += [f"--config {shlex.quote(name)}" for name in files]
    return make_visible("".join(f" {word}" for word in words))


def picked(report: Report) -> str:
    """The options by which a person picked some changes."""
    rules = report.selection.rules if report.selection is not None else ()
    return make_visible("".join(f" --select {shlex.quote(rule)}" for rule in rules))


def pair_of(report: Report) -> str:
    """The two snapshots as the commands name them: a page does not know what their files are called."""
    return f"BEFORE-FILE@{report.before.id} AFTER-FILE@{report.after.id}"


def commands(report: Report) -> tuple[Command, ...]:
    """One for each kind of statement in the page."""
    pair, left = pair_of(report), left_out(report)
    options = f"{picked(report)}{left}"
    plan = " --plan PLAN-FILE" if report.plan is not None else ""
    found = [
        ("This page", f"netlapse report {pair}{options}{plan} -o report.html"),
        ("Verdict, numbers and changes, as data", f"netlapse diff {pair}{options}{plan} -f json"),
        ("One change, with what explains it", f"netlapse diff {pair}{left} --select 'kind=KIND,name=NAME'"),
    ]
    if report.ignored:
        found.append(("What was left out", f"netlapse diff {pair} --no-default-ignores"))
    if report.findings:
        found.append(("Findings, before", f"netlapse check BEFORE-FILE@{report.before.id}"))
        found.append(("Findings, after", f"netlapse check AFTER-FILE@{report.after.id}"))
    found.append(("All facts of a kind on one side", f"netlapse show AFTER-FILE@{report.after.id} --kind route"))
    found.append(("Whether a file is as it was written, and who signed it", "netlapse verify FILE --key KEY.pub"))
    told = [Command(what=what, line=line) for what, line in found]
    return (*told, *turning_back("report.html", report.before, report.after))
