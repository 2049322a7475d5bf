"""Verifying a file: what was altered is named, whoever altered it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings

from snapshot.model.coverage import Coverage
from snapshot.model.kinds import KINDS
from snapshot.model.snapshot import Capture
from snapshot.store.errors import FileError
from snapshot.store.verified import Problem
from snapshot.store.verifying import verify
from snapshot.store.writer import append, create
from tests.analyze.test_changes import classic, pod_recreated
from tests.lab.bottle import ROOT
from tests.snapshot.store.altering import alter
from tests.snapshot.store.captures import captures, of_host
from tests.snapshot.store.compressing import zstd

LATER = "2026-01-01T03:10:00.000000Z"
SHIPPED = ROOT / "snapshot" / "demo" / "shipped.netlapse"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of two snapshots, the second one after a pod was re-created."""
    path = tmp_path_factory.mktemp("written") / "file"
    before, after = classic(), classic()
    pod_recreated(after)
    for host in (before, after):
        host.coverage.append(Coverage(kinds=("link", "route"), status="failed", error="no time"))
    create(path, of_host(before, label="one"))
    append(path, of_host(after, started=LATER, label="two"))
    return path


@pytest.fixture
def file(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(written, tmp_path / "file"))


def problems(path: Path) -> list[Problem]:
    return list(verify(path).problems)


