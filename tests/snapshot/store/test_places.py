"""Where root writes and where not: links and folders of other users, who may change them meanwhile."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from snapshot.store import places
from snapshot.store.errors import FileError
from snapshot.store.files import write_text
from snapshot.store.reader import list_snapshots
from snapshot.store.writer import append, create
from tests.lab.bottle import ROOT
from tests.snapshot.store.others import ALICE, BOB, CAPTURE, as_user, link_of, refused, theirs, write


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
        for number in range(5000):
            try:
                append(folder / f"file{number}", CAPTURE)
            except FileError as error:
                failures.append(str(error))
            assert not list(outside.iterdir())
            if number >= 150 and any("symbolic link" in told for told in failures):
                break
    finally:
        os.kill(swapper, signal.SIGKILL)
        assert os.waitpid(swapper, 0)[1] == signal.SIGKILL, "it swapped to the end"
    there = folder if folder.is_dir() and not folder.is_symlink() else home / "away"
    landed = {path.name for path in there.iterdir()}
    assert landed <= {f"file{tried}" for tried in range(number + 1)}, "no leftovers"
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


def test_root_of_a_user_namespace_is_an_ordinary_user(top: Path) -> None:
    script = f"""
from pathlib import Path
from tests.snapshot.store.others import CAPTURE
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
