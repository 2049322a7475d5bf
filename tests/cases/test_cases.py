"""Each folder here is a host before and after a change, captured from a real one, and the report that was read and accepted."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from analyze.compose import compose
from analyze.loading import load
from reports.json import render
from snapshot.store.reference import SnapshotRef
from snapshot.store.writer import create
from tests.cases.captures import read_capture
from tests.cases.record import RECORDED

CASES = Path(__file__).parent


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_case(name: str, tmp_path: Path) -> None:
    folder = CASES / name
    for side in ("before", "after"):
        create(tmp_path / side, read_capture(folder / f"{side}.json"))
    sides = load(SnapshotRef(path=tmp_path / "before"), SnapshotRef(path=tmp_path / "after"))
    told = json.loads(render(compose(sides, "netlapse")))
    for side in ("before", "after"):
        del told[side]["digest"]  # of the file's format, not of the case
    expected = folder / "expected.json"
    if os.environ.get("NETLAPSE_UPDATE_GOLDEN"):
        expected.write_text(json.dumps(told, indent=1) + "\n", encoding="ascii")
    assert told == json.loads(expected.read_text(encoding="ascii"))


def test_every_folder_is_a_case() -> None:
    assert {path.name for path in CASES.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(RECORDED)
