"""Of several rows about one subject: which old one became which new one, in whatever order they come."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from analyze.diff.rows import pair_rows
from snapshot.model.route import Route

Way = tuple[str | None, str | None]


def default(dev: str, gateway: str) -> Route:
    return Route(
        family="inet",
        table="main",
        type="unicast",
        dst="0.0.0.0/0",
        dev=dev,
        gateway=gateway,
        protocol="boot",
        scope="global",
    )


def paired(before: Sequence[Route], after: Sequence[Route]) -> frozenset[tuple[Way, Way]]:
    """Which route became which, each by its link and gateway."""
    pairs = pair_rows(before, after)
    return frozenset((way(pair.before), way(pair.after)) for pair in pairs)


def way(row: object) -> Way:
    assert isinstance(row, Route)
    return row.dev, row.gateway


def test_exchanged_gateways_are_told_of_the_link_that_the_route_has_whatever_the_order() -> None:
    before = [default("eth0", "10.2.0.1"), default("eth1", "10.200.0.1")]
    after = [default("eth0", "10.200.0.1"), default("eth1", "10.2.0.1")]
    for old in permutations(before):
        for new in permutations(after):
            assert paired(old, new) == {
                (("eth0", "10.2.0.1"), ("eth0", "10.200.0.1")),
                (("eth1", "10.200.0.1"), ("eth1", "10.2.0.1")),
            }


def test_of_rows_that_are_equally_alike_the_pairs_do_not_depend_on_their_order() -> None:
    before = [default("eth0", "10.0.0.1"), default("eth0", "10.0.0.2")]
    after = [default("eth0", "10.0.0.9"), default("eth0", "10.0.0.8")]
    found = {paired(old, new) for old in permutations(before) for new in permutations(after)}
    assert len(found) == 1
