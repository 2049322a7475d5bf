"""What the HTML shows, as values: every text of a stranger already visible, every link already checked.

Templates only place these; they make no decision about what is safe.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reports.forest import Forest, forest
from reports.html.marks import Parts, marked
from reports.model import Action, Change, FieldChange, Report, SnapshotIdentity
from reports.safe import make_visible
from reports.words import (
    ACTIONS,
    HEADLINE_KINDS,
    SIGNS,
    action_word,
    ambiguity_text,
    fact_pairs,
    kind_word,
    own_scope,
    value_text,
    when,
)

OPEN_UP_TO = 12
"""So many changes that stand by themselves are shown open; more are closed, so that the page stays one to be scanned."""
FOLLOWERS_OPEN_UP_TO = 6
URGENT_UP_TO = 8
BRIEF_FIELDS = 2
_ANCHOR = re.compile(r"c[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """One attribute before and after."""

    name: str
    before: Parts
    after: Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """One change. ``scope`` is None where its surroundings say it, ``place`` where the name does; ``brief`` stands in its one
    line when closed."""

    id: str
    sign: str
    action: str
    word: str
    kind: str
    name: str
    scope: str | None
    place: str | None
    severity: str
    plan: str | None
    context: bool
    matched: str | None
    ambiguous: str | None
    brief: str
    fields: tuple[FieldView, ...]
    facts: tuple[tuple[str, str], ...]
    children: tuple[ChangeView, ...]
    followers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The changes of one kind that stand by themselves."""

    title: str
    anchor: str
    changes: tuple[ChangeView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One cell of the table of numbers."""

    action: str
    sign: str
    number: str
    zero: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRow:
    """One kind in the table of numbers; ``anchor`` leads to its group of changes, if it has one."""

    kind: str
    headline: bool
    anchor: str | None
    counts: tuple[Count, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table of the two snapshots."""

    title: str
    before: str
    after: str
    code: bool


def anchor(change: str | None) -> str | None:
    """A change's id if it can be the target of a link; ids of any other form are not linked to."""
    return change if change is not None and _ANCHOR.fullmatch(change) else None


def groups(report: Report) -> tuple[Group, ...]:
    """The changes that stand by themselves, by what they happened to, in the report's order."""
    trees = forest(report)
    by_kind: dict[str, list[Change]] = {}
    for change in trees.roots:
        by_kind.setdefault(change.kind, []).append(change)
    return tuple(
        Group(
            title=kind_word(kind, 2),
            anchor=f"kind-{number}",
            changes=tuple(_change(change, trees, None) for change in changes),
        )
        for number, (kind, changes) in enumerate(by_kind.items(), start=1)
    )


def _change(change: Change, trees: Forest, inside: str | None) -> ChangeView:
    children = tuple(_change(child, trees, change.scope) for child in trees.under(change))
    top = inside is None
    facts = change.after if change.after is not None else change.before
    return ChangeView(
        id=anchor(change.id) or "",
        sign=SIGNS[change.action],
        action=change.action,
        word=action_word(change),
        kind=kind_word(change.kind),
        name=make_visible(change.name),
        scope=None if own_scope(change) or change.scope == inside else make_visible(change.scope),
        place=None if own_scope(change) else make_visible(change.scope),
        severity=change.severity,
        context=change.selected is False,
        plan=None if change.expected is None else "expected" if change.expected else "not expected",
        matched=_matched(change) if top else None,
        ambiguous=ambiguity_text(change.ambiguous) if change.ambiguous is not None else None,
        brief=_brief(change) if top else "",
        fields=tuple(_field(field, short=not top) for field in change.fields),
        facts=tuple((make_visible(n), value_text(v)) for n, v in fact_pairs(change.kind, facts or {}))
        if top and not change.fields
        else (),
        children=children,
        followers=len(children) + sum(child.followers for child in children),
    )


def _field(field: FieldChange, *, short: bool) -> FieldView:
    before, after = marked(field.before, field.after, short=short)
    return FieldView(name=make_visible(field.name), before=before, after=after)


def _matched(change: Change) -> str | None:
    if change.matched_by is None:
        return None
    confidence = f" ({change.confidence})" if change.confidence is not None else ""
    return f"{make_visible(change.matched_by)}{confidence}"


def _brief(change: Change) -> str:
    told = [
        f"{make_visible(f.name)} {value_text(f.before, short=True)} → {value_text(f.after, short=True)}"
        for f in change.fields[:BRIEF_FIELDS]
    ]
    more = len(change.fields) - len(told)
    return ", ".join(told) + (f", and {more} more" if more else "")


def urgent(found: Iterable[Group]) -> tuple[ChangeView, ...]:
    """The critical changes, but for those that follow from another of them: what a reader should look at first."""
    return tuple(change for group in found for top in group.changes for change in _critical(top))


def _critical(top: ChangeView) -> Iterator[ChangeView]:
    waiting = [top]
    while waiting:
        change = waiting.pop()
        if change.severity == "critical":
            yield change
        else:
            waiting += reversed(change.children)


def counted_actions(report: Report) -> tuple[Action, ...]:
    """The columns of the table of numbers: "unknown" only where something is."""
    return tuple(action for action in ACTIONS if action != "unknown" or any(row.unknown for row in report.summary))


def numbers(report: Report, found: Iterable[Group]) -> tuple[NumberRow, ...]:
    """The table of numbers: the headline kinds first, as the report counts them."""
    anchors = {group.title: group.anchor for group in found}
    rows = [
        NumberRow(
            kind=kind_word(row.kind, 2),
            headline=row.kind in HEADLINE_KINDS,
            anchor=anchors.get(kind_word(row.kind, 2)),
            counts=tuple(
                Count(action=action, sign=SIGNS[action], number=f"{number:,}", zero=not number)
                for action in counted_actions(report)
                for number in (getattr(row, action),)
            ),
        )
        for row in report.summary
    ]
    return tuple(sorted(rows, key=lambda row: not row.headline))


def identities(before: SnapshotIdentity, after: SnapshotIdentity) -> tuple[Row, ...]:
    """What the two snapshots are; rows that neither fills are left out."""
    rows = [
        ("Label", before.label, after.label, False),
        ("Taken", when(before.started_at), when(after.started_at), False),
        ("Host", before.host, after.host, False),
        ("Kernel", before.kernel, after.kernel, False),
        ("Status", before.status, after.status, False),
        ("Note", before.note, after.note, False),
        ("Number", str(before.id), str(after.id), False),
        ("Digest", before.digest[:12], after.digest[:12], True),
    ]
    return tuple(
        Row(title=title, before=make_visible(old or ""), after=make_visible(new or ""), code=code)
        for title, old, new, code in rows
        if old or new
    )
