"""docs/evidence.md, as it stands, by a shell: what it checks holds for a file that was not altered, and names what was."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from snapshot.model.coverage import Coverage
from snapshot.store.signatures import signer
from snapshot.store.writer import append, create
from tests.analyze.test_changes import classic, pod_recreated
from tests.lab.bottle import ROOT
from tests.snapshot.store.captures import of_host

PAGE = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
SCRIPT = "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as the page has it: a file of two signed snapshots, and the key's public half."""
    key = tmp_path / "host-key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    before, after = classic(), classic()
    pod_recreated(after)
    for host in (before, after):
        host.coverage.append(Coverage(kinds=("link", "route"), status="failed", error="it's \n\x7f \u2028"))
    sign = signer(key)
    create(tmp_path / "host.netlapse", of_host(before, label='it\'s "one"\n\x01é'), sign)
    append(tmp_path / "host.netlapse", of_host(after, started="2026-01-01T03:10:00.000000Z", label="two"), sign)
    key.unlink()
    return tmp_path


def told(folder: Path) -> list[str]:
    """What the page's commands print."""
    done = subprocess.run(["sh", "-u"], input=SCRIPT, cwd=folder, capture_output=True, text=True, check=False)
    assert not [line for line in done.stderr.splitlines() if "rror" in line], done.stderr
    return done.stdout.splitlines()


def number(folder: Path, query: str) -> int:
    with closing(sqlite3.connect(f"file:{folder}/host.netlapse?mode=ro", uri=True)) as connection:
        return int(connection.execute(query).fetchone()[0])


def test_all_of_a_file_holds_by_the_page(folder: Path) -> None:
    lines = told(folder)
    holding = [line for line in lines if line.endswith(" holds")]
    assert not [line for line in lines if "DOES NOT" in line]
    parts = ("header", "provenance", "members", "coverage", "root")
    wanted = {"the seal holds", "the section holds"}
    wanted |= {f"{part} of snapshot {number} holds" for part in parts for number in (1, 2)}
    wanted |= {f"{table} {at} holds" for table in ("namespace", "runtime")
               for at in range(1, number(folder, f"SELECT count(*) FROM {table}") + 1)}  # fmt: skip
    sections = [line for line in holding if line.startswith("section ")]
    assert len(sections) == number(folder, "SELECT count(*) FROM section")
    assert set(holding) - set(sections) == wanted
    assert "section route" in lines
    fingerprint = subprocess.run(
        ["ssh-keygen", "-l", "-f", folder / "host-key.pub"], check=True, capture_output=True, text=True
    ).stdout.split()[1]
    good = f'Good "snapshot@netlapse" signature for netlapse with ED25519 key {fingerprint}'
    assert [line for line in lines if line.startswith("Good")] == [good, good]


ALTERED = {
    "UPDATE route_row SET gateway = '10.9.9.9' WHERE number = 1": r"section \d+ \(route\)",
    "UPDATE snapshot SET note = 'another' WHERE id = 2": "header of snapshot 2",
    "DELETE FROM coverage WHERE snapshot_id = 1": "coverage of snapshot 1",
    "UPDATE provenance SET uid = 1000 WHERE snapshot_id = 1": "provenance of snapshot 1",
    "DELETE FROM namespace_section WHERE namespace_id = 2": "namespace 2",
    "DELETE FROM snapshot_runtime WHERE snapshot_id = 2": "members of snapshot 2",
    "UPDATE snapshot SET digest = printf('%064d', 0) WHERE id = 1": "root of snapshot 2",
}
"""What somebody did to the file, and what the page names for it."""


def test_what_was_altered_is_named_by_the_page(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "host.netlapse")) as connection, connection:
        for statement in ALTERED:
            connection.execute(statement)
    lines = [line.removesuffix(" DOES NOT HOLD") for line in told(folder) if line.endswith(" DOES NOT HOLD")]
    for found in (*ALTERED.values(), "the seal", "root of snapshot 1"):
        assert any(re.fullmatch(found, line) for line in lines), found
    assert not any(line.startswith("namespace 1") for line in lines)


def test_the_page_names_each_column(folder: Path) -> None:
    for table in ("namespace", "runtime", "coverage", "provenance"):
        with closing(sqlite3.connect(folder / "host.netlapse")) as connection:
            names = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        for name in names - {"id", "digest", "snapshot_id", "namespace_id", "kind_set_id"}:
            assert re.search(rf"\b{name}\b", SCRIPT), f"{table}.{name}"
