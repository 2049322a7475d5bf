"""Opening a file that may come from a stranger: limits and a deadline before the first query, then the exact schema."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import quote

from snapshot.store.errors import DamagedError, FileError, NotOursError, TooNewError, TooOldError
from snapshot.store.format import APPLICATION_ID, FORMAT_VERSION
from snapshot.store.schema import ddl

MAGIC = b"SQLite format 3\x00"
DEADLINE = 300.0
"""Seconds that all queries on a file may take together."""

LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 64_000_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 200_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 100,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 50,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 4,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 100_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 8,
    sqlite3.SQLITE_LIMIT_ATTACHED: 1,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1_000,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 1_000,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}


@contextmanager
def opened(path: Path, other: Path | None = None) -> Iterator[sqlite3.Connection]:
    """A connection that can only read ``path`` (schema ``main``) and, if given, ``other`` (schema ``other``).

    Raises ``FileError`` for a file that is missing or of another kind, ``NotOursError``, ``TooNewError``, and
    ``DamagedError`` for anything SQLite finds wrong while the connection is used.
    """
    check_file(path)
    if other is not None:
        check_file(other)
    where = path if other is None else f"{path} or {other}"
    try:
        with closing(_connect(path, other)) as connection:
            check_schema(connection, "main", path)
            if other is not None:
                check_schema(connection, "other", other)
            yield connection
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        if "interrupted" in str(error):
            raise DamagedError(f"{where}: reading it took too long; it was given up") from error
        raise DamagedError(f"{where}: damaged ({error}); ask for the file again") from error
    except DamagedError as error:
        raise DamagedError(str(error) if str(path) in str(error) else f"{where}: damaged: {error}") from error


def check_file(path: Path) -> None:
    """Look at a file before SQLite does. Raises ``FileError`` or ``NotOursError``."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise FileError(f"{path}: no such file") from error
    except OSError as error:
        raise FileError(f"{path}: cannot be opened ({error.strerror})") from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise NotOursError(f"{path}: not a regular file")
        head = os.read(handle, 100)
    finally:
        os.close(handle)
    if not head:
        raise NotOursError(f"{path}: empty, not a netlapse file")
    if not head.startswith(MAGIC):
        raise NotOursError(f"{path}: not a netlapse file (it is not an SQLite file)")
    if len(head) < 100:
        raise DamagedError(f"{path}: damaged: cut off within its header; ask for the file again")
    if int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise NotOursError(f"{path}: an SQLite file, but not a netlapse file")
    version = int.from_bytes(head[60:64], "big")
    if version > FORMAT_VERSION:
        raise TooNewError(
            f"{path}: format {version}, and this netlapse knows formats up to {FORMAT_VERSION}: use a newer netlapse"
        )
    if version < 1:
        raise DamagedError(f"{path}: damaged: format {version} was never written; ask for the file again")
    if version < FORMAT_VERSION:
        raise TooOldError(f"{path}: format {version}, of netlapse's first builds, is read no more: capture anew")
    for suffix in ("-wal", "-journal", "-shm"):
        if os.path.lexists(f"{path}{suffix}"):
            raise NotOursError(
                f"{path}{suffix}: netlapse writes no such file: somebody else had the snapshot open; remove it"
            )


def _connect(path: Path, other: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(_uri(path), uri=True, isolation_level=None, cached_statements=256)
    for limit, value in LIMITS.items():
        connection.setlimit(limit, value)
    end = time.monotonic() + DEADLINE
    connection.set_progress_handler(lambda: time.monotonic() > end, 100_000)
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0", "query_only=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    if other is not None:
        connection.execute("ATTACH DATABASE ? AS other", (_uri(other),))
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 1 if other is not None else 0)
    return connection


def _uri(path: Path) -> str:
    return f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"


def check_schema(connection: sqlite3.Connection, schema: str, path: Path) -> None:
    """Raise ``NotOursError`` unless tables and views are exactly ours: others of our names could run for ever."""
    rows = connection.execute(f"SELECT type, name, sql FROM {schema}.sqlite_master LIMIT 200")
    found = {(str(kind), str(name), _plain(sql)) for kind, name, sql in rows}
    if found != _schema():
        raise NotOursError(f"{path}: its tables are not those of a netlapse file; ask for the file again")


def _plain(sql: object) -> str:
    return " ".join(str(sql).split()).replace('"', "") if sql is not None else ""


@cache
def _schema() -> frozenset[tuple[str, str, str]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript("".join(ddl()))
        rows = connection.execute("SELECT type, name, sql FROM sqlite_master")
        return frozenset((str(kind), str(name), _plain(sql)) for kind, name, sql in rows)
