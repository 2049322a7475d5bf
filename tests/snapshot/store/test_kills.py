"""kill -9 at random moments of creating a file and of adding to one: `make kills` tries 1,000, the suite fewer."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from tests.snapshot.store.zygote import Zygote, names, whole

KILLS = int(os.environ.get("NETLAPSE_KILLS", "40"))
LATEST = 1.25
"""How late the last kill comes, in what a write takes: some are to come after the file has its name."""
MANY = 400
"""Of so many kills some come before and some after that, whatever else the machine does."""


def seconds(zygote: Zygote, path: Path, new: int) -> float:
    """What one write takes."""
    zygote.writer(path, new=new)
    began = time.perf_counter()
    zygote.go()
    assert zygote.ended().code == 0
    return time.perf_counter() - began


@pytest.mark.parametrize("shared", [False, True], ids=["own", "shared"])
@pytest.mark.parametrize("new", [1, 2, 0], ids=["create", "two", "append"])
def test_a_writer_killed_at_any_moment(tmp_path: Path, zygote: Zygote, new: int, shared: bool) -> None:
    """Of two snapshots that are to be in a new file at once, both are there or none."""
    folder = tmp_path / "folder"
    folder.mkdir()
    if shared:
        # A folder in which others may write too: the database is made elsewhere.
        folder.chmod(0o1777)
    path = folder / "file"
    # The first one creates the file, whichever is tried: to add to one takes longer.
    usual = min([seconds(zygote, folder / f"file{number if new else ''}", new) for number in range(4)][1:])
    for name in names(folder) - {"file"}:
        (folder / name).unlink()
    chance, seed = random.Random(), random.randrange(1 << 30)
    chance.seed(seed)
    old, outcomes, left = whole(path), {"old": 0, "new": 0}, 0
    for _ in range(-(-KILLS // 6)):
        if new:
            path.unlink(missing_ok=True)
            old = []
        zygote.writer(path, new=new)
        zygote.go(kill_after=chance.uniform(0.0, LATEST * usual))
        zygote.ended()
        left += names(folder) not in (set(), {"file"})
        now = whole(path)
        assert now[: len(old)] == old, seed
        assert len(now) - len(old) in (0, new or 1), seed
        outcomes["new" if len(now) > len(old) else "old"] += 1
        if len(now) > 8:
            path.unlink()
            assert zygote.run(path).code == 0
            now = whole(path)
        old = now
    assert zygote.run(path).code == 0
    assert (names(folder), names(zygote.scratch)) == ({"file"}, set()), "leftovers of killed writers are swept"
    assert KILLS < MANY or all(outcomes.values()), outcomes
    print(f"{('append', 'create', 'create two')[new]} {outcomes}, {left} with leftovers", end=" ")
