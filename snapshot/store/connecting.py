"""A connection to files that may come from strangers: limits and a deadline before the first query, the exact schema, its
structure; and what goes wrong on the way in words.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from urllib.parse import quote

from snapshot.store.claims import check_rows
from snapshot.store.contents import Content
from snapshot.store.errors import DamagedError, FileError, NotOursError
from snapshot.store.schema import ddl
from snapshot.store.seal import SEAL_BYTES

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


def connect(files: Files) -> sqlite3.Connection:
    """A connection that can only read these files, the second of which is the schema ``other``. Raises ``sqlite3.Error``."""
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
    return ":memory:" if file.path is None else f"file:{quote(os.fsencode(file.path))}?mode=ro&immutable=1"


def check_structure(connection: sqlite3.Connection, schema: str) -> None:
    """Raise ``DamagedError`` unless each page is in one place, and sections claim the rows that there are.

    Pages that are in two places could hold more rows than fit any memory.

    That costs 0.1 s for a million routes, and does not look at what the rows say: digests do.
    """
    ((found, *_),) = connection.execute(f"PRAGMA {schema}.quick_check(1)").fetchmany(1)
    if found != "ok":
        raise DamagedError(" ".join(str(found).split()))
    check_rows(connection, schema)


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


@contextmanager
def telling(files: Files) -> Iterator[None]:
    """Whatever goes wrong with files that are read is told as a ``FileError`` that names them."""
    where = " or ".join(file.name for file in files)
    try:
        yield
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        for file in files:
            file.check_unchanged()
        if "interrupted" in str(error):
            raise DamagedError(f"{where}: reading it took too long; it was given up") from error
        raise DamagedError(f"{where}: damaged{_said(error)}; ask for the file again") from error
    except DamagedError as error:
        for file in files:
            file.check_unchanged()
        named = any(file.name in str(error) for file in files)
        raise DamagedError(str(error) if named else f"{where}: damaged: {error}") from error
    except MemoryError as error:
        raise FileError(f"{where}: there is not enough memory to read it") from error


def _said(error: Exception) -> str:
    """What SQLite, or Python's module for it, says of a file, without the file's own text, which could say anything."""
    if isinstance(error, UnicodeDecodeError) or "decode to UTF-8" in str(error):
        return ": a text in it is not UTF-8"
    return f" ({' '.join(str(error).split())})"
