"""What a plan says of what happened: expected or not, done or not, and never more than is known."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyze.cli import exit_code
from analyze.compose import compose
from analyze.plan.judge import judge
from analyze.plan.state import State
from analyze.topology import resolve
from reports.model import Report
from snapshot.model.coverage import Coverage
from tests.analyze.generated.changes import changed as mutate
from tests.analyze.generated.histories import SOME, Steps, steps
from tests.analyze.hosts import ENDPOINT, Host, pair_of
from tests.analyze.plan.plans import changed, judged, plan, rules, statuses
from tests.analyze.rows import default_route, route
from tests.analyze.test_changes import classic, net_of
from tests.reports.drafting import Draft


def recreate(*names: str) -> Callable[[Host], None]:
    def change(host: Host) -> None:
        for number, name in enumerate(names):
            host.remove(net_of(host, name))
            host.pod(name, f"10.1.27.{100 + number}", serial="2")

    return change


def add_route(host: Host) -> None:
    host.root.routes.append(route("10.2.0.0/16", "docker0", gateway="10.1.27.3"))


def smaller(host: Host) -> None:
    """The uplink's MTU, and nothing else."""
    host.root.links = [replace(link, mtu=1400) if link.name == "docker0" else link for link in host.root.links]


def expected_at_the_top(report: Report) -> dict[str, bool | None]:
    return {change.name: change.expected for change in report.changes if change.cause is None}


PODS = "expect: [{kind: pod, action: recreated, scope: 'pod:default/web-*', count: 2}]"


def test_what_was_planned_and_what_follows_from_it_is_expected() -> None:
    report = changed(PODS, recreate("web-1", "web-2"))
    assert report.verdict == "expected"
    assert len(report.changes) > 20
    assert all(change.expected for change in report.changes)
    (rule,) = rules(report)
    assert (rule.status, rule.seen, rule.wanted, rule.line) == ("met", 2, "exactly 2", 3)
    assert [report.changes[int(c[1:]) - 1].name for c in rule.changes] == ["default/web-1", "default/web-2"]
    assert exit_code(report) == 0


def test_nothing_else_is_expected() -> None:
    report = changed(PODS, recreate("web-1", "web-2"), add_route)
    assert report.verdict == "different"
    assert [name for name, verdict in expected_at_the_top(report).items() if not verdict] == [
        "10.2.0.0/16 via 10.1.27.3 dev docker0"
    ]
    assert exit_code(report) == 1
    assert exit_code(report, "warning") == 0


def test_what_was_planned_and_did_not_happen_is_said() -> None:
    report = changed(PODS, recreate("web-1"))
    (rule,) = rules(report)
    assert (rule.status, rule.seen) == ("unmet", 1)
    # What did happen of it is expected all the same.
    assert all(change.expected for change in report.changes)
    assert report.verdict == "different"
    assert exit_code(report, "critical") == 1


def test_nothing_happened_at_all() -> None:
    report = changed(PODS)
    assert (report.verdict, statuses(report), exit_code(report)) == ("different", ["unmet"], 1)


def test_of_too_many_none_is_vouched_for() -> None:
    report = changed(PODS, recreate("web-1", "web-2", "web-3"))
    assert statuses(report) == ["violated"]
    assert not any(change.expected for change in report.changes)
    assert exit_code(report, "critical") == 1


def test_an_empty_plan_is_a_freeze() -> None:
    assert changed("expect: []", add_route).verdict == "different"
    assert changed("").verdict == "same"
    assert exit_code(changed("expect:\n")) == 0


@pytest.mark.parametrize(
    ("count", "seen", "status"),
    [
        ("count: 2", 2, "met"), ("count: 2", 1, "unmet"), ("count: 1", 2, "violated"),
        ("count: {at_least: 2}", 3, "met"), ("count: {at_least: 2}", 1, "unmet"), ("count: {at_most: 2}", 0, "unmet"),
        ("count: {at_most: 2}", 2, "met"), ("count: {at_least: 0, at_most: 2}", 0, "met"),
        ("optional: true", 0, "met"), ("optional: true, count: 3", 0, "met"), ("optional: true, count: 3", 2, "unmet"),
        ("optional: true, count: 3", 3, "met"), ("why: any number", 0, "unmet"), ("why: any number", 3, "met"),
    ],
)  # fmt: skip
def test_counts(count: str, seen: int, status: str) -> None:
    text = f"expect: [{{kind: pod, action: recreated, {count}}}]"
    assert statuses(changed(text, recreate(*(f"web-{n}" for n in range(1, seen + 1))))) == [status]


