"""Loading two snapshots for a comparison: once, and once more with what could not be known before they were matched."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from analyze.diff.sides import Sides, prepare
from analyze.match.apart import misread
from snapshot.store.loaded import Loaded
from snapshot.store.reader import load_pair
from snapshot.store.reference import SnapshotRef


def load(
    before: SnapshotRef,
    after: SnapshotRef,
    maps: Sequence[str] = (),
    check: Callable[[Loaded, Loaded], None] | None = None,
) -> Sides:
    """Two snapshots, matched, with the rows that differ between them, or in what they mean.

    ``check`` says whether to go on, by raising. Raises ``FileError``, and ``UsageError`` for ``maps`` that make no sense.
    """
    pair = load_pair(before, after)
    if check is not None:
        check(pair.before, pair.after)
    sides = prepare(pair, maps)
    wrong = misread(sides.before, sides.after, sides.matches)
    if not wrong.namespaces and not wrong.names:
        return sides
    return prepare(load_pair(before, after, wrong.namespaces, wrong.names), maps)
