"""A section made ready for the file: its rows encoded, in canonical order, with their digest."""

from __future__ import annotations

from snapshot.model.kinds import Fact
from snapshot.model.snapshot import PackedSection
from snapshot.store.columns import CODECS, Codec
from snapshot.store.digests import digest_of_lines, line, section_digest
from snapshot.store.errors import FileError
from snapshot.store.ordering import Row, in_order

FEW = 200
"""Rows of a section up to which its facts are likely to be other sections' too."""
REMEMBERED = 20_000
"""Facts whose row is remembered."""

_rows: dict[int, tuple[Fact, Row, str]] = {}


def pack(kind: str, facts: tuple[Fact, ...]) -> PackedSection:
    """Pack the rows of one kind in one place. Raises ``FileError`` for facts that cannot be ordered."""
    codec = CODECS[kind]
    try:
        if len(facts) > FEW:
            rows = in_order([codec.encode(fact) for fact in facts], codec.leading)
            return PackedSection(digest=section_digest(kind, rows), rows=tuple(rows))
        known = [_known(codec, fact) for fact in facts]
        rows = in_order([row for _, row, _ in known], codec.leading)
    except TypeError as error:
        raise FileError(f"a {kind} of mixed types cannot be stored ({error})") from error
    lines = {id(row): told for _, row, told in known}
    return PackedSection(digest=digest_of_lines(kind, [lines[id(row)] for row in rows]), rows=tuple(rows))


def _known(codec: Codec, fact: Fact) -> tuple[Fact, Row, str]:
    """A fact's row and line. Namespaces that are alike share facts, which are encoded once (and kept: ids are their own)."""
    known = _rows.get(id(fact))
    if known is None or known[0] is not fact:
        row = codec.encode(fact)
        known = fact, row, line(row)
        if len(_rows) < REMEMBERED:
            _rows[id(fact)] = known
    return known
