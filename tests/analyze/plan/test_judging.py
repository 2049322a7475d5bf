"""What a plan says of what happened: expected or not, done or not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyze.cli import exit_code
from analyze.compose import compose
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of
from tests.analyze.plan.plans import (
    add_route,
    changed,
    expected_at_the_top,
    plan,
    recreate,
    rules,
    smaller,
    statuses,
)
from tests.analyze.test_changes import classic

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
    assert rule.detail == "link docker0 changed in host is like it but for its fields"
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


def test_a_plan_judges_what_it_is_given() -> None:
    """Without a plan nothing is expected or unexpected."""
    a, b = classic(), classic()
    add_route(b)
    report = compose(sides_of(a, b), "netlapse test")
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
