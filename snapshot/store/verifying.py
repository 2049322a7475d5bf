"""Verifying a file: every digest made anew, from the rows up, what belongs to nothing, the chain, the signatures, the bytes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from snapshot.model.kinds import KINDS
from snapshot.model.provenance import Provenance
from snapshot.store.connecting import DEADLINE
from snapshot.store.digests import (
    coverage_digest,
    header_digest,
    members_digest,
    node_digest,
    provenance_digest,
    root_digest,
)
from snapshot.store.errors import DamagedError
from snapshot.store.headers import COLUMNS, PARTS, TOLD, Head, head_of, names, provenance_of
from snapshot.store.opening import connected, held
from snapshot.store.seal import holds, holds_unpacked
from snapshot.store.sections import Known
from snapshot.store.signatures import PublicKey, UnreadableSignatureError, flaw, read_signature
from snapshot.store.sound import check_counts, structural, unsound_sections
from snapshot.store.tree import read_tree
from snapshot.store.verified import Problem, SignatureStatus, Signed, Verification, Verified

MOST_PROBLEMS = 1_000
"""Problems that are told; a file that has more is no better known by them."""
NODES = {
    "namespace": ("key", "inode", "host", "names", "has_process"),
    "runtime": ("name", "endpoint", "version", "api_version"),
}
Leaf = tuple[str, str]
"""A section's kind and digest."""


def verify(path: Path, keys: Sequence[PublicKey] = ()) -> Verification:
    """Verify a whole file; with ``keys`` each snapshot has to be signed by one of them.

    Raises ``FileError`` for what cannot be opened at all, ``SigningError`` where signatures cannot be checked here.
    """
    with held(path) as files, connected(files) as connection:
        check_counts(connection)
        verifying = _Verifying(connection, keys)
        problems = [*verifying.problems()] or [*_unreadable(connection, [one.number for one in verifying.snapshots])]
        file = files[0]
        if not (holds(file.handle) if file.data is None else holds_unpacked(file.data)):
            problems.append(Problem(message="its bytes are not those that were written (its seal does not hold)"))
        return Verification(
            snapshots=tuple(verifying.snapshots),
            problems=tuple(problems[:MOST_PROBLEMS]),
            sections=verifying.count("SELECT count(*) FROM section"),
            rows=verifying.count("SELECT coalesce(sum(rows), 0) FROM section"),
        )


def _unreadable(connection: Connection, snapshots: Sequence[int]) -> Iterator[Problem]:
    """Snapshots whose digests hold, and that hold something no capture writes."""
    known = Known()
    for number in snapshots:
        try:
            read_tree(connection, "main", number, known)
        except DamagedError as error:
            yield Problem(message=str(error), snapshot=number)