def test_a_forbidden_change_is_found_wherever_it_hangs() -> None:
    text = PODS + "\nforbid: [{kind: address, scope: 'pod:default/web-2', why: it keeps its address}]"
    report = changed(text, recreate("web-1", "web-2"))
    assert statuses(report) == ["met", "violated"]
    verdicts = {(c.kind, c.scope): c.expected for c in report.changes if c.kind in ("pod", "address")}
    assert verdicts["pod", "pod:default/web-2"] is True
    assert verdicts["address", "pod:default/web-2"] is False
    assert verdicts["address", "pod:default/web-1"] is True
    # What follows from a forbidden change is not expected either.
    forbidden = {c.id for c in report.changes if c.kind == "address" and c.expected is False}
    assert {c.expected for c in report.changes if c.cause in forbidden} == {False}
    assert exit_code(report, "critical") == 1


def test_forbidding_wins_over_expecting() -> None:
    text = "expect: [{kind: route, action: added}]\nforbid: [{kind: route, scope: host}]"
    report = changed(text, add_route)
    assert statuses(report) == ["met", "violated"]
    assert expected_at_the_top(report) == {"10.2.0.0/16 via 10.1.27.3 dev docker0": False}


def test_what_must_not_happen_and_did_not_is_met() -> None:
    assert statuses(changed(PODS + "\nforbid: [{severity: critical}]", recreate("web-1", "web-2"))) == ["met", "met"]


def test_what_hangs_under_an_expected_change_fills_up_a_count_and_never_exceeds_it() -> None:
    more = "\n  - {kind: container, action: recreated, scope: 'pod:default/web-1', count: 1}"
    text = "expect:\n  - {kind: pod, action: recreated}" + more
    report = changed(text, recreate("web-1"))
    assert [(rule.status, rule.seen) for rule in rules(report)] == [("met", 1), ("met", 2)]
    without = changed("expect:" + more, recreate("web-1"))
    assert statuses(without) == ["violated"]


def test_a_rule_of_its_own_makes_a_part_expected_where_the_whole_is_not() -> None:
    report = changed("expect: [{kind: container, action: recreated}]", recreate("web-1"))
    verdicts = {change.kind: change.expected for change in report.changes}
    assert (verdicts["pod"], verdicts["container"], verdicts["veth"]) == (False, True, False)


def test_of_a_change_every_field_has_to_be_planned() -> None:
    def both(host: Host) -> None:
        smaller(host)
        host.root.links = [replace(link, alias="x") if link.name == "docker0" else link for link in host.root.links]

    mtu = "expect: [{kind: link, action: changed, name: docker0, fields: {mtu: {before: 1500, after: 1400}}%s}]"
    assert changed(mtu % "", smaller).verdict == "expected"
    report = changed(mtu % "", both)
    (rule,) = rules(report)
    assert rule.status == "unmet"
    assert rule.detail == "link docker0 changed (c1) is like it but for its fields"
    assert changed(mtu % ", other_fields: true", both).verdict == "expected"
    assert changed("expect: [{kind: link, action: changed, fields: [alias, mtu]}]", both).verdict == "expected"
    assert (
        changed("expect: [{kind: link, action: changed, fields: {mtu: {after: 1450}}}]", smaller).verdict == "different"
    )


def test_of_a_re_created_thing_only_what_is_named_has_to_be_as_planned() -> None:
    text = "expect: [{kind: pod, action: recreated, fields: {addresses: {after: [10.1.27.100/24]}}}]"
    assert changed(text, recreate("web-1")).verdict == "expected"
    assert changed(text.replace(".100", ".101"), recreate("web-1")).verdict == "different"


def test_facts_tell_one_thing_from_another() -> None:
    text = "expect: [{kind: route, action: added, facts: {dst: {within: 10.0.0.0/8}, gateway: 10.1.27.3}}]"
    assert changed(text, add_route).verdict == "expected"
    assert changed(text.replace("27.3", "27.4"), add_route).verdict == "different"


def torn(kind: str) -> Callable[[Host], None]:
    def change(host: Host) -> None:
        host.coverage += [
            Coverage(namespace=key, kinds=(kind,), status="torn", error="kept changing") for key in host.nets
        ]

    return change


def torn_on_the_host(host: Host) -> None:
    host.coverage.append(Coverage(namespace=host.root.key, kinds=("route",), status="torn", error="kept changing"))


def silent(host: Host) -> None:
    host.containers = []
    host.coverage.append(Coverage(runtime=ENDPOINT, kinds=("container", "network"), status="failed", error="no answer"))


def test_what_could_not_be_seen_is_unknown_and_not_undone() -> None:
    text = "expect: [{kind: route, action: added, scope: host, name: 10.2.*}]\nforbid: [{kind: route, action: removed}]"
    report = changed(text, add_route, torn("route"))
    assert statuses(report) == ["unknown", "unknown"]
    assert report.verdict == "incomplete"
    assert exit_code(report) == 5
    assert all(change.expected is None for change in report.changes if change.action == "unknown")


def test_a_gap_elsewhere_does_not_excuse() -> None:
    text = "expect: [{kind: route, action: added, scope: host, name: 10.2.*}]"
    assert statuses(changed(text, torn("address"))) == ["unmet"]
    inside = text.replace("host", "'pod:*'")
    assert statuses(changed(inside, torn_on_the_host)) == ["unmet"]


