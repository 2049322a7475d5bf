"""`netlapse redact` as people use it: keys, files, and what it refuses."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from snapshot.redact.classes import COVERAGE, NAMESPACE
from snapshot.redact.keys import Key
from snapshot.redact.rows import Redaction
from snapshot.store.reader import list_snapshots
from snapshot.store.seal import SEAL_BYTES, seal
from tests.snapshot.store.test_signatures import make_key

SHIPPED = Path("snapshot/demo/shipped.netlapse").resolve()


def netlapse(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "netlapse", *map(str, arguments)], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a redacted file."""
    folder = tmp_path_factory.mktemp("redacted")
    done = netlapse("redact", SHIPPED, "-o", folder / "out", "--new-key", folder / "key")
    assert (done.returncode, done.stdout) == (0, "")
    key = Key((folder / "key").read_bytes())
    assert f"2 snapshots redacted with key {key.id}" in done.stderr
    assert "What stays" in done.stderr
    return folder


def test_what_the_agent_says_of_where_it_could_not_look_stays(folder: Path) -> None:
    redaction = Redaction(Key((folder / "key").read_bytes()))
    for place in ("1 process", "1,234 processes", "the open files of 3 of 9 processes", "nsid 4 of the host"):
        assert redaction.value(COVERAGE["place"], place) == place
    bound = str(redaction.value(COVERAGE["place"], "/run/netns/secret"))
    assert "secret" not in bound
    assert bound == redaction.value(NAMESPACE["names"], ["/run/netns/secret"])[0]


