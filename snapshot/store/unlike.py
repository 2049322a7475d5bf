"""Where two sections differ: the rows that only one of them has, found without decoding those that both have.

Both sections are in the canonical order of their kind (docs/snapshot-format.md, "Digests"), so rows that stay stand in the same
order in both: as long as nothing came or went, in the same place. SQLite holds a million pairs of rows against each other in
0.2 s. Where rows came or went both sections are gone through side by side.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from snapshot.model.kinds import Fact
from snapshot.store.columns import CODECS
from snapshot.store.errors import DamagedError
from snapshot.store.sections import Spot

if TYPE_CHECKING:
    from sqlite3 import Connection

Row = tuple[Any, ...]

LARGE = 20_000
"""Rows of a section from which on it is worth a query of its own to see whether the places agree."""
SHARE = 5
"""The places agree if no more than one row in so many differs."""
AT_ONCE = 5_000
"""Rows that are fetched at once."""
FORMS = 64
"""Forms whose numbers may differ between two files and still be translated row by row."""
MOST_FORMS = 100_000
"""Forms of a kind that are held against those of another file."""


class Side(NamedTuple):
    """One of the two sections. ``columns`` are what its rows are compared by, in SQL: their own, then their form, if any."""

    schema: str
    kind: str
    columns: tuple[str, ...]
    first: int
    rows: int

    @property
    def source(self) -> str:
        """Its rows, in SQL."""
        return f'FROM {self.schema}."{self.kind}_row" r WHERE r.number'

    def at(self, connection: Connection, numbers: list[int]) -> list[Row]:
        """The rows of these numbers, each behind its number."""
        query = (
            f"SELECT r.number, {', '.join(self.columns)} {self.source} IN (SELECT value FROM json_each(?)) ORDER BY 1"
        )
        return connection.execute(query, (json.dumps(numbers),)).fetchall()

    def all(self, connection: Connection) -> Iterator[list[Row]]:
        """All of its rows likewise, so many at once."""
        query = f"SELECT r.number, {', '.join(self.columns)} {self.source} BETWEEN ? AND ? ORDER BY 1"
        cursor = connection.execute(query, (self.first, self.first + self.rows - 1))
        while found := cursor.fetchmany(AT_ONCE):
            yield found


Translations = dict[str, tuple[str, str] | None]
"""By kind: how the rows of two files tell their forms. See ``_forms``."""


def unlike(
    connection: Connection, mine: Spot, other: Spot, known: Translations
) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """The rows that only the one section has, and those that only the other has, in their order.

    A row that one has more often than the other counts as often as that. ``known`` is kept between calls for the same two
    files. Raises ``DamagedError``.
    """
    kind = mine.kind
    if kind not in known:
        known[kind] = _forms(connection, kind, mine.schema, other.schema)
    forms = known[kind]
    if forms is None:
        return _except(connection, mine, other), _except(connection, other, mine)
    a, b = (_side(connection, spot, form) for spot, form in zip((mine, other), forms, strict=True))
    ours, theirs = _in_place(connection, a, b) or _side_by_side(connection, a, b)
    return _facts(connection, a, ours), _facts(connection, b, theirs)


def _side(connection: Connection, spot: Spot, form: str) -> Side:
    codec = CODECS[spot.kind]
    first, rows = connection.execute(
        f"SELECT first_row, rows FROM {spot.schema}.section WHERE id = ?", (spot.number,)
    ).fetchone()
    if type(first) is not int or type(rows) is not int:
        raise DamagedError("a section in it cannot be read")
    own = tuple(f'r."{codec.columns[number].name}"' for number in codec.own or range(len(codec.columns)))
    return Side(schema=spot.schema, kind=spot.kind, columns=(*own, form) if form else own, first=first, rows=rows)


def _forms(connection: Connection, kind: str, mine: str, other: str) -> tuple[str, str] | None:
    """The form of a row of either file, as the first of them numbers it, in SQL; "" for a kind without forms.

    None if there are too many forms for that.
    """
    codec = CODECS[kind]
    if not codec.common:
        return "", ""
    if mine == other:
        return "r.form", "r.form"
    names = ", ".join(f'"{codec.columns[number].name}"' for number in codec.common)
    held, theirs = (
        connection.execute(f'SELECT number, {names} FROM {schema}."{kind}_form" LIMIT {MOST_FORMS + 1}').fetchall()
        for schema in (mine, other)
    )
    if max(len(held), len(theirs)) > MOST_FORMS:
        return None
    known = {row[1:]: row[0] for row in held}
    # A form that the first file has not gets a number that none has there.
    now = {row[0]: known.get(row[1:], -row[0]) for row in theirs}
    moved = [f"WHEN {old} THEN {new}" for old, new in now.items() if old != new]
    if len(moved) > FORMS:
        return None
    return "r.form", f"CASE r.form {' '.join(moved)} ELSE r.form END" if moved else "r.form"


def _in_place(connection: Connection, a: Side, b: Side) -> tuple[list[int], list[int]] | None:
    """The numbers of the rows that differ from the row in the same place; None if the places do not agree."""
    if a.rows != b.rows or a.rows < LARGE:
        return None
    # Both sides call their row r: the first one's is seen from outside.
    differs = " OR ".join(f"{x.replace('r.', 'o.', 1)} IS NOT {y}" for x, y in zip(a.columns, b.columns, strict=True))
    query = (
        f'SELECT o.number FROM {a.schema}."{a.kind}_row" o JOIN {b.schema}."{b.kind}_row" r ON r.number = o.number + ? '
        f"WHERE o.number BETWEEN ? AND ? AND ({differs}) LIMIT ?"
    )
    shift, most = b.first - a.first, a.rows // SHARE
    found = [n for (n,) in connection.execute(query, (shift, a.first, a.first + a.rows - 1, most + 1))]
    if len(found) > most:
        return None
    return _numbers(_uncommon(a.at(connection, found), b.at(connection, [number + shift for number in found])))


def _side_by_side(connection: Connection, a: Side, b: Side) -> tuple[list[int], list[int]]:
    """The numbers of the rows that only one side has: both are gone through at once, what has found its like is forgotten."""
    left: list[Row] = []
    right: list[Row] = []
    for ours, theirs in zip_longest(a.all(connection), b.all(connection), fillvalue=()):
        left, right = _uncommon([*left, *ours], [*right, *theirs])
    return _numbers((left, right))


def _numbers(rows: tuple[list[Row], list[Row]]) -> tuple[list[int], list[int]]:
    return [row[0] for row in rows[0]], [row[0] for row in rows[1]]


def _uncommon(mine: list[Row], other: list[Row]) -> tuple[list[Row], list[Row]]:
    """The rows (number first) that have no like on the other side."""
    # Most rows stand opposite their like.
    pairs = [(a, b) for a, b in zip(mine, other, strict=False) if a[1:] != b[1:]]
    shorter = min(len(mine), len(other))
    ours, theirs = [a for a, _ in pairs] + mine[shorter:], [b for _, b in pairs] + other[shorter:]
    here, there = Counter(row[1:] for row in ours), Counter(row[1:] for row in theirs)
    return _without(ours, there), _without(theirs, here)


def _without(rows: list[Row], likes: Counter[Row]) -> list[Row]:
    """The rows, but for one for each of the likes."""
    left = []
    for row in rows:
        if likes.get(row[1:], 0) > 0:
            likes[row[1:]] -= 1
        else:
            left.append(row)
    return left


def _facts(connection: Connection, side: Side, numbers: list[int]) -> tuple[Fact, ...]:
    if not numbers:
        return ()
    codec = CODECS[side.kind]
    query = (
        f"SELECT {codec.selected} FROM {codec.source(side.kind, side.schema)} "
        "WHERE r.number IN (SELECT value FROM json_each(?)) ORDER BY r.number"
    )
    return tuple(codec.decode(row) for row in connection.execute(query, (json.dumps(numbers),)))


def _except(connection: Connection, mine: Spot, other: Spot) -> tuple[Fact, ...]:
    """The rows of one section that another has not, by SQLite's own means."""
    codec = CODECS[mine.kind]
    section = " EXCEPT ".join(
        f"SELECT {codec.selected} FROM {spot.schema}.section s JOIN {codec.source(spot.kind, spot.schema)} "
        "WHERE s.id = ? AND r.number BETWEEN s.first_row AND s.first_row + s.rows - 1"
        for spot in (mine, other)
    )
    return tuple(codec.decode(row) for row in connection.execute(section, (mine.number, other.number)))
