"""What the HTML shows, as values: every text of a stranger already visible, every link already checked.

Templates only place these; they make no decision about what is safe.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reports.model import Action, CoverageGap, Ignored, Report, SnapshotIdentity
from reports.provenance import who
from reports.safe import make_visible
from reports.words import ACTIONS, HEADLINE_KINDS, SIGNS, kind_word, redaction, when

_ANCHOR = re.compile(r"[cn][0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One cell of the table of numbers."""

    action: str
    sign: str
    number: str
    zero: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRow:
    """One kind in the table of numbers."""

    kind: str
    headline: bool
    counts: tuple[Count, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table of the two snapshots."""

    title: str
    before: str
    after: str
    code: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A snapshot in a sentence: its label (else its number), when it was taken, and who took it (empty: unknown)."""

    name: str
    when: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What one snapshot did not see."""

    snapshot: str
    scope: str
    kind: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What a rule left out; ``source`` is empty for a rule of the program."""

    rule: str
    source: str
    reason: str
    critical: str
    count: str


def anchor(change: str | None) -> str | None:
    """The id of a change (or a namespace) if it can be the target of a link; ids of any other form are not linked to."""
    return change if change is not None and _ANCHOR.fullmatch(change) else None


def counted_actions(report: Report) -> tuple[Action, ...]:
    """The columns of the table of numbers: "unknown" only where something is."""
    return tuple(action for action in ACTIONS if action != "unknown" or any(row.unknown for row in report.summary))


def numbers(report: Report) -> tuple[NumberRow, ...]:
    """The table of numbers: the headline kinds first, as the report counts them."""
    actions = counted_actions(report)
    rows = [
        NumberRow(
            kind=kind_word(row.kind, 2),
            headline=row.kind in HEADLINE_KINDS,
            counts=tuple(
                Count(action=action, sign=SIGNS[action], number=f"{number:,}", zero=not number)
                for action in actions
                for number in (getattr(row, action),)
            ),
        )
        for row in report.summary
    ]
    return tuple(sorted(rows, key=lambda row: not row.headline))


def moment(snapshot: SnapshotIdentity) -> Moment:
    """Which snapshot, for the sentence under the headline."""
    label = snapshot.label if snapshot.label else f"snapshot {snapshot.id}"
    return Moment(name=make_visible(label), when=when(snapshot.started_at), who=make_visible(who(snapshot.provenance)))


def identities(before: SnapshotIdentity, after: SnapshotIdentity) -> tuple[Row, ...]:
    """What the two snapshots are; rows that neither fills are left out."""
    rows = [
        ("Label", before.label, after.label, False),
        ("Taken", when(before.started_at), when(after.started_at), False),
        ("Host", before.host, after.host, False),
        ("Kernel", before.kernel, after.kernel, False),
        ("Status", before.status, after.status, False),
        ("Names", *_names(before, after), False),
        ("Note", before.note, after.note, False),
        ("Number", str(before.id), str(after.id), False),
        ("Digest", before.digest[:12], after.digest[:12], True),
    ]
    return tuple(
        Row(title=title, before=make_visible(old or ""), after=make_visible(new or ""), code=code)
        for title, old, new, code in rows
        if old or new
    )


def _names(before: SnapshotIdentity, after: SnapshotIdentity) -> tuple[str, str]:
    """Whose names are pseudonyms; nothing where no snapshot's are."""
    old, new = redaction(before), redaction(after)
    return (old or "as captured", new or "as captured") if old or new else ("", "")


def gap(found: CoverageGap) -> Gap:
    """A gap of coverage."""
    why = found.status if found.error is None else f"{found.status}: {found.error}"
    return Gap(
        snapshot=found.snapshot, scope=make_visible(found.scope), kind=make_visible(found.kind), why=make_visible(why)
    )


def left_out(rule: Ignored) -> LeftOut:
    """A rule that left something out."""
    return LeftOut(
        rule=make_visible(rule.rule),
        source="" if rule.source == "default" else make_visible(rule.source),
        reason=make_visible(rule.reason or ""),
        critical=f"{rule.critical:,}",
        count=f"{rule.count:,}",
    )
