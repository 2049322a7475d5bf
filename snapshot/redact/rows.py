"""Rows of a snapshot, column by column under the class of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from snapshot.model.json import Json, canonical
from snapshot.model.kinds import KINDS
from snapshot.model.snapshot import Form, PackedSection, Section
from snapshot.redact.classes import COLUMNS, Class
from snapshot.redact.firewall import Firewall
from snapshot.redact.keys import Key
from snapshot.redact.texts import Texts
from snapshot.redact.values import Values
from snapshot.redact.vocabulary import COMMAND, LABELS
from snapshot.redact.words import AGENT, PROGRAMS, RELEASES
from snapshot.store.columns import CODECS, parse_json
from snapshot.store.digests import section_digest
from snapshot.store.ordering import in_order
from snapshot.store.packing import formed, pack

Row: TypeAlias = tuple[Any, ...]
"""All columns of a row as a file holds them, in the table's order."""
Rewrite: TypeAlias = Callable[[Any], Any]

NUMBERS = re.compile(r"v?[0-9]{1,8}(?:\.[0-9]{1,6}){0,5}")
HANDLE = re.compile(r"[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){1,2}")
"""A discipline's, class's or filter's (tc(8))."""
ATTRIBUTE = re.compile(r"(?:[a-z][0-9a-z]{0,15}_){1,5}[0-9a-z]{1,15}|expires")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z")
DIGEST = re.compile(r"[0-9a-f]{16}|[0-9a-f]{64}")
TOOL = re.compile(r"netlapse [0-9][0-9a-z.+]{0,30}")
KEY = re.compile(r"(?:cookie|inode):[0-9]{1,20}")
OBJECTS = frozenset(KINDS) | {"namespace", "runtime"}
SENTENCE = AGENT | PROGRAMS | OBJECTS
SYSCTL = PROGRAMS | {"net"}
MOST = 100_000
"""Values of a column whose pseudonym is remembered."""


