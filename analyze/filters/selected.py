"""What ``--select`` shows of a report: the changes that are meant, and those that explain them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from analyze.drawing.chosen import only
from analyze.filters.rules import Rule, any_touches
from reports.model import Change, Report, Selection, SummaryRow


def selected(
    report: Report, rules: Sequence[Rule], count: Callable[[tuple[Change, ...]], tuple[SummaryRow, ...]]
) -> Report:
    """The report with the changes that one of the rules means, and their causes as context. Ids stay as they were.

    The verdict goes by what is meant; ``count`` counts it by kind.
    """
    meant = {change.id for change in report.changes if any_touches(rules, change)}
    shown = set(meant)
    for change in reversed(report.changes):  # every cause comes before what it explains
        if change.id in shown and change.cause is not None:
            shown.add(change.cause)
    changes = tuple(replace(c, selected=c.id in meant) for c in report.changes if c.id in shown)
    chosen = tuple(change for change in changes if change.selected)
    return replace(
        report,
        changes=changes,
        summary=count(chosen),
        selection=Selection(
            rules=tuple(rule.text for rule in rules),
            selected=len(chosen),
            left_out=len(report.changes) - len(chosen),
        ),
        drawing=only(report.drawing, shown) if report.drawing is not None else None,
    )
