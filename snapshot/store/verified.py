"""What ``verify`` hands on: every digest of a file made anew, and what did not hold."""

from __future__ import annotations

from typing import Literal

from snapshot.model.frozen import frozen
from snapshot.model.provenance import Provenance
from snapshot.model.snapshot import Header

SignatureStatus = Literal["unchecked", "good", "bad"]


@frozen
class Problem:
    """Something that is not as it was written.

    snapshot  the number of the snapshot concerned, None where that is not known
    scope     the namespace concerned (``host``, ``netns:NAME``, ``netns:[INODE]``), or the runtime's endpoint
    kind      the kind of the section concerned
    message   what is wrong, in words
    """

    message: str
    snapshot: int | None = None
    scope: str | None = None
    kind: str | None = None


@frozen
class Signed:
    """A signature of a snapshot: of which key it says that it is, and whether that was checked and held."""

    fingerprint: str | None
    status: SignatureStatus


@frozen
class Verified:
    """One snapshot that was verified. ``digest`` is the root digest that stands in the file.

    ``provenance`` is None where it cannot be read.
    """

    number: int
    digest: str
    header: Header
    provenance: Provenance | None = None
    signatures: tuple[Signed, ...] = ()


@frozen
class Verification:
    """A whole file. ``problems`` is empty if all of it is as it was written, and each snapshot signed as was asked."""

    snapshots: tuple[Verified, ...]
    problems: tuple[Problem, ...]
    sections: int
    rows: int
