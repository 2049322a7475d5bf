"""docs/scenarios.md, read: what is done to a host, and the story that a diff has to tell of it. It is the source of both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"
COLUMNS = ["kind", "action", "scope", "name", "severity", "fields"]
NOTHING = "Nothing changed."
FIELD = re.compile(r"^`(?P<name>[^`]+)`(?:: (?P<before>`[^`]*`|none) → (?P<after>`[^`]*`|none))?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One change at the top: a row of the table. ``name`` may have ``*`` in it; ``fields`` map to (before, after), or None."""

    kind: str
    action: str
    scope: str
    name: str
    severity: str
    fields: dict[str, tuple[str | None, str | None] | None]

    def tells(self, change: dict[str, Any]) -> bool:
        """Is this the line of that change? Of what was changed every field is told, else at least those that the page tells."""
        if any(change[column] != getattr(self, column) for column in ("kind", "action", "scope", "severity")):
            return False
        if not re.fullmatch(re.escape(self.name).replace(r"\*", ".*"), change["name"]):
            return False
        fields = {f["name"]: (_word(f["before"]), _word(f["after"])) for f in change["fields"]}
        if not self.fields.keys() <= fields.keys() or (
            self.action == "changed" and self.fields.keys() != fields.keys()
        ):
            return False
        return all(values is None or values == fields[name] for name, values in self.fields.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One section: what is done, what the diff says, which kinds hang below, and how the host is put back, if it is."""

    title: str
    script: str
    story: tuple[Line, ...]
    below: frozenset[str]
    undo: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One host: how it is built, and what happens to it, in this order."""

    title: str
    build: str
    scenarios: tuple[Scenario, ...]


def chapters(text: str | None = None) -> tuple[Chapter, ...]:
    """All of the page."""
    parts = re.split(r"^## ", text or PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return tuple(_chapter(part) for part in parts if "\n### " in part)


def _chapter(text: str) -> Chapter:
    head, *sections = re.split(r"^### ", text, flags=re.MULTILINE)
    title = head.partition("\n")[0].strip()
    return Chapter(title=title, build=_only(title, _blocks(head)), scenarios=tuple(map(_scenario, sections)))


def _scenario(text: str) -> Scenario:
    title = text.partition("\n")[0].strip()
    story, marker, undo = text.partition("\nPut back:\n")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in story.splitlines() if line.startswith("|")
    ]
    if rows:
        assert rows[0] == COLUMNS, f"{title}: the columns are {', '.join(COLUMNS)}"
    assert bool(rows) != (NOTHING in story), f"{title}: there is a table, or it says {NOTHING!r}"
    words = story.rpartition("|\n")[2] if rows else ""
    return Scenario(
        title=title,
        script=_only(title, _blocks(story)),
        story=tuple(_line(title, row) for row in rows[2:]),
        below=frozenset(re.findall(r"`([a-z]+)`", words.partition("Below")[2].partition("\n\n")[0])),
        undo=_only(title, _blocks(undo)) if marker else "",
    )


def _blocks(text: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def _only(title: str, blocks: list[str]) -> str:
    assert len(blocks) == 1, f"{title}: {len(blocks)} blocks of commands where one was expected"
    return blocks[0]


def _line(title: str, cells: list[str]) -> Line:
    assert len(cells) == len(COLUMNS), f"{title}: {cells}"
    kind, action, scope, name, severity, fields = cells
    return Line(
        kind=kind, action=action, scope=scope.strip("`"), name=name.strip("`"), severity=severity,
        fields=dict(_fields(title, fields)),
    )  # fmt: skip


def _fields(title: str, cell: str) -> Iterator[tuple[str, tuple[str | None, str | None] | None]]:
    for part in filter(None, (part.strip() for part in cell.split(", `"))):
        found = FIELD.match(part if part.startswith("`") else f"`{part}")
        assert found, f"{title}: no field: {part}"
        values = found["before"], found["after"]
        yield found["name"], None if values[0] is None else (_value(values[0]), _value(values[1]))


def _value(told: str) -> str | None:
    return None if told == "none" else told.strip("`")


def _word(value: object) -> str | None:
    """A field's value as the page writes it."""
    return None if value is None else str(value)
