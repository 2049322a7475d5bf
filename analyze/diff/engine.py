"""From two loaded snapshots to explained changes: the literal difference first, then causes, noise and severity."""

from __future__ import annotations

from itertools import pairwise

from analyze.diff.causes import settle_causes
from analyze.diff.draft import Draft
from analyze.diff.flushed import fold_flushed
from analyze.diff.host import host_changes
from analyze.diff.ignoring import Ignores, leave_out
from analyze.diff.links import link_changes, veth_changes
from analyze.diff.row_changes import row_changes
from analyze.diff.severity import settle_severities
from analyze.diff.sides import Sides
from analyze.diff.workloads import workload_changes
from analyze.subjects import ROW_KINDS
from reports.model import Ignored
from snapshot.model.frozen import frozen

KIND_ORDER = ("host", "pod", "container", "network", "namespace", "veth", "link", *ROW_KINDS)


@frozen
class Explained:
    """The changes in the report's order (every cause before what it explains), and what was left out as noise."""

    drafts: tuple[Draft, ...]
    ignored: tuple[Ignored, ...]


def explain(sides: Sides, ignores: Ignores) -> Explained:
    """All changes between two sides."""
    drafts = [
        *host_changes(sides),
        *workload_changes(sides),
        *veth_changes(sides),
        *link_changes(sides),
        *row_changes(sides),
    ]
    settle_causes(sides, drafts)
    fold_flushed(sides, drafts)
    settle_severities(sides, drafts)
    kept, ignored = leave_out(_pre_order(drafts), ignores)
    # What hung under something left out may hang elsewhere now.
    return Explained(drafts=tuple(_pre_order(kept)), ignored=ignored)


def _pre_order(drafts: list[Draft]) -> list[Draft]:
    children: dict[int, list[Draft]] = {}
    for draft in drafts:
        children.setdefault(id(draft.cause) if draft.cause is not None else 0, []).append(draft)
    for siblings in children.values():
        siblings.sort(key=_place)
        if any(_place(one) == _place(two) for one, two in pairwise(siblings)):
            siblings.sort(key=lambda draft: (*_place(draft), repr((draft.before, draft.after))))
    ordered: list[Draft] = []
    waiting = list(reversed(children.get(0, [])))
    while waiting:
        draft = waiting.pop()
        ordered.append(draft)
        waiting += reversed(children.get(id(draft), []))
    return ordered


def _place(draft: Draft) -> tuple[int, str, str, str]:
    return KIND_ORDER.index(draft.kind), draft.scope, draft.name, draft.action
