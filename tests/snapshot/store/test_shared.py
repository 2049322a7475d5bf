"""Two snapshots that have namespaces and sections alike: read once, and each told as it stands in its own file."""

from __future__ import annotations

from pathlib import Path

import pytest

from snapshot.store.errors import DamagedError
from snapshot.store.loaded import Place
from snapshot.store.reader import load
from snapshot.store.reference import parse
from snapshot.store.writer import append, create
from tests.analyze.test_changes import classic
from tests.snapshot.store.altering import alter
from tests.snapshot.store.captures import of_host
from tests.snapshot.store.loading import load_pair

LATER = "2026-01-01T03:10:00.000000Z"


def two_files(folder: Path) -> tuple[Path, Path]:
    """One host in two files, in the second of which another snapshot came first, so that its numbers are others."""
    first, second = folder / "first", folder / "second"
    create(first, of_host(classic()))
    other = classic()
    del other.nets[[*other.nets][-1]]
    create(second, of_host(other))
    append(second, of_host(classic(), started=LATER))
    return first, second


def test_a_namespace_that_is_alike_in_two_files_is_one_value(tmp_path: Path) -> None:
    first, second = two_files(tmp_path)
    pair = load_pair(parse(str(first)), parse(str(second)))
    assert len(pair.before.namespaces) == len(classic().nets)
    for before, after in zip(pair.before.namespaces, pair.after.namespaces, strict=True):
        assert before is after
    assert not pair.before_rows and not pair.after_rows
    assert pair.after.namespaces == load(parse(str(second))).namespaces


def test_of_namespaces_that_are_not_twins_all_rows_are_told_of_their_own_files(tmp_path: Path) -> None:
    first, second = two_files(tmp_path)
    keys = [place.namespace.key for place in load(parse(str(first))).namespaces if not place.namespace.host]
    pair = load_pair(parse(str(first)), parse(str(second)), apart=keys)
    for key in keys:
        for kind in ("link", "address", "route"):
            rows = classic().nets[key].rows()[kind]
            for found in (pair.before_rows, pair.after_rows):
                assert sorted(map(repr, found.get(Place(namespace=key, kind=kind), ()))) == sorted(map(repr, rows))


@pytest.mark.parametrize(
    "damage",
    [
        "INSERT INTO runtime_section SELECT (SELECT id FROM runtime LIMIT 1), id FROM section WHERE kind = 'route' LIMIT 1",
        "INSERT INTO namespace_section SELECT (SELECT min(id) FROM namespace), id FROM section WHERE kind = 'network' LIMIT 1",
        "UPDATE namespace_section SET section_id = 'x' WHERE section_id = (SELECT id FROM section WHERE kind = 'nsid' LIMIT 1)",
        "UPDATE section SET kind = 'nonsense' WHERE kind = 'nsid'",
        "UPDATE section SET digest = x'00' WHERE kind = 'nsid'",
        "DELETE FROM section WHERE kind = 'address'",
    ],
)
def test_lists_of_sections_that_make_no_sense_are_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "file"
    create(path, of_host(classic()))
    alter(path, damage)
    with pytest.raises(DamagedError):
        load(parse(str(path)))