@settings(max_examples=25, deadline=None)
@given(captures())
def test_whatever_was_captured_verifies(capture: Capture) -> None:
    """SQLite spells each row as netlapse does, whatever is in it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        created = create(path, capture)
        verified = verify(path)
        assert verified.problems == ()
        assert verified.rows == created.added_rows
        assert [one.provenance for one in verified.snapshots] == [capture.provenance]


def test_a_file_as_it_was_written_has_no_problems(file: Path) -> None:
    verified = verify(file)
    assert verified.problems == ()
    assert [one.header.label for one in verified.snapshots] == ["one", "two"]
    packed = file.with_name("packed")
    packed.write_bytes(zstd(file.read_bytes()))
    assert verify(packed).problems == ()


NOT_WRITTEN = "its rows are not those that were written (its digest does not hold)"
ALTERED = {
    "a route": ("UPDATE route_row SET dst = '10.0.0.0/9' WHERE number = 1", (None, "host", "route", NOT_WRITTEN)),
    "what routes have in common": (
        "UPDATE route_form SET metric = 7 WHERE number = 1",
        (None, "host", "route", NOT_WRITTEN),
    ),
    "a container": (
        "UPDATE container_row SET name = 'x' WHERE number = 1",
        (None, "unix:///run/docker.sock", "container", NOT_WRITTEN),
    ),
    "a note": (
        "UPDATE snapshot SET note = 'another' WHERE id = 2",
        (2, None, None, "its header (label, note, host, times, kinds, status) is not what was written"),
    ),
    "a coverage row": (
        "DELETE FROM coverage WHERE snapshot_id = 1",
        (1, None, None, "its coverage is not what was written"),
    ),
    "provenance": (
        "UPDATE provenance SET uid = 77 WHERE snapshot_id = 2",
        (2, None, None, "its provenance is not what was written"),
    ),
    "no provenance": (
        "DELETE FROM provenance WHERE snapshot_id = 2",
        (2, None, None, "its provenance is not what was written"),
    ),
    "a namespace's name": (
        "UPDATE namespace SET inode = inode + 1 WHERE host = 1",
        (None, "host", None, "the namespace or its list of sections is not what was written"),
    ),
    "a section less": (
        "DELETE FROM namespace_section WHERE namespace_id = 1 AND section_id = (SELECT min(section_id) FROM namespace_section)",
        (None, "host", None, "the namespace or its list of sections is not what was written"),
    ),
    "a namespace less": (
        "DELETE FROM snapshot_namespace WHERE snapshot_id = 2 AND namespace_id = (SELECT max(id) FROM namespace)",
        (2, None, None, "its list of namespaces and runtimes is not what was written"),
    ),
    "a part's digest": (
        "UPDATE snapshot SET header_digest = printf('%064d', 0) WHERE id = 1",
        (1, None, None, "its header (label"),
    ),
    "a root": (
        "UPDATE snapshot SET digest = printf('%064d', 0) WHERE id = 2",
        (2, None, None, "it is not what was written (its root digest does not hold)"),
    ),
    "the first snapshot gone": (
        "DELETE FROM snapshot WHERE id = 1",
        (2, None, None, "it does not follow the one before it in the file (the chain is broken)"),
    ),
    "rows that it says it brought": (
        "UPDATE snapshot SET added_rows = added_rows + 1 WHERE id = 2",
        (2, None, None, "it did not bring as many rows into the file as it says"),
    ),
    "a namespace that no snapshot has": (
        'INSERT INTO namespace SELECT 99, digest, "key", inode, host, names, has_process FROM namespace WHERE id = 1',
        (None, None, None, "namespaces that no snapshot has: 1"),
    ),
    "a section that belongs to nothing": (
        "INSERT INTO section VALUES (999, 'route', printf('%064d', 0), 0, 0)",
        (None, None, None, "sections that belong to nothing: 1"),
    ),
    "a form that no row has": (
        """INSERT INTO sysctl_form VALUES (999, '{"hidden":1}')""",
        (None, None, "sysctl", "forms of sysctl rows that no row has: 1"),
    ),
    "a list of kinds that nothing has": (
        "INSERT INTO kind_set VALUES (99, 'hidden')",
        (None, None, None, "lists of kinds that no coverage has: 1"),
    ),
    "a signature of nothing": (
        "INSERT INTO signature VALUES (1, 99, 'hidden')",
        (None, None, None, "a row of signature points to a row of snapshot that is not there"),
    ),
    "a blob": (
        "UPDATE route_row SET gateway = x'00' WHERE number = 1",
        (None, "host", "route", NOT_WRITTEN),
    ),
    "a number that is text": (
        "UPDATE link_row SET ifindex = CAST(ifindex AS TEXT) || 'x' WHERE number = 1",
        (None, "host", "link", NOT_WRITTEN),
    ),
}


@pytest.mark.parametrize("what", ALTERED)
def test_what_was_altered_is_named_though_the_seal_holds(file: Path, what: str) -> None:
    statement, found = ALTERED[what]
    alter(file, statement)
    told = problems(file)
    snapshot, scope, kind, message = found
    assert any(
        (one.snapshot, one.scope, one.kind) == (snapshot, scope, kind) and one.message.startswith(message)
        for one in told
    ), told
    assert not any("seal" in one.message for one in told)


def test_the_first_section_that_does_not_hold_is_told_first(file: Path) -> None:
    alter(file, "UPDATE route_row SET dst = '10.0.0.0/9'", "UPDATE snapshot SET note = 'x'")
    first = problems(file)[0]
    assert (first.scope, first.kind, first.message) == ("host", "route", NOT_WRITTEN)


def test_a_row_of_each_kind_counts(tmp_path: Path) -> None:
    """In a real capture, of each kind that it has a row of."""
    path = tmp_path / "file"
    seen = set()
    for kind in KINDS:
        shutil.copyfile(SHIPPED, path)
        alter(path, f'DELETE FROM "{kind}_row" WHERE number = 1')
        try:
            found = problems(path)
        except FileError as error:
            # Its only row.
            assert f"claim other {kind} rows than it has" in str(error)
            continue
        if found:
            seen.add(kind)
            assert any(one.kind == kind and one.message == NOT_WRITTEN for one in found), kind
    assert seen >= {"link", "address", "route", "rule", "neighbour", "fdb", "sysctl", "container", "nsid", "counter"}


def test_two_snapshots_in_another_order_do_not_follow_each_other(file: Path) -> None:
    tables = ("snapshot_namespace", "snapshot_section", "snapshot_runtime", "coverage", "provenance", "signature")
    exchanged = "CASE {0} WHEN 1 THEN 2 WHEN 2 THEN 1 END"
    alter(
        file,
        "UPDATE snapshot SET id = -id",
        "UPDATE snapshot SET id = CASE id WHEN -1 THEN 2 ELSE 1 END",
        *(f"UPDATE {table} SET snapshot_id = -snapshot_id" for table in tables),
        *(f"UPDATE {table} SET snapshot_id = {exchanged.format('-snapshot_id')}" for table in tables),
    )
    told = {(one.snapshot, one.message) for one in problems(file)}
    assert (1, "it does not follow the one before it in the file (the chain is broken)") in told
    assert not any("digest" in message for _, message in told)
