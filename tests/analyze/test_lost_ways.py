"""A namespace that has lost its way out, by whatever change; and the nearest one that has not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import pytest

from analyze.ways_out import PARTS
from reports.model import Change
from snapshot.model.coverage import Coverage
from snapshot.model.route import Route
from snapshot.model.rule import Rule
from tests.analyze.hosts import Host
from tests.analyze.rows import default_route, route
from tests.analyze.severity_cases import base, both, no_way_out, pod_back_without
from tests.analyze.test_changes import compare, net_of
from tests.analyze.test_ways_of_tables import HALVES, RULES, WG, in_table, lookup, refuse, refusing

WAY = default_route("docker0")
TUNNEL = tuple(replace(half, dev="docker0") for half in HALVES)
Do = Callable[[Host], None]


def given(routes: Sequence[Route], rules: Sequence[Rule] = RULES) -> Do:
    """A host with these routes and rules, beside what leads to its own subnets."""

    def change(host: Host) -> None:
        host.root.routes = [r for r in host.root.routes if r.dst not in PARTS]
        host.root.routes += routes
        host.root.rules = list(rules)

    return change


def judged(before: Do, after: Do) -> list[tuple[str, str, str, str | None]]:
    found = compare(after, base(before)).changes
    return sorted((c.kind, c.action, c.severity, c.severity_rule) for c in found if c.kind in ("route", "rule"))


LOST = ("route", "removed", "critical", "default-route-lost")
CHANGED = ("route", "removed", "warning", "default-route-changed")
LESS = ("route", "removed", "warning", "route-changed")
MORE = ("route", "added", "info", None)
RULE_GONE = ("rule", "removed", "warning", "policy-rule")
RULE_MORE = ("rule", "added", "warning", "policy-rule")
CUT_OFF = ("rule", "removed", "critical", "policy-rule-way-out")
BY_100 = (*RULES, lookup(30000, "100"))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (given([WAY]), given([]), [LOST]),
        # Halves stay; both halves go; one of them goes, which is a half of the world; the default route stays behind them.
        (given([WAY, *TUNNEL]), given(TUNNEL), [CHANGED]),
        (given(TUNNEL), given([]), [LOST, LOST]),
        (given(TUNNEL), given(TUNNEL[:1]), [LOST]),
        (given([WAY, *TUNNEL]), given([WAY]), [LESS, LESS]),
        # Into another table, with a rule for it; without one; with one for marked packets only.
        (given([WAY]), given(in_table("100", WAY), BY_100), [MORE, CHANGED, RULE_MORE]),
        (given([WAY]), given(in_table("100", WAY)), [MORE, LOST]),
        (given([WAY]), given(in_table("100", WAY), (*RULES, lookup(30000, "100", fwmark=7))), [MORE, LOST, RULE_MORE]),
        # For some users it may lead out: nothing is claimed.
        (given([WAY]), given(in_table("100", WAY), (*RULES, lookup(9, "100", uid_range="0-9"))), [MORE, CHANGED, RULE_MORE]),
        # The table of a tunnel (wg-quick), with main's own default route behind it, and without.
        (given(in_table("51820", WAY), (*RULES, *WG)), given([], (*RULES, *WG)), [LOST]),
        (given([WAY, *in_table("51820", WAY)], (*RULES, *WG)), given([WAY], (*RULES, *WG)), [LESS]),
        (given([WAY, *in_table("51820", WAY)], (*RULES, *WG)), given([WAY]), [LESS, RULE_GONE, RULE_GONE]),
        # A table that no rule leads to.
        (given([WAY, *in_table("9", WAY)]), given([]), [LOST, LESS]),
        (given([*in_table("9", WAY)]), given([]), [LESS]),
        # The rule went: the table's own routes are still there. Or both, of which either would do.
        (given([WAY]), given([WAY], (RULES[0], RULES[2])), [CUT_OFF]),
        (given([*in_table("100", WAY)], BY_100), given([*in_table("100", WAY)]), [CUT_OFF]),
        (given([WAY, *in_table("100", WAY)], BY_100), given([WAY, *in_table("100", WAY)]), [RULE_GONE]),
        (given([WAY, *in_table("100", WAY)], BY_100), given(in_table("100", WAY)), [LOST, CUT_OFF]),
        # A rule that leads to a table that refuses.
        (
            given([WAY, *in_table("100", refusing())]), given([WAY, *in_table("100", refusing())], BY_100),
            [("rule", "added", "critical", "policy-rule-way-out")],
        ),
        # What refuses all: before the way out, behind it, in another table that is asked first, and in one that is not.
        (given([WAY]), given([WAY], (*RULES, refuse(5))), [("rule", "added", "critical", "policy-rule-refuses")]),
        (given([WAY]), given([WAY], (*RULES, refuse(40000))), [RULE_MORE]),
        (given([]), given([], (*RULES, refuse(5))), [("rule", "added", "critical", "policy-rule-refuses")]),
        (given([WAY], BY_100), given([WAY, *in_table("100", refusing())], BY_100),
         [("route", "added", "critical", "route-refuses")]),
        (given([WAY]), given([WAY, *in_table("100", refusing())]), [("route", "added", "warning", "route-may-refuse")]),
        (given(TUNNEL), given([*TUNNEL, refusing()]), [("route", "added", "warning", "route-may-refuse")]),
        (given([replace(WAY, metric=9)]), given([replace(WAY, metric=9), refusing()]),
         [("route", "added", "critical", "route-refuses")]),
        # There was none before.
        (given([refusing(), replace(WAY, metric=9)]), given([refusing()]), [CHANGED]),
    ],
)  # fmt: skip
def test_what_is_said_of_it(before: Do, after: Do, told: list[tuple[str, str, str, str | None]]) -> None:
    assert judged(before, after) == sorted(told, key=lambda row: tuple(map(str, row)))


def test_a_kernel_without_policy_routing_has_no_rules_and_goes_by_main() -> None:
    assert judged(given([WAY], ()), given([], ())) == [LOST]
    assert judged(given([WAY], ()), given(TUNNEL, ())) == [MORE, MORE, CHANGED]


def test_ipv6_is_another_matter() -> None:
    v6 = route("::/0", "docker0", gateway="fe80::1")
    assert judged(given([WAY, v6]), given([WAY])) == [LOST]
    assert judged(given([WAY, v6]), given([v6])) == [LOST]


@pytest.mark.parametrize("kind", ["rule", "route"])
@pytest.mark.parametrize("status", ["torn", "skipped"])
def test_what_was_not_read_cleanly_is_no_loss(kind: str, status: Literal["torn", "skipped"]) -> None:
    def gap(host: Host) -> None:
        host.coverage.append(Coverage(namespace=host.root.key, kinds=(kind,), status=status, error="kept changing"))

    without = given([], (RULES[0], RULES[2]))
    for before, after in ((given([WAY]), both(without, gap)), (both(given([WAY]), gap), without)):
        assert "critical" not in {severity for _, _, severity, _ in judged(before, after)}


def test_where_rules_were_not_asked_for_nothing_is_claimed() -> None:
    def blind(host: Host) -> None:
        host.kinds = tuple(kind for kind in host.kinds if kind != "rule")

    assert judged(both(given([WAY]), blind), given([])) == [CHANGED]


def test_a_pod_that_came_back_with_halves_has_a_way_out() -> None:
    def halved(host: Host) -> None:
        net = net_of(host, "web-2")
        no_way_out(net)
        net.routes += [replace(half, dev="eth0") for half in HALVES]

    found: list[Change] = list(compare(both(pod_back_without(no_way_out), halved)).changes)
    assert [c for c in found if c.severity == "critical"] == []