def test_a_key_that_could_not_be_written_whole_is_not_there(tmp_path: Path) -> None:
    """Half of a key would be another key: what was made with the whole one could never be turned back."""
    done = subprocess.run(
        ["prlimit", "--fsize=16", sys.executable, "-B", "-m", "netlapse", "redact", "--new-key", tmp_path / "key"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "nothing was written" in done.stderr) == (3, True), done.stderr
    assert not list(tmp_path.iterdir())


def test_key_and_file_are_nobody_elses(folder: Path) -> None:
    for name in ("key", "out"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert len((folder / "key").read_bytes()) == 32
    assert (folder / "key").read_bytes() not in (folder / "out").read_bytes()


def test_a_redacted_snapshot_says_so_and_is_whole(folder: Path) -> None:
    key = Key((folder / "key").read_bytes())
    originals = list_snapshots(SHIPPED)
    for entry, original in zip(list_snapshots(folder / "out"), originals, strict=True):
        assert entry.header.redacted_with == key.id
        assert entry.header.redacted_from == original.digest
        assert (entry.rows, entry.header.label) == (original.rows, original.header.label)
        assert entry.header.boot_id != original.header.boot_id
        assert entry.header.machine_id != original.header.machine_id
    assert netlapse("ls", folder / "out").stdout.count(f"complete, redacted with key {key.id}") == 2
    assert "redacted" not in netlapse("ls", SHIPPED).stdout
    verified = netlapse("verify", folder / "out")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    with closing(sqlite3.connect(folder / "out")) as connection:
        assert connection.execute("SELECT count(*) FROM signature").fetchone() == (0,)


def test_a_redacted_snapshot_and_its_original_are_not_compared(folder: Path) -> None:
    key = Key((folder / "key").read_bytes()).id
    sides = f"{SHIPPED}@before", f"{folder / 'out'}@after"
    done = netlapse("diff", *sides)
    assert (done.returncode, done.stdout) == (4, "")
    assert f"is not redacted and the later redacted with key {key}: " in done.stderr
    assert len(done.stderr.splitlines()) == 1
    anyway = netlapse("diff", *sides, "--force")
    assert anyway.returncode == 1
    assert f"The earlier snapshot is not redacted, the later redacted with key {key}: " in flat(anyway.stdout)


@pytest.mark.parametrize(
    "command", [("check",), ("show",), ("check", "-f", "json"), ("check", "-f", "junit"), ("check", "-f", "sarif")]
)
def test_what_is_said_of_a_redacted_snapshot_says_with_which_key(folder: Path, command: tuple[str, ...]) -> None:
    key = Key((folder / "key").read_bytes()).id
    told = netlapse(command[0], f"{folder / 'out'}@after", *command[1:]).stdout
    assert told.count(key) == 1
    assert key not in netlapse(command[0], f"{SHIPPED}@after", *command[1:]).stdout


def flat(text: str) -> str:
    return " ".join(text.split())


def test_one_key_makes_the_same_file_again(folder: Path) -> None:
    done = netlapse("-q", "redact", SHIPPED, "-o", folder / "again", "--key-file", folder / "key")
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "again").read_bytes() == (folder / "out").read_bytes()


def test_what_was_redacted_can_be_signed(folder: Path, tmp_path: Path) -> None:
    own, other = (make_key(tmp_path / name, "-t", "ed25519", comment="secretword") for name in ("secretword", "other"))
    out, plain = tmp_path / "signed", tmp_path / "plain"
    done = netlapse("redact", SHIPPED, "-o", out, "--key-file", folder / "key", "--sign", own)
    assert (done.returncode, f"signed with {own}" in done.stderr) == (0, True), done.stderr
    verified = netlapse("verify", out, "--key", f"{own}.pub", "-f", "json")
    assert verified.returncode == 0, verified.stdout
    told = json.loads(verified.stdout)["snapshots"]
    assert [[one["status"] for one in each["signatures"]] for each in told] == [["good"], ["good"]]
    assert netlapse("verify", out, "--key", f"{other}.pub").returncode == 3
    assert b"secretword" not in out.read_bytes()
    # What is signed is what would have been written without.
    assert [entry.digest for entry in list_snapshots(out)] == [entry.digest for entry in list_snapshots(folder / "out")]
    gone = netlapse("redact", SHIPPED, "-o", plain, "--key-file", folder / "key", "--sign", tmp_path / "gone")
    assert (gone.returncode, "no such file; make a key" in gone.stderr, plain.exists()) == (3, True, False)


@pytest.mark.parametrize(("arguments", "code", "says"), [
    (["IN", "-o", "OUT", "--key-file", "KEY"], 3, "OUT: exists already"),
    (["IN", "-o", "new"], 2, "--key-file K, or make one with --new-key K"),
    (["IN", "--key-file", "KEY"], 2, "-o OUT"),
    (["--key-file", "KEY"], 2, "name the file to redact"),
    (["IN", "-o", "-", "--key-file", "KEY"], 2, "not written to standard output"),
    (["IN", "-o", "new", "--key-file", "none"], 3, "--new-key"),
    (["IN", "-o", "new", "--new-key", "KEY"], 3, "never overwritten"),
    (["OUT", "-o", "new", "--key-file", "KEY"], 2, "redacted already"),
    (["KEY", "-o", "new", "--key-file", "KEY"], 3, "not a netlapse file"),
    (["--unredact", "IN", "-o", "new", "--key-file", "KEY"], 3, "not a text"),
    (["--unredact", "MAKEFILE", "-o", "new", "--key-file", "KEY"], 3, "no pseudonym of key"),
    (["--unredact", "MAKEFILE", "-o", "new", "--key-file", "KEY", "--sign", "KEY"], 2, "--sign is for a file that is redacted"),
    (["--new-key", "new", "--sign", "KEY"], 2, "--sign is for a file that is redacted"),
])  # fmt: skip
def test_what_cannot_be_is_refused(folder: Path, arguments: list[str], code: int, says: str) -> None:
    names: dict[str, str | Path] = {"IN": SHIPPED, "OUT": folder / "out", "KEY": folder / "key", "MAKEFILE": "Makefile"}
    names |= {name: folder / name for name in ("new", "none")}
    done = netlapse("redact", *(names.get(word, word) for word in arguments))
    assert done.returncode == code, done.stderr
    assert says.replace("OUT", str(folder / "out") if says.startswith("OUT") else "OUT") in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (folder / "new").exists()


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(bytes(range(32)))
    for mode, says in ((0o644, "chmod 600"), (0o620, "chmod 600"), (0o600, "")):
        key.chmod(mode)
        done = netlapse("redact", SHIPPED, "-o", tmp_path / "out", "--key-file", key)
        assert (done.returncode, says in done.stderr) == (3 if says else 0, True)
    key.write_bytes(b"short")
    assert "16 to 4096 bytes" in netlapse("redact", SHIPPED, "-o", tmp_path / "two", "--key-file", key).stderr
    if os.geteuid() == 0:
        key.write_bytes(bytes(32))
        os.chown(key, 12345, -1)
        assert "another user's" in netlapse("redact", SHIPPED, "-o", tmp_path / "two", "--key-file", key).stderr


@pytest.mark.parametrize("table", ["route_row", "qdisc_row", "link_row", "sysctl_form"])
def test_a_file_that_was_altered_is_not_redacted(tmp_path: Path, table: str) -> None:
    """Rows of large kinds too, whose digests other commands do not look at."""
    altered = tmp_path / "altered"
    shutil.copyfile(SHIPPED, altered)
    os.truncate(altered, altered.stat().st_size - SEAL_BYTES)
    column = {"route_row": "dst", "sysctl_form": '"values"'}.get(table, "dev" if table == "qdisc_row" else "name")
    other = """'{"forwarding":1}'""" if table == "sysctl_form" else "'10.9.9.0/24'"
    with closing(sqlite3.connect(altered)) as connection, connection:
        connection.execute(f"UPDATE {table} SET {column} = {other} WHERE rowid = 1")
    seal(altered)
    key = tmp_path / "key"
    done = netlapse("redact", altered, "-o", tmp_path / "out", "--new-key", key)
    assert (done.returncode, "digest does not hold" in done.stderr) == (3, True), done.stderr
    assert not (tmp_path / "out").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"altered", "key"}


def test_a_million_namespaces_alike_cost_one(tmp_path: Path) -> None:
    """A section is redacted once, however many namespaces and snapshots have it."""
    from snapshot.redact.files import redact_file

    redaction = Redaction(Key(bytes(32)))
    written = redact_file(SHIPPED, tmp_path / "out", redaction)
    originals = list_snapshots(SHIPPED)
    assert [one.added_rows for one in written] == [one.added_rows for one in originals]
