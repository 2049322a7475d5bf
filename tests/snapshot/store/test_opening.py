"""What is opened: regular files of ours and no others, as they are, and only to be read."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from snapshot.store.errors import DamagedError, FileError, NotOursError, TooNewError
from snapshot.store.opening import opened
from snapshot.store.reader import list_snapshots
from snapshot.store.writer import create
from tests.analyze.test_changes import classic
from tests.requirements import require
from tests.snapshot.store.altering import alter
from tests.snapshot.store.captures import of_host
from tests.snapshot.store.compressing import zstd

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "host.netlapse"
    create(path, of_host(classic()))
    return path


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "it")
    (tmp_path / "link").symlink_to(tmp_path / "it")
    for name in ("it", "link"):
        with pytest.raises(NotOursError, match="not a regular file"):
            list_snapshots(tmp_path / name)


def test_devices_and_sockets_are_not_even_opened(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        for path in (tmp_path / "socket", Path("/dev/zero"), Path("/dev/stdin"), Path("/dev/tty"), Path("/dev")):
            with pytest.raises(FileError, match=r"not a regular file|no such file"):
                list_snapshots(path)


def test_an_endless_file_of_the_kernel_is_empty(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        list_snapshots(Path("/proc/kmsg") if os.access("/proc/kmsg", os.R_OK) else Path("/proc/self/status"))


def test_names_that_cannot_be_are_refused_in_words(path: Path) -> None:
    path.with_name("a").symlink_to("b")
    path.with_name("b").symlink_to("a")
    names = {
        "x" * 300: "name too long",
        "a": "circle",
        "nul\0": "null",
        f"{path.name}/x": "neither a folder nor a bundle",
        "gone/x": "no such",
    }
    for name, told in names.items():
        with pytest.raises(FileError, match=f"(?i){told}"):
            list_snapshots(path.parent / name)


def test_a_link_is_followed_and_so_are_odd_names(path: Path) -> None:
    for name in ("link", "100%?mode=rw&x#y", "new\nline", "äöü", "-o"):
        link = path.with_name(name)
        link.symlink_to(path)
        assert list_snapshots(link) == list_snapshots(path)
        link.unlink()
        shutil.copyfile(path, link)
        assert list_snapshots(link) == list_snapshots(path)


@pytest.mark.parametrize("suffix", ["-wal", "-journal", "-shm"])
def test_a_journal_beside_it_is_never_played_back(path: Path, suffix: str) -> None:
    link = path.with_name("link")
    link.symlink_to(path)
    for name in (f"{path}{suffix}", f"{link}{suffix}"):
        Path(name).write_bytes(b"anything")
        with pytest.raises(NotOursError, match=f"{suffix}: netlapse writes no such file"):
            list_snapshots(link)
        Path(name).unlink()


HEADERS = {
    "WAL mode": (18, b"\x02\x02", "WAL mode"),
    "UTF-16le": (56, b"\x00\x00\x00\x02", "UTF-16, not UTF-8"),
    "UTF-16be": (56, b"\x00\x00\x00\x03", "UTF-16, not UTF-8"),
    "no encoding": (56, b"\x00\x00\x00\x09", "of no known encoding"),
    "pages of 512": (16, b"\x02\x00", "its pages are not"),
    "pages of 65536": (16, b"\x00\x01", "its pages are not"),
    "pages of 1": (16, b"\x00\x00", "its pages are not"),
    "reserved": (20, b"\xf0", "reserved"),
    "auto-vacuum": (52, b"\x00\x00\x00\x03", "auto-vacuum"),
    "schema form": (44, b"\x00\x00\x00\x05", "schema"),
    "too few pages": (28, b"\x00\x00\x00\x01", "its header says"),
    "too many pages": (28, b"\x7f\xff\xff\xff", "its header says"),
    "contradiction": (92, b"\x7f\xff\xff\xff", "contradicts"),
    "free pages": (32, b"\x00\x00\x00\x02\x00\x00\x00\x01", "pages that belong to nothing"),
    "no id": (68, b"\x00\x00\x00\x00", "not a netlapse file"),
    "newer": (60, b"\x00\x00\x7f\x00", "newer netlapse"),
}


@pytest.mark.parametrize("what", HEADERS)
def test_a_header_that_is_not_ours_is_refused_by_what_is_wrong_with_it(path: Path, what: str) -> None:
    offset, data, told = HEADERS[what]
    raw = bytearray(path.read_bytes())
    raw[offset : offset + len(data)] = data
    path.write_bytes(raw)
    with pytest.raises((NotOursError, DamagedError, TooNewError), match=told):
        list_snapshots(path)


def test_a_file_that_is_written_to_while_it_is_read_is_given_up(path: Path) -> None:
    other = path.read_bytes()
    with pytest.raises(FileError, match="changed while it was read"), opened(path) as connection:
        assert connection.execute("SELECT count(*) FROM snapshot").fetchone() == (1,)
        os.utime(path, ns=(1, 1))
    path.write_bytes(other)
    with opened(path) as connection:
        (count,) = connection.execute("SELECT count(*) FROM snapshot").fetchone()
        # Who replaces it leaves the old one as it was.
        replacement = path.with_name("new")
        replacement.write_bytes(b"anything")
        replacement.replace(path)
        assert connection.execute("SELECT count(*) FROM snapshot").fetchone() == (count,)


def test_what_sqlite_says_of_a_text_is_told_in_one_line_and_without_the_text(path: Path) -> None:
    """A text that is not UTF-8, with what acts on a terminal in it."""
    alter(path, "UPDATE snapshot SET note = CAST(x'0a1b5b33316dff' AS TEXT)")
    with pytest.raises(DamagedError) as told, opened(path) as connection:
        connection.execute("SELECT * FROM snapshot").fetchall()
    assert str(told.value) == f"{path}: damaged: a text in it is not UTF-8; ask for the file again"


def test_nothing_can_be_written_by_the_connection(path: Path) -> None:
    for statement in (
        "DELETE FROM snapshot",
        "CREATE TABLE x(y)",
        "PRAGMA user_version=9",
        "ATTACH 'x' AS x",
        "VACUUM",
    ):
        with pytest.raises(FileError), opened(path) as connection:
            connection.execute(statement)
    list_snapshots(path)


def traced(*command: str) -> str:
    """The system calls that open, make, change or connect something, of a netlapse command without rights or network."""
    calls = "trace=open,openat,openat2,creat,mkdir,unlink,unlinkat,rename,renameat2,link,socket,connect,chmod,truncate,mkdirat"
    rightless = ["unshare", "-n", "setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    done = subprocess.run(
        [*rightless, "strace", "-f", "-qq", "-e", calls, "-o", "/dev/stdout", sys.executable, "-m", "netlapse", *command],
        check=False, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode in (0, 1, 5), done.stderr
    return done.stdout


def test_the_analyzer_writes_nothing_and_speaks_to_nobody(path: Path) -> None:
    require(shutil.which("strace") is not None and os.geteuid() == 0, "needs root and Debian's strace")
    packed = path.with_name("packed")
    packed.write_bytes(zstd(path.read_bytes()))
    path.parent.chmod(0o555)
    before = {p: p.read_bytes() for p in path.parent.iterdir()}
    for command in (["ls", f"{packed}"], ["check", f"{path}"], ["diff", f"{path}", f"{packed}", "--force"]):
        calls = [line for line in traced(*command).splitlines() if re.match(r"\d+ +[a-z]", line)]
        assert any(str(path.parent) in line for line in calls), "it is seen to open the file"
        acting = [line for line in calls if not re.search(r"open(at)?\(.*O_RDONLY", line) and "ENOENT" not in line]
        assert [line for line in acting if "/dev/null" not in line] == []
    assert {p: p.read_bytes() for p in path.parent.iterdir()} == before


def test_a_hostile_name_of_a_database_is_no_uri(path: Path) -> None:
    """SQLite takes names that begin with ``file:`` apart."""
    odd = path.with_name("file:x?vfs=memdb")
    shutil.copyfile(path, odd)
    assert len(list_snapshots(odd)) == 1
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM snapshot").fetchone() == (1,)
