"""What goes wrong: one clear line, the contract's exit code, no half file."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.lab.bottle import ROOT, Bottle
from tests.lab.waiting import wait_for
from tests.requirements import require_bottles
from tests.snapshot.store.altering import alter


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as bottle:
        bottle.sh("ip netns add blue; ip link add vblue type veth peer name eth0 netns blue")
        yield bottle


@pytest.fixture
def folder(bottle: Bottle, request: pytest.FixtureRequest) -> Path:
    path = bottle.folder / str(request.node.name)
    path.mkdir()
    path.chmod(0o755)
    return path


def failed(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """It ended with that code and one line on standard error that has these words, and nothing on standard output."""
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("netlapse: ")
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
    assert done.stdout == ""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_file_exists(bottle: Bottle, folder: Path) -> None:
    path = folder / "there"
    path.write_text("something of mine", encoding="ascii")
    failed(bottle.netlapse("capture", "-o", str(path)), 3, "exists already", "--append")
    assert path.read_text(encoding="ascii") == "something of mine"
    assert names(folder) == ["there"]


def test_folder_missing(bottle: Bottle, folder: Path) -> None:
    failed(bottle.netlapse("capture", "-o", str(folder / "no" / "file")), 3, "no such folder")


def test_folder_not_writable(bottle: Bottle, folder: Path) -> None:
    done = bottle.run(
        "sh", "-c", f"mount -t tmpfs -o ro tmpfs {folder} && exec {sys.executable} -m netlapse capture -o {folder}/file",
        check=False,
    )  # fmt: skip
    failed(done, 3, "not writable", "name another place")


def test_disk_full(bottle: Bottle, folder: Path) -> None:
    bottle.sh(f"mount -t tmpfs -o size=24k tmpfs {folder}")
    failed(bottle.netlapse("capture", "-o", f"{folder}/file"), 3, "free some")
    assert bottle.sh(f"ls -A {folder}") == ""


def test_disk_full_while_appending_keeps_what_was_there(bottle: Bottle, folder: Path) -> None:
    bottle.sh(f"mount -t tmpfs -o size=600k tmpfs {folder}")
    path = f"{folder}/file"
    bottle.netlapse("capture", "-o", path, check=True)
    before = bottle.sh(f"sha256sum {path}")
    bottle.sh(f"dd if=/dev/zero of={folder}/filler bs=1k 2>/dev/null || true")
    failed(bottle.netlapse("capture", "-o", path, "--append"), 3, "free some")
    assert bottle.sh(f"sha256sum {path}") == before
    assert bottle.sh(f"ls -A {folder}").split() == ["file", "filler"]


def test_label_in_file_already(bottle: Bottle, folder: Path) -> None:
    path = str(folder / "file")
    bottle.netlapse("capture", "-o", path, "--label", "before", check=True)
    failed(bottle.netlapse("capture", "-o", path, "--append", "--label", "before"), 3, "'before'", "choose another")


@pytest.mark.parametrize("label", ["first", "last", "17", "a@b", "", "bell\x07", "bidi\u202e"])
def test_label_that_could_not_be_named(bottle: Bottle, folder: Path, label: str) -> None:
    failed(bottle.netlapse("capture", "-o", str(folder / "file"), "--label", label), 2, "--label")
    assert names(folder) == []


def test_unknown_kind(bottle: Bottle, folder: Path) -> None:
    failed(bottle.netlapse("capture", "-o", str(folder / "file"), "--kinds", "link,nonsense"), 2, "--kinds", "route")


def test_wrong_usage(bottle: Bottle) -> None:
    failed(bottle.netlapse("capture"), 2, "-o")
    failed(bottle.netlapse("capture", "--nonsense"), 2, "--nonsense")
    failed(bottle.netlapse("nonsense"), 2, "nonsense")
    failed(bottle.netlapse("diff", "one"), 2, "AFTER")


@pytest.fixture(scope="module")
def snapshots(bottle: Bottle) -> Path:
    path = bottle.folder / "good"
    bottle.netlapse("capture", "-o", str(path), "--label", "one", check=True)
    bottle.netlapse("capture", "-o", str(path), "--label", "two", "--append", check=True)
    return path


def readers(path: str) -> list[list[str]]:
    """Every command that reads a file."""
    return [["ls", path], ["show", path], ["diff", path, path], ["report", path, path, "-o", "-"]]


def refused(path: Path | str, *words: str) -> None:
    for command in readers(str(path)):
        done = subprocess.run(
            [sys.executable, "-m", "netlapse", *command], check=False, capture_output=True, text=True, cwd=ROOT
        )
        failed(done, 3, str(path), *words)


def test_file_missing(folder: Path) -> None:
    refused(folder / "nothing", "no such file")


def test_file_empty(folder: Path) -> None:
    path = folder / "empty"
    path.touch()
    refused(path, "empty")


def test_file_not_sqlite(folder: Path) -> None:
    path = folder / "text"
    path.write_text("this is no database\n" * 100, encoding="ascii")
    refused(path, "not an SQLite file")


def test_file_sqlite_but_not_ours(folder: Path) -> None:
    path = folder / "other"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE snapshot (id INTEGER)")
    refused(path, "not a netlapse file")


def test_file_with_our_number_and_other_tables(folder: Path, snapshots: Path) -> None:
    path = folder / "more"
    path.write_bytes(snapshots.read_bytes())
    alter(path, "DROP VIEW timer", "CREATE VIEW timer AS SELECT * FROM timer")
    refused(path, "its tables are not those")


def test_file_of_a_newer_format(folder: Path, snapshots: Path) -> None:
    path = folder / "newer"
    path.write_bytes(snapshots.read_bytes())
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version=99")
    refused(path, "format 99", "newer netlapse")


def test_file_cut_off(folder: Path, snapshots: Path) -> None:
    path = folder / "cut"
    path.write_bytes(snapshots.read_bytes()[:50_000])
    refused(path, "damaged")


def test_file_altered(folder: Path, snapshots: Path) -> None:
    path = folder / "altered"
    path.write_bytes(snapshots.read_bytes())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE address_row SET address = '10.66.6.6/24' WHERE address = '127.0.0.1/8'")
    refused(path, "damaged", "its bytes are not those that were written", "netlapse verify")


def test_file_altered_and_sealed_anew(folder: Path, snapshots: Path) -> None:
    path = folder / "sealed"
    path.write_bytes(snapshots.read_bytes())
    alter(path, "UPDATE address_row SET address = '10.66.6.6/24' WHERE address = '127.0.0.1/8'")
    refused(path, "damaged", "digest")


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    path = folder / "pipe"
    os.mkfifo(path)
    refused(path, "not a regular file")


def test_appending_to_a_file_that_is_not_ours_leaves_it_alone(bottle: Bottle, folder: Path) -> None:
    path = folder / "notes"
    path.write_text("my notes\n", encoding="ascii")
    failed(bottle.netlapse("capture", "-o", str(path), "--append"), 3, "not a netlapse file")
    assert path.read_text(encoding="ascii") == "my notes\n"


def test_label_not_in_file(bottle: Bottle, snapshots: Path) -> None:
    failed(bottle.netlapse("show", f"{snapshots}@three"), 3, "'three'", "netlapse ls")
    failed(bottle.netlapse("diff", f"{snapshots}@one", f"{snapshots}@9"), 3, "'9'")


def test_same_snapshot_twice(bottle: Bottle, snapshots: Path) -> None:
    failed(bottle.netlapse("diff", f"{snapshots}@one", f"{snapshots}@one"), 4, "same snapshot", "--force")
    assert bottle.netlapse("diff", f"{snapshots}@one", f"{snapshots}@1", "--force").returncode == 0


def test_unknown_scope(bottle: Bottle, snapshots: Path) -> None:
    failed(bottle.netlapse("show", str(snapshots), "--scope", "pod:no/such"), 2, "pod:no/such")


def test_no_docker(bottle: Bottle, folder: Path) -> None:
    done = bottle.netlapse("capture", "-o", str(folder / "file"))
    assert (done.returncode, len(done.stderr.splitlines())) == (0, 1), done.stderr


def test_named_docker_that_is_not_there(bottle: Bottle, folder: Path) -> None:
    path = folder / "file"
    done = bottle.netlapse("capture", "-o", str(path), "--docker-host", f"unix://{folder}/no.sock")
    assert done.returncode == 5
    assert f"unix://{folder}/no.sock" in done.stderr
    assert bottle.netlapse("ls", str(path)).returncode == 0
    assert "partial" in bottle.netlapse("ls", str(path)).stdout


@contextmanager
def daemon(path: Path, *, trickle: bool) -> Iterator[None]:
    """An engine that accepts and then says nothing, or one byte now and then, for ever."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    stop = threading.Event()
    clients: list[socket.socket] = []

    def serve() -> None:
        while not stop.is_set():
            try:
                client, _ = listener.accept()
            except OSError:
                return
            clients.append(client)
            while trickle and not stop.wait(0.2):
                try:
                    client.send(b"H")
                except OSError:
                    break

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for client in clients:
            client.close()
        thread.join(timeout=5)


