"""Values side by side: the part that differs is marked, by whole numbers and words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.html.marks import Parts, marked
from reports.model import Json
from reports.safe import make_visible


def told(parts: Parts) -> str:
    return "".join(f"[{part.text}]" if part.differs else part.text for part in parts)


@pytest.mark.parametrize(
    ("before", "after", "old", "new"),
    [
        ("10.1.27.2/24", "10.1.27.9/24", "10.1.27.[2]/24", "10.1.27.[9]/24"),
        ("aa:00:0a", "aa:00:0e", "aa:00:[0a]", "aa:00:[0e]"),
        ("1500", "1400", "1500", "1400"),
        (1500, 1400, "1500", "1400"),
        ("docker0", None, "docker0", ""),
        (("a", "b"), ("a", "c"), "a, [b]", "a, [c]"),
        (("10.0.0.2/24",), ("10.0.0.3/24",), "10.0.0.[2]/24", "10.0.0.[3]/24"),
        ((), ("a",), "", "a"),
        ("", "x", '""', "x"),
        ("web-1", "web-1-old", "web-1", "web-1[-old]"),
    ],
)
def test_what_is_marked(before: Json, after: Json, old: str, new: str) -> None:
    assert (told(marked(before, after)[0]), told(marked(before, after)[1])) == (old, new)


@given(st.text(min_size=1), st.text(min_size=1))
def test_marking_loses_nothing(before: str, after: str) -> None:
    for value, parts in zip((before, after), marked(before, after), strict=True):
        assert "".join(part.text for part in parts) == make_visible(value)
