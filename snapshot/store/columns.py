"""Facts as rows: one column per dataclass field, JSON fields as canonical text; decoded with suspicion."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache, partial
from math import isinf
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from snapshot.model.frozen import maker
from snapshot.model.json import Json, JsonObject, canonical
from snapshot.model.kinds import KINDS, Fact, Kind
from snapshot.store.errors import DamagedError

MAX_JSON = 4_000_000
"""Longest JSON text a column may hold, in characters: an interface has a few kilobytes of it."""

SHORT_JSON = 2_000
"""Longest JSON text whose value is remembered, in characters."""

REMEMBERED = 5_000
"""JSON values whose text is remembered, and texts whose value is."""
SHORT = 4_000
"""Longest text whose value is remembered, in characters."""

MAX_DEPTH = 50
"""Deepest nesting of a JSON value: what the kernel and the engines tell is nested a few levels deep."""


class Column(NamedTuple):
    """One column: its SQL type ("INTEGER", "TEXT"), how it is written, and whether NULL is a value of it."""

    name: str
    type: str
    json: bool
    boolean: bool
    sequence: bool
    optional: bool


class Codec(NamedTuple):
    """How facts of one kind become rows and rows become facts.

    encode    a fact's row
    decode    a row's fact. The values may be of any type, as SQLite does not hold a column to its own: ``DamagedError``
    leading   numbers of the columns that rows are sorted by
    prefix    which of these is sorted as a prefix
    own       numbers of the columns that a row has for itself, none for all of them; ``common`` those of its form
    form      makes a form's values, once for all rows of it; ``formed`` a fact of a row's own values and these
    """

    columns: tuple[Column, ...]
    encode: Callable[[Fact], tuple[Any, ...]]
    decode: Callable[[Sequence[Any]], Fact]
    leading: tuple[int, ...]
    prefix: int | None
    own: tuple[int, ...]
    common: tuple[int, ...]
    form: Callable[[Sequence[Any]], Sequence[Any]]
    formed: Callable[[Sequence[Any], Sequence[Any]], Fact]

    @property
    def selected(self) -> str:
        """The columns as SQL names them in a query of rows (``r``) and their forms (``f``)."""
        forms = set(self.common)
        return ", ".join(f'{"f" if number in forms else "r"}."{c.name}"' for number, c in enumerate(self.columns))

    def source(self, kind: str, schema: str) -> str:
        """The tables of such a query, in one of a connection's files."""
        rows = f'{schema}."{kind}_row" r'
        return f'{rows} JOIN {schema}."{kind}_form" f ON f.number = r.form' if self.common else rows


