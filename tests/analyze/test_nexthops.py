"""Where a route leads, told in several ways: what is the same, what is not, and nexthop objects under other numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyze.diff.nexthops import Objects, compare_objects, gathered, meant, meant_group, renumbered
from reports.model import FieldChange
from snapshot.model.json import Json
from snapshot.model.nexthop import Nexthop
from snapshot.model.route import Route
from tests.analyze.rows import route

DST = "198.51.100.0/24"
LEADS = ("gateway", "dev", "nexthops", "metric")


def hop(gateway: str | None, dev: str | None = "eth0", weight: int = 1, *flags: str) -> dict[str, Json]:
    return {"gateway": gateway, "dev": dev, "weight": weight, "flags": flags}


def several(*hops: Json, **more: object) -> Route:
    return replace(route(DST, None), nexthops=hops, **more)  # type: ignore[arg-type]


def one(gateway: str | None = "10.0.0.1", dev: str | None = "eth0", **more: object) -> Route:
    return replace(route(DST, dev, gateway=gateway), **more)  # type: ignore[arg-type]


def by(number: int) -> Route:
    return replace(route(DST, None), nexthop_id=number)


def obj(number: int, gateway: str | None = "10.0.0.1", **more: object) -> Nexthop:
    told = {"family": "inet", "dev": "eth0", "protocol": "static", "scope": "global", **more}
    return Nexthop(id=number, gateway=gateway, **told)  # type: ignore[arg-type]


def group(number: int, *members: tuple[int, int]) -> Nexthop:
    return obj(number, None, dev=None, group=tuple({"id": member, "weight": weight} for member, weight in members))


A, B = hop("10.0.0.1"), hop("10.0.0.2")
OBJECTS = (
    obj(7), obj(8, "10.0.0.2"), group(9, (7, 1), (8, 1)), group(10, (7, 2), (8, 1)), obj(11, None, dev=None, blackhole=True),
    obj(12, encap={"type": "mpls"}), group(13, (7, 1), (12, 1)), group(14, (7, 1), (99, 1)), obj(15, flags=("onlink",)),
    obj(16, flags=("linkdown",)),
)  # fmt: skip


def told(old: Route, new: Route) -> set[str]:
    """Which of the fields that spell where a route leads are told of, and one that does not."""
    fields = tuple(FieldChange(name=name, before=1, after=2) for name in LEADS)
    known = {item.id: item for item in OBJECTS}
    found = meant(fields, old, new, Objects(before=known, after=known))
    assert {field.name for field in meant(fields, new, old, Objects(before=known, after=known))} == {
        f.name for f in found
    }
    return {field.name for field in found} - {"metric"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (one(), several(A)),
        (one(), several(hop("10.0.0.1", "eth0", 1, "linkdown"))),
        (one(flags=("dead", "linkdown")), several(A)),
        (one(flags=("onlink",)), several(hop("10.0.0.1", "eth0", 1, "onlink"))),
        (one(), by(7)),
        (one(), by(16)),
        (one(flags=("onlink",)), by(15)),
        (several(A, B), by(9)),
        (several(B, A), by(9)),
        (several(hop("10.0.0.1", "eth0", 2), B), by(10)),
    ],
)
def test_what_leads_to_the_same_is_no_change(old: Route, new: Route) -> None:
    assert told(old, new) == set()


@pytest.mark.parametrize(
    ("old", "new", "fields"),
    [
        (one(), several(B), {"nexthops"}),
        (one(), several(A, B), {"nexthops"}),
        (one(), several(hop("10.0.0.1", "eth1")), {"nexthops"}),
        (one(), several(hop("10.0.0.1", "eth0", 2)), {"nexthops"}),
        (one(), several(hop("10.0.0.1", "eth0", 1, "onlink")), {"nexthops"}),
        (one(), several({**A, "encap": "mpls"}), {"nexthops"}),
        (several(A, B), several(B, A), {"gateway", "dev"}),
        (several(A, B), several(A, A), {"gateway", "dev", "nexthops"}),
        (one(), one("10.0.0.2"), {"gateway", "dev", "nexthops"}),
        (one(), by(8), {"gateway", "dev", "nexthops"}),
        (one(), by(15), {"gateway", "dev", "nexthops"}),
        (several(A, B), by(10), {"gateway", "dev", "nexthops"}),
        (one(), by(11), {"gateway", "dev", "nexthops"}),
        (one(), by(12), {"gateway", "dev", "nexthops"}),
        (one(), by(13), {"gateway", "dev", "nexthops"}),
        (one(), by(14), {"gateway", "dev", "nexthops"}),
        (one(), by(99), {"gateway", "dev", "nexthops"}),
    ],
)
def test_what_leads_elsewhere_or_cannot_be_told_is_one(old: Route, new: Route, fields: set[str]) -> None:
    assert told(old, new) == fields


FIELDS = tuple(FieldChange(name=name, before=1, after=2) for name in (*LEADS, "flags"))
GROUPED = several(A, B, nexthop_id=9)


@pytest.mark.parametrize(
    ("told_by_route", "alike", "left"),
    [
        (one(nexthop_id=7, flags=("onlink", "linkdown")), True, {"metric"}),
        (GROUPED, True, {"metric"}),
        (one(nexthop_id=7, flags=("pervasive",)), True, {"metric", "flags"}),
        # Of the objects some differ, or were not read.
        (one(nexthop_id=7), False, {*LEADS, "flags"}),
        (GROUPED, False, {*LEADS, "flags"}),
        # No object tells a gateway without a link.
        (one(dev=None, nexthop_id=7), True, {*LEADS, "flags"}),
        # Another object, or none: what leads elsewhere is told.
        (one(nexthop_id=8), True, {*LEADS, "flags"}),
        (one(), True, {*LEADS, "flags"}),
    ],
)
def test_a_route_that_leaves_it_to_its_object_to_tell_where_it_leads(
    told_by_route: Route, alike: bool, left: set[str]
) -> None:
    silent = by(9 if told_by_route is GROUPED else 7)
    for pair in ((told_by_route, silent), (silent, told_by_route)):
        assert {field.name for field in meant(FIELDS, *pair, Objects(alike=alike))} == left


def test_two_routes_that_both_tell_it_are_compared_by_that() -> None:
    assert meant(FIELDS, one(nexthop_id=7), one("10.0.0.9", nexthop_id=7), Objects(alike=True)) == FIELDS
    known = {item.id: item for item in OBJECTS}
    both = Objects(before=known, after=known)
    assert {f.name for f in meant(FIELDS, one(flags=("onlink",)), by(15), both)} == {"metric"}
    assert {f.name for f in meant(FIELDS, one(nexthop_id=7), by(7), both)} == {"metric"}


def test_one_next_hop_and_several_are_told_in_the_same_way() -> None:
    changes = (
        FieldChange(name="gateway", before="10.0.0.1", after=None),
        FieldChange(name="metric", before=1, after=2),
    )
    found = meant(changes, one(flags=("pervasive", "onlink", "dead")), several(A, B), Objects())
    assert [(field.name, field.before, field.after) for field in found] == [
        ("metric", 1, 2),
        ("nexthops", ({"gateway": "10.0.0.1", "dev": "eth0", "weight": 1, "flags": ["onlink", "dead"]},), (A, B)),
    ]
    assert meant(changes[1:], one(), several(A), Objects()) == changes[1:]


@pytest.mark.parametrize(
    ("before", "after", "numbers"),
    [
        ([obj(7)], [obj(107)], {7: 107}),
        ([obj(7)], [obj(7)], {}),
        ([obj(7)], [obj(107, flags=("linkdown",))], {7: 107}),
        ([obj(7)], [obj(107, flags=("onlink",))], {}),
        ([obj(7)], [obj(107, "10.0.0.9")], {}),
        ([obj(7), obj(8, "10.0.0.2")], [obj(108, "10.0.0.2"), obj(107)], {7: 107, 8: 108}),
        ([obj(7), obj(8)], [obj(108), obj(107)], {7: 107, 8: 108}),
        ([obj(7), obj(8)], [obj(107)], {}),
        ([obj(7), group(9, (7, 1))], [obj(107), group(109, (107, 1))], {7: 107, 9: 109}),
        ([obj(7), group(9, (7, 1))], [obj(107), group(109, (107, 2))], {7: 107}),
        ([obj(7), obj(8, "b"), group(9, (7, 1), (8, 1))], [obj(17), obj(18, "b"), group(19, (18, 1), (17, 1))],
         {7: 17, 8: 18, 9: 19}),
        # A number that another object has on the other side is no number of the same object.
        ([obj(7)], [obj(7, "10.0.0.2"), obj(9)], {}),
        ([obj(7), obj(9, "10.0.0.2")], [obj(9)], {}),
        ([obj(7), obj(8, "b")], [obj(8), obj(7, "b")], {7: 8, 8: 7}),
        ([obj(7), obj(8, "b"), group(9, (7, 1))], [obj(8), obj(5, "x"), group(19, (8, 1))], {}),
    ],
)  # fmt: skip
def test_an_object_is_found_again_under_another_number(
    before: list[Nexthop], after: list[Nexthop], numbers: dict[int, int]
) -> None:
    found = compare_objects(before, after)
    assert found.numbers == numbers
    assert list(found.after) == [item.id for item in after]
    assert {old.id: numbers.get(old.id, old.id) for old in before} == dict(
        zip([old.id for old in before], found.before, strict=True)
    )


def test_members_are_renumbered_and_their_order_is_none() -> None:
    old, new = group(9, (7, 1), (8, 2)), group(9, (8, 2), (7, 1))
    assert renumbered(old, {7: 17, 9: 19}) == group(19, (17, 1), (8, 2))
    change = (FieldChange(name="group", before=1, after=2), FieldChange(name="flags", before=1, after=2))
    assert meant_group(change, old, new) == change[1:]
    assert meant_group(change, old, group(9, (7, 2), (8, 2))) == change


V6 = [replace(one(f"fd00::{n}"), family="inet6", dst="fd01::/64", flags=("linkdown",) * (n - 1)) for n in (1, 2)]
GATHERED = replace(
    V6[0], gateway=None, dev=None,
    nexthops=tuple(hop(f"fd00::{n}") | {"flags": ["linkdown"] * (n - 1)} for n in (1, 2)),
)  # fmt: skip


def test_next_hops_told_one_by_one_are_gathered_where_the_other_side_has_them_together() -> None:
    assert gathered(V6, [GATHERED]) == [GATHERED]
    assert gathered([one(), *V6], [several(A, B), GATHERED]) == [one(), GATHERED]
    more = [replace(row, dst="2001:db8:7::/48") for row in V6]
    both = [GATHERED, replace(GATHERED, dst="2001:db8:7::/48")]
    assert gathered([*V6, *more], both) == both
    assert gathered(V6, V6) == V6
    assert gathered(V6[:1], [GATHERED]) == V6[:1]
    assert gathered(V6, [replace(GATHERED, metric=5)]) == V6
    assert gathered([GATHERED], [GATHERED]) == [GATHERED]
    v4 = [one("10.0.0.1"), one("10.0.0.2")]
    assert gathered(v4, [several(A, B)]) == v4
    onlink = [replace(row, gateway=None) for row in V6]
    assert gathered(onlink, [GATHERED]) == onlink
