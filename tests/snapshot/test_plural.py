"""A number and its word."""

from __future__ import annotations

import pytest

from snapshot.model.plural import plural


@pytest.mark.parametrize(
    ("number", "told"),
    [(0, "0 processes"), (1, "1 process"), (2, "2 processes"), (10_000, "10,000 processes")],
)
def test_one_is_one(number: int, told: str) -> None:
    assert plural(number, "process", "processes") == told


def test_most_words_take_an_s() -> None:
    assert [plural(number, "more gap") for number in (0, 1, 2)] == ["0 more gaps", "1 more gap", "2 more gaps"]
