"""The same input gives the same bytes, wherever and by whomever the program is run."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from analyze.formats import CheckFormat, DiffFormat, Format

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "snapshot" / "demo" / "shipped.netlapse"
HERE = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}
ELSEWHERE: dict[str, dict[str, str]] = {
    "time zone": {"TZ": "Pacific/Kiritimati"},
    "other side": {"TZ": "NST+3:30NDT,M3.2.0,M11.1.0"},
    "plain C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "Latin 1": {"PYTHONIOENCODING": "latin-1", "LANG": "de_DE.ISO-8859-1", "LC_ALL": "de_DE.ISO-8859-1"},
    "Turkish": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    "hash seed": {"PYTHONHASHSEED": "4242"},
    "terminal's size": {"COLUMNS": "47", "LINES": "5", "TERM": "xterm-256color"},
}
BOTH = (f"{SHIPPED}@before", f"{SHIPPED}@after")
COMMANDS = {
    **{f"diff {face}": ("diff", *BOTH, "-f", face) for face in DiffFormat},
    **{f"check {face}": ("check", BOTH[1], "-f", face) for face in CheckFormat},
    "report": ("report", *BOTH, "-o", "-"),
    **{f"show {face}": ("show", BOTH[1], "-f", face) for face in Format},
    "show --kind": ("show", BOTH[1], "--kind", "route"),
    "ls": ("ls", str(SHIPPED)),
    "plan": ("plan", *BOTH),
}
SAMPLES = """
import hashlib, json, sys
from tests.reports import faces, findings, samples
made = {}
for face, render in faces.DIFF.items():
    for name, sample in samples.SAMPLES.items():
        made[f"{face} of {name}"] = render(sample())
for face, render in faces.CHECK.items():
    for sample in (findings.sound, findings.unsound, findings.unseen):
        made[f"{face} of {sample.__name__}"] = render(sample())
print(json.dumps({name: hashlib.sha256(text.encode()).hexdigest() for name, text in made.items()}))
"""


def run(environment: dict[str, str], *arguments: str) -> bytes:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**inherited, **HERE, **environment},
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    assert not done.stderr
    return done.stdout


@cache
def printed_here(command: str) -> bytes:
    return run({}, "-m", "netlapse", *COMMANDS[command])


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_prints_the_same_bytes(command: str) -> None:
    # All differences at once: where one shows, the test of the samples tells which it was.
    everything = {name: value for place in ELSEWHERE.values() for name, value in place.items()}
    assert run({**everything, **ELSEWHERE["plain C"]}, "-m", "netlapse", *COMMANDS[command]) == printed_here(command)
    assert run({**everything, **ELSEWHERE["Latin 1"]}, "-m", "netlapse", *COMMANDS[command]) == printed_here(command)


@pytest.mark.parametrize("command", ["diff text", "diff markdown", "report"])
def test_a_file_holds_what_would_have_been_printed(command: str, tmp_path: Path) -> None:
    arguments = [word for word in COMMANDS[command] if word not in ("-o", "-")]
    run(ELSEWHERE["Latin 1"], "-m", "netlapse", *arguments, "-o", str(tmp_path / "out"))
    assert (tmp_path / "out").read_bytes() == printed_here(command)


@cache
def samples_here() -> dict[str, str]:
    made = json.loads(run({}, "-c", SAMPLES))
    assert isinstance(made, dict)
    return made


@pytest.mark.parametrize("place", ELSEWHERE)
def test_every_format_of_every_sample_is_the_same(place: str) -> None:
    assert json.loads(run(ELSEWHERE[place], "-c", SAMPLES)) == samples_here()


def test_different_reports_differ() -> None:
    told = {name: digest for name, digest in samples_here().items() if not name.startswith("sarif")}  # findings alone
    assert len(set(told.values())) == len(told)
    assert hashlib.sha256(printed_here("diff text")).digest() != hashlib.sha256(printed_here("diff markdown")).digest()
