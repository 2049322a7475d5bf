"""The seal of a file: whatever happened to its bytes is found, and nothing is added to a file that it happened to."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from snapshot.store.errors import DamagedError, TooOldError
from snapshot.store.reader import list_snapshots, load
from snapshot.store.reference import parse
from snapshot.store.seal import SEAL_BYTES, holds
from snapshot.store.writer import append, create
from tests.analyze.test_changes import classic
from tests.snapshot.store.captures import of_host

LATER = "2026-01-01T03:10:00.000000Z"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    create(path, of_host(classic(), label="one"))
    return path


def sealed(path: Path) -> bool:
    with path.open("rb") as file:
        return holds(file.fileno())


def test_each_byte_and_each_length_counts(file: Path, tmp_path: Path) -> None:
    data = file.read_bytes()
    other = tmp_path / "other"
    assert sealed(file)
    for at in (0, 30, 80, 100, len(data) // 2, len(data) - SEAL_BYTES - 1, len(data) - SEAL_BYTES, len(data) - 1):
        other.write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
        assert not sealed(other)
    for length in (0, 1, SEAL_BYTES, 4096, len(data) - 4096, len(data) - SEAL_BYTES, len(data) - 1):
        other.write_bytes(data[:length])
        assert not sealed(other)


def test_a_file_that_was_cut_off_or_grew_is_read_by_no_command(file: Path) -> None:
    data = file.read_bytes()
    for changed in (data[:-1], data[:-SEAL_BYTES], data[: -SEAL_BYTES - 4096] + data[-SEAL_BYTES:], data + b"\0"):
        file.write_bytes(changed)
        with pytest.raises(DamagedError, match=r"cut off, or written to by another program|does not end as netlapse"):
            list_snapshots(file)


def test_a_file_that_another_program_wrote_to_is_refused(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE coverage SET attempts = 2")
        connection.execute("INSERT INTO kind_set SELECT number, number || hex(zeroblob(99)) FROM route_row")
    with pytest.raises(DamagedError, match="cut off, or written to by another program"):
        list_snapshots(file)


def test_a_damaged_file_is_not_added_to(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[75] ^= 1  # reserved in SQLite's header: no row's, and SQLite does not look at it
    file.write_bytes(data)
    with pytest.raises(DamagedError, match="its bytes are not those that were written"):
        list_snapshots(file)
    with pytest.raises(DamagedError, match=f"{file}: damaged: its bytes are not those that were written"):
        append(file, of_host(classic(), started=LATER, label="two"))
    assert file.read_bytes() == data
    assert [path.name for path in file.parent.iterdir()] == ["file"]


def test_sqlite_does_not_mind_the_seal(file: Path) -> None:
    append(file, of_host(classic(), started=LATER, label="two"))
    assert sealed(file)
    asked = "PRAGMA integrity_check; SELECT group_concat(label) FROM snapshot"
    done = subprocess.run(["sqlite3", "-readonly", file, asked], check=True, capture_output=True, text=True)
    assert done.stdout == "ok\none,two\n"
    assert sealed(file)


def test_each_snapshot_holds_the_digest_of_the_one_before_it(file: Path) -> None:
    before = load(parse(f"{file}@one")).digest
    append(file, of_host(classic(), started=LATER, label="two"))
    append(file, of_host(classic(), started=LATER, label="three"))
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        chain = connection.execute("SELECT digest, previous FROM snapshot ORDER BY id").fetchall()
    assert chain[0] == (before, None), "what was there stays as it was"
    assert [previous for _, previous in chain[1:]] == [digest for digest, _ in chain[:-1]]
    assert len({digest for digest, _ in chain}) == 3


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_of_an_earlier_format_is_refused_by_name(file: Path, version: int) -> None:
    data = bytearray(file.read_bytes())
    data[60:64] = version.to_bytes(4, "big")
    file.write_bytes(data)
    with pytest.raises(
        TooOldError, match=f"format {version}, which an earlier netlapse wrote, is read no more: capture anew"
    ):
        list_snapshots(file)
