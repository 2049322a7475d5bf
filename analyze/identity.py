"""Which snapshot is which, and whether two of them should be compared at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from reports.model import Json, SnapshotIdentity
from snapshot.model.errors import NetlapseError
from snapshot.model.provenance import Provenance
from snapshot.model.snapshot import Header
from snapshot.store.loaded import Entry, Loaded


class NotComparableError(NetlapseError):
    """The two snapshots are of different hosts, are redacted differently, or are one and the same."""

    exit_code = 4


def identity(snapshot: Loaded | Entry) -> SnapshotIdentity:
    """A snapshot's identity as reports show it."""
    provenance = snapshot.provenance if isinstance(snapshot, Loaded) else None
    return identity_of(snapshot.id, snapshot.digest, snapshot.header, provenance)


def identity_of(number: int, digest: str, header: Header, provenance: Provenance | None) -> SnapshotIdentity:
    """The same by its parts; ``provenance`` None: it was not read, or cannot be."""
    return SnapshotIdentity(
        id=number,
        label=header.label,
        note=header.note,
        host=header.hostname,
        started_at=header.started_at,
        finished_at=header.finished_at,
        kernel=header.kernel,
        digest=digest,
        status=header.status,
        redacted_with=header.redacted_with,
        provenance=_told(provenance) if provenance is not None else {},
    )


def _told(provenance: Provenance) -> Mapping[str, Json]:
    """By the names of the file's columns."""
    return {field.name: getattr(provenance, field.name) for field in fields(provenance)}


def check_comparable(before: Loaded, after: Loaded) -> None:
    """Raise ``NotComparableError`` unless the snapshots are two, redacted alike or not at all, and of one host.

    A host is known by its machine-id; where one side has none, by its name.
    """
    if before.digest == after.digest:
        raise NotComparableError(
            f"both sides are the same snapshot ({before.header.started_at}): "
            "name another one, or compare anyway with --force"
        )
    a, b = before.header, after.header
    if a.redacted_with != b.redacted_with:
        raise NotComparableError(
            f"one thing has two names in them, for the earlier snapshot is {_redaction(a)} and the later {_redaction(b)}: "
            "compare what they were made of, or what was redacted with one key, or these anyway with --force"
        )
    known = a.machine_id is not None and b.machine_id is not None
    if (a.machine_id != b.machine_id) if known else (a.hostname != b.hostname):
        raise NotComparableError(
            f"the snapshots are of different hosts ({a.hostname!r} and {b.hostname!r}): compare anyway with --force"
        )


def _redaction(header: Header) -> str:
    return "not redacted" if header.redacted_with is None else f"redacted with key {header.redacted_with}"
