"""A plan's rules as a reader of the report sees them, and how much of a finding or a failure is told."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from analyze.plan.finding_rules import judge_findings
from analyze.plan.rules import Rule
from analyze.plan.words import hint, rule_words, wanted_words
from analyze.plan.yaml_text import inline, word, writable
from reports.model import Change, CoverageGap, FieldChange, Finding, Json
from tests.analyze.plan.plans import add_route, changed, plan, rules
from tests.analyze.rows import default_route
from tests.analyze.test_changes import classic, net_of


def rule(text: str) -> Rule:
    (found,) = plan(text).rules
    return found


@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("expect: [{kind: pod, action: recreated, scope: 'pod:prod/web-*'}]", "pod re-created in pod:prod/web-*", "at least 1"),
        ("expect: [{kind: [pod, veth], action: [added, removed], count: 12}]", "pod or veth added or removed", "exactly 12"),
        (
            "expect: [{kind: link, action: changed, name: [a, b], severity: [info, warning], count: {at_most: 3}}]",
            "info or warning link a or b changed", "1 to 3",
        ),
        ("expect: [{kind: link, action: [added, removed, changed], count: {at_least: 0, at_most: 2}}]",
         "link added, removed or changed", "at most 2"),
        ("expect: [{kind: link, action: added, count: {at_least: 0}}]", "link added", "any number"),
        ("forbid: [{action: removed, scope: 'pod:*'}]", "anything removed in pod:*", "none"),
        ("forbid: [{name: 'x*'}]", "any change of anything x*", "none"),
        ("expect: [{kind: link, action: added, count: {at_least: 2000}}]", "link added", "at least 2,000"),
        ("expect: [{kind: link, action: added, optional: true, count: 1}]", "link added", "exactly 1, or none"),
        ("expect: [{kind: link, action: added, optional: true}]", "link added", "at least 1, or none"),
        ("forbid: [{severity: critical}]", "any critical change", "none"),
        ("forbid: [{scope: [host, 'pod:*']}]", "any change in host or pod:*", "none"),
        ("forbid: [{kind: route}]", "any change of route", "none"),
        ("forbid: [{kind: route, name: 10.*, severity: critical}]", "any critical change of route 10.*", "none"),
        ("forbid: [{check: '*'}]", "new finding of *", "none"),
        ("forbid: [{check: [no-default-route, mtu-*], severity: critical, scope: host}]",
         "new critical finding of no-default-route or mtu-* in host", "none"),
        ("must: [{check: duplicate-address}]", "finding of duplicate-address", "none"),
        ("must: [{kind: route, each_scope: 'pod:*', facts: {dst: 0.0.0.0/0}, count: 1}]",
         "route in each pod:* with dst 0.0.0.0/0", "exactly 1 each"),
        ("must: [{kind: link, scope: host, name: docker1, count: 0}]", "link docker1 in host", "none"),
        ("expect: [{kind: link, action: changed, fields: {mtu: {before: 1500, after: 1400}, alias: {}}}]",
         "link changed with mtu 1500 -> 1400, alias", "at least 1"),
        ("expect: [{kind: link, action: changed, fields: {mtu: {after: null}}}]", "link changed with mtu (any) -> (none)",
         "at least 1"),
        ("must: [{kind: link, facts: {mtu: {at_least: 1400}, altnames: [UP, '']}}]", 'link with mtu 1400.., altnames [UP, ""]',
         "at least 1"),
        ("must: [{kind: link, facts: {mtu: {at_most: 9000}, flags: {contains: UP}}}]",
         "link with mtu ..9000, flags containing UP", "at least 1"),
        ("must: [{kind: link, facts: {mtu: {at_least: 1, at_most: 2, not: 3}}}]", "link with mtu not 3 and 1..2", "at least 1"),
        ("must: [{kind: link, facts: {kind_data: {has: {a: true, b: {any_of: [1, 2]}}}}}]",
         "link with kind_data having a true, b 1 or 2", "at least 1"),
        ("must: [{kind: route, facts: {dst: {within: 10.0.0.0/8}}}]", "route with dst within 10.0.0.0/8", "at least 1"),
    ],
)  # fmt: skip
def test_a_rule_in_words(text: str, words: str, wanted: str) -> None:
    assert (rule_words(rule(text)), wanted_words(rule(text))) == (words, wanted)


ROUTE = Change(
    id="c7", kind="route", action="changed", scope="host", name="10.2.0.0/16", before={"dst": "10.2.0.0/16", "metric": 1},
    after={"dst": "10.2.0.0/16", "metric": 5}, fields=(FieldChange(name="metric", before=1, after=5),), severity="warning",
)  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "misses"),
    [
        ("kind: route, action: changed, scope: host, name: '10.*', severity: warning, facts: {metric: 5}", ()),
        ("kind: link, action: changed", ("kind",)),
        ("kind: [link, route], action: added", ("action",)),
        ("kind: route, action: changed, severity: [info, critical]", ("severity",)),
        ("kind: route, action: changed, scope: 'pod:*'", ("scope",)),
        ("kind: route, action: changed, name: [a, b]", ("name",)),
        ("kind: route, action: changed, facts: {metric: 1}", ("facts",)),
        ("kind: route, action: changed, fields: {metric: {after: 6}}", ("fields",)),
        ("kind: route, action: changed, fields: {metric: {before: 1, after: 5}}", ()),
        ("kind: link, action: added, scope: 'pod:*', name: x, severity: info", ("kind", "action", "severity", "scope", "name")),
    ],
)  # fmt: skip
def test_by_which_of_its_keys_a_rule_does_not_speak_of_a_change(keys: str, misses: tuple[str, ...]) -> None:
    selector = rule(f"expect: [{{{keys}}}]").selector
    assert selector.misses(ROUTE) == misses
    fits = selector.may_select(ROUTE.kind, ROUTE.action, ROUTE.scope) and selector.selects_there(ROUTE)
    assert fits == (not misses)


def test_what_came_close_is_named() -> None:
    close = rule("expect: [{kind: [link, route], action: changed, scope: 'pod:*'}]")
    said = "route 10.2.0.0/16 changed in host is like it but for its scope"
    assert hint(close, {"route": [ROUTE]}) == said
    assert hint(close, {"route": [replace(ROUTE, action="added"), ROUTE]}) == said
    assert hint(close, {"route": [replace(ROUTE, action="added")], "link": []}) is None
    assert hint(close, {"address": [ROUTE]}) is None


def finding(number: int, status: str = "new", **more: object) -> Finding:
    told = {"check": "no-default-route", "scope": f"pod:default/web-{number}", "severity": "critical", **more}
    return Finding(message="there is no way out", status=status, **told)  # type: ignore[arg-type]


GAP = CoverageGap(snapshot="after", scope="pod:default/web-1", kind="route", status="torn", error="kept changing")
ASKED = "[{check: no-default-route, scope: 'pod:*', severity: critical}]"


@pytest.mark.parametrize(
    ("findings", "gaps", "forbid", "must"),
    [
        ([], [], "met", "met"),
        ([finding(1)], [], "violated", "unmet"),
        ([finding(1, "persisting")], [], "met", "unmet"),
        ([finding(1, "present")], [], "met", "unmet"),
        ([finding(1, "resolved")], [], "met", "met"),
        ([finding(1, "unknown")], [], "unknown", "unknown"),
        ([finding(1, "unknown"), finding(2)], [GAP], "violated", "unmet"),
        ([finding(1, severity="info")], [], "met", "met"),
        ([finding(1, scope="host")], [], "met", "met"),
        ([finding(1, check="orphan-veth")], [], "met", "met"),
        ([], [GAP], "unknown", "unknown"),
        ([], [replace(GAP, snapshot="before")], "unknown", "met"),
        ([], [replace(GAP, scope="host")], "met", "met"),
        ([], [replace(GAP, scope="docker")], "unknown", "unknown"),
        ([], [replace(GAP, kind="firewall")], "met", "met"),
    ],
)
def test_what_becomes_of_a_rule_about_a_check(
    findings: list[Finding], gaps: list[CoverageGap], forbid: str, must: str
) -> None:
    for section, status in (("forbid", forbid), ("must", must)):
        judged = judge_findings(rule(f"{section}: {ASKED}"), findings, gaps)
        assert (judged.status, judged.detail is not None) == (status, status in ("violated", "unmet"))


def test_three_findings_are_told_and_more_are_counted() -> None:
    told = "; ".join(f"no-default-route in pod:default/web-{n}: there is no way out" for n in range(3))
    for number, more in ((3, ""), (5, " and 2 more")):
        judged = judge_findings(rule(f"must: {ASKED}"), [finding(n) for n in range(number)], [])
        assert (judged.detail, judged.seen) == (told + more, number)


def test_scopes_in_which_a_rule_fails_are_told_with_what_is_there() -> None:
    before = classic()
    after = copy.deepcopy(before)
    net_of(after, "web-2").routes = [r for r in net_of(after, "web-2").routes if r != default_route("eth0")]
    add_route(after)
    text = "must: [{kind: route, each_scope: 'pod:*', facts: {dst: 0.0.0.0/0}, count: %s}]"

    def lose(host: object) -> None:
        net = net_of(host, "web-2")  # type: ignore[arg-type]
        net.routes = [r for r in net.routes if r != default_route("eth0")]

    (judged,) = rules(changed(text % "{at_least: 1}", lose))
    assert (judged.status, judged.detail, judged.seen, judged.wanted) == (
        "unmet", "not in pod:default/web-2", 3, "at least 1 each",
    )  # fmt: skip
    (judged,) = rules(changed(text % 0, lose))
    assert judged.detail == "not in pod:default/web-1 (1), pod:default/web-3 (1), pod:default/web-4 (1)"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"), (True, "true"), (False, "false"), (7, "7"), (-7, "-7"), ("web-*", "web-*"), ("null", '"null"'),
        ("TRUE", '"TRUE"'), ("100", '"100"'), ("10.1.27.0/24", "10.1.27.0/24"), ("", '""'), ("*", '"*"'), ("a:", '"a:"'),
        ("a b", '"a b"'), ('say "x"\\', '"say \\"x\\"\\\\"'), ("a\tb\r\n", '"a\\tb\\r\\n"'), ("\x00\x7f", '"\\x00\\x7f"'),
        ("é€😀", '"\\xe9\\u20ac\\U0001f600"'),
        ([1, "a b"], '[1, "a b"]'), ({"a": None, "b c": [True]}, '{a: null, "b c": [true]}'),
    ],
)  # fmt: skip
def test_a_value_in_a_drafted_plan(value: Json, text: str) -> None:
    assert inline(value) == text
    if not isinstance(value, list | dict):
        assert word(value) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "is_so"),
    [
        (None, True), (False, True), (7, True), (10**17, True), (-(10**17), True), (10**40, False), (-(10**40), False),
        ("x", True), ("\ud800", False), ("\udfff", False), ("\ue000", True), ("\ud7ff", True), (1.5, False), ([1], False),
    ],
)  # fmt: skip
def test_not_every_value_reads_back_as_itself(value: Json, is_so: bool) -> None:
    assert writable(value) == is_so
