"""What `netlapse check` says, and the findings of a diff, as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from reports import json as report_json
from reports.model import CheckReport
from reports.text.check import render
from reports.text.diff import render as render_diff
from tests.reports import findings
from tests.reports.golden_files import check_golden
from tests.reports.redacted import KEY


@pytest.mark.parametrize("sample", [findings.sound, findings.unsound, findings.unseen], ids=lambda f: f.__name__)
def test_golden(sample: Callable[[], CheckReport]) -> None:
    check_golden(f"{sample.__name__}.check.txt", render(sample(), width=80, color=False))
    check_golden(f"{sample.__name__}.check.json", report_json.render(sample()))


def test_that_a_snapshot_is_redacted_is_told() -> None:
    report = findings.sound()
    told = replace(report, snapshot=replace(report.snapshot, redacted_with=KEY))
    assert f"(redacted with key {KEY})" in render(told, width=200, color=False)
    assert "redacted" not in render(report, width=200, color=False)


def test_what_is_not_listed_is_counted() -> None:
    assert "and 2 more findings of no-default-route (-f json lists them)" in render(
        findings.unsound(), width=100, color=False
    )
    told = render_diff(findings.findings(), width=100, color=False)
    assert "and 3 more resolved findings of leaked-namespace (-f json lists them)" in told
    assert "1 finding persists: `netlapse check AFTER` lists them" in told