class _Verifying:
    """One open file."""

    def __init__(self, connection: Connection, keys: Sequence[PublicKey]) -> None:
        self._connection = connection
        self._keys = keys
        self._until = time.monotonic() + DEADLINE
        self._wrong: dict[str, dict[int, list[Problem]]] = {table: {} for table in NODES}
        self._unsound: Mapping[int, str] = {}
        self._told: dict[int, Provenance] = {}
        self._had: dict[str, set[int]] = {"section": set(), **{table: set() for table in NODES}}
        self.snapshots: list[Verified] = []

    def count(self, query: str) -> int:
        return int(self._connection.execute(query).fetchone()[0])

    def problems(self) -> Iterator[Problem]:
        """All there are, those of the first snapshot first, and of each the sections before what is made of them."""
        self._unsound = unsound_sections(self._connection)
        for table in NODES:
            self._look_through(table)
        previous: str | None = None
        told: set[Problem] = set()
        for at, row in enumerate(self._connection.execute(f"SELECT {COLUMNS} FROM snapshot ORDER BY id").fetchall(), 1):
            head = head_of(row)
            # What is wrong with a namespace that several snapshots have is told of the first of them.
            for problem in self._of_snapshot(head, row[3 + len(PARTS) :], at, previous):
                if problem not in told:
                    told.add(problem)
                    yield problem
            previous = head.digest
        if previous is None:
            yield Problem(message="it holds no snapshot")
        yield from structural(self._connection)

    def _look_through(self, table: str) -> None:
        """The nodes of one table whose digest, or one of whose sections, does not hold."""
        own = ", ".join(f"n.{name}" for name in NODES[table])
        query = (
            f"SELECT n.id, n.digest, {own}, s.id, s.kind, s.digest FROM {table} n LEFT JOIN {table}_section l "
            f"ON l.{table}_id = n.id LEFT JOIN section s ON s.id = l.section_id ORDER BY n.id"
        )
        for number, rows in groupby(self._connection.execute(query), key=itemgetter(0)):
            first, *more = rows
            digest, values = first[1], first[2:-3]
            sections = [row[-3:] for row in (first, *more) if row[-3] is not None]
            scope = _scope(values) if table == "namespace" else str(values[1])
            wrong = [
                Problem(message=self._unsound[section], scope=scope, kind=kind)
                for section, kind, _ in sections
                if section in self._unsound
            ]
            leaves = [(kind, leaf) for _, kind, leaf in sections]
            if node_digest(table, values, leaves) != digest:
                message = f"the {table} or its list of sections is not what was written (its digest does not hold)"
                wrong.append(Problem(message=message, scope=scope))
            if any(not _belongs(kind, table, volatile=False) for kind, _ in leaves) or _twice(leaves):
                wrong.append(Problem(message=f"the {table} has sections that a {table} cannot have", scope=scope))
            if wrong:
                self._wrong[table][number] = wrong

    def _of_snapshot(self, head: Head, own: Sequence[Any], at: int, previous: str | None) -> Iterator[Problem]:
        number, parts = head.number, head.parts
        members: dict[str, list[int]] = {}
        for table in NODES:
            query = f"SELECT {table}_id FROM snapshot_{table} WHERE snapshot_id = ? ORDER BY {table}_id"
            members[table] = [node for (node,) in self._connection.execute(query, (number,))]
            for node in members[table] if self._wrong[table] else ():
                yield from self._wrong[table].get(node, ())
        yield from self._moving(number)
        for name, digest in (
            ("header (label, note, host, times, kinds, status)", header_digest(own) == parts.header),
            ("provenance", self._provenance(number) == parts.provenance),
            ("coverage", self._coverage(number) == parts.coverage),
            ("list of namespaces and runtimes", self._members(number) == parts.members),
        ):
            if not digest:
                yield Problem(message=f"its {name} is not what was written (its digest does not hold)", snapshot=number)
        if root_digest(parts) != head.digest:
            yield Problem(message="it is not what was written (its root digest does not hold)", snapshot=number)
        if number != at or parts.previous != previous:
            yield Problem(
                message="it does not follow the one before it in the file (the chain is broken)", snapshot=number
            )
        if self._added(number, members) != head.added_rows:
            yield Problem(message="it did not bring as many rows into the file as it says", snapshot=number)
        yield from self._signatures(head)

    def _moving(self, number: int) -> Iterator[Problem]:
        """The sections that change by themselves."""
        query = (
            "SELECT s.id, s.kind, s.digest, n.key, n.inode, n.host, n.names, n.has_process FROM snapshot_section l "
            "JOIN namespace n ON n.id = l.namespace_id JOIN section s ON s.id = l.section_id WHERE l.snapshot_id = ?"
        )
        for section, kind, _, *values in self._connection.execute(query, (number,)):
            if section in self._unsound:
                yield Problem(message=self._unsound[section], scope=_scope(values), kind=kind)
            if not _belongs(kind, "namespace", volatile=True):
                yield Problem(
                    message="the namespace has a section that it cannot have", scope=_scope(values), kind=kind
                )

    def _provenance(self, number: int) -> str | None:
        query = f"SELECT {', '.join(TOLD)} FROM provenance WHERE snapshot_id = ?"
        row = self._connection.execute(query, (number,)).fetchone()
        if row is None:
            return None
        with suppress(DamagedError):
            self._told[number] = provenance_of(row)
        return provenance_digest(row)

    def _coverage(self, number: int) -> str:
        return coverage_digest(
            self._connection.execute(
                "SELECT n.key, c.runtime, c.place, k.kinds, c.status, c.error, c.attempts, c.started_us, c.finished_us "
                "FROM coverage c LEFT JOIN kind_set k ON k.id = c.kind_set_id LEFT JOIN namespace n ON n.id = c.namespace_id "
                "WHERE c.snapshot_id = ?",
                (number,),
            )
        )

    def _members(self, number: int) -> str:
        moving: dict[int, list[Leaf]] = {}
        query = (
            "SELECT l.namespace_id, s.kind, s.digest FROM snapshot_section l JOIN section s ON s.id = l.section_id "
            "WHERE l.snapshot_id = ?"
        )
        for node, kind, digest in self._connection.execute(query, (number,)):
            moving.setdefault(node, []).append((kind, digest))
        of = "SELECT n.id, n.digest FROM snapshot_{0} l JOIN {0} n ON n.id = l.{0}_id WHERE l.snapshot_id = ?"
        spaces = self._connection.execute(of.format("namespace"), (number,)).fetchall()
        runtimes = self._connection.execute(of.format("runtime"), (number,)).fetchall()
        return members_digest(
            [(digest, moving.get(node, [])) for node, digest in spaces], [digest for _, digest in runtimes]
        )

    def _added(self, number: int, members: Mapping[str, Sequence[int]]) -> int:
        """The rows of its sections that no snapshot before it has."""
        sections: dict[int, int] = dict(
            self._connection.execute(
                "SELECT s.id, s.rows FROM snapshot_section l JOIN section s ON s.id = l.section_id WHERE l.snapshot_id = ?",
                (number,),
            )
        )
        for table, nodes in members.items():
            query = f"SELECT s.id, s.rows FROM {table}_section l JOIN section s ON s.id = l.section_id WHERE l.{table}_id = ?"
            for node in set(nodes) - self._had[table]:
                sections.update(self._connection.execute(query, (node,)))
            self._had[table].update(nodes)
        added = sum(rows for section, rows in sections.items() if section not in self._had["section"])
        self._had["section"].update(sections)
        return added

    def _signatures(self, head: Head) -> Iterator[Problem]:
        query = "SELECT signature FROM signature WHERE snapshot_id = ? ORDER BY id LIMIT 100"
        signed = []
        flaws = []
        for (text,) in self._connection.execute(query, (head.number,)):
            try:
                signature = read_signature(str(text))
            except UnreadableSignatureError as error:
                signed.append(Signed(fingerprint=None, status="bad"))
                yield Problem(message=str(error), snapshot=head.number)
                continue
            if time.monotonic() > self._until:
                raise DamagedError("to check its signatures took too long; it was given up")
            wrong = flaw(signature, head.digest, self._keys) if self._keys else None
            status: SignatureStatus = "unchecked" if not self._keys else "good" if wrong is None else "bad"
            signed.append(Signed(fingerprint=signature.fingerprint, status=status))
            flaws += [wrong] if wrong is not None else []
        self.snapshots.append(
            Verified(
                number=head.number,
                digest=head.digest,
                header=head.header,
                provenance=self._told.get(head.number),
                signatures=tuple(signed),
            )
        )
        if self._keys and not any(one.status == "good" for one in signed):
            for message in flaws or ["it is not signed"]:
                yield Problem(message=message, snapshot=head.number)


def _belongs(kind: object, table: str, *, volatile: bool) -> bool:
    known = KINDS.get(str(kind))
    return known is not None and known.owner == table and known.volatile == volatile


def _twice(leaves: Sequence[Leaf]) -> bool:
    return len({kind for kind, _ in leaves}) != len(leaves)


def _scope(values: Sequence[Any]) -> str:
    """What to call a namespace by its own columns alone."""
    _, inode, host, paths, _ = values
    if host == 1:
        return "host"
    try:
        bound = names(paths)
    except DamagedError:
        bound = ()
    return f"netns:{bound[0].rpartition('/')[2]}" if bound else f"netns:[{inode}]"
