"""The sections of an open file, each made anew from its rows and held against its digest, in bounded memory."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator

from snapshot.model.kinds import KINDS
from snapshot.store.columns import CODECS
from snapshot.store.errors import DamagedError
from snapshot.store.verified import Problem

AT_ONCE = 2**20
"""Letters of lines that are put together before they are hashed."""
MOST = 5_000_000
"""Rows of a table that ties the tree together, up to which a file is verified: 5,000 snapshots of a thousand namespaces."""
_COUNTED = (
    "snapshot", "namespace", "runtime", "section", "snapshot_namespace", "snapshot_runtime", "snapshot_section",
    "namespace_section", "runtime_section", "coverage", "signature",
)  # fmt: skip
ARGUMENTS = 100
"""Arguments that an SQL function may take here: json_array() gets a row's columns."""


def unsound_sections(connection: sqlite3.Connection) -> dict[int, str]:
    """The sections whose rows are not those that their digest is of: their numbers, and what is wrong.

    SQLite's json_array() spells a row as ``digests.line`` does: a test holds both together.
    """
    connection.setlimit(sqlite3.SQLITE_LIMIT_FUNCTION_ARG, ARGUMENTS)
    found: dict[int, str] = {}
    for kind in KINDS:
        next_row = 1
        lines = f"SELECT json_array({CODECS[kind].selected}) FROM {CODECS[kind].source(kind, 'main')} "
        query = "SELECT id, digest, rows, first_row FROM section WHERE kind = ? ORDER BY first_row, id"
        for number, digest, rows, first in connection.execute(query, (kind,)):
            if rows and first != next_row:
                found[number] = "its rows do not follow those of the section before it"
            next_row = first + rows if rows else next_row
            try:
                of_section = connection.execute(
                    f"{lines} WHERE r.number BETWEEN ? AND ? ORDER BY r.number", (first, first + rows - 1)
                )
                sound = _digest(kind, (line for (line,) in of_section)) == digest
            except sqlite3.DatabaseError as error:
                # A value that no row can hold, or a page that cannot be read.
                if "interrupted" in str(error):
                    raise
                sound = False
            if not sound:
                found[number] = "its rows are not those that were written (its digest does not hold)"
    return found


def _digest(kind: str, lines: Iterable[str]) -> str:
    """As ``digests.digest_of_lines``, with as little in memory as of one long line."""
    digest = hashlib.sha256(f"section {kind}\n".encode())
    for text in _pieces(lines):
        digest.update(text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _pieces(lines: Iterable[str]) -> Iterator[str]:
    waiting: list[str] = []
    letters = 0
    for line in lines:
        waiting.append(line)
        letters += len(line)
        if letters > AT_ONCE:
            yield "\n".join([*waiting, ""])
            waiting, letters = [], 0
    if waiting:
        yield "\n".join([*waiting, ""])


def check_counts(connection: sqlite3.Connection) -> None:
    """Raise ``DamagedError`` for a file whose tree is too large to be kept in memory, which no capture makes."""
    for table in _COUNTED:
        ((found,),) = connection.execute(f"SELECT count(*) FROM {table}")
        if found > MOST:
            raise DamagedError(f"its table {table} has {found:,} rows, and more than {MOST:,} are not looked at")


def structural(connection: sqlite3.Connection) -> Iterator[Problem]:
    """What is in the file beside what its snapshots are made of, and what points to nothing."""
    for message, query in _QUERIES.items():
        ((found,),) = connection.execute(f"SELECT count(*) FROM ({query})")
        if found:
            yield Problem(message=f"{message}: {found:,}")
    for kind, codec in CODECS.items():
        if codec.common:
            query = f'SELECT number FROM "{kind}_form" EXCEPT SELECT form FROM "{kind}_row"'
            ((found,),) = connection.execute(f"SELECT count(*) FROM ({query})")
            if found:
                yield Problem(message=f"forms of {kind} rows that no row has: {found:,}", kind=kind)
    astray = connection.execute("PRAGMA foreign_key_check").fetchone()
    if astray is not None:
        yield Problem(message=f"a row of {astray[0]} points to a row of {astray[2]} that is not there")
    ((told, *_),) = connection.execute("PRAGMA integrity_check(1)").fetchmany(1)
    if told != "ok":
        yield Problem(message=f"the file's structure is damaged: {' '.join(str(told).split())}")
    ((free,),) = connection.execute("PRAGMA freelist_count")
    if free:
        yield Problem(message=f"pages that belong to nothing: {free:,}")


_QUERIES = {
    "namespaces that no snapshot has": "SELECT id FROM namespace EXCEPT SELECT namespace_id FROM snapshot_namespace",
    "runtimes that no snapshot has": "SELECT id FROM runtime EXCEPT SELECT runtime_id FROM snapshot_runtime",
    "sections that belong to nothing": "SELECT id FROM section EXCEPT SELECT section_id FROM namespace_section EXCEPT "
    "SELECT section_id FROM runtime_section EXCEPT SELECT section_id FROM snapshot_section",
    "sections of namespaces that their snapshot does not have": "SELECT snapshot_id, namespace_id FROM snapshot_section "
    "EXCEPT SELECT snapshot_id, namespace_id FROM snapshot_namespace",
    "coverage of namespaces that their snapshot does not have": "SELECT snapshot_id, namespace_id FROM coverage "
    "WHERE namespace_id IS NOT NULL EXCEPT SELECT snapshot_id, namespace_id FROM snapshot_namespace",
    "namespaces that are in one snapshot twice": "SELECT 1 FROM snapshot_namespace l JOIN namespace n ON n.id = l.namespace_id "
    'GROUP BY l.snapshot_id, n."key" HAVING count(*) > 1',
    "lists of kinds that no coverage has": "SELECT id FROM kind_set EXCEPT SELECT kind_set_id FROM coverage",
    "snapshots without provenance": "SELECT id FROM snapshot EXCEPT SELECT snapshot_id FROM provenance",
}