def test_a_change_that_is_unknown_may_be_the_planned_one() -> None:
    """A runtime that is not there any more leaves no gap, but its pods are unknown."""
    draft = Draft()
    draft.say("pod", "unknown", "pod:shop/cart-0", "shop/cart-0", severity="warning")
    state = State(topology=resolve(classic().loaded()))

    def status(text: str) -> str:
        return judge(plan(text), draft.changes, (), state).plan.rules[0].status

    assert status("expect: [{kind: pod, action: removed, scope: 'pod:shop/*', severity: critical}]") == "unknown"
    assert status("expect: [{kind: pod, action: removed, scope: 'pod:prod/*'}]") == "unmet"
    assert status("expect: [{kind: veth, action: removed, scope: 'pod:shop/*'}]") == "unmet"
    assert status("forbid: [{kind: pod, action: removed}]") == "unknown"
    assert status("forbid: [{severity: warning}]") == "unknown"
    assert status("forbid: [{kind: pod, name: prod/*}]") == "met"


def test_pods_of_a_silent_runtime_are_unknown() -> None:
    report = changed(PODS, silent)
    assert statuses(report) == ["unknown"]
    assert exit_code(report) == 5


def test_what_is_seen_weighs_more_than_what_is_not() -> None:
    report = changed(PODS, recreate("web-1", "web-2"), add_route, torn("neighbour"))
    assert report.verdict == "different"
    assert exit_code(report) == 1


def test_all_as_planned_with_a_gap_is_incomplete() -> None:
    report = changed(PODS, recreate("web-1", "web-2"), torn("neighbour"))
    assert (report.verdict, exit_code(report)) == ("incomplete", 5)


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


@SOME
@given(steps, steps, st.randoms(use_true_random=False))
def test_the_order_of_rules_does_not_matter(first: Steps, second: Steps, chance: random.Random) -> None:
    entries = [
        "{kind: pod, action: [added, removed, recreated], optional: true, count: 1}",
        "{kind: route, action: [added, changed], scope: host, count: {at_most: 2}}",
        "{kind: [link, veth], action: changed, count: {at_least: 0}}",
        "{kind: container, action: recreated, count: {at_least: 0}}",
    ]
    a, b = mutate(classic(), first), mutate(classic(), second)
    forbid = "\nforbid: [{kind: address, action: removed}, {severity: critical}]"
    plain = judged(f"expect: [{', '.join(entries)}]{forbid}", a, b)
    chance.shuffle(entries)
    shuffled = judged(f"expect: [{', '.join(entries)}]{forbid}", a, b)
    assert plain.changes == shuffled.changes
    assert sorted(statuses(plain)) == sorted(statuses(shuffled))


@SOME
@given(steps, steps, st.sets(st.sampled_from(["route", "link", "address", "firewall", "sysctl"]), min_size=1))
def test_less_coverage_never_makes_a_statement_false(first: Steps, second: Steps, unread: set[str]) -> None:
    """What was met is met or unknown with less coverage, never unmet; a forbidden thing that did not happen likewise."""
    text = """
        expect:
          - {kind: route, action: [added, changed], scope: host}
          - {kind: link, action: [added, changed, removed]}
        forbid:
          - {kind: route, action: removed}
          - {kind: firewall}
        must:
          - {kind: route, scope: host, facts: {dst: 10.1.27.0/24}, count: 1}
          - {kind: address, each_scope: 'pod:*'}
    """
    a, b = mutate(classic(), first), mutate(classic(), second)
    full = statuses(judged(text, a, b))
    blind = copy.deepcopy(b)
    for key, net in blind.nets.items():
        kinds = tuple(sorted(unread))
        blind.coverage.append(Coverage(namespace=key, kinds=kinds, status="failed", error="kept changing"))
        for kind in kinds:
            _forget(net, kind)
    partial = statuses(judged(text, a, blind))
    for known, left in zip(full, partial, strict=True):
        assert left in (known, "unknown")


def _forget(net: object, kind: str) -> None:
    names = {"route": "routes", "address": "addresses"}
    if kind in names:
        setattr(net, names[kind], [])


def test_a_plan_judges_what_it_is_given() -> None:
    """Without a plan nothing is expected or unexpected."""
    a, b = classic(), classic()
    add_route(b)
    report = compose(pair_of(a, b), "netlapse test")
    assert report.plan is None
    assert {change.expected for change in report.changes} == {None}
    assert plan("title: x").name == "x"
    assert plan("").name == "plan.yaml"


def test_many_scopes_in_which_a_rule_fails_are_counted() -> None:
    def more(host: Host) -> None:
        for n in range(5, 9):
            host.pod(f"web-{n}", f"10.1.27.{n + 1}")

    (rule,) = rules(changed("must: [{kind: route, each_scope: 'pod:*', facts: {dst: 10.9.0.0/16}}]", more))
    assert rule.detail == "not in " + ", ".join(f"pod:default/web-{n}" for n in range(1, 6)) + " and 3 more"
