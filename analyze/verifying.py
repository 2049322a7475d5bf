"""A file that was verified, as `netlapse verify` tells it."""

from __future__ import annotations

from pathlib import Path

from analyze.identity import identity_of
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
    return VerifiedSnapshot(
        identity=identity_of(verified.number, verified.digest, verified.header, verified.provenance),
        signatures=tuple(SignatureFound(key=one.fingerprint, status=one.status) for one in verified.signatures),
    )
