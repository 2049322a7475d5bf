"""Pairing by one identity after the other, and what is told of those for which none speaks clearly."""

from __future__ import annotations

from dataclasses import dataclass

from analyze.match.pairing import Identity, pair, still_unclear
from analyze.match.result import Ambiguous, Matching, weakest


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Thing:
    name: str
    mac: str | None = None
    serial: int = 0


NAME: Identity[Thing] = Identity(reason="name", confidence="strong", key=lambda thing: thing.name)
MAC: Identity[Thing] = Identity(reason="MAC", confidence="weak", key=lambda thing: thing.mac)


def paired(before: list[Thing], after: list[Thing], *identities: Identity[Thing]) -> Matching[Thing]:
    return pair(before, after, identities or (NAME, MAC), lambda a, b: a.serial == b.serial)


def told(matching: Matching[Thing]) -> list[tuple[str, str, str, str, bool]]:
    return [(m.before.name, m.after.name, m.reason, m.confidence, m.same) for m in matching.matched]


def test_the_strongest_identity_wins() -> None:
    found = paired(
        [Thing(name="a", mac="1"), Thing(name="b", mac="2")],
        [Thing(name="b", mac="1", serial=5), Thing(name="c", mac="2")],
    )
    assert told(found) == [("b", "b", "name", "strong", False)]
    assert ([thing.name for thing in found.removed], [thing.name for thing in found.added]) == (["a"], ["c"])
    assert found.ambiguous == ()


def test_a_weaker_one_settles_what_is_left() -> None:
    found = paired([Thing(name="a", mac="1"), Thing(name="b")], [Thing(name="x", mac="1"), Thing(name="b")])
    assert told(found) == [("b", "b", "name", "strong", True), ("a", "x", "MAC", "weak", True)]
    assert (found.removed, found.added) == ((), ())


def test_what_has_no_key_is_not_alike() -> None:
    found = paired([Thing(name="a")], [Thing(name="b")])
    assert (told(found), len(found.removed), len(found.added), found.ambiguous) == ([], 1, 1, ())


def test_a_key_of_several_bearers_pairs_none_of_them() -> None:
    olds, news = [Thing(name="a"), Thing(name="a")], [Thing(name="a")]
    for found in (paired(olds, news), paired(news, olds)):
        assert told(found) == []
        (doubt,) = found.ambiguous
        assert doubt.reason == "name"
        assert {len(doubt.before), len(doubt.after)} == {1, 2}
        assert {len(found.removed), len(found.added)} == {1, 2}


def test_what_is_left_over_when_another_is_settled_may_be_the_only_one() -> None:
    olds = [Thing(name="a", mac="1"), Thing(name="a", mac="2")]
    news = [Thing(name="a", mac="1"), Thing(name="a", mac="3")]
    found = paired(olds, news)
    assert told(found) == [("a", "a", "MAC", "weak", True), ("a", "a", "name, of those left", "weak", True)]
    assert found.matched[1].before is olds[1] and found.matched[1].after is news[1]
    assert found.ambiguous == ()


def test_the_two_sides_may_be_named_differently_and_a_pair_may_say_why() -> None:
    mapped: Identity[Thing] = Identity(
        reason="map", confidence="exact", key=lambda thing: {"old": "new"}.get(thing.name), after_key=lambda thing: thing.name,
        words=lambda a, b: (f"{a.name} is {b.name}", "exact"),
    )  # fmt: skip
    assert told(paired([Thing(name="old")], [Thing(name="new")], mapped)) == [
        ("old", "new", "old is new", "exact", True)
    ]


def test_a_thing_is_told_once_and_by_what_speaks_most_for_it() -> None:
    a, b, c, d, e = (Thing(name=name) for name in "abcde")
    by_name = Ambiguous(before=(a, b), after=(c, d), reason="name")
    by_mac = Ambiguous(before=(a, b), after=(d, e), reason="MAC")
    assert still_unclear([by_name, by_mac], set()) == (by_name,)
    assert still_unclear([by_name, by_mac], {id(c), id(d)}) == (Ambiguous(before=(a, b), after=(e,), reason="MAC"),)
    assert still_unclear([by_name], {id(a)}) == (Ambiguous(before=(b,), after=(c, d), reason="name"),)
    assert still_unclear([by_name], {id(a), id(b)}) == ()
    assert still_unclear([by_name], {id(c), id(d)}) == ()


def test_a_match_is_no_surer_than_what_it_rests_on() -> None:
    assert weakest(["exact", "weak", "strong"]) == "weak"
    assert weakest(["strong", "exact"]) == "strong"
    assert weakest([]) == "exact"