def getter(numbers: tuple[int, ...]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """Takes the columns of these numbers out of a row."""
    if len(numbers) > 1:
        return itemgetter(*numbers)
    (number,) = numbers
    return lambda row: (row[number],)


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


_spelt: dict[int, tuple[Json, str]] = {}
_lists: dict[str, tuple[Json, ...]] = {}
_objects: dict[str, JsonObject] = {}
"""Values by their text: what many rows have alike is parsed once, and shared. Facts are never changed."""


def _text(value: Json) -> str:
    """Canonical JSON. Facts that were told alike hold the very same object, which is spelt once (and kept, so that its id
    stays its own)."""
    known = _spelt.get(id(value))
    if known is not None and known[0] is value:
        return known[1]
    if len(_spelt) >= REMEMBERED:
        _spelt.clear()
    text = canonical(value)
    _spelt[id(value)] = value, text
    return text


def _codec(kind: Kind) -> Codec:
    fact = kind.fact
    columns = tuple(_column(f.name, str(f.type)) for f in fields(fact))
    get = attrgetter(*(column.name for column in columns))
    jsons = tuple(i for i, column in enumerate(columns) if column.json)
    booleans = tuple(i for i, column in enumerate(columns) if column.boolean)
    names = tuple(column.name for column in columns)

    def encode(thing: Fact) -> tuple[Any, ...]:
        values = list(get(thing))
        for i in jsons:
            # Almost every such column is empty: () and {} need no encoder.
            value = values[i]
            values[i] = _text(value) if value else ("[]" if columns[i].sequence else "{}")
        for i in booleans:
            values[i] = int(values[i])
        return tuple(values)

    own = tuple(names.index(name) for name in kind.own)
    common = tuple(number for number, name in enumerate(names) if kind.own and name not in kind.own)
    own_columns, common_columns = tuple(columns[i] for i in own), tuple(columns[i] for i in common)
    sound: set[tuple[type, ...]] = set()
    sound_own: set[tuple[type, ...]] = set()
    make: Callable[[Sequence[Any]], Fact] | None = None
    make_formed: Callable[[Sequence[Any], Sequence[Any]], Fact] | None = None

    def decode(row: Sequence[Any]) -> Fact:
        nonlocal make
        if make is None:
            make = maker(fact, _makers(columns))
        # A million rows have a handful of type combinations: each is looked at once.
        types = tuple(map(type, row))
        if types not in sound:
            _check_types(columns, types)
            sound.add(types)
        return make(row)

    def form(values: Sequence[Any]) -> Sequence[Any]:
        _check_types(common_columns, tuple(map(type, values)))
        making = _makers(common_columns)
        return [
            making[column.name](value) if column.name in making else value
            for column, value in zip(common_columns, values, strict=True)
        ]

    def formed(values: Sequence[Any], of_form: Sequence[Any]) -> Fact:
        nonlocal make_formed
        if make_formed is None:
            parts = [column.name for column in own_columns], [column.name for column in common_columns]
            make_formed = maker(fact, _makers(own_columns), parts)
        types = tuple(map(type, values))
        if types not in sound_own:
            _check_types(own_columns, types)
            sound_own.add(types)
        return make_formed(values, of_form)

    return Codec(
        columns=columns,
        encode=encode,
        decode=decode,
        leading=tuple(names.index(name) for name in kind.order),
        prefix=None if kind.prefix is None else kind.order.index(kind.prefix),
        own=own,
        common=common,
        form=form,
        formed=formed,
    )


def _makers(columns: Iterable[Column]) -> dict[str, Callable[[Any], object]]:
    return {column.name: how for column in columns if (how := _made_by(column)) is not None}


def _check_types(columns: tuple[Column, ...], types: tuple[type, ...]) -> None:
    for column, found in zip(columns, types, strict=True):
        if found is type(None):
            if not column.optional:
                raise DamagedError(f"column {column.name} is empty where a value is needed")
        elif column.type == "INTEGER" and found is not int:
            raise DamagedError(f"column {column.name} holds something that is no number")
        elif column.type == "TEXT" and found is not str:
            raise DamagedError(f"column {column.name} holds something that is no text")


def _made_by(column: Column) -> Callable[[Any], object] | None:
    if column.boolean:
        return bool
    if column.json:
        return partial(_parsed, _lists if column.sequence else _objects, column)
    return None


def _parsed(known: dict[str, Any], column: Column, text: str) -> Any:
    value = known.get(text)
    if value is not None:
        return value
    value = parse_json(text)
    if column.sequence:
        if not isinstance(value, list):
            raise DamagedError(f"column {column.name} holds no list")
        value = tuple(value)
    elif not isinstance(value, Mapping):
        raise DamagedError(f"column {column.name} holds no object")
    if len(text) <= SHORT:
        if len(known) >= REMEMBERED:
            known.clear()
        known[text] = value
    return value


def parse_json(text: str) -> Any:
    """JSON text of a file, bounded in size and depth, all of it valid Unicode. Raises ``DamagedError``.

    Rows are much alike: equal texts may give the very same object, which nobody changes.
    """
    return _short(text) if len(text) <= SHORT_JSON else _loaded(text)


@lru_cache(maxsize=1_000)
def _short(text: str) -> Any:
    return _loaded(text)


def _loaded(text: str) -> Any:
    if len(text) > MAX_JSON:
        raise DamagedError("a JSON value in it is too long")
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        if "\\u" in text:
            # An escape can smuggle in half a surrogate pair, which no output could be encoded with.
            canonical(value).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise DamagedError("a JSON value in it cannot be read") from error
    if text.count("[") + text.count("{") > MAX_DEPTH and _deeper(value, MAX_DEPTH):
        raise DamagedError("a JSON value in it is nested too deep")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _finite(text: str) -> float:
    """A number that is too large for a float is infinity, which JSON cannot tell (RFC 8259, 6)."""
    value = float(text)
    if isinf(value):
        raise ValueError(f"{text} is too large")
    return value


def _deeper(value: Any, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        level = [inner for outer in level if isinstance(outer, list | dict) for inner in _members(outer)]
    return bool(level)


def _members(value: list[Any] | dict[str, Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


CODECS: dict[str, Codec] = {kind.name: _codec(kind) for kind in KINDS.values()}
