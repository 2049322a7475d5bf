"""Routes and nexthop objects compare by where they lead, not by how they are spelt."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.model import Change, Json, Report
from snapshot.model.coverage import Coverage
from snapshot.model.fdb import FdbEntry
from snapshot.model.nexthop import Nexthop
from snapshot.model.route import Route
from tests.analyze.generated.histories import ASKED, LAWS
from tests.analyze.hosts import Host
from tests.analyze.rows import route
from tests.analyze.steering import told
from tests.analyze.test_changes import classic, compare, top

SETTINGS = settings(LAWS, max_examples=int(ASKED or 40))
DST = "203.0.113.0/24"


def hop(gateway: str, weight: int = 1, *flags: str) -> Json:
    return {"gateway": gateway, "dev": "docker0", "weight": weight, "flags": list(flags)}


A, B, C = hop("10.1.27.7"), hop("10.1.27.8"), hop("10.1.27.9", 3)


def several(*hops: Json, dst: str = DST, **more: object) -> Route:
    return route(dst, None, nexthops=hops, **more)


def one(number: int, gateway: str, **more: object) -> Nexthop:
    made = Nexthop(id=number, family="inet", gateway=gateway, dev="docker0", protocol="zebra", scope="global")
    return replace(made, **more)  # type: ignore[arg-type]


def group(number: int, *members: int, weight: int = 1) -> Nexthop:
    return Nexthop(
        id=number, group=tuple({"id": member, "weight": weight} for member in members), group_type="mpath",
        protocol="zebra", scope="global",
    )  # fmt: skip


Rows = Sequence[Route | Nexthop | FdbEntry]


def between(before: Rows, after: Rows) -> Report:
    def put(host: Host, rows: Rows) -> None:
        host.root.routes += [row for row in rows if isinstance(row, Route)]
        host.root.fdb += [row for row in rows if isinstance(row, FdbEntry)]
        host.root.more += [row for row in rows if isinstance(row, Nexthop)]

    def base() -> Host:
        host = classic()
        put(host, before)
        return host

    def change(host: Host) -> None:
        host.root.routes = [r for r in host.root.routes if r not in before]
        host.root.fdb = [r for r in host.root.fdb if r not in before]
        host.root.more = [r for r in host.root.more if r not in before]
        put(host, after)

    return compare(change, base)


def fields(change: Change) -> dict[str, Any]:
    return {f.name: (f.before, f.after) for f in change.fields}


# --- multipath ---


def test_the_order_of_next_hops_is_no_difference() -> None:
    report = between([several(A, B, C)], [several(C, A, B)])
    assert (report.verdict, report.changes) == ("same", ())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((A, B), (A, hop("10.1.27.8", 2))),
        # The kernel keeps weights as they were given, and shows them so.
        ((A, B), (hop("10.1.27.7", 2), hop("10.1.27.8", 2))),
        ((A, B), (A, C)),
        ((A, B), (A, B, B)),
    ],
)
def test_another_set_of_next_hops_is_one_changed_route(before: tuple[Json, ...], after: tuple[Json, ...]) -> None:
    (change,) = top(between([several(*before)], [several(*after)]))
    assert (change.kind, change.action, change.severity) == ("route", "changed", "warning")
    assert fields(change) == {"nexthops": (before, after)}


def test_a_second_next_hop_is_told_as_one_more() -> None:
    (change,) = top(between([route(DST, "docker0", gateway="10.1.27.7")], [several(A, B)]))
    assert fields(change) == {"nexthops": ((A,), (A, B))}


def test_one_next_hop_spelt_as_many_is_no_difference() -> None:
    report = between([route(DST, "docker0", gateway="10.1.27.7")], [several(A)])
    assert report.changes == ()


def test_metrics_and_metric_are_attributes() -> None:
    (change,) = top(
        between([several(A, B, metrics={"mtu": 1400})], [several(B, A, metrics={"mtu": 1300, "initcwnd": 10})])
    )
    assert fields(change) == {"metrics.mtu": (1400, 1300), "metrics.initcwnd": (None, 10)}


def test_siblings_of_ipv6_are_one_route_however_they_are_dumped() -> None:
    dst = "2001:db8:7::/48"
    alone = [route(dst, "docker0", gateway=f"fd00::{n}", metric=1024, pref="medium") for n in (1, 2)]
    together = several(hop("fd00::2"), hop("fd00::1"), dst=dst, metric=1024, pref="medium")
    for before, after in ((alone, [together]), ([together], alone)):
        assert between(before, after).changes == ()
    (change,) = top(between(alone, [replace(together, nexthops=(hop("fd00::1"),))]))
    assert fields(change) == {"nexthops": ((hop("fd00::1"), hop("fd00::2")), (hop("fd00::1"),))}


def test_routes_of_different_metric_are_no_siblings() -> None:
    dst = "2001:db8:7::/48"
    alone = [route(dst, "docker0", gateway=f"fd00::{n}", metric=n) for n in (1, 2)]
    together = several(hop("fd00::2"), hop("fd00::1"), dst=dst, metric=1)
    assert len(between(alone, [together]).changes) == 2


def test_flags_that_mirror_a_link_hang_under_it() -> None:
    def down(host: Host) -> None:
        host.root.links = [replace(x, state="DOWN") if x.name == "docker0" else x for x in host.root.links]
        host.root.routes = [
            replace(r, flags=("dead", "linkdown")) if r.gateway and not r.nexthops else r for r in host.root.routes
        ]
        host.root.routes = [
            replace(r, nexthops=(hop("10.1.27.7", 1, "linkdown"), B)) if r.nexthops else r for r in host.root.routes
        ]
        host.root.more = [replace(r, flags=("linkdown",)) if isinstance(r, Nexthop) else r for r in host.root.more]

    def base() -> Host:
        host = classic()
        host.root.routes.append(several(A, B))
        host.root.more.append(one(7, "10.1.27.7"))
        return host

    report = compare(down, base)
    assert told(report) == [("link", "changed", "docker0")]
    assert {c.kind for c in report.changes if c.cause == report.changes[0].id} == {"route", "nexthop"}


# --- nexthop objects ---


def test_a_nexthop_under_another_number_changes_nothing_that_uses_it() -> None:
    before: Rows = [one(7, "10.1.27.7"), one(8, "10.1.27.8"), group(10, 7, 8), several(A, B, nexthop_id=10),
              FdbEntry(dev="docker0", mac="02:00:00:00:00:99", state="static", nexthop_id=10)]  # fmt: skip
    after: Rows = [one(107, "10.1.27.7"), one(108, "10.1.27.8"), group(110, 108, 107), several(B, A, nexthop_id=110),
             FdbEntry(dev="docker0", mac="02:00:00:00:00:99", state="static", nexthop_id=110)]  # fmt: skip
    report = between(before, after)
    assert {(c.kind, c.action, c.severity) for c in report.changes} == {("nexthop", "changed", "info")}
    assert sorted(fields(c)["id"] for c in report.changes) == [(7, 107), (8, 108), (10, 110)]
    assert {(c.matched_by, c.confidence) for c in report.changes} == {("where it leads", "strong")}


def test_numbers_that_changed_places_are_told_as_such() -> None:
    before: Rows = [one(7, "10.1.27.7"), one(8, "10.1.27.8"), group(10, 7, 8)]
    after: Rows = [one(8, "10.1.27.7"), one(7, "10.1.27.8"), group(10, 8, 7)]
    report = between(before, after)
    assert sorted(fields(c)["id"] for c in report.changes) == [(7, 8), (8, 7)]


def test_a_number_that_leads_elsewhere_now_is_a_changed_nexthop() -> None:
    before: Rows = [one(7, "10.1.27.7"), route(DST, "docker0", gateway="10.1.27.7", nexthop_id=7)]
    after: Rows = [one(7, "10.1.27.8"), one(9, "10.1.27.7"), route(DST, "docker0", gateway="10.1.27.8", nexthop_id=7)]
    report = between(before, after)
    assert {change[:2] for change in told(report)} == {("nexthop", "added"), ("nexthop", "changed")}
    (change,) = [c for c in report.changes if c.kind == "route"]
    assert fields(change) == {"gateway": ("10.1.27.7", "10.1.27.8")}


def test_a_group_that_lost_a_member_is_changed() -> None:
    before: Rows = [one(7, "10.1.27.7"), one(8, "10.1.27.8"), group(10, 7, 8)]
    report = between([*before], [one(7, "10.1.27.7"), group(10, 7)])
    assert told(report) == [("nexthop", "removed", "id 8 via 10.1.27.8 dev docker0")]
    (change,) = [c for c in report.changes if c.cause is not None]
    assert fields(change)["group"] == (({"id": 7, "weight": 1}, {"id": 8, "weight": 1}), ({"id": 7, "weight": 1},))


@pytest.mark.parametrize("told_too", [True, False], ids=["route tells its hops", "only the object tells them"])
def test_a_route_that_moved_to_an_equal_object_is_respelt(told_too: bool) -> None:
    after = several(B, A, nexthop_id=10) if told_too else several(nexthop_id=10)
    report = between([several(A, B)], [one(7, "10.1.27.7"), one(8, "10.1.27.8"), group(10, 7, 8), after])
    (change,) = [c for c in report.changes if c.kind == "route"]
    assert (fields(change), change.severity) == ({"nexthop_id": (None, 10)}, "info")
    assert {c.severity for c in report.changes} == {"info"}


@pytest.mark.parametrize("kept", [[one(7, "10.1.27.7")], [one(7, "10.1.27.7"), one(8, "10.1.27.8"), group(9, 7, 8)]])
def test_a_route_that_leaves_it_to_its_object_where_it_leads_has_not_changed(kept: list[Nexthop]) -> None:
    """As with net.ipv4.nexthop_compat_mode turned off: the kernel tells the number alone."""
    told_by_route = route(DST, "docker0", gateway="10.1.27.7", flags=("onlink",), nexthop_id=7)
    if len(kept) > 1:
        told_by_route = several(A, B, nexthop_id=9)
    silent = route(DST, None, nexthop_id=told_by_route.nexthop_id)
    assert between([*kept, told_by_route], [*kept, silent]).changes == ()
    assert between([*kept, silent], [*kept, told_by_route]).changes == ()
    # Where objects differ, or were not read, it is not known whether it leads to the same.
    other = one(6, "10.1.27.6")
    assert ("route", "changed") in {
        (c.kind, c.action) for c in between([*kept, told_by_route], [*kept, other, silent]).changes
    }


def test_where_nexthops_were_not_read_a_route_may_lead_elsewhere() -> None:
    def silent(host: Host) -> None:
        host.root.routes[-1] = route(DST, None, nexthop_id=7)
        host.coverage.append(
            Coverage(namespace=host.root.key, kinds=("nexthop",), status="torn", error="kept changing")
        )

    def base() -> Host:
        host = classic()
        host.root.more.append(one(7, "10.1.27.7"))
        host.root.routes.append(route(DST, "docker0", gateway="10.1.27.7", nexthop_id=7))
        return host

    assert [(c.kind, c.action) for c in compare(silent, base).changes] == [("route", "changed")]


def test_a_route_that_moved_to_an_object_that_leads_elsewhere_is_changed() -> None:
    report = between([several(A, B)], [one(7, "10.1.27.7"), several(A, nexthop_id=7)])
    (change,) = [c for c in report.changes if c.kind == "route"]
    assert set(fields(change)) == {"nexthops", "nexthop_id"}
    hidden = between([route(DST, None, nexthop_id=7)], [route(DST, None, nexthop_id=9)])
    assert [c.severity for c in hidden.changes] == ["warning"]


# --- laws ---

hops = st.lists(
    st.builds(hop, st.integers(2, 9).map("10.1.27.{}".format), st.integers(1, 3)), min_size=1, max_size=5
)  # fmt: skip


@SETTINGS
@given(hops, st.randoms(use_true_random=False))
def test_no_order_of_next_hops_is_a_difference(found: list[Json], chance: random.Random) -> None:
    other = list(found)
    chance.shuffle(other)
    assert between([several(*found)], [several(*other)]).changes == ()


@SETTINGS
@given(st.lists(st.integers(2, 9), min_size=1, max_size=4), st.permutations(range(1, 12)))
def test_no_numbering_of_nexthops_is_more_than_that(gateways: list[int], numbers: list[int]) -> None:
    def made(number: list[int]) -> Rows:
        objects = [one(number[i], f"10.1.27.{g}") for i, g in enumerate(gateways)]
        members = [thing.id for thing in objects]
        return [*objects, group(number[9], *members), route(DST, "docker0", gateway="10.1.27.2", nexthop_id=number[9])]

    report = between(made(list(range(1, 12))), made(numbers))
    assert {(c.kind, c.severity, *(f.name for f in c.fields)) for c in report.changes} <= {("nexthop", "info", "id")}
