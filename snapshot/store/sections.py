"""Where the sections of one snapshot stand, and the small ones of them read: each once, and held against its digest."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from snapshot.model.kinds import KINDS, Fact
from snapshot.model.route import Route
from snapshot.store.columns import CODECS
from snapshot.store.digests import section_digest
from snapshot.store.errors import DamagedError
from snapshot.store.loaded import LoadedNamespace
from snapshot.store.rows import RowReader

if TYPE_CHECKING:
    from sqlite3 import Connection

EVERYWHERE = ("0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1")
"""Destinations of default routes, and of the halves of one that VPNs add."""
DEFAULTS = f"({', '.join(map(repr, EVERYWHERE))})"
LINKS = {
    "namespace": "FROM @namespace_section WHERE namespace_id IN (SELECT value FROM json_each(?)) GROUP BY namespace_id",
    "runtime": "FROM @runtime_section WHERE runtime_id IN (SELECT value FROM json_each(?)) GROUP BY runtime_id",
}
VOLATILE = "FROM @snapshot_section WHERE snapshot_id = ? GROUP BY namespace_id"


class Spot(NamedTuple):
    """Where a section stands: its kind, its digest, the schema of its file, and its number there."""

    kind: str
    digest: str
    schema: str
    number: int


Spots = Mapping[str, Spot]
"""By kind."""


class Known:
    """What was read of one snapshot and held against its digest: in another one the same digest is the same, read or not."""

    def __init__(self, *, held: bool = False) -> None:
        """``held``: what will be read is held against its digests by somebody else."""
        self.held = held
        self.facts: dict[tuple[str, str], tuple[Fact, ...]] = {}
        self.ways: dict[str, tuple[Route, ...]] = {}
        self.namespaces: dict[str, tuple[LoadedNamespace, Spots]] = {}


class Sections:
    """The sections of one open file."""

    def __init__(self, connection: Connection, schema: str, known: Known) -> None:
        self._connection = connection
        self._schema = schema
        self._known = known
        self._spots: dict[int, Spot] = {}

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query, in which "@" is the schema."""
        return self._connection.execute(sql.replace("@", f"{self._schema}."), values).fetchall()

    def of(self, owner: str, numbers: Collection[int]) -> dict[int, Spots]:
        """The sections of some namespaces or runtimes, by the number of these."""
        return self._held(f"SELECT {owner}_id, group_concat(section_id) {LINKS[owner]}", json.dumps([*numbers]), owner)

    def volatile(self, snapshot: int) -> dict[int, Spots]:
        """The sections of what changes by itself, by the namespace's number."""
        return self._held(
            f"SELECT namespace_id, group_concat(section_id) {VOLATILE}", snapshot, "namespace", volatile=True
        )

    def _held(self, query: str, value: object, owner: str, *, volatile: bool = False) -> dict[int, Spots]:
        try:
            listed = [(number, [*map(int, text.split(","))]) for number, text in self.query(query, value)]
            spots = self._stand({section for _, sections in listed for section in sections})
            found: dict[int, Spots] = {
                number: {spot[0]: spot for spot in map(spots.__getitem__, sections)} for number, sections in listed
            }
        except (AttributeError, KeyError, ValueError) as error:
            raise DamagedError("a list of sections in it cannot be read") from error
        if any(len(found[number]) != len(sections) for number, sections in listed):
            raise DamagedError(f"a {owner} in it has two sections of one kind")
        for kind in {spot.kind for spot in spots.values()}:
            if kind not in KINDS or KINDS[kind].owner != owner or KINDS[kind].volatile != volatile:
                raise DamagedError(f"a section in it is of a kind that a {owner} cannot have")
        return found

    def _stand(self, numbers: Collection[int]) -> dict[int, Spot]:
        rows = self.query(
            "SELECT id, kind, digest FROM @section WHERE id IN (SELECT value FROM json_each(?))",
            json.dumps([*numbers]),
        )
        if not all(type(kind) is type(digest) is str for _, kind, digest in rows):
            raise DamagedError("a section in it cannot be read")
        return {number: Spot(kind, digest, self._schema, number) for number, kind, digest in rows}

    def read_whole(self, spots: Iterable[Spot]) -> None:
        """Read what is not known yet of the sections of small kinds. Raises ``DamagedError`` where a digest does not hold."""
        wanted: dict[str, dict[int, str]] = {}
        for kind, digest, _, number in spots:
            if KINDS[kind].whole and (kind, digest) not in self._known.facts:
                wanted.setdefault(kind, {})[number] = digest
        for kind, digests in wanted.items():
            reader = RowReader(self._connection, self._schema, kind)
            rows = self.query(
                f"SELECT {reader.columns}, s.id FROM @section s JOIN {reader.source} WHERE s.id IN "
                f"(SELECT value FROM json_each(?)) AND s.kind = '{kind}' "
                "AND r.number BETWEEN s.first_row AND s.first_row + s.rows - 1 ORDER BY s.id, r.number",
                json.dumps([*digests]),
            )
            # Decoding checks the types, which the digest relies on.
            facts = reader.facts(rows)
            whole = reader.whole(rows) if not self._known.held else ()
            spans = _spans(row[-1] for row in rows)
            for number, digest in digests.items():
                start, end = spans.get(number, (0, 0))
                if not self._known.held and section_digest(kind, whole[start:end]) != digest:
                    raise DamagedError(f"a section of {kind} rows is not what was written (its digest does not hold)")
                self._known.facts[kind, digest] = tuple(facts[start:end])

    def read_ways(self, spots: Iterable[Spot]) -> None:
        """Read the routes to everywhere, or to a half of it, of the sections of routes in which they are not known yet."""
        known = self._known.ways
        wanted = {spot.number: spot.digest for spot in spots if spot.kind == "route" and spot.digest not in known}
        if not wanted:
            return
        reader = RowReader(self._connection, self._schema, "route")
        found: dict[int, list[Route]] = {number: [] for number in wanted}
        rows = self.query(
            f"SELECT {reader.columns}, s.id FROM @section s JOIN {CODECS['route'].source('route', self._schema)} WHERE s.id IN "
            "(SELECT value FROM json_each(?)) AND s.kind = 'route' "
            "AND r.number BETWEEN s.first_row AND s.first_row + s.rows - 1 "
            f"AND r.dst IN {DEFAULTS} ORDER BY s.id, r.number",
            json.dumps([*wanted]),
        )
        for row, route in zip(rows, reader.facts(rows), strict=True):
            found[row[-1]].append(cast(Route, route))
        known |= {digest: tuple(found[number]) for number, digest in wanted.items()}


def _spans(numbers: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Where each number begins and ends among numbers that are in order."""
    spans: dict[int, tuple[int, int]] = {}
    start = 0
    for number, many in groupby(numbers):
        end = start + sum(1 for _ in many)
        spans[number] = start, end
        start = end
    return spans
