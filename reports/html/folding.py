"""Changes that are alike, counted into one row where a report has more of them than anybody reads.

Up to ``FOLD_ABOVE`` changes all are rows of their own. Above it, of the changes of one kind, action, severity and set of
attributes under one cause (or under none) the first ``SHOWN_ALIKE`` are shown; the last of these says how many more there
are, how much hangs under them, and the command that lists them. Nothing is left out without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reports.forest import Forest
from reports.model import Change, Report, Severity
from reports.words import counted

FOLD_ABOVE = 20_000
SHOWN_ALIKE = 10
RANK: Mapping[str, int] = {"critical": 0, "warning": 1, "info": 2}
_WORD = re.compile(r"[a-z0-9_-]+", re.ASCII)
_SCOPE = re.compile(r"host|(?:pod|container|netns):[A-Za-z0-9_./-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """``number`` more changes like one that is shown, ``below`` more under them, and the ``--select`` rule that means them."""

    number: int
    below: int
    words: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What of a report's forest is shown; ``alike`` maps the id of a change to those that are counted with it.

    ``worst`` maps every change to the worst severity of what is in its tree, itself included.
    """

    roots: tuple[Change, ...]
    children: Mapping[str, tuple[Change, ...]]
    worst: Mapping[str, Severity]
    alike: Mapping[str, Alike] = field(default_factory=dict)


def shown(report: Report, trees: Forest) -> Shown:
    """The changes that become rows."""
    worst: dict[str, Severity] = {}
    below: dict[str, int] = {}
    for change in reversed(report.changes):
        found = change.severity
        number = 0
        for child in trees.children.get(change.id, ()):
            number += 1 + below[child.id]
            if RANK[worst[child.id]] < RANK[found]:
                found = worst[child.id]
        worst[change.id] = found
        below[change.id] = number
    if len(report.changes) <= FOLD_ABOVE:
        return Shown(roots=trees.roots, children=trees.children, worst=worst)
    alike: dict[str, Alike] = {}
    roots = _folded(trees.roots, worst, below, alike)
    children = {}
    waiting = list(roots)
    while waiting:
        change = waiting.pop()
        under = trees.under(change)
        if under:
            children[change.id] = kept = _folded(under, worst, below, alike)
            waiting += kept
    return Shown(roots=roots, children=children, worst=worst, alike=alike)


def _folded(
    changes: Iterable[Change], worst: Mapping[str, Severity], below: Mapping[str, int], alike: dict[str, Alike]
) -> tuple[Change, ...]:
    by: dict[tuple[object, ...], list[Change]] = {}
    for change in changes:
        names = tuple(field.name for field in change.fields)
        key = (change.kind, change.action, worst[change.id], change.severity, change.expected, change.selected, names)
        by.setdefault(key, []).append(change)
    left_out: set[int] = set()
    for found in by.values():
        rest = found[SHOWN_ALIKE:]
        # One more is a row as well as the words that would count it.
        if len(rest) > 1:
            left_out.update(id(change) for change in rest)
            alike[found[SHOWN_ALIKE - 1].id] = Alike(
                number=len(rest),
                below=sum(below[change.id] for change in rest),
                words=counted(len(rest), found[0].kind),
                rule=_rule(found),
            )
    return tuple(change for change in changes if id(change) not in left_out)


def _rule(found: list[Change]) -> str:
    """The rule that means all of them (docs/filters.md), and at most others of their kind and action beside them."""
    first = found[0]
    keys = [f"kind={first.kind}"] if _WORD.fullmatch(first.kind) else []
    keys += [f"action={first.action}", f"severity={first.severity}"]
    scopes = {change.scope for change in found}
    if len(scopes) == 1 and _SCOPE.fullmatch(first.scope):
        keys.append(f"scope={first.scope}")
    return ",".join(keys)