@pytest.mark.parametrize("trickle", [False, True], ids=["silent", "trickling"])
def test_docker_hanging(bottle: Bottle, folder: Path, trickle: bool) -> None:
    path = folder / "file"
    with daemon(folder / "d.sock", trickle=trickle):
        done = bottle.netlapse(
            "capture", "-o", str(path), "--docker-host", f"unix://{folder}/d.sock", "--timeout", "2", timeout=30
        )
    assert done.returncode == 5, done.stderr
    assert f"unix://{folder}/d.sock" in done.stderr
    facts = bottle.show(path)
    assert {link["name"] for link in facts["link"]} >= {"lo", "vblue", "eth0"}
    assert "python" not in bottle.sh("cat /proc/[0-9]*/stat | cut -d' ' -f2")


def test_require_complete_writes_nothing_with_gaps(bottle: Bottle, folder: Path) -> None:
    done = bottle.netlapse(
        "capture", "-o", str(folder / "file"), "--require-complete", "--docker-host", f"unix://{folder}/no.sock"
    )
    assert done.returncode == 5
    assert names(folder) == []


def test_no_root(bottle: Bottle, folder: Path) -> None:
    """An ordinary user captures the own namespace, and the rest is listed."""
    bottle.folder.chmod(0o711)
    folder.chmod(0o777)
    path = folder / "file"
    python = [sys.executable, "-m", "netlapse"]
    done = bottle.run(
        "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", "HOME=/tmp", *python, "capture", "-o", str(path),
        check=False,
    )  # fmt: skip
    if "Permission denied" in done.stderr or "No module" in done.stderr:
        done = _as_nobody_with_a_copy(bottle, folder, path)
    assert done.returncode == 5, done.stderr
    assert "run the agent as root" in done.stderr
    facts = bottle.show(path)
    assert {link["name"] for link in facts["link"]} == {"lo", "vblue"}
    shown = bottle.netlapse("show", str(path)).stdout
    assert "root" in shown, "what was not seen is said"


