"""JUnit XML: its schema, what fails, what is skipped."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import xmlschema

from analyze.cli import exit_code
from reports import junit
from reports.model import PlanJudgement, Report, Severity
from tests import hostile
from tests.reports import filled, findings, samples
from tests.reports.drafting import Draft
from tests.reports.planned import planned

SCHEMA = xmlschema.XMLSchema(str(Path(__file__).parent / "schemas" / "junit-10.xsd"))
CHECKS = {"sound": findings.sound, "unsound": findings.unsound, "unseen": findings.unseen}


def outcomes(xml: str) -> dict[str, dict[str, str]]:
    """Suite -> case -> "failure", "skipped" or "passed"."""
    found: dict[str, dict[str, str]] = {}
    for suite in ET.fromstring(xml):
        cases = found.setdefault(suite.attrib["name"], {})
        for case in suite.iter("testcase"):
            said = [child.tag for child in case if child.tag != "system-out"]
            cases[case.attrib["name"]] = said[0] if said else "passed"
    return found


def documents() -> Iterator[tuple[str, str]]:
    yield from ((name, junit.render(make())) for name, make in samples.SAMPLES.items())
    yield from ((name, junit.render_check(check())) for name, check in CHECKS.items())
    yield "pods", junit.render(samples.pods(20))


@pytest.mark.parametrize("xml", [pytest.param(xml, id=name) for name, xml in documents()])
def test_it_fits_the_schema_and_its_counts_are_right(xml: str) -> None:
    SCHEMA.validate(xml)
    assert xml.isascii()
    root = ET.fromstring(xml)
    for suite in root:
        cases = list(suite.iter("testcase"))
        for attribute, outcome in (("failures", "failure"), ("skipped", "skipped"), ("errors", "error")):
            assert int(suite.attrib[attribute]) == sum(case.find(outcome) is not None for case in cases)
        assert int(suite.attrib["tests"]) == len(cases)
    assert int(root.attrib["tests"]) == sum(int(suite.attrib["tests"]) for suite in root)


@pytest.mark.parametrize("family", sorted(hostile.FAMILIES))
def test_hostile_texts_leave_it_valid(family: str) -> None:
    for text in hostile.FAMILIES[family]:
        SCHEMA.validate(junit.render(filled.report(lambda _, text=text: text)))  # type: ignore[misc]


@pytest.mark.parametrize("level", junit.LEVELS)
@pytest.mark.parametrize("name", samples.SAMPLES)
def test_something_fails_exactly_where_the_exit_code_is_1(name: str, level: Severity) -> None:
    report = replace(samples.SAMPLES[name](), checks_made=())
    failed = any("failure" in cases.values() for cases in outcomes(junit.render(report, fail_on=level)).values())
    assert failed == (exit_code(report, level) == 1)


@pytest.mark.parametrize("level", junit.LEVELS)
@pytest.mark.parametrize(
    "severities", [("info", "critical"), ("critical", "info"), ("info", "info"), ("warning", "warning")]
)
def test_what_is_not_planned_fails_whatever_it_hangs_under(
    severities: tuple[Severity, Severity], level: Severity
) -> None:
    draft = Draft()
    top = draft.say("pod", "recreated", "pod:default/a", "default/a", severity=severities[0])
    draft.say("route", "removed", "pod:default/a", "0.0.0.0/0 dev eth0", cause=top, severity=severities[1])
    changes = tuple(replace(change, expected=False) for change in draft.changes)
    report = replace(draft.report(), changes=changes, plan=PlanJudgement(name="p", digest="5e", rules=()))
    assert ("failure" in outcomes(junit.render(report, fail_on=level))["plan p"].values()) == (
        exit_code(report, level) == 1
    )


def test_every_rule_of_a_plan_is_a_case() -> None:
    report = planned()
    assert report.plan is not None
    cases = outcomes(junit.render(report))[f"plan {report.plan.name}"]
    wanted = {"met": "passed", "unmet": "failure", "violated": "failure", "unknown": "skipped"}
    for rule in report.plan.rules:
        assert cases[f"{rule.section}, line {rule.line}: {rule.text}"] == wanted[rule.status]
    assert cases["nothing happened that is not in the plan"] == "failure"
    assert len(cases) == len(report.plan.rules) + 1


def test_without_a_plan_every_kind_that_is_counted_is_a_case() -> None:
    cases = outcomes(junit.render(samples.empty()))["changes"]
    assert cases == {f"no {kind} differs": "passed" for kind in ("veth pair", "pod", "route", "address")}
    assert outcomes(junit.render(samples.incomplete()))["changes"]["no pod differs"] == "skipped"


def test_every_check_that_was_made_is_a_case() -> None:
    checks = outcomes(junit.render_check(findings.unsound()))["checks"]
    assert checks == {"leaked-namespace": "skipped", "no-default-route": "failure"}
    assert set(outcomes(junit.render_check(findings.sound()))["checks"].values()) == {"passed"}


def compared(**more: object) -> dict[str, str]:
    report: Report = replace(findings.findings(), **more)  # type: ignore[arg-type]
    return outcomes(junit.render(report))["checks"]


def test_of_two_snapshots_a_check_fails_for_what_is_new() -> None:
    assert compared() == {"leaked-namespace": "passed", "no-default-route": "failure"}
    kept = tuple(f for f in findings.findings().findings if f.status != "new")
    assert compared(findings=kept)["no-default-route"] == "skipped"
    old = tuple(f for f in kept if f.status == "persisting")
    assert compared(findings=old)["no-default-route"] == "passed"


def test_a_check_that_could_not_be_made_is_no_pass() -> None:
    gaps = findings.unsound().unchecked
    assert compared(findings=(), unchecked=gaps) == {"leaked-namespace": "skipped", "no-default-route": "skipped"}


def test_what_was_not_seen_is_skipped_not_failed() -> None:
    assert outcomes(junit.render(samples.incomplete()))["coverage"] == {"both snapshots saw all there was": "skipped"}
    assert outcomes(junit.render(samples.empty()))["coverage"] == {"both snapshots saw all there was": "passed"}
