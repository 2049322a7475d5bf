"""Adding to a file: whose it may be, what it keeps, what others do to it meanwhile, and what it may not be mixed with."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from snapshot.store import guard
from snapshot.store.errors import FileError, MixedError
from snapshot.store.reader import list_snapshots
from snapshot.store.writer import append, create
from tests.lab.bottle import ROOT
from tests.requirements import require
from tests.snapshot.store.others import ALICE, BOB, CAPTURE, NOBODY, access_list, as_user, refused, theirs, write


def test_root_adds_to_no_file_that_another_user_put_there(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUDO_UID", raising=False)
    for folder in (theirs(top / "tmp", uid=0, mode=0o1777), theirs(top / "alice")):
        path = folder / "file"
        create(path, CAPTURE)
        os.chown(path, ALICE, ALICE)
        refused(path, f"uid {ALICE}", "chown it to root")
        assert len(list_snapshots(path)) == 1
    # sudo chown alice, and sudo once more.
    monkeypatch.setenv("SUDO_UID", str(ALICE))
    write(top / "alice" / "file")
    # In a folder that nobody else can write to, only root can have put it.
    monkeypatch.delenv("SUDO_UID")
    path = top / "given"
    create(path, CAPTURE)
    os.chown(path, ALICE, ALICE)
    write(path)
    assert (path.stat().st_uid, path.stat().st_gid) == (ALICE, ALICE)


def test_a_file_is_as_it_was_but_for_what_was_added(top: Path) -> None:
    path = top / "file"
    create(path, CAPTURE)
    os.link(path, top / "second")
    os.chown(path, BOB, ALICE)
    path.chmod(0o640)
    os.setxattr(path, "user.ticket", b"CHG-1")
    # user::rw- user:12345:r-- group::r-- mask::r-- other::---
    acl = access_list((1, 6, NOBODY), (2, 4, ALICE), (4, 4, NOBODY), (0x10, 4, NOBODY), (0x20, 0, NOBODY))
    try:
        os.setxattr(path, "system.posix_acl_access", acl)
    except OSError:
        require(False, "needs a file system with access control lists")
    append(path, CAPTURE)
    found = path.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (BOB, ALICE, 0o640)
    assert os.getxattr(path, "user.ticket") == b"CHG-1"
    assert os.getxattr(path, "system.posix_acl_access") == acl
    # Another name of the old file stays the old file's.
    assert (len(list_snapshots(path)), len(list_snapshots(top / "second"))) == (2, 1)


def test_a_default_list_of_the_folder_gives_nobody_a_snapshot(top: Path) -> None:
    acl = access_list((1, 7, NOBODY), (2, 7, ALICE), (4, 5, NOBODY), (0x10, 7, NOBODY), (0x20, 0, NOBODY))
    os.setxattr(top, "system.posix_acl_default", acl)
    path = top / "file"
    create(path, CAPTURE)
    with pytest.raises(PermissionError), as_user(ALICE):
        path.read_bytes()
    os.removexattr(path, "system.posix_acl_access")
    path.chmod(0o640)
    append(path, CAPTURE)
    with pytest.raises(PermissionError), as_user(ALICE):
        path.read_bytes()


def test_who_cannot_keep_the_owner_adds_nothing(top: Path) -> None:
    shared = theirs(top / "shared", uid=0, mode=0o777)
    create(top / "file", CAPTURE)
    (top / "file").rename(shared / "file")
    (shared / "file").chmod(0o666)
    with as_user(ALICE):
        refused(shared / "file", "belongs to uid 0", "name another file")


def test_two_who_begin_a_file_together_are_both_in_it(top: Path) -> None:
    script = """
import sys
from pathlib import Path
from snapshot.store.writer import append
from tests.snapshot.store.others import CAPTURE
print("ready", flush=True); sys.stdin.readline()
for number in range(8):
    append(Path(sys.argv[1], str(number)), CAPTURE)
