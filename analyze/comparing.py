"""Two snapshots compared, for the commands that tell of it in one form or another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from snapshot.version import GENERATOR

if TYPE_CHECKING:
    from analyze.filters.filters import Filters
    from analyze.plan.rules import Plan
    from reports.model import Report
    from snapshot.model.kinds import Fact
    from snapshot.store.loaded import Loaded, Place


def report_of(
    before: str,
    after: str,
    filters: Callable[[], Filters],
    *,
    force: bool,
    maps: Sequence[str],
    plan: Path | None = None,
    pictured: bool = False,
) -> Report:
    """The report of the snapshots that ``before`` and ``after`` name; judged by the plan in a file, if there is one.

    ``filters`` reads them. Raises ``FileError``, ``UsageError``, and ``NotComparableError`` unless ``force``.
    """
    from analyze.opening import opened_pair
    from snapshot.store.reference import parse

    old, new = parse(before), parse(after)
    # The files are looked through while what follows is imported.
    with opened_pair(old, new) as opened:
        from analyze.compose import compose
        from analyze.identity import check_comparable
        from analyze.loading import comparison

        shown = filters()
        judged_by = _plan(plan) if plan is not None else None
        with comparison(opened, old, new, maps, None if force else check_comparable) as found:
            state = _state(judged_by, after, found.sides.pair.after, force=force) if judged_by is not None else None
            return compose(
                found.sides,
                GENERATOR,
                filters=shown,
                plan=judged_by,
                state=state,
                checked=found.checked,
                pictured=pictured,
            )


def _plan(path: Path) -> Plan:
    from analyze.plan.grammar import load_plan

    return load_plan(path)


def _state(plan: Plan, after: str, loaded: Loaded, *, force: bool) -> Mapping[Place, tuple[Fact, ...]]:
    """What the plan asks of the later snapshot. Raises ``UsageError`` for a plan that is of another host."""
    from analyze.plan.hosts import check_host
    from analyze.plan.state import read_state

    if not force:
        check_host(plan, loaded.header.hostname)
    return read_state(plan, after, loaded)
