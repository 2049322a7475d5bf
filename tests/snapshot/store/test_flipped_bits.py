"""A stranger's file: whatever was done to its bytes, it is refused in words by every reader."""

from __future__ import annotations

import random
from pathlib import Path

from analyze.compose import compose
from analyze.loading import load
from snapshot.store.errors import FileError
from snapshot.store.reader import list_snapshots
from snapshot.store.reference import parse
from snapshot.store.writer import append, create
from tests.analyze.test_changes import classic, pod_recreated
from tests.snapshot.store.captures import of_host


def test_random_damage_never_crashes_and_never_hangs(tmp_path: Path) -> None:
    good = tmp_path / "good"
    after = classic()
    pod_recreated(after)
    create(good, of_host(classic()))
    append(good, of_host(after, started="2026-01-01T03:10:00.000000Z"))
    data = good.read_bytes()
    chance = random.Random(11)
    refused = 0
    for number in range(150):
        path = tmp_path / "bad"
        raw = bytearray(data)
        if number % 5 == 0:
            raw = raw[: chance.randrange(len(raw))]
        else:
            raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        path.write_bytes(raw)
        try:
            list_snapshots(path)
            compose(load(parse(f"{path}@1"), parse(f"{path}@2")), "t")
        except FileError as error:
            refused += 1
            assert "\n" not in str(error)
    assert refused == 150, "the seal is checked before anything is read"
