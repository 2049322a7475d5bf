"""Values and times in words."""

from __future__ import annotations

import pytest

from reports.model import Json
from reports.words import value_text, when


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "(none)"),
        ("", '""'),
        (True, "true"),
        (1500, "1500"),
        (("a", "b"), "a, b"),
        ((), "(none)"),
        ({"gateway": "10.0.0.1", "dev": "eth0"}, "{gateway 10.0.0.1, dev eth0}"),
    ],
)
def test_values_fit_on_one_line(value: Json, text: str) -> None:
    assert value_text(value) == text


def test_long_ids_are_shortened_as_docker_does_and_only_on_request() -> None:
    assert value_text("sha256:" + "ab" * 32, short=True) == "sha256:abababababab…"
    assert value_text("ab" * 32) == "ab" * 32
    assert value_text("de:ad:be:ef:00:01", short=True) == "de:ad:be:ef:00:01"


def test_a_time_that_is_none_is_shown_as_it_is() -> None:
    assert when("2026-01-01T02:10:00.120000Z") == "2026-01-01 02:10:00 UTC"
    assert when("yesterday\x1b") == "yesterday\\x1b"
