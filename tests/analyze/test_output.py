"""Where output goes: streams that take nothing, files that must not be replaced, names that are no UTF-8."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.analyze.plan.test_commands import PAIR, ROOT, SHIPPED, netlapse

NOT_WRITTEN = "netlapse: standard output: "


def by_shell(redirection: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The program with its standard streams as a shell makes them."""
    command = f'exec "$@" {redirection}'
    return subprocess.run(
        ["sh", "-c", command, "sh", sys.executable, "-m", "netlapse", *arguments],
        cwd=ROOT, check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [("show", str(SHIPPED)), ("ls", str(SHIPPED)), ("diff", *PAIR), ("diff", *PAIR, "-f", "json"), ("--help",),
     ("diff", "--help"), ("--version",)],
)  # fmt: skip
@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_nobody_takes_is_one_line_and_no_difference(
    redirection: str, arguments: tuple[str, ...], unbuffered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    done = by_shell(redirection, *arguments)
    assert done.returncode == 3
    assert done.stderr.startswith(NOT_WRITTEN)
    assert done.stderr.count("\n") == 1


def test_what_needs_no_standard_output_does_without(tmp_path: Path) -> None:
    done = by_shell("<&- >&-", "diff", *PAIR, "--exit-zero", "-o", str(tmp_path / "diff.txt"))
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "diff.txt").read_text(encoding="utf-8").startswith("Different: ")


@pytest.mark.parametrize(("before", "code"), [("nosuch", 3), (PAIR[1], 4), (PAIR[0], 1)])
def test_without_standard_error_the_exit_code_says_the_same(before: str, code: int) -> None:
    assert by_shell("2>&-", "diff", before, PAIR[1]).returncode == code


def test_a_report_replaces_a_report_but_no_snapshots(tmp_path: Path) -> None:
    """Whoever names the snapshot file after -o by mistake must not lose it."""
    file, bundle = tmp_path / "host.netlapse", tmp_path / "host.tar.zst"
    shutil.copy(SHIPPED, file)
    assert netlapse("bundle", file, "-o", bundle, "--no-doctor").returncode == 0
    for target in (file, bundle):
        kept = target.read_bytes()
        done = netlapse("report", *PAIR, "-o", target)
        assert done.returncode == 3
        assert f"{target}: is a file of snapshots" in done.stderr
        assert target.read_bytes() == kept
    for _ in range(2):
        assert netlapse("report", *PAIR, "-o", tmp_path / "report.html").returncode == 0


def test_a_report_has_the_usual_mode_in_a_folder_of_everybody_too(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        for mode in (0o755, 0o1777):
            tmp_path.chmod(mode)
            assert netlapse("show", SHIPPED, "-o", tmp_path / "host.txt").returncode == 0
            assert stat.S_IMODE((tmp_path / "host.txt").stat().st_mode) == 0o644
    finally:
        os.umask(mask)


def test_a_file_whose_name_is_no_utf_8_is_read(tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"caf\xe9 100%?#.netlapse")
    shutil.copy(SHIPPED, file)
    assert netlapse("ls", file).stdout == netlapse("ls", SHIPPED).stdout
    done = netlapse("verify", file)
    assert done.returncode == 0
    assert done.stdout.startswith(f"{tmp_path}/caf\\udce9 100%?#.netlapse: intact\n")
