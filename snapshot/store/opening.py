"""Opening a file that may come from a stranger: limits and a deadline before the first query, then the exact schema."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import quote

from snapshot.store.claims import check_rows
from snapshot.store.contents import Content, content
from snapshot.store.errors import DamagedError, FileError, NotOursError
from snapshot.store.schema import ddl
from snapshot.store.seal import SEAL_BYTES, holds, holds_unpacked

SCHEMAS = ("main", "other")
Files = tuple[Content] | tuple[Content, Content]
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

    Either may be compressed. Raises ``FileError`` for a file that is missing or of another kind, ``NotOursError``,
    ``TooNewError``, and ``DamagedError`` for anything SQLite finds wrong while the connection is used.
    """
    with held(path, other) as files:
        check_seals(files)
        with connected(files) as connection:
            yield connection


@contextmanager
def held(path: Path, other: Path | None = None) -> Iterator[Files]:
    """One file or two, looked at, unpacked and held open, for ``connected``. Raises as ``opened`` does."""
    with content(path) as first:
        if other is None:
            yield (first,)
            return
        with content(other) as second:
            yield (first, second)


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
def connected(files: Files, *, again: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection to files that are held. Raises as ``opened`` does.

    ``again``: they were looked through before, and are opened once more by another process (sqlite.org/howtocorrupt.html,
    "across a fork()").
    """
    where = " or ".join(file.name for file in files)
    try:
        with closing(_connect(files)) as connection:
            for schema, file in zip(SCHEMAS, files, strict=False):
                check_schema(connection, schema, file.name)
                if not again:
                    _check_structure(connection, schema)
                    check_rows(connection, schema)
                if file.path is not None:
                    file.check_in_place()
            yield connection
            for file in files:
                file.check_unchanged()
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        for file in files:
            file.check_unchanged()
        if "interrupted" in str(error):
            raise DamagedError(f"{where}: reading it took too long; it was given up") from error
        raise DamagedError(f"{where}: damaged{_said(error)}; ask for the file again") from error
    except DamagedError as error:
        for file in files:
            file.check_unchanged()
        raise DamagedError(str(error) if files[0].name in str(error) else f"{where}: damaged: {error}") from error
    except MemoryError as error:
        raise FileError(f"{where}: there is not enough memory to read it") from error


def _said(error: Exception) -> str:
    """What SQLite, or Python's module for it, says of a file, without the file's own text, which could say anything."""
    if isinstance(error, UnicodeDecodeError) or "decode to UTF-8" in str(error):
        return ": a text in it is not UTF-8"
    return f" ({' '.join(str(error).split())})"


def _connect(files: Files) -> sqlite3.Connection:
    connection = sqlite3.connect(_uri(files[0]), uri=True, isolation_level=None, cached_statements=256)
    for limit, value in LIMITS.items():
        connection.setlimit(limit, value)
    end = time.monotonic() + DEADLINE
    connection.set_progress_handler(lambda: time.monotonic() > end, 100_000)
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0", "query_only=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    if len(files) > 1:
        connection.execute("ATTACH DATABASE ? AS other", (_uri(files[-1]),))
    for schema, file in zip(SCHEMAS, files, strict=False):
        if file.data is not None:
            connection.deserialize(memoryview(file.data)[:-SEAL_BYTES], name=schema)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, len(files) - 1)
    return connection


def _uri(file: Content) -> str:
    return ":memory:" if file.path is None else f"file:{quote(str(file.path))}?mode=ro&immutable=1"


def _check_structure(connection: sqlite3.Connection, schema: str) -> None:
    """Raise ``DamagedError`` unless each page is in one place: pages that are in two could hold more rows than fit any memory.

    That costs 0.1 s for a million routes, and does not look at what the rows say: digests do.
    """
    ((found, *_),) = connection.execute(f"PRAGMA {schema}.quick_check(1)").fetchmany(1)
    if found != "ok":
        raise DamagedError(" ".join(str(found).split()))


def check_schema(connection: sqlite3.Connection, schema: str, name: str) -> None:
    """Raise ``NotOursError`` unless tables, views and indexes are exactly ours: others of our names could run for ever."""
    query = f"SELECT type, name, tbl_name, sql FROM {schema}.sqlite_master LIMIT {2 * len(_schema())}"
    if Counter(connection.execute(query)) != _schema():
        raise NotOursError(f"{name}: its tables are not those of a netlapse file; ask for the file again")


@cache
def _schema() -> Counter[tuple[object, ...]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript("".join(ddl()))
        return Counter(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"))
