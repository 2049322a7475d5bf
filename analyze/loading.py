"""Loading two snapshots for a comparison: their trees, what is what in them, and only then the rows that differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from analyze.aside import aside
from analyze.checks.findings import judged_pair
from analyze.checks.run import Judged
from analyze.diff.sides import Sides, prepare
from analyze.match.apart import misread
from snapshot.model.frozen import frozen
from snapshot.store.loaded import Loaded, Pair
from snapshot.store.pairs import Trees, checked_beside, differing, opened_trees, with_checked
from snapshot.store.reference import SnapshotRef

MANY = 100
"""Namespaces of a host from which on its checks are worth a process of their own."""
OF_THE_DIFF = ("firewall",)
"""What the diff itself asks for of what checks go by: how many rules a table has."""
Check = Callable[[Loaded, Loaded], None]


@frozen
class Comparison:
    """Two snapshots, and what the checks say of either: ``checked`` is asked once, and may have to wait for it."""

    sides: Sides
    checked: Callable[[], tuple[Judged, Judged]]


@contextmanager
def comparison(
    before: SnapshotRef, after: SnapshotRef, maps: Sequence[str] = (), check: Check | None = None
) -> Iterator[Comparison]:
    """Two snapshots, matched, with the rows that differ between them, or in what they mean; the checks of hosts of many
    namespaces are made beside that, by a second process.

    ``check`` says whether to go on, by raising. Raises ``FileError``, and ``UsageError`` for ``maps`` that make no sense.
    """
    with opened_trees(before, after) as trees:
        if check is not None:
            check(trees.old.loaded, trees.new.loaded)
        many = len(trees.old.loaded.namespaces) + len(trees.new.loaded.namespaces) >= 2 * MANY
        with aside(lambda: judged_pair(*checked_beside(trees)), worth=many) as told:
            sides = _matched(trees, with_checked(trees, OF_THE_DIFF if told.beside else None), maps)
            if not told.beside:
                yield Comparison(sides=sides, checked=lambda: judged_pair(sides.pair.before, sides.pair.after))
            else:
                yield Comparison(sides=sides, checked=told.result)


def load(before: SnapshotRef, after: SnapshotRef, maps: Sequence[str] = ()) -> Sides:
    """The same by this process alone, with what checks go by."""
    with opened_trees(before, after) as trees:
        return _matched(trees, with_checked(trees), maps)


def _matched(trees: Trees, loaded: tuple[Loaded, Loaded], maps: Sequence[str]) -> Sides:
    sides = prepare(Pair(before=loaded[0], after=loaded[1]), maps)
    wrong = misread(sides.before, sides.after, sides.matches)
    before, after = differing(trees, wrong.namespaces, wrong.names)
    return replace(sides, pair=replace(sides.pair, before_rows=before, after_rows=after))