def _as_nobody_with_a_copy(bottle: Bottle, folder: Path, path: Path) -> subprocess.CompletedProcess[str]:
    """Where the interpreter is in root's home: become nobody after it has started."""
    program = (
        "import os, sys, encodings.ascii;"
        "import snapshot.cli, snapshot.collect.run, snapshot.store.writer, pyroute2.netlink.rtnl.ifinfmsg;"
        "import snapshot.collect.netlink.attributes as a; a._classes(); import netlapse;"
        "import snapshot.store.schema as schema; schema.ddl();"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534);"
        # A process that changed its user may not look at itself until it says so (prctl(2), PR_SET_DUMPABLE).
        "import ctypes; ctypes.CDLL(None).prctl(4, 1);"
        f"sys.argv = ['netlapse', 'capture', '-o', {str(path)!r}]; netlapse.main()"
    )
    return bottle.run(sys.executable, "-c", program, check=False)


def test_interrupted(bottle: Bottle, folder: Path) -> None:
    path = folder / "file"
    with daemon(folder / "d.sock", trickle=False):
        # A test runner in the background ignores SIGINT, and children inherit that.
        process = bottle.spawn(
            "env", "--default-signal=INT", sys.executable, "-m", "netlapse", "capture", "-o", str(path), "--docker-host", f"unix://{folder}/d.sock",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

        def asking() -> list[int]:
            """The agent has forked the child that asks the daemon: the capture is in the middle."""
            told = bottle.sh("grep -l netlaps[e] /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3").split()
            pids = [int(pid) for pid in told if pid != "1"]
            return pids if len(pids) == 2 else []

        agent = min(wait_for("the capture", asking))
        bottle.run("kill", f"-{signal.SIGINT.name[3:]}", str(agent))
        stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == 130, stderr
    assert stderr == "netlapse: interrupted; nothing was written\n"
    assert stdout == ""
    assert names(folder) == ["d.sock"]
    assert "python" not in bottle.sh("cat /proc/[0-9]*/stat | cut -d' ' -f2")
