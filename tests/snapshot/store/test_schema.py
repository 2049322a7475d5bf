"""The writer's SQL text is what SQLAlchemy makes of the tables, and the writer gets by without SQLAlchemy."""

from __future__ import annotations

import subprocess
import sys

from snapshot.store.schema import FILE, ddl, made_by_sqlalchemy
from tests.lab.bottle import ROOT


def test_the_text_is_what_the_tables_say() -> None:
    assert FILE.read_text(encoding="ascii") == made_by_sqlalchemy(), "run python -m snapshot.store.schema"
    assert sorted("".join(ddl()).splitlines()) == sorted(made_by_sqlalchemy().splitlines())


def test_the_writer_loads_no_sqlalchemy() -> None:
    program = (
        "import snapshot.store.writer, sys; print([name for name in sys.modules if name.startswith('sqlalchemy')])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "[]\n"
