"""docs/redaction.md lists what stays, and every column with its class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from snapshot.redact.classes import COLUMNS, COVERAGE, HEADER, NAMESPACE, PROVENANCE, RUNTIME, Class
from snapshot.redact.vocabulary import LABELS, NAMES, PARTS

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "redaction.md").read_text(encoding="utf-8")
TABLES: Mapping[str, Mapping[str, Class]] = {
    "snapshot": HEADER, "provenance": PROVENANCE, "namespace": NAMESPACE, "runtime": RUNTIME, "coverage": COVERAGE, **COLUMNS,
}  # fmt: skip


def classes() -> str:
    """The table of the classes."""
    lines = ["| class | what it is, and what becomes of it |", "|---|---|"]
    return "\n".join([*lines, *(f"| {one.name.lower()} | {one.value} |" for one in Class)])


def columns() -> str:
    """The table of all columns."""
    lines = ["| table | columns by class |", "|---|---|"]
    for name, of in TABLES.items():
        found: dict[Class, list[str]] = defaultdict(list)
        for column, one in of.items():
            found[one].append(column)
        told = (f"{one.name.lower()}: {' '.join(f'`{c}`' for c in found[one])}" for one in Class if one in found)
        lines.append(f"| `{name}` | {' · '.join(told)} |")
    return "\n".join(lines)


def test_the_page_has_every_class_and_every_column() -> None:
    assert classes() in PAGE, classes()
    assert columns() in PAGE, columns()


def test_the_page_lists_the_words_that_stay() -> None:
    for words in (NAMES, PARTS, LABELS):
        assert " ".join(f"`{word}`" for word in sorted(words)) in PAGE, sorted(words)
