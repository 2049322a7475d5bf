"""Loading two snapshots for a comparison: their trees, what is what in them, and only then the rows that differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from analyze.checks.findings import judged_pair
from analyze.checks.run import Judged
from analyze.diff.sides import Sides, prepare
from analyze.match.apart import misread
from analyze.opening import Opened, opened_pair
from snapshot.model.frozen import frozen
from snapshot.store.loaded import Loaded, Pair
from snapshot.store.pairs import Trees, differing, opened_trees, with_checked, with_firewalls
from snapshot.store.reference import SnapshotRef

OF_THE_DIFF = ("firewall", "rule")
"""What the diff itself asks for of what checks go by: how many rules a table has, and which table is looked up."""
Check = Callable[[Loaded, Loaded], None]


@frozen
class Comparison:
    """Two snapshots, and what the checks say of either: ``checked`` is asked once, and may have to wait for it."""

    sides: Sides
    checked: Callable[[], tuple[Judged, Judged]]


@contextmanager
def comparison(
    opened: Opened, before: SnapshotRef, after: SnapshotRef, maps: Sequence[str] = (), check: Check | None = None
) -> Iterator[Comparison]:
    """Two snapshots, matched, with the rows that differ between them, or in what they mean; the checks are
    made beside that if ``opened`` has somebody who makes them.

    ``opened``: their files, by ``opened_pair``; ``check`` says whether to go on, by raising. Raises ``FileError``, and
    ``UsageError`` for ``maps`` that make no sense.
    """
    with opened_trees(opened.files, opened.looked_through, before, after) as trees:
        if check is not None:
            check(trees.old.loaded, trees.new.loaded)
        judged = opened.judged
        sides = _matched(trees, with_checked(trees, None if judged is None else OF_THE_DIFF), maps)
        if judged is None:
            yield Comparison(sides=sides, checked=lambda: judged_pair(sides.pair.before, sides.pair.after))
        else:
            yield Comparison(sides=sides, checked=judged)


def load(before: SnapshotRef, after: SnapshotRef, maps: Sequence[str] = ()) -> Sides:
    """The same by this process alone, with what checks go by."""
    with opened_pair(before, after) as found, opened_trees(found.files, found.looked_through, before, after) as trees:
        return _matched(trees, with_checked(trees), maps)


def _matched(trees: Trees, loaded: tuple[Loaded, Loaded], maps: Sequence[str]) -> Sides:
    sides = prepare(Pair(before=loaded[0], after=loaded[1]), maps)
    wrong = misread(sides.before, sides.after, sides.matches)
    before, after = differing(trees, wrong.namespaces, wrong.names)
    pair = replace(sides.pair, before_rows=before, after_rows=after)
    return replace(sides, pair=with_firewalls(trees, pair, wrong.namespaces))
