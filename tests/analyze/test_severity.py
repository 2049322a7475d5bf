"""Severity by written rules: each rule of docs/severity.md has a change that it judges, and nothing else does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from analyze.cli import exit_code
from analyze.diff.severity import RULES
from reports.html.document import render as render_html
from reports.model import Change
from reports.text.diff import render as render_text
from snapshot.model.socket import Socket
from tests.analyze.hosts import Host
from tests.analyze.rows import address, default_route, routes_of, rules
from tests.analyze.severity_cases import (
    CASES,
    DROP_IN_FORWARD,
    NETWORK,
    Do,
    base,
    both,
    lists,
    no_way_out,
    of_host,
    pod_back_without,
    published,
    without_link,
)
from tests.analyze.test_changes import (
    bridge_added,
    classic,
    compare,
    container_restarted,
    net_of,
    pod_added,
    pod_recreated,
    pod_removed,
)

PAGE = Path(__file__).parents[2] / "docs" / "severity.md"


def judged(change: Do, made: Callable[[], Host]) -> list[Change]:
    return [c for c in compare(change, made).changes if c.severity_rule is not None]


@pytest.mark.parametrize(("rule", "change", "made"), CASES, ids=[case[0] for case in CASES])
def test_each_rule_judges_the_change_it_is_for(rule: str, change: Do, made: Callable[[], Host]) -> None:
    found = judged(change, made)
    assert rule in {c.severity_rule for c in found}
    severity = next(r.severity for r in RULES if r.name == rule)
    assert {c.severity for c in found if c.severity_rule == rule} == {severity}


def test_every_rule_has_a_case_and_a_line_in_the_page() -> None:
    written = re.findall(r"^\| `([a-z-]+)` \| (\w+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    ordered = sorted(RULES, key=lambda rule: rule.severity)
    assert written == [(rule.name, rule.where) for rule in ordered]
    critical, _, _ = PAGE.read_text(encoding="utf-8").partition("## warning")
    assert {rule.name for rule in RULES if rule.severity == "critical"} == set(
        re.findall(r"^\| `([a-z-]+)`", critical, re.M)
    )
    assert {rule.name for rule in RULES} == {name for name, _, _ in CASES}


@pytest.mark.parametrize("change", [pod_recreated, pod_added, container_restarted])
def test_what_came_back_whole_or_came_new_is_info(change: Do) -> None:
    assert judged(change, classic) == []


def test_a_pod_that_was_removed_takes_along_what_it_had() -> None:
    assert [(c.kind, c.severity) for c in judged(pod_removed, classic)] == [("pod", "warning")]


def test_a_link_removed_with_a_container_network_is_told_by_the_network() -> None:
    def network(host: Host) -> None:
        bridge_added(host)
        host.networks.append(NETWORK)

    def gone(host: Host) -> None:
        host.networks.clear()
        without_link(host, "br9")

    assert [(c.kind, c.severity_rule) for c in judged(gone, base(network))] == [("network", "network-gone")]


def test_a_pod_that_came_back_without_its_way_out_is_critical_under_it() -> None:
    report = compare(pod_back_without(no_way_out))
    (pod,) = [c for c in report.changes if c.cause is None]
    assert (pod.kind, pod.severity) == ("pod", "info")
    assert [(c.kind, c.name) for c in report.changes if c.severity == "critical"] == [
        ("route", "0.0.0.0/0 via 10.1.27.1 dev eth0")
    ]


@pytest.mark.parametrize(
    "change",
    [
        # Another default route of the family is left; another address; another listener at the port.
        lambda h: lists("routes", [*h.root.routes[:-2], h.root.routes[-1]])(h),
        lists("addresses", [address("docker0", "10.1.27.1/24"), address("docker0", "fd00::1/64")]),
        both(lambda h: no_way_out(net_of(h, "web-2")), pod_removed),
    ],
)
def test_the_nearest_twins_are_not_critical(change: Do) -> None:
    two = base(of_host("routes", default_route("docker0"), replace(default_route("docker0", "10.1.27.9"), metric=9)))
    assert {c.severity for c in compare(change, two).changes} <= {"info", "warning"}


def test_a_published_port_that_another_process_took_over_is_not_silent() -> None:
    def v6(host: Host) -> None:
        net = net_of(host, "web-1")
        net.more = [replace(r, family="inet6", address="::") if isinstance(r, Socket) else r for r in net.more]

    assert not any(c.severity == "critical" for c in judged(v6, base(published)))


def test_a_narrow_drop_is_a_warning_and_one_of_another_chain_too() -> None:
    for name, text in (("FORWARD", DROP_IN_FORWARD), ("DOCKER", "-j DROP")):
        found = judged(lambda h, n=name, t=text: h.root.more.extend(rules(n, t, start=9)), classic)  # type: ignore[misc]
        assert [c.severity_rule for c in found] == ["rule-may-refuse"]


def test_a_route_of_a_kernel_subnet_goes_with_its_address() -> None:
    def gone(host: Host) -> None:
        host.root.addresses = host.root.addresses[:-1]
        host.root.routes = [r for r in host.root.routes if "10.3." not in r.dst]

    before = base(of_host("addresses", address("docker0", "10.3.0.1/24")),
                  of_host("routes", *routes_of("docker0", "10.3.0.1", "10.3.0.0/24")))  # fmt: skip
    assert [(c.kind, c.severity_rule) for c in judged(gone, before)] == [("address", "address-lost")]


def test_a_critical_change_is_seen_wherever_it_hangs() -> None:
    report = compare(pod_back_without(no_way_out))
    text = render_text(report, width=100, color=False)
    assert "- route 0.0.0.0/0 via 10.1.27.1 dev eth0 removed  [critical]" in text
    assert "1 critical." in text
    (change,) = [c for c in report.changes if c.severity == "critical"]
    first = render_html(report).partition("Look first at")[2].partition("</ul>")[0]
    assert f'href="#{change.id}"' in first and "pod:default/web-2" in first
    assert exit_code(report, "critical") == 1
