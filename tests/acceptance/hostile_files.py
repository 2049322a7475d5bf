"""Files that were made to do harm: each a change of a good snapshot file, which is sealed anew where that matters."""

from __future__ import annotations

import gzip
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from snapshot.store.schema import ddl
from snapshot.store.seal import SEAL_BYTES
from tests.snapshot.store.altering import alter, edit
from tests.snapshot.store.compressing import zeros, zstd

PAGE = 4096
Make = Callable[[Path], object]
TABLE_INSIDE, TABLE_LEAF = 5, 13
"""The first byte of a page of a b-tree (sqlite.org/fileformat2.html, "B-tree Pages")."""
DEEP = "'" + "[" * 100_000 + "]" * 100_000 + "'"
OF_SECTION = "(SELECT rootpage FROM sqlite_master WHERE name = 'section')"
LAST_LINK = "(SELECT max(number) FROM link_row)"
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"


def _sql(*statements: str) -> Make:
    return lambda path: alter(path, *statements)


def _schema(where: str, what: str) -> Make:
    """The table of the schema itself says something else."""
    return _sql(f"UPDATE sqlite_master SET {what} WHERE {where}")


def _bytes(offset: int, data: bytes) -> Make:
    def change(raw: bytearray) -> None:
        raw[offset : offset + len(data)] = data

    return lambda path: edit(path, change)


def pages(raw: bytes | bytearray, kind: int) -> list[int]:
    """Where pages of a kind begin. (Page 1 begins with the file's header.)"""
    return [at for at in range(PAGE, len(raw) - SEAL_BYTES, PAGE) if raw[at] == kind]


def _inside(change: Callable[[bytearray, int], None]) -> Make:
    """Something else in an inner page of a table's b-tree."""
    return lambda path: edit(path, lambda raw: change(raw, pages(raw, TABLE_INSIDE)[0]))


def _leaf(change: Callable[[bytearray, int], None]) -> Make:
    return lambda path: edit(path, lambda raw: change(raw, max(pages(raw, TABLE_LEAF), key=lambda at: raw[at + 4])))


