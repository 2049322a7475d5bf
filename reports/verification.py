"""What `netlapse verify` says of a file: the model that its JSON is, and its text is drawn from."""

from __future__ import annotations

from typing import Literal

from reports.model import SnapshotIdentity
from snapshot.model.frozen import frozen


@frozen
class SignatureFound:
    """A signature in the file.

    key      fingerprint of the key that it names, as ``ssh-keygen -l`` prints it; None where it cannot be read
    status   unchecked (no key was given), good, bad
    """

    key: str | None
    status: Literal["unchecked", "good", "bad"]


@frozen
class VerifiedSnapshot:
    """One snapshot of the file, its ``identity`` as reports have it, and its signatures. In the JSON they are one object."""

    identity: SnapshotIdentity
    signatures: tuple[SignatureFound, ...]


@frozen
class Flaw:
    """Something that is not as it was written: in which snapshot, in which namespace or runtime, in which kind; and what.

    A section that several snapshots have has the number of none.
    """

    snapshot: int | None
    scope: str | None
    kind: str | None
    message: str


@frozen
class Verification:
    """A whole file.

    verdict   intact: all of it is as it was written, and each snapshot signed by one of ``keys``, if there are any
    keys      fingerprints of the keys that were given
    sections, rows   of how many digests were made anew
    problems  the first section that does not hold first
    """

    format: Literal["netlapse/verify"] = "netlapse/verify"
    version: Literal[1] = 1
    file: str
    verdict: Literal["intact", "damaged"]
    keys: tuple[str, ...]
    sections: int
    rows: int
    snapshots: tuple[VerifiedSnapshot, ...]
    problems: tuple[Flaw, ...]
