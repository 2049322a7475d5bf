"""Rows of one kind of one file, read as their own values and the number of their form, which is read and looked at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from snapshot.model.kinds import Fact
from snapshot.store.columns import CODECS
from snapshot.store.errors import DamagedError

if TYPE_CHECKING:
    from sqlite3 import Connection

Row = tuple[Any, ...]
"""As a query gives it that selects ``RowReader.columns`` first: whatever else it selects stands behind."""


class RowReader:
    """Makes facts of rows, and rows as they were written (every column, in order: what digests are of).

    A form has the text that most rows of a kind have in common, of which SQLite would make new strings for each of them.
    """

    def __init__(self, connection: Connection, schema: str, kind: str) -> None:
        codec = self._codec = CODECS[kind]
        self._connection = connection
        self._table = f'{schema}."{kind}_form"'
        names = [column.name for column in codec.columns]
        own = codec.own or range(len(names))
        self.columns = ", ".join([*(f'r."{names[number]}"' for number in own), *(["r.form"] if codec.common else [])])
        self.width = len(own)
        """How many of a row's values are its own; its form's number, if its kind has forms, is the next."""
        self.source = f'{schema}."{kind}_row" r'
        self._common = ", ".join(f'"{names[number]}"' for number in codec.common)
        order = [*own, *codec.common]
        self._in_order = itemgetter(*(order.index(number) for number in range(len(names))))
        self._raw: dict[int, tuple[Any, ...]] = {}
        self._forms: dict[int, Sequence[Any]] = {}

    def facts(self, rows: Sequence[Row]) -> list[Fact]:
        """The facts of some rows. Raises ``DamagedError``."""
        width, codec = self.width, self._codec
        if not codec.common:
            return [codec.decode(row[:width]) for row in rows]
        self._learn(rows)
        forms, formed = self._forms, codec.formed
        return [formed(row[:width], forms[row[width]]) for row in rows]

    def whole(self, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
        """Some rows with all their columns. Raises ``DamagedError``."""
        width = self.width
        if not self._codec.common:
            return [row[:width] for row in rows]
        self._learn(rows)
        raw, in_order = self._raw, self._in_order
        return [in_order(row[:width] + raw[row[width]]) for row in rows]

    def _learn(self, rows: Iterable[Row]) -> None:
        width = self.width
        new = {row[width] for row in rows} - self._raw.keys()
        if not new:
            return
        try:
            numbers = json.dumps([*new])
        except TypeError as error:
            raise DamagedError("a row in it has a form that is no number") from error
        query = f"SELECT number, {self._common} FROM {self._table} WHERE number IN (SELECT value FROM json_each(?))"
        for number, *values in self._connection.execute(query, (numbers,)):
            self._raw[number] = tuple(values)
            self._forms[number] = self._codec.form(values)
        if not new <= self._raw.keys():
            raise DamagedError("a row in it has a form that is not there")
