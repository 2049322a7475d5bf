"""How a snapshot came to be: what the agent tells of itself, and what it keeps to itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from snapshot.collect.build import build_digest
from snapshot.collect.clocks import now, trust
from snapshot.collect.provenance import command_line, distribution, provenance, without_secrets
from snapshot.model.coverage import Coverage, Status
from snapshot.model.snapshot import verdict
from snapshot.store.reader import list_snapshots, load
from snapshot.store.reference import parse
from tests.lab.bottle import ROOT, Bottle
from tests.requirements import require_bottles


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as bottle:
        yield bottle


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("tcp://joe:secret@10.0.0.1:2375", "tcp://***@10.0.0.1:2375"),
        ("--docker-host=tcp://joe:secret@h", "--docker-host=tcp://***@h"),
        ("tcp://joe:sec/ret@x@h:1", "tcp://***@h:1"),
        ("https://h:1/path?token=secret", "https://h:1/path?***"),
        ("https://secret@h/#secret", "https://***@h/?***"),
        ("see https://a:secret@h and https://b:secret@i/?secret", "see https://***@h and https://***@i/?***"),
        ("unix:///run/user/1000/docker@home.sock", "unix:///run/user/1000/docker@home.sock"),
        ("tcp://10.0.0.1:2375", "tcp://10.0.0.1:2375"),
        ("joe@example.org", "joe@example.org"),
    ],
)
def test_no_secret_of_a_url_is_kept(told: str, kept: str) -> None:
    assert without_secrets(told) == kept
    assert "secret" not in kept


def test_a_command_line_is_bounded_and_valid_text() -> None:
    kept = command_line(["/opt/x/netlapse", os.fsdecode(b"a\xff"), "x" * 5000, *["y"] * 1000])
    assert kept[:2] == ("netlapse", "a\\xff")
    assert len(kept) == 201
    assert kept[2] == "x" * 997 + "..."
    assert kept[-1] == "..."


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n', "Debian GNU/Linux 12 (bookworm)"),
        ("PRETTY_NAME='a \\$b'\n", "a $b"),
        ("NAME=Alpine\n", "Alpine"),
        ("", None),
        ("PRETTY_NAME=\n", None),
        ("PRETTY_NAME=" + "x" * 100_000, "x" * 997 + "..."),
        ("PRETTY_NAME=\x1b[31m\udcff", "\x1b[31m\\xff"),
    ],
)
def test_a_distribution_is_what_os_release_says(tmp_path: Path, text: str, name: str | None) -> None:
    path = tmp_path / "os-release"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    assert distribution([tmp_path / "none", path]) == name


def test_a_pipe_in_place_of_os_release_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "os-release")
    assert distribution([tmp_path / "os-release"]) is None


def test_a_build_is_what_anybody_makes_of_the_installed_files() -> None:
    shell = "find snapshot -name '*.py' -o -name '*.sql' | LC_ALL=C sort | xargs sha256sum | sha256sum"
    done = subprocess.run(shell, shell=True, cwd=ROOT, check=True, capture_output=True, text=True)
    assert build_digest() == done.stdout.split()[0]
    page = (ROOT / "docs" / "snapshot-format.md").read_text(encoding="utf-8")
    assert f"`{shell}`" in page


def test_a_changed_file_is_another_build_and_no_file_is_none(tmp_path: Path) -> None:
    package = tmp_path / "snapshot"
    package.mkdir()
    assert build_digest(package) is None
    (package / "a.py").write_text("1", encoding="ascii")
    first = build_digest(package)
    (package / "notes.txt").write_text("no source", encoding="ascii")
    assert build_digest(package) == first
    (package / "a.py").write_text("2", encoding="ascii")
    assert build_digest(package) not in (None, first)
    assert build_digest(tmp_path / "gone") is None


def test_the_clocks_are_those_of_the_host() -> None:
    moment = now()
    assert abs(moment.realtime - time.time()) < 5
    assert abs(moment.monotonic_us / 1e6 - time.monotonic()) < 5
    assert abs(moment.boottime_us / 1e6 - time.clock_gettime(time.CLOCK_BOOTTIME)) < 5
    told = trust()
    assert (told.synchronised is None) == (told.error_us is None)
    assert told.error_us is None or told.synchronised == (told.error_us < 16_000_000)


def test_the_user_behind_sudo_is_told_with_its_source() -> None:
    moment = now()
    told = provenance((), moment, moment, 60.0, (), {"SUDO_UID": "1000", "SUDO_USER": "joe"})
    assert (told.sudo_uid, told.sudo_user, told.uid, told.timeout_us) == (1000, "joe", os.geteuid(), 60_000_000)
    for forged in ("-1", "4294967295", "x", "", "99999999999"):
        assert provenance((), moment, moment, 60.0, (), {"SUDO_UID": forged}).sudo_uid is None
    assert provenance((), moment, moment, 60.0, (), {}).sudo_user is None


def test_a_capture_says_how_it_came_to_be(bottle: Bottle) -> None:
    path = bottle.folder / "told"
    url = "tcp://joe:secret@127.0.0.1:1"
    shell = (
        f"SUDO_UID=1000 SUDO_USER=joe {sys.executable} -m netlapse capture -o {path} --timeout 30 --docker-host {url}"
    )
    done = bottle.run("sh", "-c", shell, check=False)
    assert done.returncode == 5, done.stderr
    told = load(parse(str(path))).provenance
    assert told.command == (
        "netlapse.py",
        "capture",
        "-o",
        str(path),
        "--timeout",
        "30",
        "--docker-host",
        "tcp://***@127.0.0.1:1",
    )
    assert (told.uid, told.sudo_uid, told.sudo_user, told.timeout_us) == (0, 1000, "joe", 30_000_000)
    assert told.build == build_digest()
    assert "tcp://***@127.0.0.1:1" in told.endpoints
    assert told.started_monotonic_us is not None
    assert told.finished_monotonic_us is not None
    assert 0 < told.finished_monotonic_us - told.started_monotonic_us < 30e6
    assert b"secret" not in path.read_bytes()
    assert "secret" not in done.stderr
    (entry,) = list_snapshots(path)
    assert entry.header.status == "partial"


@pytest.mark.parametrize(
    ("outcomes", "whole"),
    [
        ((), "complete"),
        (("complete",), "complete"),
        (("complete", "torn"), "torn"),
        (("torn", "failed"), "partial"),
        (("skipped",), "partial"),
    ],
)
def test_the_verdict_is_the_worst_of_the_coverage(outcomes: tuple[Status, ...], whole: str) -> None:
    assert verdict(Coverage(kinds=("link",), status=status) for status in outcomes) == whole
