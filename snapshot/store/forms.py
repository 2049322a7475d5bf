"""Forms on their way into a file: what many rows have in common is stored once."""

from __future__ import annotations

import sqlite3
from typing import Any

from snapshot.model.snapshot import Form
from snapshot.store.schema import columns, insert

MOST = 100_000
"""Forms of one kind that are known at a time. Where there are more, some are stored twice: that costs room, nothing else."""


class Forms(dict[Form, int]):
    """The numbers of one kind's forms in one file; a form that is asked for is written."""

    def __init__(self, connection: sqlite3.Connection, kind: str) -> None:
        super().__init__()
        self._connection = connection
        self._table = f"{kind}_form"
        names = ", ".join(f'"{name}"' for name in columns()[self._table])
        query = f'SELECT {names} FROM "{self._table}" LIMIT {MOST}'
        self._stored: dict[tuple[Any, ...], int] = {tuple(row[1:]): row[0] for row in connection.execute(query)}
        self._next = int(connection.execute(f'SELECT coalesce(max(number), 0) + 1 FROM "{self._table}"').fetchone()[0])

    def __missing__(self, form: Form) -> int:
        number = self._stored.get(form.values)
        if number is None:
            number = self._next
            self._next += 1
            self._connection.execute(insert(self._table), (number, *form.values))
            if len(self._stored) >= MOST:
                self._stored.clear()
            self._stored[form.values] = number
        if len(self) >= MOST:
            self.clear()
        self[form] = number
        return number
