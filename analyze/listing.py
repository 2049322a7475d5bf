"""The snapshots of a file as `netlapse ls` shows them."""

from __future__ import annotations

from collections.abc import Iterable

from analyze.identity import identity
from reports.listing import Listed
from snapshot.store.loaded import Entry


def listing(entries: Iterable[Entry]) -> tuple[Listed, ...]:
    """One row a snapshot, in the file's order."""
    return tuple(
        Listed(
            snapshot=identity(entry),
            namespaces=entry.namespaces,
            containers=entry.containers,
            rows=entry.rows,
            added_rows=entry.added_rows,
        )
        for entry in entries
    )
