"""What each side saw: a thing that one side could not see is unknown, never added or removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from reports.model import CoverageGap
from snapshot.model.coverage import Coverage
from snapshot.model.frozen import frozen
from snapshot.model.kinds import KINDS
from snapshot.store.loaded import Loaded


@frozen
class Sight:
    """One side's coverage, ready to be asked.

    gaps          (namespace key, kind) that was not read completely
    namespaces    every namespace of the host was found and named
    runtimes      endpoints that told everything
    """

    kinds: frozenset[str]
    gaps: frozenset[tuple[str, str]]
    namespaces: bool
    runtimes: frozenset[str]
    known: frozenset[str]

    def sees(self, namespace: str | None, kind: str) -> bool:
        """Would this side have seen an object of ``kind`` in that namespace (None: a namespace it does not know)?"""
        if kind == "namespace":
            return self.namespaces
        if kind not in self.kinds:
            return False
        if namespace is None or namespace not in self.known:
            return self.namespaces
        return (namespace, kind) not in self.gaps

    def hears(self, endpoint: str) -> bool:
        """Did this runtime tell everything on this side?"""
        return endpoint in self.runtimes


def sight_of(snapshot: Loaded) -> Sight:
    """The coverage of one snapshot as questions that can be asked."""
    gaps = [record for record in snapshot.coverage if record.status != "complete"]
    silent = {record.runtime for record in gaps if record.runtime is not None}
    known = frozenset(ns.namespace.key for ns in snapshot.namespaces)
    asked = {kind for kind in snapshot.header.kinds if KINDS[kind].owner == "namespace" and not KINDS[kind].volatile}
    unread = {(ns.namespace.key, kind) for ns in snapshot.namespaces for kind in asked - ns.digests.keys()}
    return Sight(
        kinds=frozenset(snapshot.header.kinds),
        gaps=frozenset((r.namespace, kind) for r in gaps if r.namespace is not None for kind in r.kinds) | unread,
        namespaces=not any(r.namespace is None and r.runtime is None for r in gaps),
        runtimes=frozenset(r.runtime.endpoint for r in snapshot.runtimes) - silent,
        known=known,
    )


def coverage_gaps(
    snapshot: Loaded, other: Loaded | None, scopes: Mapping[str, str], side: Literal["before", "after"]
) -> tuple[CoverageGap, ...]:
    """What one snapshot did not see, in words; kinds that only ``other`` was asked for are gaps as well."""
    gaps = [gap for record in snapshot.coverage for gap in _gaps(record, scopes, side)]
    if other is not None:
        gaps += [
            CoverageGap(
                snapshot=side, scope="host", kind=kind, status="skipped", error="this capture was not asked for it"
            )
            for kind in sorted(set(other.header.kinds) - set(snapshot.header.kinds))
        ]
    return tuple(sorted(gaps, key=lambda gap: (gap.scope, gap.kind, gap.error or "")))


def _gaps(record: Coverage, scopes: Mapping[str, str], side: Literal["before", "after"]) -> list[CoverageGap]:
    if record.status == "complete":
        return []
    place = record.place or "host"
    scope = scopes.get(record.namespace, record.namespace) if record.namespace is not None else place
    if record.runtime is not None:
        scope = record.runtime
    return [
        CoverageGap(snapshot=side, scope=scope, kind=kind, status=record.status, error=record.error)
        for kind in record.kinds
    ]
