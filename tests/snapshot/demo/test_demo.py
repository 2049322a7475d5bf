"""`netlapse demo`: what it shows, to whom, and that nothing is left of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from snapshot.demo.folder import prepare
from tests.lab.waiting import wait_for
from tests.requirements import require
from tests.snapshot.demo.running import FORBID, NO_NAMESPACES, ORDINARY_USER, Demo

CHANGES = {
    ("pod", "recreated", "pod:default/web-1"),
    ("veth", "removed", "pod:default/api-1"),
    ("route", "changed", "host"),
    ("route", "added", "host"),
}
OWN_FILES = {".made-by-netlapse-demo", "demo.netlapse", "report.html"}
REFUSED = "No container host can be built here"
FORBIDDEN = (*NO_NAMESPACES, FORBID)


def works(*prefix: str) -> bool:
    return subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0


@pytest.fixture
def as_user() -> tuple[str, ...]:
    """Whoever runs the tests if that is an ordinary user, else root made into one."""
    require(works("unshare", "--user", "--map-root-user", "--net", "--"), "this kernel allows no user namespaces")
    return ORDINARY_USER if os.geteuid() == 0 else ()


def top_level(demo: Demo) -> set[tuple[str, str, str]]:
    diff = demo.run("diff", "netlapse-demo/demo.netlapse@before", "netlapse-demo/demo.netlapse@after", "-f", "json")
    changes = [change for change in json.loads(diff.stdout)["changes"] if change["cause"] is None]
    assert len(changes) == len(CHANGES)
    return {(change["kind"], change["action"], change["scope"]) for change in changes}


def check_shown(demo: Demo, done: subprocess.CompletedProcess[str]) -> None:
    """Four changes on the terminal, in the file and in the report."""
    assert done.returncode == 0, done.stderr
    folder = demo.folder / "netlapse-demo"
    assert {path.name for path in folder.iterdir()} == OWN_FILES
    assert top_level(demo) == CHANGES
    assert "pod default/web-1 re-created" in done.stdout
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert report.lower().startswith("<!doctype html>")
    assert "default/web-1" in report


def test_as_root(tmp_path: Path) -> None:
    require(os.geteuid() == 0 and works("unshare", "--net", "--"), "needs root with network namespaces")
    demo = Demo(tmp_path)
    done = demo.run()
    check_shown(demo, done)
    assert REFUSED not in done.stdout


def test_as_an_ordinary_user(tmp_path: Path, as_user: tuple[str, ...]) -> None:
    demo = Demo(tmp_path, as_user)
    done = demo.run()
    check_shown(demo, done)
    assert REFUSED not in done.stdout


def test_where_the_kernel_forbids_namespaces_it_says_so_and_shows_what_it_brought(
    tmp_path: Path, as_user: tuple[str, ...]
) -> None:
    demo = Demo(tmp_path, FORBIDDEN)
    done = demo.run()
    check_shown(demo, done)
    assert sum(REFUSED in line for line in done.stdout.splitlines()) == 1


def test_without_the_programs_it_says_which_and_shows_what_it_brought(tmp_path: Path) -> None:
    demo = Demo(tmp_path, variables={"PATH": str(tmp_path)})
    done = demo.run()
    check_shown(demo, done)
    assert f"{REFUSED}: not installed: unshare" in done.stdout


@pytest.mark.parametrize("user", [(), ORDINARY_USER], ids=["root", "ordinary user"])
def test_the_real_hosts_namespaces_stay_out_of_the_picture(tmp_path: Path, user: tuple[str, ...]) -> None:
    """On a container host /run has namespaces bound; inside the demo they could not be entered, a gap in each capture."""
    require(os.geteuid() == 0 and works("unshare", "--net", "--"), "needs root with network namespaces")
    host = ("unshare", "-n", "-m", "-p", "--fork", "--mount-proc", "--kill-child", "--", "sh", "-ec")
    bound = 'mount -t tmpfs host /run; ip netns add real; exec "$0" "$@"'
    done = Demo(tmp_path, (*host, bound, *user)).run()
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("; complete;") == 2


def test_what_it_says_itself_fits_a_terminal(tmp_path: Path, as_user: tuple[str, ...]) -> None:
    done = Demo(tmp_path, as_user).run()
    said = done.stdout.partition("netlapse diff")[0]
    assert max(map(len, said.splitlines())) <= 80


def test_nothing_is_left_behind(tmp_path: Path, as_user: tuple[str, ...]) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    mounts = Path("/proc/self/mountinfo")
    run_before, mounts_before = sorted(Path("/run").iterdir()), mounts.read_bytes()
    for prefix in {(), as_user}:
        demo = Demo(tmp_path, prefix, {"TMPDIR": str(temporary)})
        assert demo.run().returncode == 0
        wait_for("the demo's processes to end", lambda demo=demo: not demo.processes())  # type: ignore[misc]
    assert not list(temporary.iterdir())
    assert {path.name for path in tmp_path.iterdir()} == {"tmp", "netlapse-demo"}
    assert sorted(Path("/run").iterdir()) == run_before
    assert mounts.read_bytes() == mounts_before


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda s: s.name)
def test_stopped_in_the_middle_it_takes_its_host_along(
    tmp_path: Path, as_user: tuple[str, ...], stop: signal.Signals
) -> None:
    demo = Demo(tmp_path, as_user)
    process = demo.start()
    wait_for("pods", lambda: any("sleep infinity" in command for command in demo.processes()))
    os.killpg(process.pid, stop)
    _, err = process.communicate(timeout=20)
    wait_for("the demo's processes to end", lambda: not demo.processes())
    if stop is signal.SIGINT:
        assert process.returncode == 130
        assert len(err.splitlines()) == 1
    assert "Traceback" not in err


def test_its_folder_is_its_makers_whatever_the_umask(tmp_path: Path) -> None:
    """As in CI jobs, many of which run with none: root captures into no folder that everybody can write to."""
    before = os.umask(0)
    try:
        prepare(tmp_path / "demo")
    finally:
        os.umask(before)
    assert (tmp_path / "demo").stat().st_mode & 0o777 == 0o755


def test_it_replaces_its_own_files_and_no_others(tmp_path: Path) -> None:
    demo = Demo(tmp_path, FORBIDDEN)
    assert demo.run().returncode == 0
    mine = tmp_path / "netlapse-demo" / "notes.txt"
    mine.write_text("mine", encoding="utf-8")
    assert demo.run().returncode == 0
    assert mine.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["demo.netlapse", "report.html"])
def test_a_file_it_did_not_make_is_left_alone(tmp_path: Path, name: str) -> None:
    mine = tmp_path / "here" / name
    mine.parent.mkdir()
    mine.write_text("mine", encoding="utf-8")
    done = Demo(tmp_path).run("demo", "-o", "here")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert f"here/{name} is there" in done.stderr
    assert mine.read_text(encoding="utf-8") == "mine"
    assert [path.name for path in mine.parent.iterdir()] == [name]


def test_a_folder_that_cannot_be_made_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = Demo(tmp_path).run("demo", "-o", "file/below")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_it_needs_nothing_but_its_own_installation_on_the_path(tmp_path: Path, as_user: tuple[str, ...]) -> None:
    """A folder named like one of our packages in the working directory is not what gets run."""
    (tmp_path / "snapshot").mkdir()
    (tmp_path / "snapshot" / "__init__.py").write_text("raise SystemExit('hijacked')", encoding="utf-8")
    done = Demo(tmp_path, as_user).run()
    assert done.returncode == 0, done.stderr
    shutil.rmtree(tmp_path / "snapshot")
