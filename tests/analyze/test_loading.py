"""Two files loaded for a comparison, their checks made here or in a second process: the same report."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyze import aside, loading
from analyze.compose import compose
from analyze.identity import check_comparable
from analyze.loading import comparison
from reports.model import Report
from snapshot.model.errors import NetlapseError
from snapshot.store.errors import DamagedError, FileError
from snapshot.store.reference import SnapshotRef
from snapshot.store.writer import create
from tests.analyze.hosts import Host
from tests.analyze.test_changes import classic, pod_recreated
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


def report(files: Files) -> Report:
    with comparison(*files) as found:
        return compose(found.sides, "netlapse test", checked=found.checked)


def beside(monkeypatch: pytest.MonkeyPatch, *, possible: bool) -> None:
    monkeypatch.setattr(loading, "MANY", 0)
    monkeypatch.setattr(aside, "_possible", lambda: possible)


def test_a_second_process_finds_what_one_finds(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for possible in (True, False):
        beside(monkeypatch, possible=possible)
        with comparison(*files) as told:
            loaded = {name for place in told.sides.pair.after.namespaces for name in place.extracts}
            assert ("route" in loaded) is not possible
        found.append(report(files))
    assert found[0] == found[1]
    assert {(finding.check, finding.status) for finding in found[0].findings} >= {("bridge-without-address", "new")}


def test_hosts_of_few_namespaces_are_checked_here(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "_begin", lambda _: pytest.fail("a process for two small hosts"))
    assert report(files).findings


def test_what_is_wrong_is_told_once_and_here(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    beside(monkeypatch, possible=True)
    with pytest.raises(FileError), comparison(files[0], SnapshotRef(path=tmp_path / "missing")):
        pass
    data = files[1].path.read_bytes()
    files[1].path.write_bytes(data[: len(data) // 2])
    with pytest.raises(DamagedError), comparison(*files):
        pass
    with pytest.raises(NetlapseError), comparison(files[0], files[0], check=check_comparable):
        pass
    assert capfd.readouterr() == ("", "")


def test_a_file_that_is_replaced_meanwhile_is_not_mixed_with_the_other(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside(monkeypatch, possible=True)

    def replaced(*_: object) -> None:
        other = files[1].path.with_name("other")
        other.write_bytes(files[0].path.read_bytes())
        other.replace(files[1].path)

    with (
        pytest.raises(FileError, match="changed while it was read; run it again"),
        comparison(*files, check=replaced) as found,
    ):
        compose(found.sides, "netlapse test", checked=found.checked)
