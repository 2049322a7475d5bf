"""Writing captures: a new file, or one more snapshot in an existing one. The old state or the new, never a third."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from snapshot.model.snapshot import Capture
from snapshot.store.errors import FileError, MixedError
from snapshot.store.files import explained, written
from snapshot.store.format import APPLICATION_ID, FORMAT_VERSION, PAGE_SIZE
from snapshot.store.guard import check_existing, check_place, locked
from snapshot.store.places import Place, placed
from snapshot.store.schema import ddl
from snapshot.store.seal import seal, unseal
from snapshot.store.temporary import copy
from snapshot.store.writing import Sign, Writing


class Written(NamedTuple):
    """What a write did: the snapshot's number and root digest, rows it holds, rows that were new to the file."""

    id: int
    digest: str
    rows: int
    added_rows: int


def check_target(path: Path, *, append: bool, label: str | None = None, redacted_with: str | None = None) -> None:
    """Raise ``FileError`` early if a capture could not be written there: before the host is read, not after.

    label, redacted_with  of the snapshot to come, as its header will have them
    """
    with explained(path), placed(path) as place:
        check_place(place)
        there = place.stat()
        if there is None:
            return
        check_existing(place, there, append=append)
        # Only who adds to a file has to read it.
        _check_others(path, path, label, redacted_with)


def create(path: Path, capture: Capture, sign: Sign | None = None) -> Written:
    """Write a new file. Raises ``FileError`` if it exists or cannot be made; nothing is left behind then."""
    return create_all(path, (capture,), sign)[0]


def create_all(path: Path, captures: Iterable[Capture], sign: Sign | None = None) -> tuple[Written, ...]:
    """Write a new file of several captures, which are made as they are written. Raises ``FileError`` as ``create`` does.

    A section that an earlier one had needs no rows: its digest is enough.
    """
    with explained(path), placed(path) as place:
        check_place(place)
        there = place.stat()
        if there is not None:
            check_existing(place, there, append=False)
        return _create(place, captures, sign)


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
            with suppress(FileExistsError):
                return _create(place, (capture,), sign)[0]


def _create(place: Place, captures: Iterable[Capture], sign: Sign | None) -> tuple[Written, ...]:
    done: list[Written] = []
    with written(place, overwrite=False) as temporary:
        for capture in captures:
            done.append(_add(temporary, capture, sign, new=not done))
        if not done:
            raise FileError(f"{place.target}: there is no snapshot to write")
        seal(temporary)
    return tuple(done)


def _append(place: Place, old: int, capture: Capture, sign: Sign | None) -> Written:
    before = os.fstat(old)
    check_existing(place, before, append=True)
    with written(place, overwrite=True, instead_of=before, old=old) as temporary:
        with temporary.open("r+b") as file:
            copy(old, file.fileno())
        # What is added to is the copy, which nobody else can write to. Somebody may have added to the file while we waited.
        _check_others(temporary, place.target, capture.header.label, capture.header.redacted_with)
        unseal(temporary)
        done = _add(temporary, capture, sign, new=False)
        seal(temporary)
        return done


def _check_others(path: Path, named: Path, label: str | None, redacted_with: str | None) -> None:
    """Raise ``FileError`` unless it is a file of ours, all of it as it was written, that a snapshot may be added to: none in
    it has that label, and all are redacted with that key, or none is."""
    from snapshot.store.contents import is_plain
    from snapshot.store.reader import list_snapshots

    try:
        if not is_plain(path):
            raise FileError(f"{path}: compressed, or a bundle: unpack it, and add to what comes out of it")
        there = list_snapshots(path)
    except FileError as error:
        raise type(error)(str(error).replace(str(path), str(named))) from error
    for entry in there:
        if label is not None and label == entry.header.label:
            raise FileError(f"{named}: has a snapshot labelled {label!r} already; choose another label")
        if entry.header.redacted_with != redacted_with:
            key = entry.header.redacted_with
            told = "not redacted" if key is None else f"redacted with key {key}"
            raise MixedError(
                f"{named}: snapshot {entry.id} is {told}, and this one would not be alike; name another file"
            )


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
            number, digest, rows, added = Writing(connection).write(capture, sign)
            if new:
                for statement in ddl()[1].splitlines():
                    connection.execute(statement)
            connection.execute("COMMIT")
    except UnicodeEncodeError as error:
        raise FileError(f"a text of the snapshot is not valid Unicode ({error.reason}); nothing was written") from error
    except sqlite3.Error as error:
        raise FileError(f"{path.parent}: the snapshot could not be written ({error}); {_advice(error)}") from error
    except OverflowError as error:
        raise FileError(f"a number of the snapshot is too large to be stored ({error}); nothing was written") from error
    return Written(id=number, digest=digest, rows=rows, added_rows=added)


def _advice(error: sqlite3.Error) -> str:
    """What to do about it: SQLite tells a full disk from all else (sqlite.org/rescode.html), and calls a quota all else."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
        return "nothing was written: free some space there"
    return "nothing was written: name another place, or look whether the disk is sound or a quota used up"
