"""No character of a stranger acts in a terminal or a page, hides, or makes output fail."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.safe import make_visible

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_nothing_that_acts_or_hides_is_left(text: str) -> None:
    shown = make_visible(text)
    assert not {unicodedata.category(char) for char in shown if char != " "} & {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert len(shown.splitlines()) <= 1


def test_every_character_that_unicode_calls_unseen_is_escaped() -> None:
    unseen = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}]
    assert [char for char in unseen if make_visible(char) == char] == [" "]


@given(ANY_TEXT, ANY_TEXT)
def test_different_texts_look_different(one: str, other: str) -> None:
    assert (one == other) == (make_visible(one) == make_visible(other))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("veth12ab", "veth12ab"),
        ("naïve-宽", "naïve-宽"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\u202eb", "a\\u202eb"),
        ("\udcff", "\\udcff"),
        ("\U000e0041", "\\U000e0041"),
        ("two\nlines", "two\\nlines"),
        ("\\n", "\\\\n"),
        ("no\u00a0break", "no\\xa0break"),
    ],
)
def test_escapes_are_those_of_python(text: str, shown: str) -> None:
    assert make_visible(text) == shown
