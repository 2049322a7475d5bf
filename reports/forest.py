"""The changes of a report as the forest they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reports.model import Change, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """``roots`` stand by themselves; ``children`` maps a change's id to what it explains directly."""

    roots: tuple[Change, ...]
    children: Mapping[str, tuple[Change, ...]]

    def under(self, change: Change) -> tuple[Change, ...]:
        """What a change explains directly."""
        return self.children.get(change.id, ())

    def count_under(self, change: Change) -> int:
        """How many changes hang under one, at any depth."""
        number = 0
        waiting = [change]
        while waiting:
            below = self.under(waiting.pop())
            number += len(below)
            waiting += below
        return number


def forest(report: Report) -> Forest:
    """The report's changes by their causes. A cause that is not in the report makes its change a root."""
    known: set[str] = set()
    roots: list[Change] = []
    children: dict[str, list[Change]] = {}
    for change in report.changes:
        if change.cause in known and change.cause is not None:
            children.setdefault(change.cause, []).append(change)
        else:
            roots.append(change)
        known.add(change.id)
    return Forest(roots=tuple(roots), children={cause: tuple(found) for cause, found in children.items()})


def unplanned(report: Report) -> tuple[Change, ...]:
    """The changes that no plan expects, without those that only follow from another of them."""
    verdicts = {change.id: change.expected for change in report.changes}
    return tuple(
        change
        for change in report.changes
        if change.expected is False and (change.cause is None or verdicts.get(change.cause) is not False)
    )
