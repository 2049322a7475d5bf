"""Sections of very many rows: packed without ever being in memory as a whole.

Their rows are gone through twice, once for the digest and once into the file. Columns come as columns, so that the work on
each value is one call of a built-in function; what the rows have in common is spelt once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from json.encoder import encode_basestring
from operator import attrgetter, mod
from typing import Any, NamedTuple, cast

from snapshot.model.kinds import Fact
from snapshot.model.snapshot import Batch, Bulk, Form, OutOfOrderError, PackedSection
from snapshot.store.columns import CODECS, getter
from snapshot.store.digests import line

MOST = 20_000
"""Samples that are remembered."""


class _Common(NamedTuple):
    """What the rows of one sample have in common: its form, and the line of a digest with places for their own values."""

    sample: Fact
    form: Form
    spelt: str


class _Samples:
    """The samples of one section, each looked at once."""

    def __init__(self, kind: str) -> None:
        self._codec = CODECS[kind]
        self._form = getter(self._codec.common)
        self._known: dict[int, _Common] = {}
        self._forms: dict[tuple[Any, ...], tuple[Form, str]] = {}

    def of(self, samples: Sequence[Fact]) -> Iterable[_Common]:
        """What is common to the rows, row by row."""
        numbers = list(map(id, samples))
        if len(set(numbers)) == 1:
            return repeat(self._known.get(numbers[0]) or self._look(samples[0]), len(samples))
        found = list(map(self._known.get, numbers))
        if None in found:
            return [known or self._look(sample) for known, sample in zip(found, samples, strict=True)]
        return cast(list[_Common], found)

    def _look(self, sample: Fact) -> _Common:
        row = self._codec.encode(sample)
        values = self._form(row)
        form = self._forms.get(values)
        if form is None:
            # Rows that were sorted are a sample each, and there are few forms of them nevertheless.
            if len(self._forms) >= MOST:
                self._forms.clear()
            form = self._forms[values] = Form(values), self._spelt(row)
        common = _Common(sample, *form)
        if len(self._known) < MOST:
            # The sample is kept with it, so that its id stays its own.
            self._known[id(sample)] = common
        return common

    def _spelt(self, row: Sequence[Any]) -> str:
        own = set(self._codec.own)
        pieces = ["%s" if at in own else line([value])[1:-1].replace("%", "%%") for at, value in enumerate(row)]
        return f"[{','.join(pieces)}]"


class _Rows:
    """The rows as the file takes them, made anew each time they are gone through."""

    def __init__(self, kind: str, bulk: Bulk) -> None:
        self._kind = kind
        self._bulk = bulk

    def numbered(self, numbers: Mapping[Form, int]) -> Iterator[tuple[Any, ...]]:
        """Rows with the numbers of their forms."""
        samples = _Samples(self._kind)
        for batch in self._bulk.batches():
            forms = map(attrgetter("form"), samples.of(batch.samples))
            yield from zip(*batch.columns, map(numbers.__getitem__, forms), strict=True)


def pack_bulk(kind: str, bulk: Bulk) -> PackedSection:
    """Pack a section of very many rows."""
    while True:
        try:
            digest, count = _digest(kind, bulk)
        except OutOfOrderError:
            continue
        return PackedSection(digest=digest, count=count, rows=_Rows(kind, bulk))


def _digest(kind: str, bulk: Bulk) -> tuple[str, int]:
    """As ``section_digest``, and how many rows there are."""
    digest = hashlib.sha256(f"section {kind}\n".encode())
    count = 0
    samples = _Samples(kind)
    for batch in bulk.batches():
        digest.update("\n".join((*_lines(batch, samples), "")).encode("utf-8", "surrogatepass"))
        count += len(batch.samples)
    return digest.hexdigest(), count


def _lines(batch: Batch, samples: _Samples) -> Iterator[str]:
    spelt = map(_spelt, batch.columns)
    return map(mod, map(attrgetter("spelt"), samples.of(batch.samples)), zip(*spelt, strict=True))


def _spelt(column: Sequence[str | None]) -> Iterable[str]:
    """A column's values as JSON."""
    if column[0] is None and not any(column):
        return repeat("null", len(column))
    try:
        return list(map(encode_basestring, column))  # type: ignore[arg-type]
    except TypeError:
        return ["null" if value is None else encode_basestring(value) for value in column]
