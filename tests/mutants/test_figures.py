"""The figures of a run of mutants."""

from __future__ import annotations

import pytest

from tests.mutants.figures import Share, told


@pytest.mark.parametrize(
    ("killed", "tried", "low", "high"),
    [(85, 100, 0.7672, 0.9069), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilsons_interval(killed: int, tried: int, low: float, high: float) -> None:
    assert Share(killed=killed, tried=tried).interval() == pytest.approx((low, high), abs=1e-4)


def test_what_ends_not_is_killed_and_what_no_test_reaches_survives() -> None:
    trials = [
        {"mutant": f"analyze.{module}.x_f__mutmut_{number}", "verdict": verdict}
        for number, (module, verdict) in enumerate(
            [
                ("seen", "killed"),
                ("seen", "timeout"),
                ("diff.links", "survived"),
                ("diff.rows", "no tests"),
                ("seen", "stuck"),
            ]
        )
    ]
    lines = told(trials, {"analyze.seen.x_f__mutmut_0"}).splitlines()
    assert lines[0] == "killed 1 · no tests 1 · stuck 1 · survived 1 · timeout 1"
    assert [line.partition("%")[0].split() for line in lines[1:]] == [
        ["all", "2", "of", "5", "killed:", "40.0"],
        ["accepted", "by", "mypy", "1", "of", "4", "killed:", "25.0"],
        ["refused", "by", "mypy", "1", "of", "1", "killed:", "100.0"],
        ["analyze.diff/", "0", "of", "2", "killed:", "0.0"],
        ["analyze/", "2", "of", "3", "killed:", "66.7"],
    ]
