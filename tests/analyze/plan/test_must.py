"""What must hold afterwards: states of the later snapshot, and what checks find there."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from snapshot.model.coverage import Coverage
from tests.analyze.hosts import Host
from tests.analyze.plan.plans import (
    add_route,
    changed,
    judged,
    rules,
    silent,
    statuses,
    torn,
    torn_on_the_host,
)
from tests.analyze.rows import default_route
from tests.analyze.test_changes import classic, net_of


def must(text: str, *changes: Callable[[Host], None]) -> tuple[str, int, str | None]:
    (rule,) = rules(changed(f"must: [{{{text}}}]", *changes))
    return rule.status, rule.seen, rule.detail


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("kind: link, scope: host, name: docker0, facts: {mtu: 1500}", ("met", 1, None)),
        ("kind: link, scope: host, name: docker0, facts: {mtu: 9000}", ("unmet", 0, None)),
        ("kind: link, scope: host, name: docker1, count: 0", ("met", 0, None)),
        ("kind: link, scope: host, name: docker0, count: 0", ("unmet", 1, None)),
        ("kind: pod, scope: 'pod:default/*', facts: {state: running}, count: 4", ("met", 4, None)),
        ("kind: pod, count: {at_most: 3}", ("unmet", 4, None)),
        ("kind: container, name: k8s_app_*", ("met", 4, None)),
        ("kind: veth, facts: {bridge: docker0, host_end.mtu: 1500, workload_end.state: UP}, count: 4", ("met", 4, None)),
        ("kind: veth, facts: {host_end.mtu: 1400}, count: 0", ("met", 0, None)),
        ("kind: address, scope: host, facts: {address: {within: 10.1.27.0/24}}", ("met", 1, None)),
        ("kind: route, scope: host, name: 192.0.2.0/24*, facts: {metric: 100}", ("met", 1, None)),
        ("kind: route, each_scope: 'pod:*', facts: {dst: 0.0.0.0/0}, count: 1", ("met", 4, "in 4 of 4")),
        ("kind: route, each_scope: 'pod:*', facts: {dst: 10.9.0.0/16}", (
            "unmet", 0, "not in pod:default/web-1, pod:default/web-2, pod:default/web-3, pod:default/web-4")),
        ("kind: route, each_scope: 'pod:kube/*'", ("unmet", 0, "no namespace of such a scope is there")),
        ("kind: sysctl, scope: host, name: net.ipv4, facts: {values.ip_forward: 0}", ("met", 1, None)),
        ("kind: [firewall], scope: host, facts: {object: chain, text: 'policy *'}", ("met", 4, None)),
    ],
)  # fmt: skip
def test_what_must_hold_afterwards(text: str, outcome: tuple[str, int, str | None]) -> None:
    assert must(text) == outcome


def test_what_was_not_read_is_neither_there_nor_missing() -> None:
    way_out = "kind: route, each_scope: 'pod:*', facts: {dst: 0.0.0.0/0}, count: %s"
    assert must(way_out % 1, torn("route"))[0] == "unknown"
    assert must(way_out % "{at_least: 1}", torn("route"))[0] == "met"
    assert must(way_out % "{at_most: 0}", torn("route"))[0] == "unmet"
    assert must("kind: route, scope: host, name: 10.9.*", torn("route"))[0] == "unknown"
    assert must("kind: route, scope: host, name: 10.9.*, count: 0", torn("route"))[0] == "unknown"
    assert must("kind: pod, name: default/*", silent)[0] == "unknown"


def unfound(host: Host) -> None:
    """Not every namespace of the host was found."""
    host.coverage.append(Coverage(kinds=("namespace",), status="failed", error="not permitted"))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("kind: route, each_scope: 'pod:*', facts: {dst: 0.0.0.0/0}, count: 1", "unknown"),
        ("kind: route, each_scope: 'pod:kube/*'", "unknown"),
        ("kind: link, name: docker1, count: 0", "unknown"),
        ("kind: link, name: docker0", "met"),
        # The host's own is always found.
        ("kind: link, scope: host, name: docker1, count: 0", "met"),
        ("kind: route, each_scope: host, facts: {dst: 192.0.2.0/24}", "met"),
    ],
)
def test_what_is_in_a_namespace_that_was_not_found_is_not_known(text: str, status: str) -> None:
    assert must(text, unfound)[0] == status


def test_only_the_later_snapshot_counts_for_what_must_hold() -> None:
    text = "must: [{kind: route, scope: host, name: 192.0.2.0/24*}]"
    before, after = classic(), classic()
    torn("route")(before)
    assert statuses(judged(text, before, after)) == ["met"]


def lose(host: Host) -> None:
    """A pod's way out."""
    net = net_of(host, "web-3")
    net.routes = [row for row in net.routes if row != default_route("eth0")]


def test_a_way_out_that_is_gone_is_found_in_its_pod() -> None:
    outcome = must("kind: route, each_scope: 'pod:*', facts: {dst: 0.0.0.0/0}", lose)
    assert outcome == ("unmet", 3, "not in pod:default/web-3")


WAY_OUT = "{check: no-default-route, scope: 'pod:*'}"


@pytest.mark.parametrize(
    ("text", "changes", "status", "seen"),
    [
        (f"forbid: [{WAY_OUT}]", (lose,), "violated", 1),
        (f"must: [{WAY_OUT}]", (lose,), "unmet", 1),
        (f"forbid: [{WAY_OUT}]", (), "met", 0),
        (f"must: [{WAY_OUT}]", (), "met", 0),
        ("forbid: [{check: '*', severity: critical}]", (lose,), "violated", 1),
        ("forbid: [{check: '*', severity: info}]", (lose,), "met", 0),
        ("must: [{check: no-default-route, scope: 'pod:default/web-1'}]", (lose,), "met", 0),
        (f"must: [{WAY_OUT}]", (torn("route"),), "unknown", 0),
        (f"must: [{WAY_OUT}]", (torn("firewall"),), "met", 0),
        (f"must: [{WAY_OUT}]", (torn_on_the_host,), "met", 0),
        ("forbid: [{check: no-default-route, scope: host}]", (torn_on_the_host,), "unknown", 0),
    ],
)
def test_what_checks_find(text: str, changes: tuple[Callable[[Host], None], ...], status: str, seen: int) -> None:
    (rule,) = rules(changed(text, *changes))
    assert (rule.status, rule.seen) == (status, seen)
    if seen:
        assert rule.detail is not None
        assert rule.detail.startswith("no-default-route in pod:default/web-3: ")


def test_what_was_wrong_before_is_not_new_but_does_not_hold() -> None:
    before = classic()
    lose(before)
    after = copy.deepcopy(before)
    add_route(after)
    report = judged(f"expect: [{{kind: route, action: added}}]\nforbid: [{WAY_OUT}]\nmust: [{WAY_OUT}]", before, after)
    assert statuses(report) == ["met", "met", "unmet"]
