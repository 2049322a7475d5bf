"""A snapshot among others in its file: what `netlapse ls` tells."""

from __future__ import annotations

from reports.model import SnapshotIdentity
from snapshot.model.frozen import frozen


@frozen
class Listed:
    """One line of ``netlapse ls``: a snapshot, what is in it, and how many rows it brought into the file."""

    snapshot: SnapshotIdentity
    namespaces: int
    containers: int
    rows: int
    added_rows: int
