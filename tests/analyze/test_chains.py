"""What happened to the rules of a chain: which stayed, moved, became another, came or went."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyze.diff.chains import rule_changes
from tests.analyze.rows import rules

Told = list[tuple[str | None, str | None, bool]]


def changes(old: tuple[str, ...], new: tuple[str, ...], *unsettled: str) -> Told:
    found = rule_changes(rules("FORWARD", *old), rules("FORWARD", *new), frozenset(unsettled))
    return [(c.before.text if c.before else None, c.after.text if c.after else None, c.moved) for c in found]


A, B, C, D = "-i a -j ACCEPT", "-o b -p tcp -j DROP", "-s 10.0.0.0/8 -j LOG", "-j RETURN"
A1, A2 = "-i a -p tcp --dport 80 -j ACCEPT", "-i a -p tcp --dport 81 -j ACCEPT"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ((A, B, C), (A, B, C), []),
        ((A, C), (A, B, C), [(None, B, False)]),
        ((A, B, C), (A, C), [(B, None, False)]),
        ((A, B, C), (B, C, A), [(A, A, True)]),
        ((A, B), (B, A), [(A, A, True)]),
        ((A, A), (A,), [(A, None, False)]),
        ((A1, B), (A2, B), [(A1, A2, False)]),
        ((B, A1, C), (B, A2, C), [(A1, A2, False)]),
        # Not between the same neighbours, or not alike enough: one went and another came.
        ((A1, B), (B, A2), [(A1, None, False), (None, A2, False)]),
        ((A, C), (D, C), [(A, None, False), (None, D, False)]),
        (("a b c x x",), ("a b c y y",), [("a b c x x", "a b c y y", False)]),
        (("a b x x x",), ("a b y y y",), [("a b x x x", None, False), (None, "a b y y y", False)]),
        # The one that is most alike is what it became.
        (("a b c d e",), ("a b c x y", "a b c d x"), [("a b c d e", "a b c d x", False), (None, "a b c x y", False)]),
        (("",), (), [("", None, False)]),
        ((), (A, B), [(None, A, False), (None, B, False)]),
    ],
)
def test_what_happened_to_rules(old: tuple[str, ...], new: tuple[str, ...], told: Told) -> None:
    assert changes(old, new) == told
    back = changes(new, old)
    assert sorted(
        (after, before, moved) for before, after, moved in back if moved or None not in (before, after)
    ) == sorted((before, after, moved) for before, after, moved in told if moved or None not in (before, after))
    assert len(back) == len(told)


def test_of_rules_that_changed_places_the_one_that_names_what_was_made_anew_moved() -> None:
    first, second = "-d 10.1.27.2/32 -j ACCEPT", "-d 10.1.27.3/32 -j DROP"
    for anew in (first, second):
        address = anew.split()[1].partition("/")[0]
        assert changes((first, second), (second, first), address) == [(anew, anew, True)]
        assert changes((A, first, second, B), (A, second, first, B), address) == [(anew, anew, True)]
    assert changes((first, A, second), (first, A, second), "10.1.27.2", "10.1.27.3") == []


def test_rules_are_taken_in_their_order_and_chain_by_chain() -> None:
    old = [*rules("FORWARD", A, B), *rules("INPUT", A)]
    assert list(rule_changes(old, old[::-1])) == []
    found = list(rule_changes(old, [*rules("FORWARD", A), *rules("INPUT", A, B)]))
    assert [(c.before and c.before.chain, c.after and c.after.chain) for c in found] == [
        ("FORWARD", None),
        (None, "INPUT"),
    ]
    for columns in ({"table": "nat"}, {"family": "ip6"}, {"backend": "nft"}, {"chain": "OUTPUT"}):
        other = [replace(row, **columns) for row in rules("FORWARD", A)]  # type: ignore[arg-type]
        assert len(list(rule_changes(rules("FORWARD", A), other))) == 2