"""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(top)], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for process in writers:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in writers:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in writers:
        process.communicate(timeout=60)
    assert [process.returncode for process in writers] == [0, 0]
    assert [len(list_snapshots(top / str(number))) for number in range(8)] == [2] * 8


def test_an_append_waits_for_the_lock(top: Path) -> None:
    path = top / "file"
    create(path, CAPTURE)
    handle = os.open(path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    script = f"""
from pathlib import Path
from tests.snapshot.store.others import CAPTURE
from snapshot.store import guard
from snapshot.store.writer import append
import time
sleep = time.sleep
def told(seconds):
    print("waiting", flush=True)
    sleep(seconds)
time.sleep = told
append(Path({str(path)!r}), CAPTURE)
"""
    waiting = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert waiting.stdout is not None
    assert waiting.stdout.readline() == "waiting\n"
    assert len(list_snapshots(path)) == 1
    os.close(handle)
    waiting.communicate(timeout=30)
    assert waiting.returncode == 0
    assert len(list_snapshots(path)) == 2


def test_the_lock_of_a_dead_process_holds_nobody_up(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = top / "file"
    create(path, CAPTURE)
    monkeypatch.setattr(guard, "WAITING", 0.1)
    holder = subprocess.Popen(["flock", str(path), "sh", "-c", "echo held; exec sleep 1000"], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        refused(path, "locked", "try again")
    finally:
        subprocess.run(["pkill", "-KILL", "-P", str(holder.pid)], check=True)
        holder.kill()
        holder.communicate()
    append(path, CAPTURE)


def test_where_there_are_no_locks_nothing_is_added(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with an NFS server without a lock manager (flock(2): ENOLCK)."""
    path = top / "file"
    create(path, CAPTURE)
    script = f"""
from pathlib import Path
from tests.snapshot.store.others import CAPTURE
from snapshot.store.writer import append, create
from snapshot.store.errors import FileError
create(Path({str(top / "new")!r}), CAPTURE)
try:
    append(Path({str(path)!r}), CAPTURE)
except FileError as error:
    print(error)
"""
    require(bool(subprocess.run(["which", "strace"], check=False, capture_output=True).stdout), "needs strace")
    command = [
        "strace",
        "-o",
        "/dev/null",
        "-e",
        "trace=flock",
        "-e",
        "inject=flock:error=ENOLCK",
        sys.executable,
        "-c",
        script,
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    assert "has no locks" in done.stdout
    assert "into a new file" in done.stdout
    assert sorted(path.name for path in top.iterdir()) == ["file", "new"]


def test_a_file_that_somebody_else_replaced_meanwhile_is_kept(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, mine = top / "file", top / "mine"
    create(path, CAPTURE)
    create(mine, CAPTURE)
    there = mine.stat()
    fsync = os.fsync

    def replacing(handle: int) -> None:
        if mine.exists():
            mine.replace(path)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", replacing)
    with pytest.raises(FileError, match="by another program"):
        append(path, CAPTURE)
    assert os.path.samestat(path.stat(), there)
    assert [path.name for path in top.iterdir()] == ["file"]


def test_what_was_redacted_otherwise_meanwhile_is_not_mixed(top: Path) -> None:
    """Whoever waited for another writer may find in the file what was not there when he looked first."""
    redacted = replace(CAPTURE, header=replace(CAPTURE.header, redacted_with="a" * 16))
    plain, other = top / "plain", top / "other"
    create(plain, CAPTURE)
    create(other, redacted)
    for path, capture, told in ((plain, redacted, "not redacted"), (other, CAPTURE, f"redacted with key {'a' * 16}")):
        before = path.read_bytes()
        with pytest.raises(MixedError, match=f"{path}: snapshot 1 is {told}"):
            append(path, capture)
        assert path.read_bytes() == before
    append(other, redacted)
    assert len(list_snapshots(other)) == 2
