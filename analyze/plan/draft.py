"""Drafting a plan from a rehearsal: what happened there, as rules that hold on another host too.

The draft is read back and judged before it is written, so that the rehearsal itself is as its plan expects.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from analyze.plan.document import Source
from analyze.plan.draft_fields import field_lines
from analyze.plan.draft_folding import folded
from analyze.plan.entries import Entry
from analyze.plan.generalise import name_pattern, scope_pattern
from analyze.plan.grammar import FORMAT, VERSION, read_plan
from analyze.plan.judge import count_alone
from analyze.plan.words import ACTION_WORDS
from analyze.plan.yaml_text import comment, word
from reports.model import Change, Report, SnapshotIdentity
from snapshot.model.plural import plural

HEAD = """\
# Read it, take away what is not meant to happen, widen or narrow what is; then, of the change itself:
#   netlapse diff BEFORE AFTER --plan plan.yaml
# Whatever is not expected here is reported and ends with exit code 1, as does what is expected and does not happen.
# What follows from an expected change (a pod's veth pair, addresses, routes) is expected with it. In patterns * is any
# text and ? any one character. The grammar: docs/plan.md
"""
TAIL = """
# What must not happen, even where it follows from something expected. For example:
#   - kind: route
#     action: [removed, changed]
#     scope: host
#     name: 0.0.0.0/0*
#     why: the host keeps its way out
#   - check: "*"
#     why: nothing new that is wrong, by what netlapse check finds
forbid: []

# What must be there afterwards, changed or not. For example:
#   - kind: route
#     each_scope: pod:prod/*
#     facts: {dst: 0.0.0.0/0, table: main}
#     count: 1
#     why: every pod has one way out
must: []
"""


def draft_plan(report: Report) -> str:
    """The YAML text of a plan that expects what happened in a report; ASCII, ends with a newline."""
    top = [change for change in report.changes if change.cause is None and change.action != "unknown"]
    entries = folded(_entries(top))
    without = _text(report, entries)
    plan = read_plan(Source(name="draft", data=without.encode("ascii")))
    counted = zip(entries, count_alone(plan, report.changes), strict=True)
    return _text(report, [replace(entry, count=number) for entry, number in counted])


def _entries(changes: Iterable[Change]) -> list[Entry]:
    """One entry for all changes that are alike, in the report's order."""
    found: dict[tuple[object, ...], Entry] = {}
    for change in changes:
        fields, others = field_lines(change)
        entry = Entry(
            kind=change.kind,
            action=change.action,
            scope=scope_pattern(change.scope),
            name=name_pattern(change.kind, change.name),
            fields=fields,
            other_fields=others,
            changes=(change,),
        )
        known = found.get(entry.key)
        found[entry.key] = entry if known is None else replace(known, changes=(*known.changes, change))
    return list(found.values())


def _text(report: Report, entries: Sequence[Entry]) -> str:
    lines = [
        f"# Drafted by {comment(report.generator)} from a rehearsal on {comment(report.after.host)}:",
        f"#   before  {_identity(report.before)}",
        f"#   after   {_identity(report.after)}",
        *HEAD.splitlines(),
        *_gaps(report),
        f"format: {FORMAT}",
        f"version: {VERSION}",
        "title: drafted from a rehearsal",
        "# hosts: node-*  # which hosts it is for; without it, any",
        "",
        "expect:" if entries else "expect: []  # nothing: the rehearsal changed nothing",
    ]
    for entry in entries:
        lines += _lines(entry)
    return "\n".join(lines) + "\n" + TAIL


def _identity(snapshot: SnapshotIdentity) -> str:
    label = f" {comment(snapshot.label)}" if snapshot.label is not None else ""
    key = f", redacted with key {comment(snapshot.redacted_with)}" if snapshot.redacted_with is not None else ""
    return f"{snapshot.id}{label}, {comment(snapshot.started_at)}, {comment(snapshot.digest[:12])}{key}"


def _gaps(report: Report) -> list[str]:
    unknown = sum(change.action == "unknown" for change in report.changes)
    if not unknown and not report.coverage:
        return []
    gaps = plural(len(report.coverage), "gap")
    return [
        f"# The rehearsal did not see everything ({gaps}, {plural(unknown, 'change')} unknown): what",
        "# happened there is not in this plan. Rehearse again with a complete capture if you can.",
    ]


def _lines(entry: Entry) -> list[str]:
    first = entry.changes[0]
    more = len(entry.changes) - 1
    like = f", and {more:,} more like it" if more else ""
    told = f"{first.kind} {first.name} {ACTION_WORDS[first.action]}{like}"
    worst = max((c.severity for c in entry.changes), key=("info", "warning", "critical").index)
    lines = ["", f"  # {comment(told)}{f' [{worst}]' if worst != 'info' else ''}"]
    lines += [f"  - kind: {word(entry.kind)}", f"    action: {word(entry.action)}", f"    scope: {word(entry.scope)}"]
    lines.append(f"    name: {word(entry.name)}")
    if entry.fields:
        lines += ["    fields:", *(f"      {line}" for line in entry.fields)]
        if entry.other_fields:
            lines.append("    other_fields: true")
    if entry.facts:
        lines += ["    facts:", *(f"      {line}" for line in entry.facts)]
    if entry.count is not None:
        lines.append(f"    count: {entry.count}")
    return lines
