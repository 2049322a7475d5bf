"""Facts as rows: one column per dataclass field, JSON fields as canonical text; decoded with suspicion."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from snapshot.model.json import canonical
from snapshot.model.kinds import KINDS, Fact
from snapshot.store.errors import DamagedError

MAX_JSON = 4_000_000
"""Longest JSON text a column may hold, in characters: an interface has a few kilobytes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its SQL type ("INTEGER", "TEXT"), how it is written, and whether NULL is a value of it."""

    name: str
    type: str
    json: bool
    boolean: bool
    sequence: bool
    optional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """How facts of one kind become rows and rows become facts."""

    columns: tuple[Column, ...]
    encode: Callable[[Fact], tuple[Any, ...]]
    order: Callable[[tuple[Any, ...]], tuple[Any, ...]]
    fact: type[Fact]

    def decode(self, row: Iterable[Any]) -> Fact:
        """A fact of a row whose values may be of any type: SQLite does not hold a column to its type."""
        values = {column.name: _decoded(column, value) for column, value in zip(self.columns, row, strict=True)}
        return self.fact(**values)


_SHAPES: dict[str, tuple[str, bool, bool, bool, bool]] = {
    # annotation: SQL type, json, boolean, sequence, optional
    "int": ("INTEGER", False, False, False, False),
    "int | None": ("INTEGER", False, False, False, True),
    "bool": ("INTEGER", False, True, False, False),
    "str": ("TEXT", False, False, False, False),
    "str | None": ("TEXT", False, False, False, True),
    "tuple[str, ...]": ("TEXT", True, False, True, False),
    "tuple[Json, ...]": ("TEXT", True, False, True, False),
    "JsonObject": ("TEXT", True, False, False, False),
}


def _column(name: str, annotation: str) -> Column:
    sql, is_json, boolean, sequence, optional = _SHAPES[annotation]
    return Column(name=name, type=sql, json=is_json, boolean=boolean, sequence=sequence, optional=optional)


def _codec(fact: type[Fact], order: tuple[str, ...]) -> Codec:
    columns = tuple(_column(f.name, str(f.type)) for f in fields(fact))
    get = attrgetter(*(column.name for column in columns))
    jsons = tuple(i for i, column in enumerate(columns) if column.json)
    booleans = tuple(i for i, column in enumerate(columns) if column.boolean)
    names = [column.name for column in columns]
    leading = tuple(names.index(name) for name in order)

    def encode(thing: Fact) -> tuple[Any, ...]:
        values = list(get(thing))
        for i in jsons:
            # Almost every such column is empty: () and {} need no encoder.
            value = values[i]
            values[i] = canonical(value) if value else ("[]" if columns[i].sequence else "{}")
        for i in booleans:
            values[i] = int(values[i])
        return tuple(values)

    def place(row: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple((row[i] is not None, row[i]) for i in leading)

    return Codec(columns=columns, encode=encode, order=place, fact=fact)


def _decoded(column: Column, value: Any) -> Any:
    if value is None:
        if column.optional:
            return None
        raise DamagedError(f"column {column.name} is empty where a value is needed")
    if column.type == "INTEGER":
        if type(value) is not int:
            raise DamagedError(f"column {column.name} holds something that is no number")
        return bool(value) if column.boolean else value
    if type(value) is not str:
        raise DamagedError(f"column {column.name} holds something that is no text")
    return _parsed(column, value) if column.json else value


def _parsed(column: Column, text: str) -> Any:
    if text == "{}":
        return {}
    if text == "[]":
        return ()
    value = parse_json(text)
    if column.sequence:
        if not isinstance(value, list):
            raise DamagedError(f"column {column.name} holds no list")
        return tuple(value)
    if not isinstance(value, Mapping):
        raise DamagedError(f"column {column.name} holds no object")
    return value


def parse_json(text: str) -> Any:
    """JSON text of a file, bounded in size and depth. Raises ``DamagedError``."""
    if len(text) > MAX_JSON:
        raise DamagedError("a JSON value in it is too long")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DamagedError("a JSON value in it cannot be read") from error


CODECS: dict[str, Codec] = {kind.name: _codec(kind.fact, kind.order) for kind in KINDS.values()}
