"""Digests: SHA-256 from the rows up to the snapshot's root (docs/snapshot-format.md, "Digests").

Each is over lines, a word first and then JSON arrays of columns as the tables hold them, so that ``sqlite3`` and ``sha256sum``
can make them too (docs/evidence.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from snapshot.model.json import compact
from snapshot.store.format import FORMAT_VERSION

_encode = compact()
AT_ONCE = 1000
"""Lines that are put together before they are hashed."""
NO_PREVIOUS = "none"
"""What stands for the digest of the snapshot before the first one."""


class Parts(NamedTuple):
    """What a root digest is of: the digests of a snapshot's parts, and the root digest of the one before it in the file."""

    header: str
    provenance: str
    members: str
    coverage: str
    previous: str | None


def line(row: Sequence[Any]) -> str:
    """A row as digests take it: one JSON array."""
    return _encode(row)


def section_digest(kind: str, rows: Iterable[Sequence[Any]]) -> str:
    """Of a section: over its kind and its encoded rows in canonical order, one JSON array a line."""
    return digest_of_lines(kind, map(_encode, rows))


def digest_of_lines(kind: str, lines: Iterable[str]) -> str:
    """As ``section_digest``, of rows that are lines already."""
    left = iter(lines)
    # Nearly every section is small, and hashed in one piece.
    digest = hashlib.sha256("\n".join([f"section {kind}", *islice(left, AT_ONCE), ""]).encode("utf-8", "surrogatepass"))
    while waiting := [*islice(left, AT_ONCE)]:
        digest.update("\n".join([*waiting, ""]).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def node_digest(table: str, values: Sequence[Any], sections: Iterable[tuple[str, str]]) -> str:
    """Of a "namespace" or a "runtime": its columns, and its sections (no volatile ones) as (kind, digest)."""
    return _digest(table, _encode(values), *map(_leaf, sorted(sections)))


def header_digest(values: Sequence[Any]) -> str:
    """Of a snapshot's own columns, as ``headers.OWN`` lists them."""
    return _digest("header", _encode(values))


def provenance_digest(values: Sequence[Any]) -> str:
    """Of the columns of its row in ``provenance``, but for the snapshot's number."""
    return _digest("provenance", _encode(values))


def members_digest(namespaces: Iterable[tuple[str, Iterable[tuple[str, str]]]], runtimes: Iterable[str]) -> str:
    """Of what it consists of: namespaces (digest, and volatile sections as (kind, digest)), and runtimes' digests."""
    lines = [_encode(("runtime", digest)) for digest in runtimes]
    for digest, volatile in namespaces:
        lines.append(_member(digest))
        lines += [_encode(("namespace", digest, *section)) for section in volatile]
    return _digest("members", *sorted(lines))


def coverage_digest(records: Iterable[Sequence[Any]]) -> str:
    """Of its coverage: namespace's key, runtime, place, kinds as their JSON text, status, error, attempts, start, end."""
    return _digest("coverage", *sorted(map(_encode, records)))


def root_digest(parts: Parts) -> str:
    """Of a snapshot: over its parts and the one before it."""
    named = (f"{name} {digest or NO_PREVIOUS}" for name, digest in zip(Parts._fields, parts, strict=True))
    return _digest(f"snapshot {FORMAT_VERSION}", *named)


@lru_cache(maxsize=50_000)
def _leaf(section: tuple[str, str]) -> str:
    kind, digest = section
    # Letters and figures are spelt as they are.
    return f'["{kind}","{digest}"]' if kind.isalnum() and digest.isalnum() else _encode(section)


def _member(digest: str) -> str:
    return f'["namespace","{digest}"]' if digest.isalnum() else _encode(("namespace", digest))


def _digest(word: str, *lines: str) -> str:
    return hashlib.sha256("\n".join((word, *lines, "")).encode("utf-8", "surrogatepass")).hexdigest()
