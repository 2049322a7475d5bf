"""The tables of a snapshot file (SQLAlchemy Core). docs/snapshot-format.md explains each; a test holds it to this."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, Table, Text

from snapshot.store.columns import CODECS
from snapshot.store.columns import Column as StoredColumn

METADATA = MetaData()


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Text, nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=nullable)


SNAPSHOT = Table(
    "snapshot",
    METADATA,
    Column("id", Integer, primary_key=True),
    _text("digest"),
    Column("label", Text, nullable=True, unique=True),
    _text("note", nullable=True),
    _text("hostname"),
    _text("machine_id", nullable=True),
    _text("boot_id", nullable=True),
    _text("kernel"),
    _text("tool"),
    _text("started_at"),
    _text("finished_at"),
    _text("kinds"),
    _text("status"),
    _text("redacted_with", nullable=True),
    _text("redacted_from", nullable=True),
    _text("header_digest"),
    _text("provenance_digest"),
    _text("members_digest"),
    _text("coverage_digest"),
    _text("previous", nullable=True),
    _number("added_rows"),
)

PROVENANCE = Table(
    "provenance",
    METADATA,
    Column("snapshot_id", ForeignKey("snapshot.id"), primary_key=True),
    _text("build", nullable=True),
    _text("command"),
    _number("uid", nullable=True),
    _number("login_uid", nullable=True),
    _number("sudo_uid", nullable=True),
    _text("sudo_user", nullable=True),
    _text("distribution", nullable=True),
    _number("started_monotonic_us", nullable=True),
    _number("started_boottime_us", nullable=True),
    _number("finished_monotonic_us", nullable=True),
    _number("finished_boottime_us", nullable=True),
    _number("synchronised", nullable=True),
    _number("clock_error_us", nullable=True),
    _number("timeout_us", nullable=True),
    _text("endpoints"),
)

SIGNATURE = Table(
    "signature",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("snapshot_id", ForeignKey("snapshot.id"), nullable=False),
    _text("signature"),
)

SECTION = Table(
    "section",
    METADATA,
    Column("id", Integer, primary_key=True),
    _text("kind"),
    _text("digest"),
    _number("rows"),
    _number("first_row"),
)

NAMESPACE = Table(
    "namespace",
    METADATA,
    Column("id", Integer, primary_key=True),
    _text("digest"),
    _text("key"),
    _number("inode"),
    _number("host"),
    _text("names"),
    _number("has_process"),
)

NAMESPACE_SECTION = Table(
    "namespace_section",
    METADATA,
    Column("namespace_id", ForeignKey("namespace.id"), primary_key=True),
    Column("section_id", ForeignKey("section.id"), primary_key=True),
    sqlite_with_rowid=False,
)

SNAPSHOT_NAMESPACE = Table(
    "snapshot_namespace",
    METADATA,
    Column("snapshot_id", ForeignKey("snapshot.id"), primary_key=True),
    Column("namespace_id", ForeignKey("namespace.id"), primary_key=True),
    sqlite_with_rowid=False,
)

SNAPSHOT_SECTION = Table(
    "snapshot_section",
    METADATA,
    Column("snapshot_id", ForeignKey("snapshot.id"), primary_key=True),
    Column("namespace_id", ForeignKey("namespace.id"), primary_key=True),
    Column("section_id", ForeignKey("section.id"), primary_key=True),
    sqlite_with_rowid=False,
)

RUNTIME = Table(
    "runtime",
    METADATA,
    Column("id", Integer, primary_key=True),
    _text("digest"),
    _text("name"),
    _text("endpoint"),
    _text("version", nullable=True),
    _text("api_version", nullable=True),
)

RUNTIME_SECTION = Table(
    "runtime_section",
    METADATA,
    Column("runtime_id", ForeignKey("runtime.id"), primary_key=True),
    Column("section_id", ForeignKey("section.id"), primary_key=True),
    sqlite_with_rowid=False,
)

SNAPSHOT_RUNTIME = Table(
    "snapshot_runtime",
    METADATA,
    Column("snapshot_id", ForeignKey("snapshot.id"), primary_key=True),
    Column("runtime_id", ForeignKey("runtime.id"), primary_key=True),
    sqlite_with_rowid=False,
)

KIND_SET = Table(
    "kind_set",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("kinds", Text, nullable=False, unique=True),
)

COVERAGE = Table(
    "coverage",
    METADATA,
    Column("snapshot_id", ForeignKey("snapshot.id"), nullable=False),
    Column("namespace_id", ForeignKey("namespace.id"), nullable=True),
    _text("runtime", nullable=True),
    _text("place", nullable=True),
    Column("kind_set_id", ForeignKey("kind_set.id"), nullable=False),
    _text("status"),
    _text("error", nullable=True),
    _number("attempts"),
    _number("started_us"),
    _number("finished_us"),
)
Index("coverage_snapshot", COVERAGE.c.snapshot_id)


def _column(column: StoredColumn) -> Column[Any]:
    return Column(column.name, Integer if column.type == "INTEGER" else Text, nullable=column.optional)


def _row_tables(kind: str) -> None:
    codec = CODECS[kind]
    own = codec.own or range(len(codec.columns))
    form: list[Column[Any]] = []
    if codec.common:
        form = [Column("form", ForeignKey(f"{kind}_form.number"), nullable=False)]
        common = (_column(codec.columns[number]) for number in codec.common)
        Table(f"{kind}_form", METADATA, Column("number", Integer, primary_key=True), *common)
    Table(
        f"{kind}_row",
        METADATA,
        Column("number", Integer, primary_key=True),
        *(_column(codec.columns[number]) for number in own),
        *form,
    )


def _view(kind: str) -> str:
    """A kind's rows as a person asks for them: all columns, and the section each row belongs to."""
    codec = CODECS[kind]
    return (
        f'CREATE VIEW "{kind}" AS SELECT s.id AS section_id, r.number AS number, {codec.selected} FROM section s '
        f"JOIN {codec.source(kind, 'main').replace('main.', '')} "
        f"WHERE s.kind = '{kind}' AND r.number BETWEEN s.first_row AND s.first_row + s.rows - 1"
    )


for _kind in CODECS:
    _row_tables(_kind)

VIEWS: dict[str, str] = {kind: _view(kind) for kind in CODECS}
"""Kind -> the statement that makes its view."""
