"""The stories: a change that stands by itself with all that hangs under it, as values for the templates.

Every text of a stranger is visible here already, every link checked. What hangs under a story is one flat list, told by a
plain loop: a report of 10,000 changes has to be written about as quickly as the template engine can write at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from reports.forest import forest
from reports.html.folding import Alike, Shown, shown
from reports.html.marks import Parts, marked
from reports.html.view import anchor
from reports.model import Change, FieldChange, Report, Severity
from reports.safe import make_visible
from reports.words import (
    action_word,
    ambiguity_text,
    fact_pairs,
    kind_word,
    own_scope,
    value_text,
)

BRIEF_FIELDS = 2
_GROUPS: tuple[tuple[Severity, str], ...] = (
    ("critical", "Critical"),
    ("warning", "Warnings"),
    ("info", "Other changes"),
)


class FieldView(NamedTuple):
    """One attribute before and after; ``more``: another one comes after it."""

    name: str
    before: Parts
    after: Parts
    more: bool


class Row(NamedTuple):
    """One change under a story. The order is that in which the template takes it apart.

    ``place`` is its scope, empty where it is that of what it hangs under; ``scope`` the same where its name does not say it.
    ``deeper``: others hang under it; else so many lists end after it as
    ``ends`` has items.
    """

    id: str
    action: str
    noun: str
    name: str
    word: str
    scope: str
    place: str
    severity: str
    context: bool
    fields: tuple[FieldView, ...]
    ambiguous: str
    alike: Alike | None
    deeper: bool
    ends: range


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A change that stands by itself. ``place`` is its scope, ``scope`` the same where its name does not say it;
    ``worst`` is the worst severity of it and what hangs under it; ``brief`` stands in its one line when it is folded."""

    id: str
    action: str
    noun: str
    name: str
    word: str
    scope: str
    place: str
    severity: str
    worst: str
    context: bool
    plan: str
    matched: str
    ambiguous: str
    brief: str
    fields: tuple[FieldView, ...]
    facts: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    alike: Alike | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The stories of one severity."""

    severity: str
    title: str
    number: int
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A change in a list of links."""

    id: str
    noun: str
    name: str
    word: str
    place: str
    brief: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The stories by severity, what of them is critical, and the ids that are in the page."""

    groups: tuple[Group, ...]
    urgent: tuple[Reference, ...]
    urgent_number: int
    there: frozenset[str]


def tell_stories(report: Report, urgent_up_to: int) -> Told:
    """All stories of a report."""
    what = shown(report, forest(report))
    by: dict[str, list[Story]] = {severity: [] for severity, _ in _GROUPS}
    numbers = dict.fromkeys(by, 0)
    there: set[str] = set()
    for root in what.roots:
        story = _story(root, what, there)
        by[story.worst].append(story)
        numbers[story.worst] += 1 + (story.alike.number if story.alike is not None else 0)
    critical = [change for root in what.roots for change in _critical(root, what)]
    return Told(
        groups=tuple(
            Group(severity=severity, title=title, number=numbers[severity], stories=tuple(by[severity]))
            for severity, title in _GROUPS
            if by[severity]
        ),
        urgent=tuple(map(_reference, critical[:urgent_up_to])),
        urgent_number=len(critical),
        there=frozenset(there),
    )


def _story(change: Change, what: Shown, there: set[str]) -> Story:
    facts = change.after if change.after is not None else change.before
    there.add(change.id)
    return Story(
        id=anchor(change.id) or "",
        action=change.action,
        noun=kind_word(change.kind),
        name=make_visible(change.name),
        word=action_word(change),
        scope="" if own_scope(change) else make_visible(change.scope),
        place=make_visible(change.scope),
        severity=change.severity,
        worst=what.worst[change.id],
        context=change.selected is False,
        plan="" if change.expected is None else "expected" if change.expected else "not expected",
        matched=_matched(change),
        ambiguous=ambiguity_text(change.ambiguous) if change.ambiguous is not None else "",
        brief=_brief(change),
        fields=_fields(change.fields, short=False),
        facts=()
        if change.fields
        else tuple((make_visible(name), value_text(value)) for name, value in fact_pairs(change.kind, facts or {})),
        rows=tuple(_rows(change, what, there)),
        alike=what.alike.get(change.id),
    )


def _rows(root: Change, what: Shown, there: set[str]) -> Iterator[Row]:
    """What hangs under a story, in pre-order."""
    flat: list[tuple[Change, str, int]] = []
    waiting = [(change, root.scope, 1) for change in reversed(what.children.get(root.id, ()))]
    while waiting:
        change, inside, depth = waiting.pop()
        flat.append((change, inside, depth))
        under = what.children.get(change.id)
        if under:
            waiting += [(child, change.scope, depth + 1) for child in reversed(under)]
    last = len(flat) - 1
    for number, (change, inside, depth) in enumerate(flat):
        then = flat[number + 1][2] if number < last else 1
        there.add(change.id)
        place = "" if change.scope == inside else make_visible(change.scope)
        yield Row(
            anchor(change.id) or "",
            change.action,
            _noun(change.kind),
            make_visible(change.name),
            action_word(change),
            "" if not place or own_scope(change) else place,
            place,
            "" if change.severity == "info" else change.severity,
            change.selected is False,
            _fields(change.fields, short=True) if change.fields else (),
            ambiguity_text(change.ambiguous) if change.ambiguous is not None else "",
            what.alike.get(change.id),
            then > depth,
            range(max(0, depth - then)),
        )


@cache
def _noun(kind: str) -> str:
    return kind_word(kind)


def _fields(fields: Sequence[FieldChange], *, short: bool) -> tuple[FieldView, ...]:
    last = fields[-1] if fields else None
    return tuple([
        FieldView(make_visible(field.name), *marked(field.before, field.after, short=short), field is not last)
        for field in fields
    ])  # fmt: skip


def _matched(change: Change) -> str:
    if change.matched_by is None:
        return ""
    confidence = f" ({change.confidence})" if change.confidence is not None else ""
    return f"{make_visible(change.matched_by)}{confidence}"


def _brief(change: Change) -> str:
    told = [
        f"{make_visible(f.name)} {value_text(f.before, short=True)} → {value_text(f.after, short=True)}"
        for f in change.fields[:BRIEF_FIELDS]
    ]
    more = len(change.fields) - len(told)
    return ", ".join(told) + (f", and {more} more" if more else "")


def _critical(root: Change, what: Shown) -> Iterable[Change]:
    """The critical changes of a tree, but for those that follow from another of them."""
    waiting = [root]
    while waiting:
        change = waiting.pop()
        if change.severity == "critical":
            yield change
        elif what.worst[change.id] == "critical":
            waiting += reversed(what.children.get(change.id, ()))


def _reference(change: Change) -> Reference:
    return Reference(
        id=anchor(change.id) or "",
        noun=kind_word(change.kind),
        name=make_visible(change.name),
        word=action_word(change),
        place="" if own_scope(change) else make_visible(change.scope),
        brief=_brief(change),
    )
