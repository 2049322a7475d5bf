"""Whatever the format, a command's exit code is the same, and its output goes where it is told."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from analyze.formats import CheckFormat, DiffFormat

SHIPPED = Path(__file__).resolve().parents[2] / "snapshot" / "demo" / "shipped.netlapse"
BOTH = (f"{SHIPPED}@before", f"{SHIPPED}@after")


def netlapse(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "netlapse", *arguments], check=False, capture_output=True, text=True, encoding="utf-8"
    )


@pytest.mark.parametrize("face", DiffFormat)
def test_a_diff_exits_1_and_writes_its_file(face: DiffFormat, tmp_path: Path) -> None:
    output = tmp_path / "out"
    done = netlapse("diff", *BOTH, "-f", face, "-o", str(output))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert output.read_text(encoding="utf-8").endswith("\n")


@pytest.mark.parametrize("face", CheckFormat)
def test_a_check_exits_0_where_all_holds(face: CheckFormat) -> None:
    done = netlapse("check", BOTH[1], "-f", face)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\n")


def test_a_test_case_fails_by_the_bar_of_the_exit_code() -> None:
    done = netlapse("diff", *BOTH, "-f", "junit", "--fail-on", "critical", "--exit-zero")
    assert done.returncode == 0
    failed = {
        case.attrib["name"] for case in ET.fromstring(done.stdout).iter("testcase") if case.find("failure") is not None
    }
    assert failed == {"no veth pair differs", "no route differs"}


def test_every_check_is_a_test_case_of_a_diff() -> None:
    cases = {
        case.attrib["name"]
        for case in ET.fromstring(netlapse("diff", *BOTH, "-f", "junit").stdout).iter("testcase")
        if case.attrib["classname"] == "netlapse.checks"
    }
    alone = {
        case.attrib["name"] for case in ET.fromstring(netlapse("check", BOTH[1], "-f", "junit").stdout).iter("testcase")
    }
    assert cases == alone
    assert len(cases) >= 24
