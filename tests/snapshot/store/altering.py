"""Files that were altered by somebody who knows the format: the seal is made anew."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from snapshot.store.seal import seal, unseal


def alter(path: Path, *statements: str) -> None:
    """Run some SQL on a snapshot file, which is then sealed again."""
    unseal(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=OFF")
        for statement in statements:
            connection.execute(statement)
    seal(path)
