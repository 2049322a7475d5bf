"""Redacting a snapshot file: all of it is read, held against its digests, and written anew."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapshot.model.kinds import KINDS
from snapshot.model.snapshot import Capture, CapturedNamespace, CapturedRuntime, PackedSection
from snapshot.redact.captures import redacted
from snapshot.redact.errors import RedactedError
from snapshot.redact.rows import Redaction
from snapshot.store.digests import line
from snapshot.store.errors import DamagedError
from snapshot.store.headers import Head, read_heads, read_provenance
from snapshot.store.opening import opened
from snapshot.store.rows import RowReader
from snapshot.store.sections import Known, Spot
from snapshot.store.tree import read_tree
from snapshot.store.writer import Written, create_all
from snapshot.store.writing import Sign

if TYPE_CHECKING:
    from sqlite3 import Connection

Progress = Callable[[str], None]
AT_ONCE = 5_000
"""Rows that are in memory before they are redacted."""


def redact_file(
    source: Path, target: Path, by: Redaction, progress: Progress = lambda _: None, sign: Sign | None = None
) -> tuple[Written, ...]:
    """Write all snapshots of a file into a new one, with pseudonyms, each signed with ``sign``.

    Raises ``FileError`` for a file that is not as it was written, or a target that exists; ``RedactedError`` for a file in
    which a snapshot is redacted already.
    """
    with opened(source) as connection:
        heads = read_heads(connection, "main")
        for head in heads:
            if head.header.redacted_with is not None:
                raise RedactedError(
                    f"{source}: snapshot {head.number} is redacted already (key {head.header.redacted_with}): "
                    "redact what it was made of"
                )
        return create_all(target, _Reading(connection, by, progress).captures(heads), sign)


@dataclass(slots=True)
class _Reading:
    """An open file, snapshot by snapshot."""

    connection: Connection
    by: Redaction
    progress: Progress
    known: Known = field(default_factory=Known)
    packed: dict[tuple[str, str], PackedSection] = field(default_factory=dict)

    def captures(self, heads: list[Head]) -> Iterator[Capture]:
        """Each of the file's snapshots, redacted."""
        for head in heads:
            self.progress(f"snapshot {head.number} of {len(heads)}")
            yield self._capture(head)

    def _capture(self, head: Head) -> Capture:
        tree = read_tree(self.connection, "main", head.number, self.known)
        loaded = tree.loaded
        capture = Capture(
            header=loaded.header,
            namespaces=tuple(
                CapturedNamespace(
                    namespace=place.namespace,
                    sections={
                        kind: self._section(spot)
                        for kind in KINDS
                        if (spot := tree.spot(place.namespace.key, kind)) is not None
                    },
                )
                for place in loaded.namespaces
            ),
            runtimes=tuple(
                CapturedRuntime(
                    runtime=told.runtime,
                    sections={
                        kind: self.by.section(kind, told.containers if kind == "container" else told.networks)
                        for kind in told.digests
                    },
                )
                for told in loaded.runtimes
            ),
            coverage=loaded.coverage,
            provenance=read_provenance(self.connection, "main", head),
        )
        return redacted(capture, self.by, origin=head.digest, packed=True)

    def _section(self, spot: Spot) -> PackedSection:
        """A section that is what was written, redacted; its rows are kept until the snapshot is written only."""
        found = self.packed.get((spot.kind, spot.digest))
        if found is None:
            found = self.by.packed(spot.kind, self._rows(spot))
            # The file has it from now on: in other places and snapshots its digest will do.
            self.packed[spot.kind, spot.digest] = PackedSection(digest=found.digest, count=found.count, rows=())
        return found

    def _rows(self, spot: Spot) -> Iterator[tuple[Any, ...]]:
        """The rows of a section. Raises ``DamagedError`` at its end if they are not those that were written."""
        reader = RowReader(self.connection, "main", spot.kind)
        cursor = self.connection.execute(
            f"SELECT {reader.columns} FROM main.section s JOIN {reader.source} WHERE s.id = ? "  # noqa: S608
            "AND r.number BETWEEN s.first_row AND s.first_row + s.rows - 1 ORDER BY r.number",
            (spot.number,),
        )
        digest = hashlib.sha256(f"section {spot.kind}\n".encode())
        seen: set[tuple[type, ...]] = set()
        while rows := cursor.fetchmany(AT_ONCE):
            for row in rows:
                # Decoding checks the types, on which the digest relies: of each combination of them once.
                types = tuple(map(type, row))
                if types not in seen:
                    reader.facts([row])
                    seen.add(types)
            whole = reader.whole(rows)
            digest.update("\n".join((*map(line, whole), "")).encode("utf-8", "surrogatepass"))
            yield from whole
        if digest.hexdigest() != spot.digest:
            raise DamagedError(f"a section of {spot.kind} rows is not what was written (its digest does not hold)")
