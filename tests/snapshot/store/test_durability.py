"""Writers at the same time lose nothing. (Killed ones: test_kills.py, failing ones: test_faults.py.)"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from snapshot.store.reader import list_snapshots
from snapshot.store.writer import append, create
from tests.analyze.test_changes import classic
from tests.lab.bottle import ROOT
from tests.snapshot.store.captures import of_host

WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from snapshot.store.writer import append
from tests.analyze.test_changes import classic
from tests.snapshot.store.captures import of_host
capture = of_host(classic())
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    written = append(Path(sys.argv[1]), replace(capture, header=replace(capture.header, note=f"{sys.argv[3]}-{number}")))
    print(written.id, flush=True)
"""


def writer(path: Path, count: int, name: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(count), name],
        cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    create(path, of_host(classic()))
    writers = [writer(path, 8, name) for name in ("a", "b", "c")]
    for process in writers:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.wait(timeout=60) for process in writers] == [0, 0, 0]
    notes = [entry.header.note for entry in list_snapshots(path)]
    assert len(notes) == 25
    assert set(notes) == {None, *(f"{name}-{number}" for name in "abc" for number in range(8))}


def test_a_snapshot_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "file"
    create(path, of_host(classic()))
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    append(path, of_host(classic()))
    assert path.stat().st_mode & 0o777 == 0o640, "appending keeps what its owner chose"