class Redaction:
    """The pseudonyms of one key, for rows, and for values of each class."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.texts = Texts(key)
        self._firewall = Firewall(self.texts)
        self._values = Values(key, self.texts)
        self._rewrites: dict[Class, Rewrite] = {
            Class.NUMBER: lambda value: self.texts.there(value) if isinstance(value, str) else value,
            Class.TIME: self._if(TIME),
            Class.DIGEST: self._if(DIGEST),
            Class.TOOL: self._if(TOOL),
            Class.KINDS: _each(lambda kind: kind if kind in OBJECTS else self.texts.there(kind)),
            Class.RELEASE: self._release,
            Class.WORD: self._word,
            Class.PLACE: self._if(KEY),
            Class.MARK: self.texts.number,
            Class.TEXT: self.texts.there,
            Class.SENTENCE: lambda value: self.texts.there(value, SENTENCE),
            Class.LABEL: lambda value: value if value in LABELS else self.texts.there(value),
            Class.CHAIN: self._firewall.chain,
            Class.TABLE: self._firewall.table,
            Class.ATTRIBUTE: self._if(ATTRIBUTE),
            Class.COMMAND: _each(lambda text: self.texts.there(text, COMMAND)),
            Class.WORDS: _each(self._word),
            Class.TEXTS: self._sorted,
            Class.PARTS: self._values.told,
            Class.LABELS: self._values.labels,
            Class.SETTINGS: self._values.kernels,
            Class.COUNTS: self._values.counts,
        }
        self._columns: dict[str, list[Rewrite]] = {}

    def value(self, of: Class, value: Any) -> Any:
        """A value of a class that needs no other column: as a fact has it, lists and objects included."""
        return None if value is None else self._rewrites[of](value)

    def section(self, kind: str, section: Section) -> PackedSection:
        """A section, packed."""
        return self.packed(kind, unpacked(pack(kind, section), kind))

    def packed(self, kind: str, rows: Iterable[Row]) -> PackedSection:
        """Rows with pseudonyms, in the order in which a file has them."""
        codec = CODECS[kind]
        told = in_order([self.row(kind, row) for row in rows], codec.leading, codec.prefix)
        return PackedSection(digest=section_digest(kind, told), count=len(told), rows=tuple(formed(kind, codec, told)))

    def row(self, kind: str, row: Sequence[Any]) -> Row:
        """One row."""
        columns = self._columns.get(kind)
        if columns is None:
            columns = self._columns[kind] = [self._column(kind, number) for number in range(len(COLUMNS[kind]))]
        told = tuple(rewrite(value) for rewrite, value in zip(columns, row, strict=True))
        match kind:
            case "firewall":
                return self._firewall_row(row, told)
            case "sysctl":
                return (self._path(row[0], row[1]), *told[1:])
            case "timer" | "counter":
                return (*told[:2], self._object(row[0], row[2]), *told[3:])
            case _:
                return told

    def _column(self, kind: str, number: int) -> Rewrite:
        column = CODECS[kind].columns[number]
        of = COLUMNS[kind][column.name]
        if (of is Class.NUMBER and column.type == "INTEGER") or of not in self._rewrites:
            return lambda value: value
        rewrite = self._rewrites[of]
        known: dict[Any, Any] = {None: None, "[]": "[]", "{}": "{}"}

        def told(value: Any) -> Any:
            found = known.get(value, known)
            if found is known:
                if len(known) > MOST:
                    known.clear()
                    known[None] = None
                found = known[value] = canonical(rewrite(parse_json(value))) if column.json else rewrite(value)
            return found

        return told

    def _sorted(self, value: Json) -> Json:
        """In their own order: that of the names they stand for would tell something of these."""
        if not isinstance(value, list | tuple):
            return value
        told: list[Json] = [*sorted(self.texts.there(str(item)) for item in value)]
        return told

    def _if(self, form: re.Pattern[str]) -> Rewrite:
        """What is of a form stays."""
        return lambda value: value if form.fullmatch(value) else self.texts.there(value)

    def _release(self, text: str) -> str:
        """Part by part: "6.1.0-18-cloud-amd64", "Debian GNU/Linux 12 (bookworm)"."""
        return "".join(
            part if part in RELEASES or NUMBERS.fullmatch(part) else self.texts.there(part)
            for part in re.split(r"([-~+\s/()]+)", text)
        )

    def _word(self, text: str) -> str:
        """Words of programs; the handles of traffic control among them."""
        return "".join(
            word if word in PROGRAMS or HANDLE.fullmatch(word) else self.texts.there(word, PROGRAMS)
            for word in re.split(r"(\s+)", text)
        )

    def _firewall_row(self, row: Sequence[Any], told: Row) -> Row:
        names = [column.name for column in CODECS["firewall"].columns]
        at = names.index("text")
        return (*told[:at], self._firewall.text(row[names.index("backend")], row[at]), *told[at + 1 :])

    def _path(self, path: str, dev: str | None) -> str:
        """A link's name in it has slashes for its dots."""
        if dev is not None:
            spelt = dev.replace(".", "/")
            head = path.removesuffix(f".{spelt}")
            if head != path:
                return f"{self._dotted(head)}.{self.texts.there(dev).replace('.', '/')}"
        return self._dotted(path)

    def _dotted(self, path: str) -> str:
        parts = path.split(".")
        known = next((at for at, part in enumerate(parts) if part not in SYSCTL), len(parts))
        rest = ".".join(parts[known:])
        return ".".join([*parts[:known], *([self.texts.there(rest)] if rest else [])])

    def _object(self, of: str, key: str) -> str:
        """As snapshot/model/timer.py and counter.py say what a key is."""
        words = key.split(" ")
        if of == "firewall" and len(words) == 5:
            backend, family, table, chain, position = words
            return " ".join(
                (
                    self._word(backend),
                    self._word(family),
                    self._firewall.table(table),
                    self._firewall.chain(chain),
                    position,
                )
            )
        return self.texts.there(key, PROGRAMS if of == "ipvs" else None)


def unpacked(section: PackedSection, kind: str) -> Iterable[Row]:
    """The rows of a packed section with all their columns."""
    codec = CODECS[kind]
    numbers = _Numbered()
    rows = section.rows if isinstance(section.rows, tuple) else section.rows.numbered(numbers)
    if not codec.common:
        yield from rows
        return
    order = [*codec.own, *codec.common]
    places = [order.index(number) for number in range(len(codec.columns))]
    forms = numbers.made
    for *own, form in rows:
        values = (*own, *(form if isinstance(form, Form) else forms[form]).values)
        yield tuple(values[place] for place in places)


class _Numbered(dict[Form, int]):
    """Numbers forms as they are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[Form] = []

    def __missing__(self, form: Form) -> int:
        self.made.append(form)
        self[form] = len(self.made) - 1
        return self[form]


def _each(rewrite: Callable[[str], str]) -> Callable[[Json], Json]:
    def told(value: Json) -> Json:
        if isinstance(value, list | tuple):
            return [rewrite(item) if isinstance(item, str) else item for item in value]
        return value

    return told
