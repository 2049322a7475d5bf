"""What a report leaves out, by whose rules, and what never goes silently; what of it is shown alone."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyze.cli import exit_code
from analyze.compose import compose
from analyze.filters.filters import Filters, read_filters
from reports.html.document import render as render_html
from reports.json import render as render_json
from reports.model import Change, Report
from reports.text.diff import render as render_text
from snapshot.model.address import Address
from snapshot.model.neighbour import Neighbour
from tests.analyze.generated.histories import LAWS, Steps, seeds, steps
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of
from tests.analyze.rows import address, route
from tests.analyze.severity_cases import Do, no_way_out, pod_back_without
from tests.analyze.test_changes import (
    classic,
    default_route_changed,
    mtu_changed,
    net_of,
    pod_recreated,
    pod_removed,
    route_added,
    veth_off_bridge,
)
from tests.analyze.test_laws import two_of


def between(before: Host, after: Host, filters: Filters) -> Report:
    return compose(sides_of(before, after), "netlapse test", filters=filters)


def report_of(*changes: Do, ignore: tuple[str, ...] = (), select: tuple[str, ...] = (), default: bool = True) -> Report:
    before = classic()
    after = copy.deepcopy(before)
    for change in changes:
        change(after)
    return between(before, after, read_filters(ignore=ignore, select=select, default=default))


def told(report: Report) -> list[tuple[str, str]]:
    return [(c.kind, c.action) for c in report.changes if c.cause is None]


def ignored(report: Report) -> list[tuple[str, int, str, int]]:
    return [(rule.rule, rule.count, rule.source, rule.critical) for rule in report.ignored]


# --- noise ---


def test_temporary_addresses_come_and_go_with_what_follows_from_them() -> None:
    """A host that makes itself addresses (RFC 8981): the new one, the deprecated one, the one whose time is over."""

    def temporary(ip: str, *flags: str) -> Address:
        return address("docker0", f"2001:db8::{ip}/64", flags=tuple(sorted(("temporary", *flags))))

    before = classic()
    lasting = address("docker0", "2001:db8::1/64", flags=("mngtmpaddr",), protocol="kernel_ra")
    before.root.addresses += [lasting, temporary("a"), temporary("b")]
    local = route("2001:db8::a/128", "docker0", table="local", type="local", protocol="kernel")
    before.root.routes.append(local)
    after = copy.deepcopy(before)
    after.root.addresses = [*before.root.addresses[:-2], temporary("b", "deprecated"), temporary("c")]
    after.root.routes = [*before.root.routes[:-1], replace(local, dst="2001:db8::c/128")]
    report = between(before, after, Filters())
    assert (report.verdict, ignored(report)) == ("same", [("address-temporary", 5, "default", 0)])
    shown = between(before, after, Filters(default=False))
    assert Counter(c.kind for c in shown.changes) == {"address": 3, "route": 2}
    # The lasting address that they are made from is no noise.
    after = copy.deepcopy(before)
    after.root.addresses = [a for a in before.root.addresses if a != lasting]
    assert told(between(before, after, Filters())) == [("address", "removed")]


def test_that_a_neighbour_is_a_router_is_learnt_with_its_state() -> None:
    before = classic()
    entry = Neighbour(family="inet6", dev="docker0", address="fe80::1", mac="02:00:00:00:00:05", state="STALE")
    before.root.neighbours.append(entry)
    after = copy.deepcopy(before)
    after.root.neighbours[-1] = replace(entry, state="REACHABLE", flags=("router",))
    assert ignored(between(before, after, Filters())) == [("neighbour-state", 1, "default", 0)]
    after.root.neighbours[-1] = replace(entry, flags=("managed",))
    assert told(between(before, after, Filters())) == [("neighbour", "changed")]


def test_noise_is_never_critical() -> None:
    def unreachable(host: Host) -> None:
        net_of(host, "web-1").neighbours.append(
            Neighbour(family="inet", dev="eth0", address="10.1.27.1", state="FAILED")
        )

    report = report_of(unreachable)
    assert [(c.kind, c.severity_rule) for c in report.changes] == [("neighbour", "gateway-unreachable")]


# --- a person's own rules ---


def test_a_rule_leaves_out_what_it_means_with_what_follows_from_it() -> None:
    report = report_of(pod_recreated, route_added, ignore=("kind=pod,name=default/web-*",))
    assert told(report) == [("route", "added")]
    ((rule, count, source, critical),) = ignored(report)
    assert (rule, source, critical) == ("kind=pod,name=default/web-*", "--ignore", 0)
    assert count == len(report_of(pod_recreated).changes)


def test_the_first_rule_that_means_a_change_counts_it_and_one_without_use_is_listed() -> None:
    report = report_of(route_added, ignore=("dev=nothing*", "kind=route", "dst=198.51.100.0/24"))
    assert [(rule, count) for rule, count, _, _ in ignored(report)] == [
        ("dev=nothing*", 0), ("kind=route", 1), ("dst=198.51.100.0/24", 0)
    ]  # fmt: skip
    assert report.verdict == "same"


def test_nothing_critical_goes_with_what_is_left_out() -> None:
    report = report_of(pod_back_without(no_way_out), ignore=("kind=pod",))
    assert [(c.kind, c.severity_rule, c.cause) for c in report.changes] == [("route", "default-route-lost", None)]
    # It hangs under the next cause that is shown.
    report = report_of(pod_back_without(no_way_out), ignore=("kind=link",))
    (lost,) = [c for c in report.changes if c.severity == "critical"]
    assert lost.cause in {c.id for c in report.changes}
    # A rule may mean it too, and the report says so.
    report = report_of(pod_back_without(no_way_out), ignore=("kind=pod", "kind=route,dst=default"))
    assert report.changes == ()
    assert ignored(report)[1] == ("kind=route,dst=default", 1, "--ignore", 1)


def test_the_batch_jobs_that_came_and_went_are_left_out_whole() -> None:
    report = report_of(pod_removed, ignore=("scope=pod:default/*,action=added|removed",))
    assert (report.verdict, exit_code(report)) == ("same", 0)


def test_the_report_says_what_was_left_out_in_every_format() -> None:
    report = report_of(veth_off_bridge, pod_removed, ignore=("kind=veth", "kind=pod"))
    text = render_text(report, width=100, color=False)
    assert "left out by the given rules, 1 of them critical: see Ignored." in text
    assert "kind=veth  --ignore  1 of them critical" in text
    assert "<code>kind=veth</code></td><td>--ignore</td>" in render_html(report)
    assert '"source": "--ignore", "critical": 1' in render_json(report)


# --- selecting ---


def test_what_is_selected_is_shown_with_what_explains_it() -> None:
    whole = report_of(pod_recreated, route_added, mtu_changed)
    report = report_of(pod_recreated, route_added, mtu_changed, select=("kind=container,name=app",))
    app = next(c for c in whole.changes if c.kind == "container" and "app" in c.name)
    report = report_of(pod_recreated, route_added, mtu_changed, select=(f"kind=container,name={app.name}",))
    assert [(c.kind, c.selected, c.id) for c in report.changes] == [("pod", False, "c1"), ("container", True, app.id)]
    assert report.selection is not None
    assert (report.selection.selected, report.selection.left_out) == (1, len(whole.changes) - 1)
    assert sum(row.recreated + row.changed + row.added + row.removed for row in report.summary) == 1
    text = render_text(report, width=100, color=False)
    assert f"(--select): {len(whole.changes) - 1} other changes left out." in text
    assert "± pod default/web-2 re-created  (context)" in text
    assert "(context)" in render_html(report)


@pytest.mark.parametrize(
    ("select", "verdict", "code"),
    [
        (("kind=route",), "different", 1),
        (("kind=neighbour",), "same", 0),
        (("kind=neighbour", "kind=route"), "different", 1),
        (("kind=route,severity=critical",), "same", 0),
    ],
)
def test_verdict_and_exit_code_go_by_what_is_selected(select: tuple[str, ...], verdict: str, code: int) -> None:
    report = report_of(default_route_changed, veth_off_bridge, select=select)
    assert (report.verdict, exit_code(report)) == (verdict, code)
    assert exit_code(report, "critical") == 0


# --- laws ---

RULES = [
    "kind=route", "kind=pod", "kind=veth|link", "kind=neighbour,dev=docker*", "action=added", "scope=pod:*", "severity=warning",
    "field=mtu|host_end.mtu", "dev=eth0", "address=10.1.0.0/16", "kind!=pod,action!=removed", "severity=critical",
]  # fmt: skip
rules = st.lists(st.sampled_from(RULES), max_size=3)


def facts(change: Change) -> Change:
    return replace(change, id="c0", cause=None, selected=None)


@LAWS
@given(seeds, steps, steps, rules, st.booleans())
def test_a_rule_adds_nothing_and_what_is_ignored_and_shown_is_all(
    seed: int, first: Steps, second: Steps, ignore: list[str], default: bool
) -> None:
    a, b = two_of(seed, first, second)
    whole = between(a, b, Filters(default=False))
    report = between(a, b, read_filters(ignore=ignore, default=default))
    everything = Counter(render_json_of(change) for change in whole.changes)
    shown = Counter(render_json_of(change) for change in report.changes)
    assert shown <= everything
    assert len(report.changes) + sum(rule.count for rule in report.ignored) == len(whole.changes)
    critical = sum(c.severity == "critical" for c in whole.changes)
    assert sum(c.severity == "critical" for c in report.changes) + sum(r.critical for r in report.ignored) == critical
    assert ignore or not any(rule.critical for rule in report.ignored)


@LAWS
@given(seeds, steps, steps, rules.filter(bool))
def test_a_selection_is_part_of_the_whole(seed: int, first: Steps, second: Steps, select: list[str]) -> None:
    a, b = two_of(seed, first, second)
    whole = between(a, b, Filters())
    report = between(a, b, read_filters(select=select))
    known = {change.id: change for change in whole.changes}
    seen: set[str] = set()
    for change in report.changes:
        assert replace(change, selected=None) == known[change.id]
        assert change.cause is None or change.cause in seen
        seen.add(change.id)
    assert report.selection is not None
    assert report.selection.selected + report.selection.left_out == len(whole.changes)


def render_json_of(change: Change) -> str:
    return repr(facts(change))
