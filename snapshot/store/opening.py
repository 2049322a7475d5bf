"""Opening a file that may come from a stranger: what it is, whether it is whole, and then a connection to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from snapshot.store.connecting import SCHEMAS, Files, check_schema, check_structure, connect, telling
from snapshot.store.contents import content
from snapshot.store.errors import DamagedError
from snapshot.store.seal import holds, holds_unpacked


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that can only read ``path``, which may be compressed or in a bundle.

    Raises ``FileError`` for a file that is missing or of another kind, ``NotOursError``, ``TooNewError``, and
    ``DamagedError`` for anything SQLite finds wrong while the connection is used.
    """
    with held(path) as files:
        check_seals(files)
        with connected(files) as connection:
            yield connection


@contextmanager
def held(path: Path, other: Path | None = None) -> Iterator[Files]:
    """One file or two, which may be one, known by their first bytes, unpacked and held open. Raises as ``opened`` does."""
    with content(path) as first:
        if other is None or other.absolute() == path.absolute():
            yield (first,)
            return
        with content(other) as second:
            yield (first, second)


def look_through(files: Files) -> None:
    """Raise as ``opened`` does for files that are held and are not whole: what need not be done by who reads them."""
    check_seals(files)
    with connected(files):
        pass


def check_seals(files: Files) -> None:
    """Raise ``DamagedError`` unless every byte is the one that was written: nothing of a damaged file is used.

    A million routes take 0.1 s. Who alters a file on purpose can seal it anew; the digests below and signatures are for that.
    """
    for file in files:
        if not (holds(file.handle) if file.data is None else holds_unpacked(file.data)):
            raise DamagedError(
                f"{file.name}: damaged: its bytes are not those that were written; "
                "`netlapse verify` says what holds; ask for the file again"
            )


@contextmanager
def connected(files: Files, looked_through: Callable[[], None] | None = None) -> Iterator[sqlite3.Connection]:
    """A connection to files that are held: schema ``main`` and, if there are two, ``other``. Raises as ``opened`` does.

    ``looked_through``: waits for who looks at their structure, and raises what was found wrong; without it that is done here.
    A process opens files for itself (sqlite.org/howtocorrupt.html, "across a fork()").
    """
    with telling(files), closing(connect(files)) as connection:
        if looked_through is not None:
            looked_through()
        for schema, file in zip(SCHEMAS, files, strict=False):
            check_schema(connection, schema, file.name)
            if looked_through is None:
                check_structure(connection, schema)
            if file.path is not None:
                file.check_in_place()
        yield connection
        for file in files:
            file.check_unchanged()
