"""Writing captures: a new file, or one more snapshot in an existing one. The old state or the new, never a third."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from snapshot.model.snapshot import Capture
from snapshot.store.errors import DamagedError, FileError
from snapshot.store.files import explained, written
from snapshot.store.format import APPLICATION_ID, FORMAT_VERSION, PAGE_SIZE
from snapshot.store.guard import check_existing, check_place, locked
from snapshot.store.places import Place, placed
from snapshot.store.schema import ddl
from snapshot.store.seal import seal, unseal
from snapshot.store.temporary import copy
from snapshot.store.writing import Sign, Writing


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
    from snapshot.store.contents import is_plain
    from snapshot.store.reader import list_snapshots

    try:
        if not is_plain(path):
            raise FileError(f"{path}: compressed, or a bundle: unpack it, and add to what comes out of it")
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
            number, digest, rows, added = Writing(connection).write(capture, sign)
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
