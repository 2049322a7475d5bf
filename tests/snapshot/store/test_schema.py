"""The writer's SQL text is what SQLAlchemy makes of the tables, and writer and reader get by without SQLAlchemy."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing

from snapshot.store.schema import FILE, columns, ddl, made_by_sqlalchemy
from tests.lab.bottle import ROOT


def test_the_text_is_what_the_tables_say() -> None:
    assert FILE.read_text(encoding="ascii") == made_by_sqlalchemy(), "run python -m snapshot.store.schema"
    assert sorted("".join(ddl()).splitlines()) == sorted(made_by_sqlalchemy().splitlines())


def test_the_columns_are_sqlites() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript("".join(ddl()))
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        told = {table: tuple(row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')) for table in tables}
    assert columns() == told


def test_writer_and_reader_load_no_sqlalchemy() -> None:
    program = (
        "import snapshot.store.writer, snapshot.store.reader, sys; "
        "print([name for name in sys.modules if name.startswith('sqlalchemy')])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "[]\n"
