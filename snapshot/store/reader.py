"""Reading snapshots: headers, coverage and small kinds whole, big kinds only where two snapshots differ."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapshot.model.kinds import KINDS, Fact
from snapshot.store.columns import CODECS
from snapshot.store.errors import FileError, NoSuchSnapshotError
from snapshot.store.extracts import with_extracts
from snapshot.store.headers import read_heads
from snapshot.store.loaded import Entry, Loaded, Place, Whole
from snapshot.store.opening import opened
from snapshot.store.reference import FIRST, LAST, SnapshotRef
from snapshot.store.sections import Known, Spot
from snapshot.store.tree import Tree, read_tree

if TYPE_CHECKING:
    from sqlite3 import Connection


MOST_ROWS = 5_000_000
"""Rows that are handed on at once; each takes about half a kilobyte of memory."""


def list_snapshots(path: Path) -> tuple[Entry, ...]:
    """What ``netlapse ls`` tells of a file, oldest first. The digests of all that ``load`` verifies are verified."""
    with opened(path) as connection:
        entries = []
        known = Known()
        for head in read_heads(connection, "main"):
            number = head.number
            read_tree(connection, "main", number, known)
            counts = connection.execute(
                "SELECT (SELECT count(*) FROM snapshot_namespace WHERE snapshot_id = ?), "
                "(SELECT coalesce(sum(s.rows), 0) FROM snapshot_namespace n "
                "JOIN namespace_section l ON l.namespace_id = n.namespace_id JOIN section s ON s.id = l.section_id "
                "WHERE n.snapshot_id = ?), "
                "(SELECT coalesce(sum(s.rows), 0) FROM snapshot_runtime r "
                "JOIN runtime_section l ON l.runtime_id = r.runtime_id JOIN section s ON s.id = l.section_id "
                "WHERE r.snapshot_id = ?), "
                "(SELECT coalesce(sum(s.rows), 0) FROM snapshot_runtime r "
                "JOIN runtime_section l ON l.runtime_id = r.runtime_id JOIN section s ON s.id = l.section_id "
                "WHERE r.snapshot_id = ? AND s.kind = 'container'), "
                "(SELECT coalesce(sum(s.rows), 0) FROM snapshot_section n JOIN section s ON s.id = n.section_id "
                "WHERE n.snapshot_id = ?)",
                (number,) * 5,
            ).fetchone()
            namespaces, rows, told, containers, timers = (int(value) for value in counts)
            entries.append(
                Entry(
                    id=number,
                    digest=head.digest,
                    header=head.header,
                    namespaces=namespaces,
                    containers=containers,
                    rows=rows + told + timers,
                    added_rows=head.added_rows,
                )
            )
        if not entries:
            raise NoSuchSnapshotError(f"{path}: holds no snapshot; ask for the file again")
        return tuple(entries)


def load(ref: SnapshotRef) -> Loaded:
    """One snapshot with its small kinds, whose digests and the root's are verified, and with what checks go by of the others.

    Raises ``FileError``.
    """
    with opened(ref.path) as connection:
        tree = read_tree(connection, "main", numbered(connection, "main", ref))
        (loaded,) = with_extracts(connection, [tree])
        return loaded


def load_whole(
    ref: SnapshotRef, kinds: Collection[str] | None = None, keep: Callable[[str, Fact], bool] | None = None
) -> Whole:
    """One snapshot with every row of the namespace kinds asked for; None means all of them, timers included.

    With ``keep`` only the rows for which it is true, told their kind; the others take no memory.
    """
    with opened(ref.path) as connection:
        tree = read_tree(connection, "main", numbered(connection, "main", ref))
        wanted = [k.name for k in KINDS.values() if k.owner == "namespace" and (kinds is None or k.name in kinds)]
        if keep is None:
            _check_amount(connection, ref, tree, wanted)
        rows = {
            Place(namespace=place.namespace.key, kind=kind): rows_of(connection, spot, keep)
            for place in tree.loaded.namespaces
            for kind in wanted
            if (spot := tree.spot(place.namespace.key, kind)) is not None
        }
        return Whole(snapshot=tree.loaded, rows=rows)


def _check_amount(connection: Connection, ref: SnapshotRef, tree: Tree, kinds: Collection[str]) -> None:
    """Raise ``FileError`` for more rows than fit: any number of namespaces may be said to have the one section."""
    rows = dict(connection.execute("SELECT id, rows FROM section").fetchall())
    spots = (tree.spot(place.namespace.key, kind) for place in tree.loaded.namespaces for kind in kinds)
    if (number := sum(rows[spot.number] for spot in spots if spot is not None)) > MOST_ROWS:
        raise FileError(f"{ref}: {number:,} rows are too many to be told at once; ask for one kind of them with --kind")


def rows_of(connection: Connection, spot: Spot, keep: Callable[[str, Fact], bool] | None = None) -> tuple[Fact, ...]:
    """The rows of one section; with ``keep`` only those for which it is true."""
    query = f"{_select(spot)} ORDER BY r.number"
    decode = CODECS[spot.kind].decode
    rows = (decode(row) for row in connection.execute(query, (spot.number,)))
    return tuple(rows if keep is None else (row for row in rows if keep(spot.kind, row)))


def _select(spot: Spot) -> str:
    """The rows of one section, whose number is the query's one value."""
    codec = CODECS[spot.kind]
    return (
        f"SELECT {codec.selected} FROM {spot.schema}.section s JOIN {codec.source(spot.kind, spot.schema)} "
        f"WHERE s.id = ? AND r.number BETWEEN s.first_row AND s.first_row + s.rows - 1"
    )


def numbered(connection: Connection, schema: str, ref: SnapshotRef) -> int:
    """The number of the snapshot a reference names: a label wins over a number."""
    rows: list[tuple[Any, ...]] = [
        tuple(row) for row in connection.execute(f"SELECT id, label FROM {schema}.snapshot ORDER BY id LIMIT 100000")
    ]
    if not rows:
        raise NoSuchSnapshotError(f"{ref.path}: holds no snapshot")
    if ref.name in (FIRST, LAST):
        return int(rows[0 if ref.name == FIRST else -1][0])
    for number, label in rows:
        if label == ref.name:
            return int(number)
    for number, _ in rows:
        if str(number) == ref.name:
            return int(number)
    raise NoSuchSnapshotError(f"{ref.path}: no snapshot {ref.name!r} in it; `netlapse ls {ref.path}` lists them")
