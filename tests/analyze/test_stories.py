"""What is told of each thing that can happen to a generated host, change by change with its cause, and the way back."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest

from analyze.compose import compose
from reports.model import Change, Report
from tests.analyze.generated.changes import CHANGES
from tests.analyze.generated.changes import Change as Step
from tests.analyze.generated.hosts import made
from tests.analyze.pairs import sides_of

FOLDER = Path(__file__).with_name("stories")
SEEDS = (0, 7, 16)
"""Of the hosts, and of what exactly happens."""


def story(step: Step) -> str:
    """Both ways on each host, as text."""
    parts = []
    for seed in SEEDS:
        before = made(seed)
        after = before.fork()
        step(after, Random(seed))
        for way, sides in (("there", (before, after)), ("back", (after, before))):
            parts.append(f"# host {seed}, {way}\n" + told(compose(sides_of(*sides), "netlapse test")))
    return "\n".join(parts)


def told(report: Report) -> str:
    """A report's changes, each below what explains it, and what was left out."""
    lines = [f"{report.verdict}"]
    depth: dict[str, int] = {}
    for change in report.changes:
        depth[change.id] = depth[change.cause] + 1 if change.cause is not None else 0
        lines.append("  " * depth[change.id] + _line(change))
    lines += [f"ignored: {one.rule} {one.count}" for one in report.ignored]
    lines += [f"{f.status}: {f.check} {f.scope} {f.message}" for f in report.findings if f.status != "persisting"]
    return "".join(ascii(line)[1:-1] + "\n" for line in lines)


def _line(change: Change) -> str:
    fields = "; ".join(f"{field.name}: {field.before!r} -> {field.after!r}" for field in change.fields)
    by = f" by {change.matched_by} ({change.confidence})" if change.matched_by is not None else ""
    text = f"{change.kind} {change.action} {change.severity} {change.scope} {change.name}{by}"
    return f"{text} [{fields}]" if fields else text


@pytest.mark.parametrize("step", CHANGES, ids=lambda step: step.__name__)
def test_what_is_told(step: Step) -> None:
    """What a file has was read before it was put there; NETLAPSE_UPDATE_GOLDEN=1 writes it anew."""
    file, now = FOLDER / f"{step.__name__}.txt", story(step)
    if os.environ.get("NETLAPSE_UPDATE_GOLDEN"):
        FOLDER.mkdir(exist_ok=True)
        file.write_text(now, encoding="ascii")
    assert now == file.read_text(encoding="ascii")


def test_every_file_is_of_a_change() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == {step.__name__ for step in CHANGES}
