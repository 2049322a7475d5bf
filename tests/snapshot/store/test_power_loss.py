"""The machine stops at any moment: what a disk may hold then, worked out from what a writer asked the kernel for.

strace(1) records the calls. A disk holds what was synchronised (fsync(2)), and any part of all else: of a file its data, some,
or none, of a folder the names of any moment since the folder was synchronised. After each of the calls the power fails here,
and whatever the name may lead to then must be the old file, or the new one with all its data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.snapshot.store.traced import Call, traced
from tests.snapshot.store.zygote import Zygote, whole

WRITES = {"pwrite64", "write", "copy_file_range", "ftruncate", "fallocate", "sendfile"}
OPENED = re.compile(r"\d+<([^>]*)>")
QUOTED = re.compile(r'"([^"]*)"')


@dataclass(slots=True, eq=False)
class Content:
    """A file, and whether all that was written to it is sure to be on the disk."""

    sure: bool = False


@dataclass(slots=True)
class Disk:
    """The files of one folder, as calls change them. ``since`` are its names at each moment since they were synchronised."""

    folder: str
    names: dict[str, Content]
    since: list[dict[str, Content]] = field(default_factory=list)

    def after(self, call: Call) -> None:
        """What a call did, if it did anything to this folder."""
        opened, quoted = OPENED.findall(call.words), QUOTED.findall(call.words)
        if call.failed or not opened:
            return
        if call.name == "fsync" and opened[0] == self.folder:
            self.since = [dict(self.names)]
        elif call.name == "fsync" and self.name(opened[0]) is not None:
            self.names[str(self.name(opened[0]))].sure = True
        elif call.name in WRITES and self.name(opened[-1]) is not None:
            self.names[str(self.name(opened[-1]))].sure = False
        elif opened[0] == self.folder and quoted:
            if call.name == "openat" and "O_CREAT" in call.words:
                self.names[quoted[0]] = Content()
            elif call.name.startswith("rename"):
                self.names[quoted[1]] = self.names.pop(quoted[0])
            elif call.name.startswith("link"):
                self.names[quoted[1]] = self.names[quoted[0]]
            elif call.name.startswith("unlink"):
                del self.names[quoted[0]]
            self.since.append(dict(self.names))

    def name(self, path: str) -> str | None:
        """The name of a file in this folder, None of any other file."""
        return path.rpartition("/")[2] if path.rpartition("/")[0] == self.folder else None


@pytest.mark.parametrize("shared", [False, True], ids=["own", "shared"])
@pytest.mark.parametrize("new", [True, False], ids=["create", "append"])
def test_power_fails_after_any_call(tmp_path: Path, zygote: Zygote, new: bool, shared: bool) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    if shared:
        folder.chmod(0o1777)
    path = folder / "file"
    if not new:
        assert zygote.run(path).code == 0
    before = whole(path)
    told = traced(zygote, path, new=new, names=True)
    assert told.ended.code == 0
    assert len(whole(path)) == len(before) + 1

    old = Content(sure=True)
    disk = Disk(str(folder), {} if new else {"file": old})
    disk.since = [dict(disk.names)]
    moments, seen = 0, set()
    for call in told.calls:
        disk.after(call)
        for names in disk.since:
            there = names.get("file")
            what = f"power fails after {call.name} {call.number} ({call.words[:120]})"
            if not new:
                assert there is not None, f"{what}: no file"
            if there is not None:
                assert there.sure, f"{what}: not all of its data"
            seen.add("new" if there is not None and there is not old else "old")
            moments += 1
    assert [names["file"] is not old for names in disk.since] == [True], (
        "success is told when it cannot be lost any more"
    )
    assert seen == {"old", "new"}
    assert moments > 100
