"""The JSON is the contract: its schema, its field order, its bytes."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from reports import json as report_json
from reports import model
from reports.json import render, render_inventory
from tests.reports import inventories, samples
from tests.reports.drafting import Draft
from tests.reports.golden_files import check_golden

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "report.schema.json").read_text(encoding="utf-8"))
OBJECTS = {
    "snapshot": model.SnapshotIdentity,
    "summary_row": model.SummaryRow,
    "field_change": model.FieldChange,
    "change": model.Change,
    "finding": model.Finding,
    "check": model.CheckInfo,
    "coverage_gap": model.CoverageGap,
    "ignored": model.Ignored,
    "plan": model.PlanJudgement,
    "plan_rule": model.PlanRule,
    "selection": model.Selection,
}
ENUMS = {
    "action": model.Action,
    "severity": model.Severity,
}


@pytest.mark.parametrize("name", [*samples.SAMPLES, "pods"])
def test_every_report_fits_the_published_schema(name: str) -> None:
    report = samples.pods(20) if name == "pods" else samples.SAMPLES[name]()
    Draft202012Validator.check_schema(SCHEMA)
    errors = [error.message for error in Draft202012Validator(SCHEMA).iter_errors(json.loads(render(report)))]
    # Ids of the hostile sample are as good as any other's: only names are hostile.
    assert not errors


def test_the_schema_says_what_the_model_says() -> None:
    top = [field.name for field in fields(model.Report) if field.name not in report_json.NOT_IN_JSON]
    assert list(SCHEMA["properties"]) == top == SCHEMA["required"]
    for name, kind in OBJECTS.items():
        told = [field.name for field in fields(kind)]
        assert list(SCHEMA["$defs"][name]["properties"]) == told == SCHEMA["$defs"][name]["required"]
    for name, literal in ENUMS.items():
        assert set(SCHEMA["$defs"][name]["enum"]) == set(get_args(literal))
    assert set(SCHEMA["properties"]["verdict"]["enum"]) == set(get_args(model.Verdict))
    assert set(SCHEMA["$defs"]["plan_rule"]["properties"]["status"]["enum"]) == set(get_args(model.RuleStatus))
    assert set(SCHEMA["$defs"]["finding"]["properties"]["status"]["enum"]) == set(get_args(model.FindingStatus))
    assert set(SCHEMA["$defs"]["change"]["properties"]["confidence"]["enum"]) == {*get_args(model.Confidence), None}


def test_every_field_is_explained() -> None:
    page = (DOCS / "report-json.md").read_text(encoding="utf-8")
    for kind in (model.Report, *OBJECTS.values()):
        for field in fields(kind):
            assert field.name in report_json.NOT_IN_JSON or f"`{field.name}`" in page, f"{kind.__name__}.{field.name}"


def test_fields_come_in_the_contracts_order() -> None:
    told = json.loads(render(samples.classic()))
    assert list(told) == SCHEMA["required"]
    assert list(told["changes"][0]) == SCHEMA["$defs"]["change"]["required"]


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_golden(name: str) -> None:
    check_golden(f"{name}.json", render(samples.SAMPLES[name]()))


def test_no_name_can_act_in_a_terminal() -> None:
    for text in (render(samples.hostile()), render_inventory(inventories.hostile(), None)):
        assert text.isascii()
        assert all(char.isprintable() or char == "\n" for char in text)


def test_nothing_is_lost_from_a_hostile_name() -> None:
    told = json.loads(render(samples.hostile()))
    assert {gap["error"] for gap in told["coverage"]} == set(samples.HOSTILE)


def test_one_change_is_one_line() -> None:
    report = samples.classic()
    lines = render(report).splitlines()
    assert sum(line.lstrip().startswith('{"id": "c') for line in lines) == len(report.changes)


def test_numbers_that_json_has_not_become_strings() -> None:
    draft = Draft()
    draft.say("link", "changed", "host", "a", ("rate", float("inf"), [float("nan")]))
    told = json.loads(render(draft.report()))
    assert told["changes"][0]["fields"] == [{"name": "rate", "before": "inf", "after": ["nan"]}]


def test_an_inventory_maps_each_kind_to_its_facts() -> None:
    inventory = inventories.classic()
    told = json.loads(render_inventory(inventory, None))
    assert list(told) == ["address", "route"]
    assert told["route"] == []
    assert json.loads(render_inventory(inventory, "address")) == told["address"]
    assert told["address"][0] == {
        "scope": "host", "dev": "docker0", "address": "10.1.27.1/24", "flags": ["permanent"], "peer": None,
    }  # fmt: skip
