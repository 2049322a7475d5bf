"""What a plan says of what could not be seen: unknown, and never more than is known."""

from __future__ import annotations

import copy
import random

from hypothesis import given
from hypothesis import strategies as st

from analyze.cli import exit_code
from analyze.plan.judge import judge
from analyze.plan.state import State
from analyze.topology import resolve
from snapshot.model.coverage import Coverage
from tests.analyze.generated.changes import changed as mutate
from tests.analyze.generated.histories import SOME, Steps, steps
from tests.analyze.plan.plans import (
    add_route,
    changed,
    judged,
    plan,
    recreate,
    silent,
    statuses,
    torn,
    torn_on_the_host,
)
from tests.analyze.test_changes import classic
from tests.reports.drafting import Draft

PODS = "expect: [{kind: pod, action: recreated, scope: 'pod:default/web-*', count: 2}]"


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
