"""Digests: SHA-256 from the rows up to the snapshot's root (docs/snapshot-format.md, "Digests")."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from snapshot.model.container import Runtime
from snapshot.model.coverage import Coverage
from snapshot.model.json import canonical
from snapshot.model.namespace import Namespace
from snapshot.model.snapshot import Header

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def line(row: Sequence[Any]) -> str:
    """A row as a section's digest takes it: one JSON array."""
    return _encode(row)


def section_digest(kind: str, rows: Iterable[Sequence[Any]]) -> str:
    """Of a section: over its kind and its encoded rows in canonical order, one JSON array a line."""
    return digest_of_lines(kind, map(_encode, rows))


def digest_of_lines(kind: str, lines: Iterable[str]) -> str:
    """As ``section_digest``, of rows that are lines already."""
    digest = hashlib.sha256(f"section {kind}\n".encode())
    waiting: list[str] = []
    for told in lines:
        waiting.append(told)
        if len(waiting) == 1000:
            digest.update(("\n".join(waiting) + "\n").encode("utf-8", "surrogatepass"))
            waiting.clear()
    if waiting:
        digest.update(("\n".join(waiting) + "\n").encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def namespace_digest(namespace: Namespace, sections: Iterable[tuple[str, str]]) -> str:
    """Of a namespace: its identity and its configuration sections, as (kind, digest)."""
    return _object("namespace", [_values(namespace), sorted(sections)])


def runtime_digest(runtime: Runtime, sections: Iterable[tuple[str, str]]) -> str:
    """Of a runtime: its identity and what it told, as (kind, digest)."""
    return _object("runtime", [_values(runtime), sorted(sections)])


def root_digest(
    header: Header,
    namespaces: Iterable[tuple[str, Iterable[tuple[str, str]]]],
    runtimes: Iterable[str],
    coverage: Iterable[Coverage],
) -> str:
    """Of a snapshot: its header, its namespaces (digest, and its volatile sections as (kind, digest)), runtimes, coverage."""
    return _object(
        "snapshot",
        [
            _values(header),
            sorted([digest, sorted(volatile)] for digest, volatile in namespaces),
            sorted(runtimes),
            sorted((_values(record) for record in coverage), key=canonical),
        ],
    )


def _values(thing: Any) -> list[Any]:
    return [getattr(thing, name) for name in type(thing).__dataclass_fields__]


def _object(word: str, value: Any) -> str:
    return hashlib.sha256(f"{word}\n{canonical(value)}\n".encode("utf-8", "surrogatepass")).hexdigest()
