"""A file that was verified, as `netlapse verify` tells it."""

from __future__ import annotations

from pathlib import Path

from analyze.identity import told_of
from reports.verification import Flaw, SignatureFound, Verification, VerifiedSnapshot
from snapshot.store.signatures import read_public_keys
from snapshot.store.verified import Verified
from snapshot.store.verifying import verify


def verification(file: Path, key: Path | None) -> Verification:
    """Verify a file, and with a key's .pub file its signatures. Raises ``NetlapseError``."""
    keys = read_public_keys(key) if key is not None else ()
    found = verify(file, keys)
    return Verification(
        file=str(file),
        verdict="damaged" if found.problems else "intact",
        keys=tuple(one.fingerprint for one in keys),
        sections=found.sections,
        rows=found.rows,
        snapshots=tuple(map(_snapshot, found.snapshots)),
        problems=tuple(
            Flaw(snapshot=one.snapshot, scope=one.scope, kind=one.kind, message=one.message) for one in found.problems
        ),
    )


def _snapshot(verified: Verified) -> VerifiedSnapshot:
    header, told = verified.header, verified.provenance
    return VerifiedSnapshot(
        id=verified.number,
        label=header.label,
        note=header.note,
        host=header.hostname,
        started_at=header.started_at,
        finished_at=header.finished_at,
        kernel=header.kernel,
        digest=verified.digest,
        status=header.status,
        redacted_with=header.redacted_with,
        provenance=told_of(told) if told is not None else None,
        signatures=tuple(SignatureFound(key=one.fingerprint, status=one.status) for one in verified.signatures),
    )
