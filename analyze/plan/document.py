"""A plan's text as a tree of nodes that know where they stand: the part of YAML that plans are written in.

Plans may come from strangers. So nothing here makes objects of tags, follows aliases, or nests without end, and the
values of plain words are YAML 1.2's (core schema): ``no`` and ``22:22`` are words, not a truth value and a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from analyze.plan.errors import Mark, PlanError, shown
from reports.safe import make_visible
from snapshot.model.frozen import frozen

MOST_BYTES = 256 * 1024
DEEPEST = 12
"""Levels of lists and mappings; a plan needs six."""
MOST_DIGITS = 19

Scalar: TypeAlias = "None | bool | int | float | str"

_INTEGER = re.compile(rf"-?(?:0|[1-9][0-9]{{0,{MOST_DIGITS - 1}}})", re.ASCII)
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,18})\.[0-9]{1,18}", re.ASCII)
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_LINE_ENDS = "\n\r\t"


@frozen
class Word:
    """A scalar. ``value`` is what it means; ``text`` how it is written."""

    mark: Mark
    text: str
    value: Scalar


@frozen
class Items:
    """A list."""

    mark: Mark
    items: tuple[Node, ...]


@frozen
class Table:
    """A mapping, whose keys are words; no key stands twice. ``keys`` tells where each stands."""

    mark: Mark
    values: dict[str, Node]
    keys: dict[str, Mark]


Node: TypeAlias = Word | Items | Table


@frozen
class Source:
    """A plan file as it was read."""

    name: str
    data: bytes


def read_source(path: Path) -> Source:
    """Read a plan file. Raises ``PlanError`` for one that is missing, no file, or longer than ``MOST_BYTES``."""
    try:
        if path.is_dir():
            raise PlanError(f"{path}: is a folder; --plan takes a YAML file")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise PlanError(f"{path}: {error.strerror or error}; --plan takes a YAML file (docs/plan.md)") from error
    except ValueError as error:  # a name with a zero byte
        raise PlanError(f"{shown(path)}: is no file's name") from error
    if len(data) > MOST_BYTES:
        raise PlanError(f"{path}: longer than {MOST_BYTES // 1024} KiB; a plan of that many rules cannot be reviewed")
    return Source(name=str(path), data=data)


def parse(source: Source) -> Node:
    """The document in a plan file. Raises ``PlanError``."""
    text = _decoded(source)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    events = _Events(source.name, yaml.parse(text, Loader=loader))
    first = events.next()
    while not isinstance(first, yaml.DocumentStartEvent):
        if isinstance(first, yaml.StreamEndEvent):
            start = Mark(file=source.name, line=1, column=1)
            raise start.error(None, "there is nothing in this file; a plan begins with 'format: netlapse/plan'")
        first = events.next()
    node = _node(events, events.next(), 0)
    rest = events.next()
    while not isinstance(rest, yaml.StreamEndEvent):
        if isinstance(rest, yaml.DocumentStartEvent):
            raise events.mark(rest).error(None, "a second document begins here; a file holds one plan")
        rest = events.next()
    return node


def _decoded(source: Source) -> str:
    try:
        text = source.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = source.data[: error.start].decode("utf-8", "replace")
        raise _mark_at(source.name, before).error(None, "is not UTF-8; a plan is text in UTF-8") from error
    for place, char in enumerate(text):
        if not (" " <= char <= "~") and char not in _LINE_ENDS and make_visible(char) != char:
            code = f"U+{ord(char):04X}"
            escape = f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\U{ord(char):08x}"
            raise _mark_at(source.name, text[:place]).error(
                None, f'the character {code} cannot be seen; write it as an escape in double quotes: "{escape}"'
            )
    return text


def _mark_at(name: str, before: str) -> Mark:
    line = before.count("\n") + 1
    return Mark(file=name, line=line, column=len(before) - (before.rfind("\n") + 1) + 1)


class _Events:
    """The parser's events, with its errors as ours."""

    def __init__(self, name: str, events: Iterator[Any]) -> None:
        self.name = name
        self._events = events

    def next(self) -> Any:
        try:
            return next(self._events)
        except yaml.MarkedYAMLError as error:
            at = error.problem_mark or error.context_mark
            mark = Mark(file=self.name, line=at.line + 1 if at else 1, column=at.column + 1 if at else 1)
            raise mark.error(None, f"is no YAML: {error.problem or error.context}") from error
        except yaml.YAMLError as error:
            raise PlanError(f"{self.name}: is no YAML: {' '.join(str(error).split())}") from error

    def mark(self, event: Any) -> Mark:
        return Mark(file=self.name, line=event.start_mark.line + 1, column=event.start_mark.column + 1)


def _node(events: _Events, event: Any, depth: int) -> Node:
    mark = events.mark(event)
    if isinstance(event, yaml.AliasEvent):
        raise mark.error(None, f"an alias (*{event.anchor}); a plan says everything where it stands: write it out")
    if event.anchor is not None:
        raise mark.error(None, f"an anchor (&{event.anchor}); a plan says everything where it stands: take it away")
    if event.tag is not None:
        raise mark.error(None, f"a tag ({shown(event.tag)}); a plan has none: quotes make a text of anything")
    if isinstance(event, yaml.ScalarEvent):
        return _word(mark, event)
    if depth == DEEPEST:
        raise mark.error(None, f"nested deeper than {DEEPEST} levels; no plan needs that")
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not isinstance(inner := events.next(), yaml.SequenceEndEvent):
            items.append(_node(events, inner, depth + 1))
        return Items(mark=mark, items=tuple(items))
    return _table(events, mark, depth)


def _table(events: _Events, mark: Mark, depth: int) -> Table:
    values: dict[str, Node] = {}
    keys: dict[str, Mark] = {}
    while not isinstance(inner := events.next(), yaml.MappingEndEvent):
        key = _node(events, inner, depth + 1)
        if not isinstance(key, Word):
            raise key.mark.error(None, "a list or mapping stands where the name of a field should be")
        if key.text in values:
            raise key.mark.error(
                None, f"{shown(key.text)} stands here for the second time (first: line {keys[key.text].line})"
            )
        keys[key.text] = key.mark
        values[key.text] = _node(events, events.next(), depth + 1)
    return Table(mark=mark, values=values, keys=keys)


def _word(mark: Mark, event: Any) -> Word:
    text = str(event.value)
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise mark.error(None, "half a surrogate pair, which is no character; write ? for any one character")
    return Word(mark=mark, text=text, value=_meaning(text) if event.style in (None, "") else text)


def _meaning(text: str) -> Scalar:
    """The value of a word that is not quoted."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
