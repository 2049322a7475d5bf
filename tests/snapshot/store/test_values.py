"""What a column may hold: SQLite does not hold a column to its type, and a stranger may have written anything."""

from __future__ import annotations

import pytest

from snapshot.model.address import Address
from snapshot.store.columns import CODECS, MAX_DEPTH, parse_json
from snapshot.store.errors import DamagedError

ADDRESS = CODECS["address"]


def row(**changed: object) -> list[object]:
    values = {
        "family": "inet",
        "address": "10.1.0.2/16",
        "dev": "eth0",
        "scope": "global",
        "flags": "[]",
        "extra": "{}",
    }
    return [(values | changed).get(column.name) for column in ADDRESS.columns]


def test_a_sound_row_is_a_fact() -> None:
    told = Address(family="inet", address="10.1.0.2/16", dev="eth0", scope="global")
    assert ADDRESS.decode(row()) == told


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("address", 7),
        ("address", b"10.1.0.2/16"),
        ("address", 1.5),
        ("address", None),
        ("flags", "{}"),
        ("flags", "7"),
        ("flags", "["),
        ("extra", "[]"),
        ("extra", None),
    ],
)
def test_a_value_of_another_type_is_damage(column: str, value: object) -> None:
    ADDRESS.decode(row())
    with pytest.raises(DamagedError):
        ADDRESS.decode(row(**{column: value}))


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "[Infinity]",
        "1e999",
        '{"a":-1e999}',
        "{",
        "",
        '"\\ud800"',
        '{"\\udfff": 1}',
        "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        "1" * 5_000_000,
    ],
    ids=lambda text: text[:12],
)
def test_json_that_no_output_could_tell_is_refused(text: str) -> None:
    with pytest.raises(DamagedError):
        parse_json(text)


@pytest.mark.parametrize(
    "text", ['"\\ud83d\\ude00"', "[" * MAX_DEPTH + "]" * MAX_DEPTH, "[[],[],{}]" + " " * 9, "1e308"]
)
def test_json_that_can_be_told_is_taken(text: str) -> None:
    parse_json(text)
