"""The commands as a pipeline runs them: exit codes, files, one line for each error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from snapshot.store.writer import create
from tests.analyze.plan.plans import HEAD
from tests.cases.captures import read_capture

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "snapshot/demo/shipped.netlapse"
PAIR = (f"{SHIPPED}@before", f"{SHIPPED}@after")
ALL = """
expect:
  - {kind: pod, action: recreated, scope: pod:default/web-*, count: 1}
  - {kind: veth, action: removed, scope: pod:default/api-1}
  - {kind: route, action: [added, changed], scope: host, count: 2}
forbid:
  - {check: no-default-route, scope: pod:default/web-*}
must:
  - {check: duplicate-address}
  - {kind: route, scope: host, facts: {dst: 192.168.41.0/24, gateway: {within: 10.1.27.0/24}}}
  - {kind: route, each_scope: pod:default/web-*, facts: {dst: 0.0.0.0/0}, count: 1}
"""
LESS = "expect: [{kind: pod, action: recreated}, {kind: veth, action: removed}]\n"


def netlapse(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "netlapse", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=False,
    )


def written(folder: Path, text: str) -> Path:
    path = folder / "plan.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def test_all_as_planned(tmp_path: Path) -> None:
    done = netlapse("diff", *PAIR, "--plan", written(tmp_path, ALL), "-f", "json")
    assert done.returncode == 0, done.stdout
    report = json.loads(done.stdout)
    assert report["verdict"] == "expected"
    assert report["plan"]["name"] == "plan.yaml"
    assert [rule["status"] for rule in report["plan"]["rules"]] == ["met"] * 7
    assert {change["expected"] for change in report["changes"]} == {True}


@pytest.mark.parametrize(
    ("plan", "options", "code", "said"),
    [
        (LESS, (), 1, "Happened and is not in the plan"),
        (LESS, ("--fail-on", "critical"), 0, "2 changes are not in the plan."),
        (LESS, ("--exit-zero",), 0, "Not as planned"),
        (LESS + "forbid: [{severity: critical}]", ("--fail-on", "critical"), 1, "Forbidden and happened"),
        ("expect: [{kind: network, action: added}]", (), 1, "Planned and did not happen"),
        (ALL + "  - {kind: link, name: nope}", (), 1, "Must hold and does not"),
        (ALL + "hosts: 'other-*'", (), 4, "the plan 'plan.yaml' is for hosts other-*, and the later snapshot is of"),
        (ALL + "hosts: 'other-*'", ("--force",), 0, "As expected"),
        (ALL + "hosts: [other, '*host']", (), 0, "As expected"),
        ("expect: [{kind: rout, action: added}]", (), 2, "plan.yaml:3:17: expect[1].kind: unknown kind 'rout'"),
    ],
)
def test_exit_codes(plan: str, options: tuple[str, ...], code: int, said: str, tmp_path: Path) -> None:
    done = netlapse("diff", *PAIR, "--plan", written(tmp_path, plan), *options)
    assert done.returncode == code, done.stdout + done.stderr
    assert said in " ".join((done.stdout + done.stderr).split())
    if code in (2, 4):
        assert len(done.stderr.splitlines()) == 1
        assert not done.stdout


def test_what_could_not_be_seen_ends_with_five(tmp_path: Path) -> None:
    """A real capture, the second half of which an engine did not answer."""
    sides = []
    for side in ("before", "after"):
        sides.append(tmp_path / side)
        create(sides[-1], read_capture(ROOT / "tests/cases/runtime-silent" / f"{side}.json"))
    plan = written(tmp_path, "expect: [{kind: container, action: recreated}]")
    done = netlapse("diff", *sides, "--plan", plan)
    assert done.returncode == 5, done.stdout
    assert "Not known: the snapshots did not see enough" in done.stdout


def test_a_drafted_plan_expects_its_rehearsal(tmp_path: Path) -> None:
    path = tmp_path / "drafted.yaml"
    assert netlapse("plan", *PAIR, "-o", path).returncode == 0
    printed = netlapse("plan", *PAIR)
    assert printed.stdout == path.read_text(encoding="utf-8")
    assert netlapse("plan", *PAIR, "-o", "-").stdout == printed.stdout
    assert netlapse("plan", *PAIR, "-o", path).returncode == 0  # -o replaces
    done = netlapse("diff", *PAIR, "--plan", path)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("As expected: 4 changes on demo-host as planned.\n")


def test_the_document_tells_the_plan(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert netlapse("report", *PAIR, "--plan", written(tmp_path, LESS), "-o", page).returncode == 0
    html = page.read_text(encoding="utf-8")
    assert '<section id="plan"' in html
    assert "Happened and is not in the plan" in html


def test_a_plan_that_is_not_there(tmp_path: Path) -> None:
    done = netlapse("diff", *PAIR, "--plan", tmp_path / "missing.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "missing.yaml: No such file or directory; --plan takes a YAML file" in done.stderr
