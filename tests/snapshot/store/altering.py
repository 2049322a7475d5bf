"""Snapshot files as somebody alters them on purpose: with SQLite or byte by byte, and sealed anew, so that the seal holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from snapshot.store.seal import SEAL_BYTES, seal


def alter(path: Path, *statements: str) -> None:
    """Run SQL on a file, which may also write to the table of its schema."""
    _unsealed(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("writable_schema=ON", "foreign_keys=OFF", "synchronous=OFF", "journal_mode=OFF"):
            connection.execute(f"PRAGMA {pragma}")
        for statement in statements:
            connection.execute(statement)
    seal(path)


def edit(path: Path, change: Callable[[bytearray], None]) -> None:
    """Change bytes of a file's pages."""
    _unsealed(path)
    data = bytearray(path.read_bytes())
    change(data)
    path.write_bytes(data)
    seal(path)


def _unsealed(path: Path) -> None:
    data = path.read_bytes()
    assert data[-SEAL_BYTES:].startswith(b"netlapse-sha256 ")
    path.write_bytes(data[:-SEAL_BYTES])
