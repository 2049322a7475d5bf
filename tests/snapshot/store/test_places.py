"""Where root writes and where not: links, folders and files of other users, and others who change the folder meanwhile."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from snapshot.store import guard, places
from snapshot.store.errors import FileError
from snapshot.store.files import write_text
from snapshot.store.reader import list_snapshots
from snapshot.store.writer import append, check_target, create
from tests.analyze.test_changes import classic
from tests.lab.bottle import ROOT
from tests.requirements import require
from tests.snapshot.store.captures import of_host

ALICE, BOB = 12345, 12346
CAPTURE = of_host(classic())


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A folder that other users can reach."""
    require(os.geteuid() == 0, "needs root")
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    return tmp_path


def theirs(path: Path, uid: int = ALICE, mode: int = 0o755) -> Path:
    path.mkdir()
    os.chown(path, uid, uid)
    path.chmod(mode)
    return path


def link_of(path: Path, target: Path, uid: int = ALICE) -> Path:
    path.symlink_to(target)
    os.chown(path, uid, uid, follow_symlinks=False)
    return path


@contextmanager
def as_user(uid: int) -> Iterator[None]:
    os.setegid(uid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def write(path: Path) -> None:
    """As the command does: checked before the capture, and again when it is written."""
    check_target(path, append=True)
    append(path, CAPTURE)


def refused(path: Path, *words: str, action: Callable[[Path], None] = write) -> None:
    before = sorted(path.parent.iterdir()) if path.parent.is_dir() else []
    with pytest.raises(FileError) as error:
        action(path)
    for word in words:
        assert word in str(error.value)
    assert error.value.exit_code == 3
    assert (sorted(path.parent.iterdir()) if path.parent.is_dir() else []) == before


def test_no_link_is_written_through(top: Path) -> None:
    create(top / "real", CAPTURE)
    (top / "link").symlink_to(top / "real")
    refused(top / "link", "symbolic link", "name the file")
    refused(top / "link", "symbolic link", action=lambda path: void(append(path, CAPTURE)))
    (top / "dangling").symlink_to(top / "nothing")
    refused(top / "dangling", "symbolic link")
    refused(top / "dangling", "exists already", action=lambda path: void(create(path, CAPTURE)))
    assert not (top / "nothing").exists()
    assert len(list_snapshots(top / "real")) == 1


def void(_: object) -> None:
    """Nothing."""


def test_root_follows_no_link_of_another_user_on_the_way(top: Path) -> None:
    outside = top / "outside"
    outside.mkdir()
    home = theirs(top / "alice")
    link_of(home / "work", outside)
    refused(home / "work" / "file", "'work'", f"uid {ALICE}", "name the folder that it leads to")
    refused(home / "work" / "file", "symbolic link", action=lambda path: write_text(path, "a report"))
    assert not list(outside.iterdir())
    # Her own is her business, and so is root's own or one by the user behind sudo.
    with as_user(ALICE):
        (home / "hers").mkdir()
        link_of(home / "own", home / "hers")
        write(home / "own" / "file")
    link_of(home / "roots", outside, uid=0)
    write(home / "roots" / "file")
    assert (outside / "file").is_file()


def test_the_user_behind_sudo_may_have_links(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = theirs(top / "alice")
    theirs(home / "real")
    link_of(home / "work", home / "real")
    monkeypatch.setenv("SUDO_UID", str(BOB))
    refused(home / "work" / "file", "symbolic link")
    monkeypatch.setenv("SUDO_UID", str(ALICE))
    write(home / "work" / "file")
    assert (home / "real" / "file").stat().st_uid == 0


def test_root_writes_nothing_where_others_can_replace_it(top: Path) -> None:
    refused(theirs(top / "open", uid=0, mode=0o777) / "file", "sticky bit", "another place")
    group = top / "group"
    group.mkdir()
    os.chown(group, 0, BOB)
    group.chmod(0o775)
    refused(group / "file", "sticky bit")
    group.chmod(0o1775)
    write(group / "file")
    write(theirs(top / "sticky", uid=0, mode=0o1777) / "file")
    # A group that its owner is alone in is not others: so are ordinary users' folders on many distributions.
    own = theirs(top / "own", uid=0, mode=0o775)
    write(own / "file")
    # An ordinary user does as the kernel lets her.
    shared = theirs(top / "shared", uid=0, mode=0o777)
    with as_user(ALICE):
        write(shared / "file")


def test_in_a_users_folder_root_writes_its_own_file(top: Path) -> None:
    home = theirs(top / "alice", mode=0o700)
    mask = os.umask(0)
    try:
        write(home / "file")
    finally:
        os.umask(mask)
    found = (home / "file").stat()
    assert (found.st_uid, found.st_mode & 0o777) == (0, 0o600)
    mask = os.umask(0o777)
    try:
        create(home / "other", CAPTURE)
    finally:
        os.umask(mask)
    assert (home / "other").stat().st_mode & 0o777 == 0o600


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
    # user::rw- user:12345:r-- group::r-- mask::r-- other::--- (acl(5), linux/posix_acl_xattr.h)
    entries = ((1, 6, 0xFFFFFFFF), (2, 4, ALICE), (4, 4, 0xFFFFFFFF), (0x10, 4, 0xFFFFFFFF), (0x20, 0, 0xFFFFFFFF))
    acl = (2).to_bytes(4, "little") + b"".join(
        tag.to_bytes(2, "little") + allowed.to_bytes(2, "little") + who.to_bytes(4, "little")
        for tag, allowed, who in entries
    )
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
    entries = ((1, 7, 0xFFFFFFFF), (2, 7, ALICE), (4, 5, 0xFFFFFFFF), (0x10, 7, 0xFFFFFFFF), (0x20, 0, 0xFFFFFFFF))
    acl = (2).to_bytes(4, "little") + b"".join(
        tag.to_bytes(2, "little") + allowed.to_bytes(2, "little") + who.to_bytes(4, "little")
        for tag, allowed, who in entries
    )
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


def swapping(folder: Path, away: Path, other: Path) -> int:
    """A process of Alice's that puts a link in a folder's place again and again. Its id."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(ALICE)
            os.setuid(ALICE)
            while True:
                folder.rename(away)
                folder.symlink_to(other)
                select.select([], [], [], 0.0005)
                folder.unlink()
                away.rename(folder)
                # Root has to find it there now and then.
                select.select([], [], [], 0.002)
        finally:
            os._exit(1)
    return pid


def test_a_folder_that_is_swapped_for_a_link_all_the_time(top: Path) -> None:
    """Whose owner does so, while root writes there: everything lands in the folder itself, or nowhere."""
    home, outside = theirs(top / "home"), top / "outside"
    outside.mkdir()
    folder = theirs(home / "folder")
    swapper = swapping(folder, home / "away", outside)
    failures: list[str] = []
    try:
        for number in range(150):
            try:
                append(folder / f"file{number}", CAPTURE)
            except FileError as error:
                failures.append(str(error))
            assert not list(outside.iterdir())
    finally:
        os.kill(swapper, signal.SIGKILL)
        assert os.waitpid(swapper, 0)[1] == signal.SIGKILL, "it swapped to the end"
    there = folder if folder.is_dir() and not folder.is_symlink() else home / "away"
    landed = {path.name for path in there.iterdir()}
    assert landed <= {f"file{number}" for number in range(150)}, "no leftovers"
    assert landed and any("symbolic link" in told for told in failures), (landed, failures)


def test_what_others_plant_is_not_swept_and_holds_nobody_up(top: Path) -> None:
    folder = theirs(top / "tmp", uid=0, mode=0o1777)
    with as_user(ALICE):
        os.mkfifo(folder / ".netlapse-1.tmp")
        (folder / ".netlapse-2.tmp").write_text("hers", encoding="ascii")
        (folder / ".netlapse-3.tmp").symlink_to(top / "file")
    (folder / ".netlapse-4.tmp").write_text("a dead writer's", encoding="ascii")
    os.mkfifo(folder / ".netlapse-5.tmp")
    create(top / "file", CAPTURE)
    create(folder / "file", CAPTURE)
    assert {path.name for path in folder.iterdir()} == {"file", *(f".netlapse-{n}.tmp" for n in (1, 2, 3, 5))}
    assert list_snapshots(top / "file")


def test_two_who_begin_a_file_together_are_both_in_it(top: Path) -> None:
    script = """
import sys
from pathlib import Path
from snapshot.store.writer import append
from tests.snapshot.store.test_places import CAPTURE
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
from tests.snapshot.store.test_places import CAPTURE
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


def test_root_of_a_user_namespace_is_an_ordinary_user(top: Path) -> None:
    script = f"""
from pathlib import Path
from tests.snapshot.store.test_places import CAPTURE
from snapshot.store import places
from snapshot.store.writer import append
assert not places.is_root()
append(Path({str(top / "open" / "file")!r}), CAPTURE)
append(Path({str(top / "open" / "file")!r}), CAPTURE)
"""
    theirs(top / "open", uid=ALICE, mode=0o777)
    command = ["unshare", "-Ur", sys.executable, "-c", script]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_sqlite_is_given_no_path_that_others_can_change(top: Path) -> None:
    for folder, alone in (
        (top, True),
        (theirs(top / "alice"), False),
        (theirs(top / "tmp", uid=0, mode=0o1777), False),
        (theirs(top / "tmp" / "alice"), False),
    ):
        with places.placed(folder / "file") as place:
            assert place.alone is alone, folder
    (top / "tmp" / "own").mkdir()
    with places.placed(top / "tmp" / "own" / "file") as place:
        assert place.alone, "a sticky folder keeps others from replacing what is in it"


def test_an_append_waits_for_the_lock(top: Path) -> None:
    path = top / "file"
    create(path, CAPTURE)
    handle = os.open(path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    script = f"""
from pathlib import Path
from tests.snapshot.store.test_places import CAPTURE
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
