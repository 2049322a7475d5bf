"""Digests: SHA-256 from the rows up to the snapshot's root (docs/snapshot-format.md, "Digests")."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from snapshot.model.container import Runtime
from snapshot.model.coverage import Coverage
from snapshot.model.json import canonical, compact
from snapshot.model.namespace import Namespace
from snapshot.model.snapshot import Header

_encode = compact()
AT_ONCE = 1000
"""Lines that are put together before they are hashed."""


def line(row: Sequence[Any]) -> str:
    """A row as a section's digest takes it: one JSON array."""
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


def namespace_digest(namespace: Namespace, sections: Iterable[tuple[str, str]]) -> str:
    """Of a namespace: its identity and its configuration sections, as (kind, digest)."""
    return _digest("namespace", _values(namespace), _leaves(sections))


def runtime_digest(runtime: Runtime, sections: Iterable[tuple[str, str]]) -> str:
    """Of a runtime: its identity and what it told, as (kind, digest)."""
    return _digest("runtime", _values(runtime), _leaves(sections))


def root_digest(
    header: Header,
    namespaces: Iterable[tuple[str, Iterable[tuple[str, str]]]],
    runtimes: Iterable[str],
    coverage: Iterable[Coverage],
) -> str:
    """Of a snapshot: its header, its namespaces (digest, and its volatile sections as (kind, digest)), runtimes, coverage."""
    spaces = sorted((digest, sorted(volatile)) for digest, volatile in namespaces)
    return _digest(
        "snapshot",
        _values(header),
        _listed(_listed((canonical(digest), _leaves(volatile))) for digest, volatile in spaces),
        _listed(sorted(map(canonical, runtimes))),
        _listed(sorted(map(_values, coverage))),
    )


# Canonical JSON has no spaces: a list's is that of its members, put together. Most members of these lists are in many of them.


def _values(thing: Any) -> str:
    return canonical([getattr(thing, name) for name in type(thing).__dataclass_fields__])


def _leaves(sections: Iterable[tuple[str, str]]) -> str:
    return _listed(map(_leaf, sorted(sections)))


@lru_cache(maxsize=50_000)
def _leaf(section: tuple[str, str]) -> str:
    kind, digest = section
    # Letters and figures are spelt as they are.
    return f'["{kind}","{digest}"]' if kind.isalnum() and digest.isalnum() else canonical(section)


def _listed(members: Iterable[str]) -> str:
    return f"[{','.join(members)}]"


def _digest(word: str, *members: str) -> str:
    return hashlib.sha256(f"{word}\n{_listed(members)}\n".encode("utf-8", "surrogatepass")).hexdigest()
