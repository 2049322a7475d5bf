"""One capture on its way into an open file: each section and each node of the tree once, then the snapshot that has them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from snapshot.model.container import Runtime
from snapshot.model.coverage import Coverage
from snapshot.model.json import canonical
from snapshot.model.kinds import KINDS
from snapshot.model.namespace import Namespace
from snapshot.model.snapshot import Capture, FormedRows, Section, Sections
from snapshot.store.columns import CODECS
from snapshot.store.digests import (
    Parts,
    coverage_digest,
    header_digest,
    members_digest,
    node_digest,
    provenance_digest,
    root_digest,
)
from snapshot.store.forms import Forms
from snapshot.store.headers import header_values, provenance_values
from snapshot.store.packing import pack
from snapshot.store.schema import insert

Sign: TypeAlias = Callable[[str], str]
"""Makes a signature of a root digest."""
MOST_WAITING = 50_000
"""Rows kept in memory before they are written."""


class Writing:
    """One capture on its way into one open file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.rows = 0
        self.added = 0
        self.known: dict[tuple[str, str], int] = {
            (kind, digest): number
            for number, kind, digest in connection.execute("SELECT id, kind, digest FROM section")
        }
        self.next_section = max(self.known.values(), default=0) + 1
        self.next_row: dict[str, int] = {}
        self.forms: dict[str, Forms] = {}
        self.nodes = {table: self._known(table) for table in ("namespace", "runtime")}
        self.waiting: dict[str, list[tuple[Any, ...]]] = {}
        self.kept = 0

    def _known(self, table: str) -> dict[str, int]:
        """The nodes of the tree that the file has already: digest -> number."""
        return dict(self.connection.execute(f'SELECT digest, id FROM "{table}"'))

    def write(self, capture: Capture, sign: Sign | None) -> tuple[int, str, int, int]:
        """Write it; returns its number, root digest, rows, and rows that were new."""
        places = {}
        leaves: list[tuple[str, list[tuple[str, str]]]] = []
        moving: list[tuple[int, int]] = []
        for captured in capture.namespaces:
            number, digest, volatile = self._namespace(captured.namespace, captured.sections)
            places[captured.namespace.key] = number
            leaves.append((digest, [(kind, leaf) for kind, (_, leaf) in volatile.items()]))
            moving += [(number, section) for section, _ in volatile.values()]
        runtimes = [self._runtime(captured.runtime, captured.sections) for captured in capture.runtimes]
        self._flush()
        header, told = header_values(capture.header), provenance_values(capture.provenance)
        number, previous = self._before()
        parts = Parts(
            header=header_digest(header),
            provenance=provenance_digest(told),
            members=members_digest(leaves, [leaf for _, leaf in runtimes]),
            coverage=coverage_digest(map(_told, capture.coverage)),
            previous=previous,
        )
        digest = root_digest(parts)
        snapshot = number + 1
        self._many("snapshot", [(snapshot, digest, *header, *parts, self.added)])
        self._many("provenance", [(snapshot, *told)])
        if sign is not None:
            self.connection.execute(insert("signature", numbered=False), (snapshot, sign(digest)))
        self._many("snapshot_namespace", [(snapshot, number) for number in places.values()])
        self._many("snapshot_section", [(snapshot, number, section) for number, section in moving])
        self._many("snapshot_runtime", [(snapshot, number) for number, _ in runtimes])
        self._coverage(snapshot, capture, places)
        return snapshot, digest, self.rows, self.added

    def _before(self) -> tuple[int, str | None]:
        """The number and the root digest of the last snapshot in the file."""
        last = self.connection.execute("SELECT id, digest FROM snapshot ORDER BY id DESC LIMIT 1").fetchone()
        return (0, None) if last is None else (int(last[0]), str(last[1]))

    def _namespace(self, namespace: Namespace, sections: Sections) -> tuple[int, str, dict[str, tuple[int, str]]]:
        """Its number, its digest, and the numbers and digests of its sections that change by themselves."""
        stored = {kind: self._section(kind, facts) for kind, facts in sections.items()}
        fixed = {kind: value for kind, value in stored.items() if not KINDS[kind].volatile}
        values = (
            namespace.key,
            namespace.inode,
            int(namespace.host),
            canonical(namespace.names),
            int(namespace.has_process),
        )
        digest = node_digest("namespace", values, [(kind, leaf) for kind, (_, leaf) in fixed.items()])
        number = self._shared("namespace", digest, values, [section for section, _ in fixed.values()])
        return number, digest, {kind: value for kind, value in stored.items() if KINDS[kind].volatile}

    def _runtime(self, runtime: Runtime, sections: Sections) -> tuple[int, str]:
        stored = {kind: self._section(kind, facts) for kind, facts in sections.items()}
        values = (runtime.name, runtime.endpoint, runtime.version, runtime.api_version)
        digest = node_digest("runtime", values, [(kind, leaf) for kind, (_, leaf) in stored.items()])
        number = self._shared("runtime", digest, values, [section for section, _ in stored.values()])
        return number, digest

    def _shared(self, table: str, digest: str, values: tuple[Any, ...], sections: Sequence[int]) -> int:
        """The number of a node of the tree, which is stored once however many snapshots have it."""
        known = self.nodes[table]
        if digest in known:
            return known[digest]
        number = known[digest] = len(known) + 1
        self._later(table, [(number, digest, *values)])
        self._later(f"{table}_section", [(number, section) for section in sections])
        return number

    def _section(self, kind: str, section: Section) -> tuple[int, str]:
        packed = pack(kind, section)
        digest, count = packed.digest, packed.count
        self.rows += count
        found = self.known.get((kind, digest))
        if found is not None:
            return found, digest
        number = self.next_section
        self.next_section += 1
        self.known[kind, digest] = number
        self.added += count
        first = 0
        if count:
            first = self.next_row.get(kind) or self._last(f"{kind}_row") + 1
            self.next_row[kind] = first + count
            self._rows(kind, packed.rows, first)
        self._later("section", [(number, kind, digest, count, first)])
        return number, digest

    def _rows(self, kind: str, rows: tuple[tuple[Any, ...], ...] | FormedRows, first: int) -> None:
        """Write a section's rows, the first of them under this number and the others under those that follow."""
        table = f"{kind}_row"
        if not CODECS[kind].common:
            assert isinstance(rows, tuple)
            self._later(table, [(at, *row) for at, row in enumerate(rows, first)])
            return
        forms = self.forms.get(kind)
        if forms is None:
            forms = self.forms[kind] = Forms(self.connection, kind)
        if isinstance(rows, tuple):
            self._later(table, [(at, *own, forms[form]) for at, (*own, form) in enumerate(rows, first)])
        else:
            # Into an empty range above all others SQLite puts row after row (sqlite.org/autoinc.html).
            self._flush()
            self.connection.executemany(insert(table, numbered=False), rows.numbered(forms))

    def _last(self, table: str) -> int:
        return int(self.connection.execute(f'SELECT coalesce(max(number), 0) FROM "{table}"').fetchone()[0])

    def _coverage(self, snapshot: int, capture: Capture, places: dict[str, int]) -> None:
        sets: dict[str, int] = dict(self.connection.execute("SELECT kinds, id FROM kind_set"))
        rows = []
        for record in capture.coverage:
            key, runtime, place, kinds, *told = _told(record)
            if kinds not in sets:
                sets[kinds] = len(sets) + 1
                self._many("kind_set", [(sets[kinds], kinds)])
            rows.append((snapshot, places[key] if key is not None else None, runtime, place, sets[kinds], *told))
        self._many("coverage", rows)

    def _later(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        """Keep rows until there are enough of them for one statement: hundreds of namespaces have a few rows each."""
        if rows:
            self.waiting.setdefault(table, []).extend(rows)
            self.kept += len(rows)
            if self.kept > MOST_WAITING:
                self._flush()

    def _flush(self) -> None:
        """Write what was kept."""
        for table, rows in self.waiting.items():
            self._many(table, rows)
        self.waiting.clear()
        self.kept = 0

    def _many(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self.connection.executemany(insert(table), rows)


def _told(record: Coverage) -> tuple[Any, ...]:
    """A coverage record as its digest takes it."""
    return (
        record.namespace, record.runtime, record.place, canonical(record.kinds), record.status, record.error,
        record.attempts, record.started_us, record.finished_us,
    )  # fmt: skip
