"""The hostile texts are as many, as different and as recognisable as the tests that use them rely on."""

from __future__ import annotations

from reports.safe import make_visible
from tests import hostile


def test_there_are_five_hundred_and_no_two_alike() -> None:
    assert len(set(hostile.STRINGS)) == len(hostile.STRINGS) >= 500
    assert sum(map(len, hostile.FAMILIES.values())) == len(hostile.STRINGS)


def test_no_two_look_alike_when_made_visible() -> None:
    assert len(set(map(make_visible, hostile.STRINGS))) == len(hostile.STRINGS)


def test_nearly_every_one_bears_a_mark_of_its_own() -> None:
    marked = [mark for text in hostile.STRINGS for mark in set(hostile.MARK.findall(text))]
    assert len(marked) == len(set(marked)) >= len(hostile.STRINGS) - 10


def test_what_can_be_stored_is_nearly_all() -> None:
    for text in hostile.STORABLE:
        text.encode()
    assert len(hostile.STRINGS) - len(hostile.STORABLE) == 6
