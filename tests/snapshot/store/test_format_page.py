"""docs/snapshot-format.md says what the file is: every table and column, queries that run, digests that can be recomputed."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from dataclasses import fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from snapshot.model.json import canonical
from snapshot.model.kinds import KINDS
from snapshot.store.format import APPLICATION_ID, FORMAT_VERSION
from snapshot.store.tables import METADATA, VIEWS
from snapshot.store.writer import create
from tests.analyze.test_changes import classic
from tests.lab.bottle import ROOT
from tests.snapshot.store.captures import of_host

PAGE = (ROOT / "docs" / "snapshot-format.md").read_text(encoding="utf-8")


@pytest.fixture
def connection(tmp_path: Path) -> sqlite3.Connection:
    create(tmp_path / "file", of_host(classic()))
    return sqlite3.connect(f"file:{tmp_path}/file?mode=ro&immutable=1", uri=True)


def documented() -> dict[str, list[str]]:
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", PAGE, re.MULTILINE)
    return {name: re.findall(r"(?<![\w:=] )`(\w+)`", cells) for name, cells in rows}


def test_every_table_and_column_is_on_the_page() -> None:
    told = documented()
    stored = {name for name in METADATA.tables if name.rpartition("_")[2] in ("row", "form")}
    assert {name.rpartition("_")[0] for name in stored} == set(VIEWS), "the page says once what they hold"
    assert set(told) == set(METADATA.tables) - stored | set(VIEWS)
    for name in set(METADATA.tables) - stored:
        missing = [column.name for column in METADATA.tables[name].columns if column.name not in told[name]]
        assert not missing, f"{name}: {missing}"
    for name in VIEWS:
        assert told[name] == [field.name for field in fields(KINDS[name].fact)], name
        form = METADATA.tables.get(f"{name}_form")
        kept_once = set() if form is None else {column.name for column in form.columns} - {"number"}
        assert set(KINDS[name].own) == (set(told[name]) - kept_once if form is not None else set())


def test_the_numbers_on_the_page_are_those_of_the_file(connection: sqlite3.Connection) -> None:
    assert f"{APPLICATION_ID:#x}" in PAGE
    assert f"# The snapshot file, format {FORMAT_VERSION}" in PAGE
    assert f"`user_version` {FORMAT_VERSION}, the number of this format" in PAGE
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA user_version").fetchone() == (FORMAT_VERSION,)


def test_the_queries_on_the_page_run(connection: sqlite3.Connection) -> None:
    queries = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
    assert len(queries) == 2
    routes, gaps = (connection.execute(query).fetchall() for query in queries)
    assert ("192.0.2.0/24", "10.1.27.2", "docker0", 100) in routes
    assert gaps == []


def place(name: str, value: Any) -> tuple[Any, ...]:
    """NULL first; a route's destination by address, the longest of one address first."""
    if name == "dst" and value is not None and "/" in value:
        address, length = value.split("/")
        return True, ip_address(address).packed, -int(length)
    return value is not None, value


def digest_of(*lines: str) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def spelt(row: Any) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def test_digests_can_be_recomputed_by_the_page(connection: sqlite3.Connection) -> None:
    """With nothing of netlapse's but the page's words."""
    sections = connection.execute("SELECT id, kind, digest FROM section").fetchall()
    for number, kind, digest in sections:
        order = KINDS[kind].order
        names = [row[1] for row in connection.execute(f'PRAGMA table_info("{kind}")')][2:]
        columns = ", ".join(f'"{name}"' for name in names)
        rows = connection.execute(f'SELECT {columns} FROM "{kind}" WHERE section_id = ?', (number,)).fetchall()
        numbered = connection.execute(
            f'SELECT {columns} FROM "{kind}" WHERE section_id = ? ORDER BY number', (number,)
        ).fetchall()
        leading = [names.index(name) for name in order]
        rows.sort(key=lambda row: ([place(names[i], row[i]) for i in leading], canonical(row)))
        assert rows == numbered
        assert digest_of(f"section {kind}", *map(spelt, rows)) == digest
    for table, own in (
        ("namespace", "key, inode, host, names, has_process"),
        ("runtime", "name, endpoint, version, api_version"),
    ):
        for number, digest, *values in connection.execute(f"SELECT id, digest, {own} FROM {table}").fetchall():
            query = f"SELECT kind, digest FROM section JOIN {table}_section ON section_id = id WHERE {table}_id = ?"
            held = sorted(connection.execute(query, (number,)))
            assert held
            assert digest_of(table, spelt(values), *map(spelt, held)) == digest


def test_a_snapshot_s_digest_can_be_recomputed_by_the_page(connection: sqlite3.Connection) -> None:
    (own,) = re.findall(r"\*\*Header\*\*: `header`, then `\[(.*?)\]`", PAGE)
    header = connection.execute(f"SELECT {own} FROM snapshot").fetchone()
    told = connection.execute("SELECT * FROM provenance").fetchone()[1:]
    members = [("namespace", digest) for (digest,) in connection.execute("SELECT digest FROM namespace")]
    members += [("runtime", digest) for (digest,) in connection.execute("SELECT digest FROM runtime")]
    members += connection.execute(
        "SELECT 'namespace', n.digest, s.kind, s.digest FROM snapshot_section l "
        "JOIN namespace n ON n.id = l.namespace_id JOIN section s ON s.id = l.section_id"
    ).fetchall()
    coverage = connection.execute(
        'SELECT n."key", runtime, place, kinds, status, error, attempts, started_us, finished_us FROM coverage c '
        "JOIN kind_set k ON k.id = c.kind_set_id LEFT JOIN namespace n ON n.id = c.namespace_id"
    ).fetchall()
    parts = connection.execute(
        "SELECT header_digest, provenance_digest, members_digest, coverage_digest FROM snapshot"
    ).fetchone()
    assert parts == (
        digest_of("header", spelt(header)),
        digest_of("provenance", spelt(told)),
        digest_of("members", *sorted(map(spelt, members))),
        digest_of("coverage", *sorted(map(spelt, coverage))),
    )
    named = (
        f"{name} {part}" for name, part in zip(("header", "provenance", "members", "coverage"), parts, strict=True)
    )
    (digest,) = connection.execute("SELECT digest FROM snapshot").fetchone()
    assert digest_of("snapshot 3", *named, "previous none") == digest


def test_the_file_ends_with_the_seal_that_the_page_tells_of(tmp_path: Path) -> None:
    create(tmp_path / "file", of_host(classic()))
    data = (tmp_path / "file").read_bytes()
    assert "`head -c -81 FILE | sha256sum`" in PAGE
    assert data[-81:].decode() == f"netlapse-sha256 {hashlib.sha256(data[:-81]).hexdigest()}\n"
