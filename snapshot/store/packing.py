"""A section made ready for the file: its rows encoded, in canonical order, with their digest."""

from __future__ import annotations

from snapshot.model.kinds import Fact
from snapshot.model.snapshot import Form, PackedSection, Section
from snapshot.store.bulk import pack_bulk
from snapshot.store.columns import CODECS, Codec, getter
from snapshot.store.digests import digest_of_lines, line, section_digest
from snapshot.store.errors import FileError
from snapshot.store.ordering import Row, in_order

FEW = 200
"""Rows of a section up to which its facts are likely to be other sections' too."""
REMEMBERED = 20_000
"""Facts whose row is remembered, and forms of a kind."""

_rows: dict[int, tuple[Fact, Row, str]] = {}
_forms: dict[str, dict[Row, Form]] = {}


def pack(kind: str, section: Section) -> PackedSection:
    """Pack the rows of one kind in one place. Raises ``FileError`` for facts that cannot be ordered."""
    if isinstance(section, PackedSection):
        return section
    if not isinstance(section, tuple):
        return pack_bulk(kind, section)
    codec = CODECS[kind]
    try:
        if len(section) > FEW:
            rows = in_order([codec.encode(fact) for fact in section], codec.leading, codec.prefix)
            digest = section_digest(kind, rows)
        else:
            known = [_known(codec, fact) for fact in section]
            rows = in_order([row for _, row, _ in known], codec.leading, codec.prefix)
            lines = {id(row): told for _, row, told in known}
            digest = digest_of_lines(kind, [lines[id(row)] for row in rows])
    except TypeError as error:
        raise FileError(f"a {kind} of mixed types cannot be stored ({error})") from error
    return PackedSection(digest=digest, count=len(rows), rows=tuple(formed(kind, codec, rows)))


def _known(codec: Codec, fact: Fact) -> tuple[Fact, Row, str]:
    """A fact's row and line. Namespaces that are alike share facts, which are encoded once (and kept: ids are their own)."""
    known = _rows.get(id(fact))
    if known is None or known[0] is not fact:
        row = codec.encode(fact)
        known = fact, row, line(row)
        if len(_rows) < REMEMBERED:
            _rows[id(fact)] = known
    return known


def formed(kind: str, codec: Codec, rows: list[Row]) -> list[Row]:
    """Rows as their own values and their form."""
    if not codec.common or not rows:
        return rows
    own, common = getter(codec.own), getter(codec.common)
    forms = _forms.setdefault(kind, {})
    if len(forms) > REMEMBERED:
        forms.clear()
    formed = []
    for row in rows:
        values = common(row)
        form = forms.get(values)
        if form is None:
            form = forms[values] = Form(values)
        formed.append((*own(row), form))
    return formed
