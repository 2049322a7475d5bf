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

from snapshot.model.json import Json, canonical
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


def test_digests_can_be_recomputed_by_the_page(connection: sqlite3.Connection) -> None:
    """With nothing of netlapse's but the page's words."""
    sections = connection.execute("SELECT id, kind, digest FROM section").fetchall()
    for number, kind, digest in sections:
        order = KINDS[kind].order
        names = [row[1] for row in connection.execute(f'PRAGMA table_info("{kind}")')][1:]
        columns = ", ".join(f'"{name}"' for name in names)
        rows = connection.execute(f'SELECT {columns} FROM "{kind}" WHERE section_id = ?', (number,)).fetchall()
        leading = [names.index(name) for name in order]
        rows.sort(key=lambda row: ([place(names[i], row[i]) for i in leading], canonical(row)))
        lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]
        text = "".join(f"{line}\n" for line in (f"section {kind}", *lines))
        assert hashlib.sha256(text.encode()).hexdigest() == digest
    number, digest, *own = connection.execute(
        "SELECT id, digest, key, inode, host, names, has_process FROM namespace WHERE host = 1"
    ).fetchone()
    identity: list[Json] = [own[0], own[1], bool(own[2]), json.loads(own[3]), bool(own[4])]
    held: Any = sorted(
        [list(row) for row in connection.execute(
            "SELECT kind, digest FROM section JOIN namespace_section ON section_id = id WHERE namespace_id = ?", (number,)
        )]
    )  # fmt: skip
    assert hashlib.sha256(f"namespace\n{canonical([identity, held])}\n".encode()).hexdigest() == digest
