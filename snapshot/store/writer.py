"""Writing captures: a new file, or one more snapshot in an existing one. The old state or the new, never a third."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

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
from snapshot.store.errors import DamagedError, FileError
from snapshot.store.files import explained, written
from snapshot.store.format import APPLICATION_ID, FORMAT_VERSION, PAGE_SIZE
from snapshot.store.forms import Forms
from snapshot.store.guard import check_existing, check_place, locked
from snapshot.store.headers import header_values, provenance_values
from snapshot.store.packing import pack
from snapshot.store.places import Place, placed
from snapshot.store.schema import ddl, insert
from snapshot.store.seal import seal, unseal
from snapshot.store.temporary import copy

Sign: TypeAlias = Callable[[str], str]
"""Makes a signature of a root digest."""
MOST_WAITING = 50_000
"""Rows kept in memory before they are written."""


class Written(NamedTuple):
    """What a write did: the snapshot's number and root digest, rows it holds, rows that were new to the file, bytes."""

    id: int
    digest: str
    rows: int
    added_rows: int
    file_bytes: int


def check_target(path: Path, *, append: bool, label: str | None = None) -> None:
    """Raise ``FileError`` early if a capture could not be written there: before the host is read, not after."""
    with explained(path), placed(path) as place:
        check_place(place)
        there = place.stat()
        if there is None:
            return
        check_existing(place, there, append=append)
        # Only who adds to a file has to read it.
        _check_label(path, path, label)


def create(path: Path, capture: Capture, sign: Sign | None = None) -> Written:
    """Write a new file. Raises ``FileError`` if it exists or cannot be made; nothing is left behind then."""
    with explained(path), placed(path) as place:
        check_place(place)
        there = place.stat()
        if there is not None:
            check_existing(place, there, append=False)
        with written(place, overwrite=False) as temporary:
            return _add(temporary, capture, sign, new=True)


def create_all(path: Path, captures: Iterable[Capture]) -> tuple[Written, ...]:
    """Write a new file of several captures, which are made as they are written. Raises ``FileError`` as ``create`` does.

    A section that an earlier one had needs no rows: its digest is enough.
    """
    with explained(path), placed(path) as place:
        check_place(place)
        there = place.stat()
        if there is not None:
            check_existing(place, there, append=False)
        done: list[Written] = []
        with written(place, overwrite=False) as temporary:
            for capture in captures:
                if done:
                    unseal(temporary)
                done.append(_add(temporary, capture, None, new=not done))
            if not done:
                raise FileError(f"{path}: there is no snapshot to write")
        return tuple(done)


def append(path: Path, capture: Capture, sign: Sign | None = None) -> Written:
    """Add a snapshot to a file, or make the file if there is none. Raises ``FileError``; the old file stays then.

    A file that is not as it was written is not added to: its damage would be sealed.

    The file is copied, added to and put in place of the old one, so that readers see the old state or the new, and a
    writer that dies leaves the old one untouched. Writers of one file wait for each other.
    """
    with explained(path), placed(path) as place:
        check_place(place)
        while True:
            with locked(place) as old:
                if old >= 0:
                    return _append(place, old, capture, sign)
            # Somebody may make it in the meantime, and then it is added to.
            with suppress(FileExistsError), written(place, overwrite=False) as temporary:
                return _add(temporary, capture, sign, new=True)


def _append(place: Place, old: int, capture: Capture, sign: Sign | None) -> Written:
    before = os.fstat(old)
    check_existing(place, before, append=True)
    with written(place, overwrite=True, instead_of=before, old=old) as temporary:
        with temporary.open("r+b") as file:
            copy(old, file.fileno())
        # What is added to is the copy, which nobody else can write to. Somebody may have added the label while we waited.
        _check_label(temporary, place.target, capture.header.label)
        try:
            unseal(temporary)
        except DamagedError as error:
            raise DamagedError(str(error).replace(str(temporary), str(place.target))) from error
        return _add(temporary, capture, sign, new=False)


def _check_label(path: Path, named: Path, label: str | None) -> None:
    """Raise ``FileError`` unless it is a file of ours, and has no snapshot of that label."""
    from snapshot.store.reader import list_snapshots

    try:
        labels = {entry.header.label for entry in list_snapshots(path)}
    except FileError as error:
        raise type(error)(str(error).replace(str(path), str(named))) from error
    if label is not None and label in labels:
        raise FileError(f"{named}: has a snapshot labelled {label!r} already; choose another label")


def _add(path: Path, capture: Capture, sign: Sign | None, *, new: bool) -> Written:
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            # The file is a private temporary until it is renamed: a journal would guard nothing.
            connection.execute("PRAGMA journal_mode=OFF")
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            if new:
                connection.execute(f"PRAGMA page_size={PAGE_SIZE}")
                connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version={FORMAT_VERSION}")
                connection.executescript(f"BEGIN;{ddl()[0]}")
            else:
                connection.execute("BEGIN")
            number, digest, rows, added = _Writing(connection).write(capture, sign)
            if new:
                for statement in ddl()[1].splitlines():
                    connection.execute(statement)
            connection.execute("COMMIT")
        seal(path)
    except UnicodeEncodeError as error:
        raise FileError(f"a text of the snapshot is not valid Unicode ({error.reason}); nothing was written") from error
    except sqlite3.Error as error:
        raise FileError(f"{path.parent}: the snapshot could not be written ({error}); {_advice(error)}") from error
    except OverflowError as error:
        raise FileError(f"a number of the snapshot is too large to be stored ({error}); nothing was written") from error
    return Written(id=number, digest=digest, rows=rows, added_rows=added, file_bytes=path.stat().st_size)


def _advice(error: sqlite3.Error) -> str:
    """What to do about it: SQLite tells a full disk from all else (sqlite.org/rescode.html), and calls a quota all else."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
        return "nothing was written: free some space there"
    return "nothing was written: name another place, or look whether the disk is sound or a quota used up"


class _Writing:
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
