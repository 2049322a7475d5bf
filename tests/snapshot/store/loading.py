"""Two snapshots of files as a pair: what the analyzer does in steps, matching in between, in one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from snapshot.store.loaded import Pair
from snapshot.store.opening import held
from snapshot.store.pairs import differing, opened_trees, with_checked, with_firewalls
from snapshot.store.reference import SnapshotRef


def load_pair(
    before: SnapshotRef,
    after: SnapshotRef,
    apart: Collection[str] = (),
    taken_over: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> Pair:
    """The rows in which they differ, and what checks go by. Raises ``FileError``."""
    with held(before.path, after.path) as files, opened_trees(files, None, before, after) as trees:
        old, new = with_checked(trees)
        before_rows, after_rows = differing(trees, apart, taken_over)
        pair = Pair(before=old, after=new, before_rows=before_rows, after_rows=after_rows)
        return with_firewalls(trees, pair, apart)
