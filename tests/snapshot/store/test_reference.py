"""How a snapshot is named: what is a file's whole name is one, and no name ends in an error of the system's."""

from __future__ import annotations

from pathlib import Path

import pytest

from snapshot.model.errors import UsageError
from snapshot.store.reference import SnapshotRef, parse


def test_a_file_whose_whole_name_exists_wins_over_a_label(tmp_path: Path) -> None:
    (tmp_path / "a@b").touch()
    assert parse(f"{tmp_path}/a@b") == SnapshotRef(path=tmp_path / "a@b")
    assert parse(f"{tmp_path}/a@c") == SnapshotRef(path=tmp_path / "a", name="c")
    assert parse(f"{tmp_path}/a@b@c") == SnapshotRef(path=tmp_path / "a@b", name="c")


@pytest.mark.parametrize("name", ["x" * 300, "x" * 5000, "x/" * 3000, "x\0y"], ids=["name", "longer", "path", "NUL"])
def test_what_can_be_no_file_is_a_name_like_others(name: str) -> None:
    assert parse(f"{name}@before") == SnapshotRef(path=Path(name), name="before")


@pytest.mark.parametrize("text", ["", "@", "@label", "file@"])
def test_what_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)
