"""A whole capture: what the agent hands to the writer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from snapshot.model.container import Runtime
from snapshot.model.coverage import Coverage
from snapshot.model.frozen import frozen
from snapshot.model.kinds import Fact
from snapshot.model.namespace import Namespace
from snapshot.model.provenance import Provenance
from snapshot.model.timer import Timer

Verdict: TypeAlias = Literal["complete", "torn", "partial"]
"""complete: everything that was asked for was read, true at its moment. torn: everything was read, but some of it kept changing
meanwhile, so that rows may be missing or doubled. partial: some of it was not read (and some may be torn, too)."""


class Batch(NamedTuple):
    """Some rows of a kind with columns of its own (``Kind.own``): each such column with one value per row, and for each row a
    fact that is alike in all other columns."""

    columns: tuple[Sequence[str | None], ...]
    samples: Sequence[Fact]


class OutOfOrderError(Exception):
    """The rows turned out to be in another order than the canonical one. They have been sorted: go through them again."""


class Bulk(Protocol):
    """A section of very many rows, which are made as they are gone through; ``timers`` are known when that has been done."""

    @property
    def timers(self) -> tuple[Timer, ...]: ...

    def batches(self) -> Iterator[Batch]:
        """All rows in canonical order. Raises ``OutOfOrderError``, after which it is to be asked again."""

    def __iter__(self) -> Iterator[Fact]: ...

    def __len__(self) -> int: ...


class FormedRows(Protocol):
    """Rows of a kind with columns of its own, made as they are gone through: their own values, and their form's number."""

    def numbered(self, numbers: Mapping[Form, int]) -> Iterator[tuple[Any, ...]]: ...


class Form:
    """What many rows of a kind have in common: the values of all columns but their own. Identity is the object itself."""

    __slots__ = ("values",)

    def __init__(self, values: tuple[Any, ...]) -> None:
        self.values = values


@frozen
class PackedSection:
    """A section as the file will hold it: its digest, and its rows in canonical order, ``count`` of them.

    A row is the values of its columns; of a kind that has columns of its own (``Kind.own``), these and the ``Form`` of the
    others.
    """

    digest: str
    count: int
    rows: tuple[tuple[Any, ...], ...] | FormedRows

    def __len__(self) -> int:
        return self.count


Section: TypeAlias = tuple[Fact, ...] | Bulk | PackedSection
"""All rows of one kind in one place, as facts, as yet to be made, or packed."""

Sections: TypeAlias = Mapping[str, Section]
"""Kind name -> its rows in one place. A kind that was not read is absent; one that was read and is empty is there."""


@frozen
class Header:
    """Who, when, where.

    label, note   the user's
    hostname      of the UTS namespace the agent ran in
    machine_id    SHA-256 (hex) over "netlapse:" and /etc/machine-id, so that the id itself is not given away; None when
                  the host has none (machine-id(5))
    boot_id       /proc/sys/kernel/random/boot_id
    kernel        uname release
    tool          "netlapse 0.1.0"
    started_at, finished_at   RFC 3339 UTC with microseconds: "2026-01-01T02:10:00.000000Z"
    kinds         kinds asked for, sorted
    status        the verdict, of its coverage: ``Verdict``
    redacted_with   the id of the key that names and addresses were replaced by; None for what is as it was captured
    redacted_from   the root digest of the snapshot that this one is a redaction of; None where that is not told
    """

    label: str | None = None
    note: str | None = None
    hostname: str
    machine_id: str | None = None
    boot_id: str | None = None
    kernel: str
    tool: str
    started_at: str
    finished_at: str
    kinds: tuple[str, ...]
    status: Verdict
    redacted_with: str | None = None
    redacted_from: str | None = None


@frozen
class CapturedNamespace:
    """A namespace and what was read in it."""

    namespace: Namespace
    sections: Sections = field(default_factory=dict)


@frozen
class CapturedRuntime:
    """A runtime and what it told."""

    runtime: Runtime
    sections: Sections = field(default_factory=dict)


@frozen
class Capture:
    """One capture, ready to be written. ``namespaces`` holds the host's own first."""

    header: Header
    namespaces: tuple[CapturedNamespace, ...]
    runtimes: tuple[CapturedRuntime, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)


def verdict(coverage: Iterable[Coverage]) -> Verdict:
    """What coverage says of a snapshot as a whole: the worst of it."""
    outcomes = {record.status for record in coverage} - {"complete"}
    if not outcomes:
        return "complete"
    return "torn" if outcomes == {"torn"} else "partial"
