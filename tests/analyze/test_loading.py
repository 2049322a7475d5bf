"""Two files loaded for a comparison, their checks made here or in a second process: the same report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from analyze import aside, opening
from analyze.compose import compose
from analyze.identity import check_comparable
from analyze.loading import Check, Comparison, comparison
from analyze.opening import opened_pair
from reports.model import Report
from snapshot.model.errors import NetlapseError
from snapshot.store.errors import DamagedError, FileError
from snapshot.store.opening import held
from snapshot.store.pairs import checked_beside
from snapshot.store.reference import SnapshotRef
from snapshot.store.writer import create
from tests.analyze.hosts import Host
from tests.analyze.test_changes import classic, pod_recreated
from tests.snapshot.store.altering import alter
from tests.snapshot.store.captures import of_host

Files = tuple[SnapshotRef, SnapshotRef]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Two snapshots of a host whose bridge lost its address, and one of whose pods was re-created."""
    before, after = classic(), classic()
    pod_recreated(after)
    after.root.addresses = []
    return written(before, tmp_path / "before"), written(after, tmp_path / "after")


def written(host: Host, path: Path) -> SnapshotRef:
    create(path, of_host(host))
    return SnapshotRef(path=path)


@contextmanager
def compared(before: SnapshotRef, after: SnapshotRef, check: Check | None = None) -> Iterator[Comparison]:
    with opened_pair(before, after) as opened, comparison(opened, before, after, check=check) as found:
        yield found


def report(files: Files) -> Report:
    with compared(*files) as found:
        return compose(found.sides, "netlapse test", checked=found.checked)


def beside(monkeypatch: pytest.MonkeyPatch, *, possible: bool) -> None:
    monkeypatch.setattr(opening, "MUCH", 0)
    monkeypatch.setattr(aside, "_possible", lambda: possible)


def test_a_second_process_finds_what_one_finds(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for possible in (True, False):
        beside(monkeypatch, possible=possible)
        with compared(*files) as told:
            loaded = {name for place in told.sides.pair.after.namespaces for name in place.extracts}
            assert ("route" in loaded) is not possible
        found.append(report(files))
    assert found[0] == found[1]
    assert {(finding.check, finding.status) for finding in found[0].findings} >= {("bridge-without-address", "new")}


def test_small_files_are_checked_here(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "_begin", lambda _: pytest.fail("a process for two small hosts"))
    assert report(files).findings


def test_what_is_wrong_is_told_once_and_here(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    beside(monkeypatch, possible=True)
    with pytest.raises(FileError), compared(files[0], SnapshotRef(path=tmp_path / "missing")):
        pass
    data = files[1].path.read_bytes()
    files[1].path.write_bytes(data[: len(data) // 2])
    with pytest.raises(DamagedError), compared(*files):
        pass
    with pytest.raises(NetlapseError), compared(files[0], files[0], check=check_comparable):
        pass
    assert capfd.readouterr() == ("", "")


ALTERED = {
    "row": ["UPDATE link_row SET mac = '02:00:00:00:00:99' WHERE number = 1"],
    "namespace": ["UPDATE namespace SET inode = inode + 1"],
    "members": [
        "DELETE FROM snapshot_namespace WHERE namespace_id = (SELECT max(namespace_id) FROM snapshot_namespace)"
    ],
    "coverage": [
        "INSERT OR IGNORE INTO kind_set VALUES (99, '[\"route\"]')",
        "INSERT INTO coverage SELECT 1, NULL, NULL, NULL, id, 'skipped', 'no', 1, 0, 0 FROM kind_set LIMIT 1",
    ],
}


@pytest.mark.parametrize("possible", [True, False])
@pytest.mark.parametrize("what", ALTERED)
def test_what_was_altered_and_sealed_anew_is_found_though_the_second_process_does_not_look(
    files: Files, what: str, monkeypatch: pytest.MonkeyPatch, *, possible: bool
) -> None:
    beside(monkeypatch, possible=possible)
    alter(files[1].path, *ALTERED[what])
    with pytest.raises(DamagedError, match="digest does not hold"), compared(*files):
        pass


def test_a_file_that_is_replaced_meanwhile_is_not_mixed_with_the_other(files: Files) -> None:
    """The second process opens the files once more."""
    with held(*(ref.path for ref in files)) as there:
        other = files[1].path.with_name("other")
        other.write_bytes(files[0].path.read_bytes())
        other.replace(files[1].path)
        with pytest.raises(FileError, match="changed while it was read; run it again"):
            checked_beside(there, *files)