def _own_child(raw: bytearray, at: int) -> None:
    raw[at + 8 : at + 12] = (at // PAGE + 1).to_bytes(4, "big")


def _children_alike(raw: bytearray, at: int) -> None:
    """Every child is the same page: a tree of some pages with more rows than there are atoms."""
    first = int.from_bytes(raw[at + 12 : at + 14], "big")
    child = raw[at + first : at + first + 4]
    for cell in range(int.from_bytes(raw[at + 3 : at + 5], "big")):
        place = at + int.from_bytes(raw[at + 12 + 2 * cell : at + 14 + 2 * cell], "big")
        raw[place : place + 4] = child
    raw[at + 8 : at + 12] = child


def _no_such_page(raw: bytearray, at: int) -> None:
    raw[at + 8 : at + 12] = b"\x7f\xff\xff\xff"


def _many_cells(raw: bytearray, at: int) -> None:
    raw[at + 3 : at + 5] = b"\xff\xff"


def _cells_outside(raw: bytearray, at: int) -> None:
    raw[at + 8 : at + 10] = b"\xff\xff"


def _large_payload(raw: bytearray, at: int) -> None:
    place = at + int.from_bytes(raw[at + 8 : at + 10], "big")
    raw[place : place + 9] = b"\xff" * 9


def _overflow(loop: Callable[[bytearray, list[int]], None]) -> Make:
    """A text of many pages, and what its chain of pages is made to."""

    def make(path: Path) -> None:
        marks = 40_000
        alter(path, f"UPDATE snapshot SET note = replace(hex(zeroblob({marks // 2})), '00', 'ZQ')")
        edit(
            path,
            lambda raw: loop(raw, [at for at in range(PAGE, len(raw), PAGE) if raw[at + 4 : at + 1004] == b"ZQ" * 500]),
        )

    return make


def _chain_to_itself(raw: bytearray, chain: list[int]) -> None:
    raw[chain[3] : chain[3] + 4] = (chain[0] // PAGE + 1).to_bytes(4, "big")


def _free_pages(raw: bytearray) -> None:
    """The list of free pages begins with the file's first page, of which it says that it is its own next one."""
    raw[32:40] = (2).to_bytes(4, "big") + (50).to_bytes(4, "big")


def _zeros_behind_the_header(path: Path) -> None:
    edit(path, lambda raw: raw.__setitem__(slice(100, None), bytes(len(raw) - 100)))


def _random_behind_the_header(path: Path) -> None:
    edit(path, lambda raw: raw.__setitem__(slice(100, None), random.Random(5).randbytes(len(raw) - 100)))


def _remade(path: Path, change: Callable[[str], str], *first: str) -> None:
    """A database of our numbers that was made by other statements than ours."""
    path.unlink()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in (*first, "PRAGMA application_id=0x6e6c6170", "PRAGMA user_version=3"):
            connection.execute(statement)
        connection.executescript(change("".join(ddl())))
    with path.open("ab") as file:
        file.write(b"netlapse-sha256 " + b"0" * 64 + b"\n")
    edit(path, lambda _: None)


def _made(change: Callable[[str], str], *first: str) -> Make:
    return lambda path: _remade(path, change, *first)


def _packed(pack: Callable[[bytes], bytes]) -> Make:
    return lambda path: path.write_bytes(pack(path.read_bytes()))


FILES: dict[str, Make] = {
    # Its schema is not what it seems.
    "a view under a table's name": _sql("DROP TABLE kind_set", f"CREATE VIEW kind_set AS {ENDLESS}"),
    "a view that never ends": _sql("DROP VIEW timer", f"CREATE VIEW timer AS {ENDLESS}"),
    "a view of itself": _sql("DROP VIEW timer", "CREATE VIEW timer AS SELECT * FROM timer"),
    "a trigger": _sql("CREATE TRIGGER t AFTER UPDATE ON snapshot BEGIN DELETE FROM snapshot; END"),
    "a table more": _sql("CREATE TABLE extra(x)"),
    "a thousand tables more": _sql("BEGIN", *(f"CREATE TABLE extra{number}(x)" for number in range(1000)), "COMMIT"),
    "an index over an expression": _sql("CREATE INDEX e ON snapshot(abs(id))"),
    "an index of some rows": _sql("CREATE INDEX e ON snapshot(id) WHERE id > 1"),
    "an index less": _sql("DROP INDEX " + ddl()[1].split()[2]),
    "statistics": _sql("ANALYZE"),
    "statistics that lie": _sql("ANALYZE", "UPDATE sqlite_stat1 SET stat = '1000000000 1'"),
    "a generated column": _sql("ALTER TABLE snapshot ADD COLUMN g AS (hex(zeroblob(400000000)))"),
    "a column more": _sql("ALTER TABLE snapshot ADD COLUMN more"),
    "a check": _schema("name = 'kind_set'", "sql = replace(sql, 'kinds TEXT', 'kinds TEXT CHECK (abs(id) > 0)')"),
    "a default": _schema("name = 'kind_set'", "sql = replace(sql, 'kinds TEXT', 'kinds TEXT DEFAULT (random())')"),
    "a collation": _schema("name = 'kind_set'", "sql = replace(sql, 'kinds TEXT', 'kinds TEXT COLLATE nocase')"),
    "a table of other columns": _schema("name = 'kind_set'", "sql = 'CREATE TABLE kind_set ( kinds TEXT, id INTEGER )'"),
    "a virtual table": _schema("name = 'kind_set'", "sql = 'CREATE VIRTUAL TABLE kind_set USING fts5(x)', rootpage = 0"),
    "no text of a table": _schema("name = 'kind_set'", "sql = NULL"),
    "no SQL of a table": _schema("name = 'kind_set'", "sql = 'CREATE TABLE kind_set (((('"),
    "SQL of two megabytes": _schema("name = 'kind_set'", "sql = sql || hex(zeroblob(1000000))"),
    "SQL that nests": _schema("name = 'timer'", "sql = 'CREATE VIEW timer AS SELECT ' || hex(zeroblob(3000)) || '1'"),
    "a table that is another one's": _schema("name = 'kind_set'", f"rootpage = {OF_SECTION}"),
    "a table that is the schema": _schema("name = 'kind_set'", "rootpage = 1"),
    "a table that is nowhere": _schema("name = 'kind_set'", "rootpage = 1000000"),
    "an index that is a table": _schema("type = 'index' AND sql IS NOT NULL", f"rootpage = {OF_SECTION}"),
    "its own table twice": _sql("INSERT INTO sqlite_master SELECT * FROM sqlite_master WHERE name = 'kind_set'"),
    "a table without row numbers": _made(lambda text: text.replace("UNIQUE (kinds) );", "UNIQUE (kinds) ) WITHOUT ROWID;")),
    "UTF-16": _made(str, "PRAGMA encoding='UTF-16le'"),
    "pages of 512 bytes": _made(str, "PRAGMA page_size=512"),
    "pages of 65536 bytes": _made(str, "PRAGMA page_size=65536"),
    "WAL mode": _made(str, "PRAGMA journal_mode=WAL"),
    "auto-vacuum": _made(str, "PRAGMA auto_vacuum=FULL"),
    "no snapshot": _made(str),
    # Its rows claim what is not so.
    "a thousand million rows": _sql("UPDATE section SET rows = 1000000000 WHERE kind = 'route'"),
    "more rows than numbers": _sql("UPDATE section SET rows = 9223372036854775807, first_row = 9223372036854775807"),
    "rows before the first": _sql("UPDATE section SET first_row = -5 WHERE kind = 'link'"),
    "rows of two sections": _sql("UPDATE section SET first_row = 1 WHERE rows > 0"),
    "a number of rows that is none": _sql("UPDATE section SET rows = 'many' WHERE kind = 'link'"),
    "a kind that is none": _sql("UPDATE section SET kind = 'sqlite_master'"),
    "a section that is not there": _sql("UPDATE namespace_section SET section_id = section_id + 99999999"),
    "no namespaces": _sql("DELETE FROM snapshot_namespace"),
    "a text of 70 megabytes": _sql("UPDATE snapshot SET note = hex(zeroblob(35000000)) WHERE id = 2"),
    "a blob of 70 megabytes": _sql(f"UPDATE link_row SET mac = zeroblob(70000000) WHERE number = {LAST_LINK}"),
    "JSON that is nested deep": _sql(f"UPDATE snapshot SET kinds = {DEEP}"),
    "JSON of five megabytes": _sql("UPDATE snapshot SET kinds = '[\"' || hex(zeroblob(2500000)) || '\"]' WHERE id = 2"),
    "JSON that is none": _sql("UPDATE link_form SET extra = '{\"a\":NaN}'"),
    "half a surrogate": _sql("UPDATE snapshot SET kinds = '[\"\\ud800\"]'"),
    "text that is not UTF-8": _sql("UPDATE snapshot SET hostname = CAST(x'ff41' AS TEXT)"),
    "text with a NUL": _sql("UPDATE snapshot SET hostname = 'a' || char(0) || 'b'"),
    "text where a number is": _sql("UPDATE link_row SET ifindex = 'one'"),
    "a blob where a text is": _sql("UPDATE address_form SET family = x'696e6574'"),
    "a number where a text is": _sql("UPDATE snapshot SET hostname = 5"),
    "a fraction where a number is": _sql("UPDATE link_row SET ifindex = 1.5"),
    "infinity": _sql("UPDATE coverage SET attempts = 9e999"),
    "a column that may be empty": _schema("name = 'snapshot'", "sql = replace(sql, 'hostname TEXT NOT NULL', 'hostname TEXT')"),
    "another host": _sql("UPDATE snapshot SET hostname = 'another'"),
    "a label that is no text": _sql("UPDATE snapshot SET label = CAST(id AS BLOB)"),
    # Its pages are not a tree.
    "a page that is its own child": _inside(_own_child),
    "a page that is all children": _inside(_children_alike),
    "a child that is nowhere": _inside(_no_such_page),
    "cells without end": _leaf(_many_cells),
    "cells outside of the page": _leaf(_cells_outside),
    "a cell of more bytes than there are": _leaf(_large_payload),
    "a text that goes on for ever": _overflow(_chain_to_itself),
    "free pages in a circle": lambda path: edit(path, _free_pages),
    "zeros behind the header": _zeros_behind_the_header,
    "random bytes behind the header": _random_behind_the_header,
    # Its header says what is not so.
    "WAL mode in the header": _bytes(18, b"\x02\x02"),
    "pages of one byte": _bytes(16, b"\x00\x00"),
    "more pages than bytes": _bytes(28, b"\x7f\xff\xff\xff"),
    "another encoding in the header": _bytes(56, b"\x00\x00\x00\x02"),
    "a newer format": _bytes(60, b"\x7f\xff\xff\xff"),
    "a number of ours and nothing more": lambda path: path.write_bytes(path.read_bytes()[:100]),
    # It is packed.
    "a bomb of Zstandard": _packed(lambda _: zeros(zstd, 2**30)),
    "a bomb of gzip": _packed(lambda _: zeros(gzip.compress, 2**28)),
    "a bomb in a bomb": _packed(lambda _: zstd(zeros(zstd, 2**30))),
    "a packed file that was cut off": _packed(lambda data: zstd(data)[:-10]),
    "a packed file with something behind it": _packed(lambda data: zstd(data) + b"more"),
    "a packed hostile file": lambda path: (FILES["a view that never ends"](path), path.write_bytes(zstd(path.read_bytes())))[0],
}  # fmt: skip
