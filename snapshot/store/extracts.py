"""What checks go by of the big kinds: chosen, grouped and bounded by the database. Sections that are shared are read once."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from snapshot.model.kinds import Fact
from snapshot.store.columns import CODECS
from snapshot.store.loaded import Extract, Loaded
from snapshot.store.tree import Tree

if TYPE_CHECKING:
    from sqlalchemy import Connection

LARGEST = 200_000
"""Rows of a section up to which all of it is gone through; of a larger one only what ``Wanted.of_larger`` says."""
ALTOGETHER = 2_000_000
"""Rows that are gone through in one snapshot, the smallest sections first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is read of one kind.

    where      which rows, in SQL on the row (``r``) and its form (``f``, what many rows have in common)
    alike      the columns by which rows are told in groups, each by its first; empty: every row by itself
    of_larger  which rows of a section that is too large to be gone through; None: none
    host       only of the host's own namespace
    most       rows (or groups) of a section that are read; a section with more is ``cut``
    """

    where: str = "1"
    alike: tuple[str, ...] = ()
    of_larger: str | None = None
    host: bool = False
    most: int = 10_000


WANTED: dict[str, Wanted] = {
    # Without what the kernel keeps in the table "local" for every address. Routes that lead the same way are one; those
    # without a gateway tell by their destinations what is on a link.
    "route": Wanted(
        where="f.type NOT IN ('local', 'broadcast', 'anycast', 'multicast')",
        alike=("r.form", "r.dev", "r.gateway", "CASE WHEN r.gateway IS NULL THEN r.dst END"),
        of_larger="(r.gateway IS NULL OR r.dst IN ('0.0.0.0/0', '::/0'))",
    ),
    "nexthop": Wanted(),
    "rule": Wanted(),
    "neighbour": Wanted(alike=("r.form",)),
    "sysctl": Wanted(host=True),
    "socket": Wanted(host=True),
    "firewall": Wanted(host=True),
}


def with_extracts(connection: Connection, sides: Sequence[tuple[str, Tree]]) -> list[Loaded]:
    """Snapshots with what checks go by; each with the schema of the file it is in."""
    known: dict[tuple[str, str], Extract] = {}
    for schema, tree in sides:
        for kind, wanted in WANTED.items():
            _read(connection, schema, tree, kind, wanted, known)
    return [_filled(tree, known) for _, tree in sides]


def _filled(tree: Tree, known: dict[tuple[str, str], Extract]) -> Loaded:
    namespaces = tuple(
        replace(
            place,
            extracts={
                kind: known[kind, place.digests[kind]]
                for kind, wanted in WANTED.items()
                if kind in place.digests and (place.namespace.host or not wanted.host)
            },
        )
        for place in tree.loaded.namespaces
    )
    return replace(tree.loaded, namespaces=namespaces)


def _read(
    connection: Connection,
    schema: str,
    tree: Tree,
    kind: str,
    wanted: Wanted,
    known: dict[tuple[str, str], Extract],
) -> None:
    """Read a kind's sections of one snapshot, but for those that are known by their digest."""
    digests: dict[int, str] = {}
    for place in tree.loaded.namespaces:
        digest = place.digests.get(kind)
        if digest is not None and (place.namespace.host or not wanted.host) and (kind, digest) not in known:
            digests[tree.sections[place.namespace.key, kind]] = digest
    if not digests:
        return
    query = f"SELECT id, rows FROM {schema}.section WHERE id IN (SELECT value FROM json_each(?)) ORDER BY rows, id"
    totals = {int(s): int(n) for s, n in connection.exec_driver_sql(query, (json.dumps(list(digests)),))}
    small: list[int] = []
    left = ALTOGETHER
    for section, rows in totals.items():
        if rows <= min(LARGEST, left):
            small.append(section)
            left -= rows
    rows_of, counts, cut = _rows(connection, schema, kind, wanted, small)
    large = [section for section in totals if section not in set(small)]
    if wanted.of_larger is not None and large:
        more = replace(wanted, where=f"{wanted.where} AND {wanted.of_larger}")
        for section in large[:10]:
            found, numbers, _ = _rows(connection, schema, kind, more, [section])
            rows_of |= found
            counts |= numbers
    cut |= set(large)
    for section, digest in digests.items():
        known[kind, digest] = Extract(
            rows=tuple(rows_of.get(section, ())),
            counts=tuple(counts.get(section, ())),
            total=totals.get(section, 0),
            cut=section in cut,
        )


def _rows(
    connection: Connection, schema: str, kind: str, wanted: Wanted, sections: Collection[int]
) -> tuple[dict[int, list[Fact]], dict[int, list[int]], set[int]]:
    """The rows of some sections, how many each stands for, and the sections that have more than are wanted."""
    codec = CODECS[kind]
    rows: dict[int, list[Fact]] = {}
    counts: dict[int, list[int]] = {}
    cut: set[int] = set()
    for section, count, _, *row in _query(connection, schema, kind, wanted, sections):
        held = rows.setdefault(section, [])
        if len(held) >= wanted.most:
            cut.add(section)
            continue
        held.append(codec.decode(row))
        counts.setdefault(section, []).append(count)
    return rows, counts, cut


def _query(
    connection: Connection, schema: str, kind: str, wanted: Wanted, sections: Collection[int]
) -> Iterable[Sequence[Any]]:
    # With min() the other columns are those of the row that has the least number (SQLite, "bare columns in an aggregate").
    codec = CODECS[kind]
    grouped = f"GROUP BY s.id, {', '.join(wanted.alike)}" if wanted.alike else ""
    told = "count(*), min(r.number)" if wanted.alike else "1, r.number"
    return connection.exec_driver_sql(
        f"SELECT s.id, {told}, {codec.selected} FROM {schema}.section s JOIN {codec.source(kind, schema)} "
        "WHERE s.id IN (SELECT value FROM json_each(?)) "
        f"AND r.number BETWEEN s.first_row AND s.first_row + s.rows - 1 AND {wanted.where} {grouped} ORDER BY 1, 3",
        (json.dumps(list(sections)),),
    )
