"""The tables as SQL text, for writer and reader.

Both speak to sqlite3 alone: importing SQLAlchemy would be a third of a whole capture's time, and half of a diff's. This text is
what SQLAlchemy makes of ``tables.py``, which stays the one place where the tables are defined: a test holds both together, and
``python -m snapshot.store.schema`` writes it anew.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("schema.sql")
TABLE = re.compile(r"^CREATE TABLE (\S+) \( (.*) \)(?: WITHOUT ROWID)?;$", re.MULTILINE)
LISTED = re.compile(r" \([^()]*\)")
"""The columns that a constraint names, in parentheses."""
CONSTRAINTS = ("PRIMARY KEY", "FOREIGN KEY", "UNIQUE")


@cache
def ddl() -> tuple[str, str]:
    """The statements that make the tables of a file, and those that make their indexes; each ended by a semicolon.

    Indexes are made when the rows are there: SQLite sorts them once then, which is quicker than adding row by row.
    """
    statements = FILE.read_text(encoding="utf-8").splitlines(keepends=True)
    indexes = [statement for statement in statements if statement.startswith("CREATE INDEX")]
    return "".join(statement for statement in statements if statement not in indexes), "".join(indexes)


@cache
def columns() -> dict[str, tuple[str, ...]]:
    """Each table's columns, in order, as the text has them: SQLite would take ten times as long to tell."""
    return {
        table.strip('"'): tuple(
            item.split(" ", 1)[0].strip('"')
            for item in LISTED.sub("", inside).split(", ")
            if not item.startswith(CONSTRAINTS)
        )
        for table, inside in TABLE.findall(ddl()[0])
    }


@cache
def insert(table: str, *, numbered: bool = True) -> str:
    """The statement that adds a row to a table; if not ``numbered``, without its first column, which SQLite then counts up."""
    names = columns()[table] if numbered else columns()[table][1:]
    listed = ", ".join(f'"{name}"' for name in names)
    return f'INSERT INTO "{table}" ({listed}) VALUES ({", ".join("?" * len(names))})'


def made_by_sqlalchemy() -> str:
    """The same text, made of ``tables.py``."""
    from sqlalchemy.dialects import sqlite
    from sqlalchemy.schema import CreateIndex, CreateTable

    from snapshot.store.tables import METADATA, VIEWS

    statements = []
    for table in METADATA.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=sqlite.dialect())))
        statements += [
            str(CreateIndex(index).compile(dialect=sqlite.dialect())) for index in sorted(table.indexes, key=str)
        ]
    statements += VIEWS.values()
    return "\n".join(f"{' '.join(statement.split())};" for statement in statements) + "\n"


if __name__ == "__main__":
    FILE.write_text(made_by_sqlalchemy(), encoding="ascii")
    sys.stdout.write(f"{FILE.name} written\n")
