"""Text, Markdown, HTML and JSON of one report tell the same changes: counted from what they print, not from the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyze.compose import compose
from analyze.loading import load
from reports.model import Report
from snapshot.store.reference import SnapshotRef
from snapshot.store.writer import create
from tests.cases.captures import read_capture
from tests.cases.record import RECORDED
from tests.reports import faces, samples, told

CASES = Path(__file__).parents[1] / "cases"
PLAIN = {name: sample for name, sample in samples.SAMPLES.items() if name != "hostile"}


def of_case(name: str, folder: Path) -> Report:
    for side in ("before", "after"):
        create(folder / side, read_capture(CASES / name / f"{side}.json"))
    return compose(load(SnapshotRef(path=folder / "before"), SnapshotRef(path=folder / "after")), "netlapse 0.1.0")


def check_same(report: Report) -> None:
    everything = told.in_json(faces.DIFF["json"](report))
    assert everything.total() == len(report.changes), "what the others are held to is all there is"
    assert told.in_ndjson(faces.DIFF["ndjson"](report)) == everything
    assert told.in_html(faces.DIFF["html"](report)) == everything
    markdown = faces.DIFF["markdown"](report)
    assert "left out here" not in markdown
    assert told.in_markdown(markdown) == everything
    listed, more = told.in_text(faces.DIFF["text"](report))
    assert listed <= everything
    assert listed.total() + more == everything.total()


@pytest.mark.parametrize("name", PLAIN)
def test_of_a_sample(name: str) -> None:
    check_same(PLAIN[name]())


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_of_real_hosts(name: str, tmp_path: Path) -> None:
    check_same(of_case(name, tmp_path))


def test_of_twenty_pods() -> None:
    check_same(samples.pods(20))


def test_a_missing_change_would_be_noticed() -> None:
    report = samples.classic()
    html = faces.DIFF["html"](report).replace('id="c7"', 'id="x"')
    assert told.in_html(html) != told.in_json(faces.DIFF["json"](report))
    listed, more = told.in_text(faces.DIFF["text"](report).replace("+ route", "  route"))
    assert listed.total() + more != len(report.changes)
