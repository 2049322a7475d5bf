"""SARIF: its schema, and that findings are what it tells."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from analyze.checks.findings import infos
from reports import sarif
from reports.model import CheckReport, Report
from reports.safe import make_visible
from tests import hostile
from tests.reports import filled, findings, samples
from tests.reports.drafting import GENERATOR, identity

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parent / "schemas" / "sarif-2.1.0.schema.json").read_text(encoding="utf-8")
)
REPORTS: Mapping[str, Callable[[], CheckReport | Report]] = {
    "sound": findings.sound,
    "unsound": findings.unsound,
    "unseen": findings.unseen,
    "compared": findings.findings,
    "hostile": samples.hostile,
}


def run_of(report: CheckReport | Report) -> dict[str, Any]:
    """The one run, after a look at its schema."""
    text = sarif.render(report)
    assert text.isascii()
    told = json.loads(text)
    assert not [error.message for error in Draft202012Validator(SCHEMA).iter_errors(told)]
    (run,) = told["runs"]
    assert isinstance(run, dict)
    return run


def read(message: str) -> str:
    """A message string as a viewer shows it: SARIF 2.1.0, 3.11.5 and 3.11.6."""
    message = message.replace("{{", "{").replace("}}", "}")
    return re.sub(r"\\([\[\]])", r"\1", message) if r"\](" in message else message


@pytest.mark.parametrize("name", REPORTS)
def test_it_fits_the_schema(name: str) -> None:
    report = REPORTS[name]()
    run = run_of(report)
    assert len(run["results"]) == len(report.findings)


def test_every_check_is_a_rule_and_every_result_names_its_own() -> None:
    run = run_of(findings.unsound())
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["leaked-namespace", "no-default-route"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_every_rule_leads_to_its_section_of_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "checks.md").read_text(encoding="utf-8")
    run = run_of(CheckReport(generator=GENERATOR, snapshot=identity(1), checks=infos()))
    for rule in run["tool"]["driver"]["rules"]:
        (anchor,) = re.findall(r"docs/checks\.md#([a-z0-9-]+)`", rule["help"]["markdown"])
        assert f"### {anchor}\n" in page


def test_levels_and_places() -> None:
    (first, *_) = run_of(findings.unsound())["results"]
    assert first["level"] == "error"
    location = first["locations"][0]
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "pod:default/web-0"
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "node-1/pod%3Adefault%2Fweb-0"


def test_fingerprints_tell_findings_apart_and_last() -> None:
    def prints(report: CheckReport) -> list[str]:
        return [result["partialFingerprints"][sarif.FINGERPRINT] for result in run_of(report)["results"]]

    report = findings.unsound()
    assert prints(report) == prints(findings.unsound())
    assert len(set(prints(report))) == len(report.findings)


def test_what_could_not_be_checked_is_told() -> None:
    notes = run_of(findings.unsound())["invocations"][0]["toolExecutionNotifications"]
    assert [note["level"] for note in notes] == ["warning", "warning"]
    assert "route in netns:blue: changed during each of 5 readings" in notes[1]["message"]["text"]


def test_of_two_snapshots_it_tells_what_became_of_each() -> None:
    results = run_of(findings.findings())["results"]
    # Where one has a state all shall have one (SARIF 2.1.0, 3.27.24): what is unknown was found in one snapshot only.
    states = [result["baselineState"] for result in results]
    assert states == ["new", "unchanged", "new", "absent", *["absent"] * 8]
    unknown = [result["message"]["text"] for result in results if result["properties"]["status"] == "unknown"]
    assert ["could not be checked for it" in text for text in unknown] == [True, True]


def test_of_one_snapshot_nothing_has_a_baseline() -> None:
    assert not [result for result in run_of(findings.unsound())["results"] if "baselineState" in result]


@pytest.mark.parametrize("family", sorted(hostile.FAMILIES))
def test_hostile_texts_are_no_links_and_no_placeholders(family: str) -> None:
    for text in hostile.FAMILIES[family]:
        report = filled.check_report(lambda _, text=text: text)  # type: ignore[misc]
        for result in run_of(replace(report, checks=report.checks[:1]))["results"]:
            message = result["message"]["text"]
            assert not re.search(r"(?<!\\)(?:\\\\)*\[[^\]]*\]\(", message), ascii(text)
            assert not re.search(r"(?<!\{)(?:\{\{)*\{[0-9]+\}(?!\})", message), ascii(text)
            assert make_visible(text) in read(message), ascii(text)
            assert result["properties"]["message"] == text
