"""Each thing that a writer asks of the kernel fails once, or is the last that it asks: the old state or the new, and the truth.

strace(1) makes calls fail, or kills the writer at them. `make kills` does so with every call, the suite with important ones.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import pytest

from tests.snapshot.store.traced import Call, Traced, traced
from tests.snapshot.store.zygote import Ended, Zygote, names, whole

EVERY = os.environ.get("NETLAPSE_FAULTS") == "every"
WRITES = {
    "write",
    "pwrite64",
    "copy_file_range",
    "ftruncate",
    "fsync",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
}
IMPORTANT = {*WRITES, "flock", "mkdirat", "fchmod", "unlinkat", "fchown"}
ERRORS = ("ENOSPC", "EIO", "EDQUOT", "EROFS")
ADVICE = {"ENOSPC": "free some", "EDQUOT": "quota", "EIO": "disk", "EROFS": "name another place"}
WRITERS = [(1, False), (0, False), (0, True), *([(1, True), (2, False), (2, True)] if EVERY else [])]
"""How many snapshots a new file is to have, or none for one more in a file that is there; in a folder that is shared or not."""
AFTERWARDS = ("written, but the disk did not confirm", "its folder was moved or replaced")
"""What a writer says whose file is there all the same."""


class Bench:
    """A folder with a file in it, or without, and what is done there again and again."""

    def __init__(self, top: Path, zygote: Zygote, *, new: int, shared: bool) -> None:
        self.zygote, self.new, self.adds = zygote, new, new or 1
        self.folder = top / "folder"
        self.folder.mkdir()
        if shared:
            self.folder.chmod(0o1777)
        self.path = self.folder / "file"
        self.calls = self.write().calls

    def write(self, inject: str | None = None) -> Traced:
        """One traced write, from the same state every time."""
        self.path.unlink(missing_ok=True)
        if not self.new:
            assert self.zygote.run(self.path).code == 0
        self.before = whole(self.path)
        return traced(self.zygote, self.path, new=self.new, inject=inject)

    def chosen(self, calls: set[str]) -> Sequence[Call]:
        """Every call, or the first and the last of each of these."""
        if EVERY:
            return self.calls
        last = {call.name: call.number for call in self.calls}
        first = {call.name: call.number for call in reversed(self.calls)}
        two = [call for call in self.calls if call.number in (first[call.name], last[call.name])]
        return [call for call in two if call.name in calls]

    def judge(self, ended: Ended, what: str) -> None:
        """Whole snapshots, all those that were there, and the new exactly if that was said; then the next writer sweeps."""
        after = whole(self.path)
        assert after[: len(self.before)] == self.before, what
        added = len(after) - len(self.before)
        if ended.code == 0:
            assert added == self.adds, what
        elif ended.code == 3:
            assert len(ended.said.splitlines()) == 1, what
            assert added == (self.adds if any(words in ended.said for words in AFTERWARDS) else 0), (
                f"{what}: {ended.said}"
            )
        else:
            assert ended.code == -9, f"{what}: {ended}"
            assert added in (0, self.adds), what
        assert self.zygote.run(self.path.with_name("next")).code == 0
        self.path.with_name("next").unlink()
        assert names(self.folder) <= {"file"}, what
        # A folder to work in is swept by the next writer that needs one.
        assert ended.code == -9 or EVERY or not names(self.zygote.scratch), what


@pytest.mark.parametrize(("new", "shared"), WRITERS)
def test_every_call_fails_once(tmp_path: Path, zygote: Zygote, new: int, shared: bool) -> None:
    bench = Bench(tmp_path, zygote, new=new, shared=shared)
    failed, errors = 0, cycle(ERRORS)
    for call in bench.chosen(IMPORTANT):
        for error in ERRORS if EVERY and call.name in WRITES else (next(errors),):
            what = f"{call.name} {call.number} of {len(bench.calls)} ({call.words[:90]}): {error}"
            ended = bench.write(f"{call.name}:error={error}:when={call.number}").ended
            bench.judge(ended, what)
            failed += ended.code == 3
            if call.name in ("fsync", "pwrite64", "renameat", "renameat2"):
                assert ended.code == 3, f"success was claimed after {what}"
                folder = call.name == "fsync" and call.number > 1
                assert (AFTERWARDS[0] if folder else ADVICE[error]) in ended.said, f"{what}: {ended.said}"
    assert failed
    print(f"{failed} of {len(bench.chosen(IMPORTANT))} told", end=" ")


@pytest.mark.parametrize(("new", "shared"), WRITERS)
def test_killed_at_every_call(tmp_path: Path, zygote: Zygote, new: int, shared: bool) -> None:
    bench = Bench(tmp_path, zygote, new=new, shared=shared)
    outcomes = {False: 0, True: 0}
    for call in bench.chosen(WRITES):
        ended = bench.write(f"{call.name}:signal=KILL:when={call.number}").ended
        assert ended.code == -9, ended
        outcomes[len(whole(bench.path)) > len(bench.before)] += 1
        bench.judge(ended, f"killed at {call.name} {call.number} ({call.words[:90]})")
    assert all(outcomes.values()), "some kills come before and some after the file has its name"


def test_an_interrupt_is_told_the_truth(tmp_path: Path, zygote: Zygote) -> None:
    """Before the file has its name nothing was written; from then on it comes too late, and the write ends well."""
    bench = Bench(tmp_path, zygote, new=0, shared=False)
    early = bench.write("fsync:signal=INT:when=1").ended
    assert (early.code, "KeyboardInterrupt" in early.said) == (99, True)
    assert whole(bench.path) == bench.before
    assert names(bench.folder) == {"file"}
    for late in ("INT", "TERM"):
        ended = bench.write(f"fsync:signal={late}:when=2").ended
        assert ended == Ended(code=0, said="")
        assert len(whole(bench.path)) == len(bench.before) + 1
