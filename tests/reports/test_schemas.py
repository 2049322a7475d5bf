"""The published schemas: what netlapse prints fits them, and they say what the model says."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from analyze.compose import compose, compose_check
from analyze.filters.filters import read_filters
from analyze.inventory import KINDS, ROW_KINDS, take_inventory
from analyze.loading import load
from reports import model, ndjson
from reports.json import render, render_inventory
from reports.model import CheckReport, Report
from snapshot.store.reader import load as load_one
from snapshot.store.reader import load_whole
from snapshot.store.reference import SnapshotRef
from snapshot.store.writer import create
from tests.cases.captures import read_capture
from tests.cases.record import RECORDED
from tests.reports import filled, findings, samples, show_schema
from tests.reports.golden_files import FOLDER

DOCS = Path(__file__).parents[2] / "docs"
CASES = Path(__file__).parents[1] / "cases"
NAMES = ("report", "check", "ndjson", "show")
SCHEMAS: dict[str, Any] = {
    name: json.loads((DOCS / f"{name}.schema.json").read_text(encoding="utf-8")) for name in NAMES
}
REGISTRY: Registry[Any] = Registry().with_resources(
    [(schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values()]
)


def complaints(name: str, told: object) -> list[str]:
    validator = Draft202012Validator(SCHEMAS[name], registry=REGISTRY)
    return [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in validator.iter_errors(told)]


def complaints_of_lines(text: str) -> list[str]:
    return [complaint for line in text.splitlines() for complaint in complaints("ndjson", json.loads(line))]


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*json")), ids=lambda path: path.name)
def test_every_golden_file_fits(path: Path) -> None:
    text = path.read_text(encoding="ascii")
    if path.suffix == ".ndjson":
        assert not complaints_of_lines(text)
    else:
        assert not complaints("check" if path.name.endswith(".check.json") else "report", json.loads(text))


@pytest.mark.parametrize("make", [lambda _: "text", lambda place: f"<{place}>"], ids=["plain", "places"])
def test_reports_with_something_in_every_field_fit(make: Any) -> None:
    report, check = filled.report(make), filled.check_report(make)
    assert not complaints("report", json.loads(render(report)))
    assert not complaints_of_lines("".join(ndjson.lines(report)))
    assert not complaints("check", json.loads(render(check)))


def compared(folder: Path, name: str) -> tuple[Report, CheckReport, dict[str, Any]]:
    """A case's report, the findings on its second snapshot, and that snapshot as it is shown."""
    for side in ("before", "after"):
        create(folder / side, read_capture(CASES / name / f"{side}.json"))
    before, after = SnapshotRef(path=folder / "before"), SnapshotRef(path=folder / "after")
    filters = read_filters(ignore=["kind=socket"], select=["kind=route"], config=None, default=True)
    report = compose(load(before, after), "netlapse", filters=filters)
    shown = render_inventory(take_inventory(load_whole(after, ROW_KINDS)), None)
    return report, compose_check(load_one(after), "netlapse"), json.loads(shown)


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_what_is_told_of_real_hosts_fits(name: str, tmp_path: Path) -> None:
    report, check, shown = compared(tmp_path, name)
    assert not complaints("report", json.loads(render(report)))
    assert not complaints_of_lines("".join(ndjson.lines(report)))
    assert not complaints("check", json.loads(render(check)))
    assert not complaints("show", shown)
    for kind in KINDS:
        assert not complaints("show", shown[kind])


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("report", {"verdict": "fine"}),
        ("check", {"findings": [{"check": "x"}]}),
        ("check", {"unchecked": [{"scope": 1}]}),
        ("ndjson", {"record": "report", "verdict": "fine"}),
        ("ndjson", {"record": "nothing"}),
        ("show", {"link": [{"name": "eth0"}]}),
    ],
)
def test_a_schema_notices_what_is_wrong(name: str, spoil: dict[str, Any]) -> None:
    good = {
        "report": render(samples.classic()),
        "check": render(findings.unsound()),
        "ndjson": next(ndjson.lines(samples.classic())),
        "show": json.dumps({kind: [] for kind in KINDS}),
    }[name]
    told = json.loads(good)
    assert not complaints(name, told)
    assert complaints(name, {**told, **spoil})


def test_the_schema_of_show_is_the_file_s_model() -> None:
    path = DOCS / "show.schema.json"
    if os.environ.get("NETLAPSE_UPDATE_GOLDEN") == "1":
        path.write_text(show_schema.written(), encoding="ascii")
    assert path.read_text(encoding="ascii") == show_schema.written()


def test_the_schema_of_check_says_what_the_model_says() -> None:
    schema = SCHEMAS["check"]
    assert list(schema["properties"]) == schema["required"] == [field.name for field in fields(CheckReport)]
    unchecked = schema["$defs"]["unchecked"]
    assert list(unchecked["properties"]) == unchecked["required"] == [f.name for f in fields(model.Unchecked)]


def lines_of(report: Report) -> Iterator[dict[str, Any]]:
    for line in ndjson.lines(report):
        told = json.loads(line)
        assert isinstance(told, dict)
        yield told


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_the_lines_are_the_report(name: str) -> None:
    report = samples.SAMPLES[name]()
    whole = json.loads(render(report))
    head, *rest = lines_of(report)
    told: dict[str, list[Any]] = {record: [] for record in ndjson.RECORDS}
    for line in rest:
        told[line.pop("record")].append(line)
    assert head["counts"] == {record: len(found) for record, found in told.items()}
    for record, member in ndjson.RECORDS.items():
        if member == "plan":
            assert told[record] == (whole["plan"]["rules"] if whole["plan"] else [])
        else:
            assert told[record] == whole[member]
    for member in ("format", "version", "generator", "before", "after", "verdict", "selection"):
        assert head[member] == whole[member]
    assert (head["plan"] is None) == (whole["plan"] is None)


def test_lines_come_one_by_one() -> None:
    report = replace(samples.classic(), changes=())
    lines = ndjson.lines(report)
    assert json.loads(next(lines))["record"] == "report"
    assert json.loads(next(lines))["record"] == "summary"
