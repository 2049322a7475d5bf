"""One snapshot's tree as it stands in a file: read, typed, and held against its digests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from snapshot.model.address import Address
from snapshot.model.container import Container, Network, Runtime
from snapshot.model.coverage import Coverage
from snapshot.model.frozen import frozen
from snapshot.model.kinds import Fact
from snapshot.model.link import Link
from snapshot.model.namespace import Namespace, NamespaceId
from snapshot.store.digests import coverage_digest, members_digest, node_digest
from snapshot.store.errors import DamagedError
from snapshot.store.headers import names, read_head, read_provenance
from snapshot.store.loaded import Loaded, LoadedNamespace, LoadedRuntime
from snapshot.store.sections import Known, Sections, Spot, Spots

if TYPE_CHECKING:
    from sqlite3 import Connection

MAX_NAMESPACES = 200_000
MAX_COVERAGE = 2_000_000
STATUSES = ("complete", "torn", "failed", "skipped")


@frozen
class Tree:
    """A loaded snapshot, and where its sections stand, by namespace key and kind."""

    loaded: Loaded
    sections: Mapping[str, Spots]

    def spot(self, namespace: str | None, kind: str) -> Spot | None:
        """Where the rows of a kind in a namespace stand; None where it was not read, or there is no such namespace."""
        return self.sections.get(namespace or "", {}).get(kind)


def read_tree(connection: Connection, schema: str, number: int, known: Known | None = None) -> Tree:
    """Read one snapshot with its small kinds. Raises ``DamagedError`` where a digest does not hold.

    ``known`` is what was read of another snapshot: what has the same digest is the same, and is not read again.
    """
    head = read_head(connection, schema, number)
    known = Known() if known is None else known
    reading = _Reading(number, known, Sections(connection, schema, known))
    namespaces, leaves = reading.namespaces()
    runtimes, runtime_leaves = reading.runtimes()
    coverage, lines = reading.coverage()
    if not known.held and members_digest(leaves, runtime_leaves) != head.parts.members:
        raise DamagedError(
            f"snapshot {number} has other namespaces or runtimes than were written (their digest does not hold)"
        )
    if not known.held and coverage_digest(lines) != head.parts.coverage:
        raise DamagedError(f"the coverage of snapshot {number} is not what was written (its digest does not hold)")
    loaded = Loaded(
        id=number,
        digest=head.digest,
        header=head.header,
        namespaces=tuple(sorted(namespaces, key=lambda n: (not n.namespace.host, n.namespace.key))),
        runtimes=tuple(sorted(runtimes, key=lambda r: r.runtime.endpoint)),
        coverage=tuple(coverage),
        provenance=read_provenance(connection, schema, head),
    )
    return Tree(loaded=loaded, sections=reading.spots)


class _Reading:
    """One snapshot on its way out of an open file."""

    def __init__(self, number: int, known: Known, sections: Sections) -> None:
        self._number = number
        self._known = known
        self._sections = sections
        self._keys: dict[int, str] = {}
        self.spots: dict[str, Spots] = {}

    def namespaces(self) -> tuple[list[LoadedNamespace], list[tuple[str, list[tuple[str, str]]]]]:
        """The namespaces, and per namespace its digest and its volatile sections as (kind, digest)."""
        rows = self._sections.query(
            "SELECT n.id, n.digest, n.key, n.inode, n.host, n.names, n.has_process "
            "FROM @snapshot_namespace l JOIN @namespace n ON n.id = l.namespace_id "
            "WHERE l.snapshot_id = ? ORDER BY n.id "
            f"LIMIT {MAX_NAMESPACES}",
            self._number,
        )
        known = self._known.namespaces
        held = self._sections.of("namespace", [row[0] for row in rows if row[1] not in known])
        moving = self._sections.volatile(self._number)
        every = {spot for spots in held.values() for spot in spots.values()}
        self._sections.read_whole(every)
        self._sections.read_ways(every)
        found: list[LoadedNamespace] = []
        leaves: list[tuple[str, list[tuple[str, str]]]] = []
        for number, digest, *values in rows:
            if digest not in known:
                known[digest] = self._namespace(digest, values, held.get(number, {}))
            place, spots = known[digest]
            key = place.namespace.key
            if key in self.spots:
                raise DamagedError(f"namespace {key} is in one snapshot twice")
            self._keys[number] = key
            volatile = moving.get(number, {})
            self.spots[key] = {**spots, **volatile}
            leaves.append((digest, [spot[:2] for spot in volatile.values()]))
            found.append(place)
        return found, leaves

    def _namespace(self, digest: str, values: list[Any], spots: Spots) -> tuple[LoadedNamespace, Spots]:
        key, inode, host, paths, has_process = values
        if type(key) is not str or type(inode) is not int or host not in (0, 1) or has_process not in (0, 1):
            raise DamagedError("a namespace in it cannot be read")
        namespace = Namespace(key=key, inode=inode, host=bool(host), names=names(paths), has_process=bool(has_process))
        digests = {kind: spot[1] for kind, spot in spots.items()}
        if not self._known.held and node_digest("namespace", values, digests.items()) != digest:
            raise DamagedError(f"namespace {key} is not what was written (its digest does not hold)")
        place = LoadedNamespace(
            namespace=namespace,
            digests=digests,
            links=cast(tuple[Link, ...], self._rows(spots, "link")),
            addresses=cast(tuple[Address, ...], self._rows(spots, "address")),
            nsids=cast(tuple[NamespaceId, ...], self._rows(spots, "nsid")),
            ways=self._known.ways[digests["route"]] if "route" in digests else (),
        )
        return place, spots

    def _rows(self, spots: Spots, kind: str) -> tuple[Fact, ...]:
        return self._known.facts[spots[kind][:2]] if kind in spots else ()

    def runtimes(self) -> tuple[list[LoadedRuntime], list[str]]:
        """The runtimes, and their digests."""
        rows = self._sections.query(
            "SELECT r.id, r.digest, r.name, r.endpoint, r.version, r.api_version FROM @snapshot_runtime l "
            "JOIN @runtime r ON r.id = l.runtime_id WHERE l.snapshot_id = ? ORDER BY r.id LIMIT 1000",
            self._number,
        )
        held = self._sections.of("runtime", [row[0] for row in rows])
        self._sections.read_whole({spot for spots in held.values() for spot in spots.values()})
        found, leaves = [], []
        for number, digest, name, endpoint, version, api in rows:
            if not _texts(name, endpoint) or not _texts_or_none(version, api):
                raise DamagedError("a runtime in it cannot be read")
            runtime = Runtime(name=name, endpoint=endpoint, version=version, api_version=api)
            spots = held.get(number, {})
            digests = {kind: spot[1] for kind, spot in spots.items()}
            if node_digest("runtime", (name, endpoint, version, api), digests.items()) != digest:
                raise DamagedError(f"runtime {endpoint} is not what was written (its digest does not hold)")
            leaves.append(str(digest))
            found.append(
                LoadedRuntime(
                    runtime=runtime,
                    digests=digests,
                    containers=cast(tuple[Container, ...], self._rows(spots, "container")),
                    networks=cast(tuple[Network, ...], self._rows(spots, "network")),
                )
            )
        return found, leaves

    def coverage(self) -> tuple[list[Coverage], list[tuple[Any, ...]]]:
        """The coverage records, and each as its digest takes it."""
        rows = self._sections.query(
            "SELECT c.namespace_id, c.runtime, c.place, k.kinds, c.status, c.error, c.attempts, c.started_us, "
            "c.finished_us FROM @coverage c JOIN @kind_set k ON k.id = c.kind_set_id WHERE c.snapshot_id = ? "
            f"ORDER BY c.rowid LIMIT {MAX_COVERAGE}",
            self._number,
        )
        found, lines = [], []
        for owner, *told in rows:
            runtime, place, kinds, status, error, attempts, started, finished = told
            numbers = type(attempts) is type(started) is type(finished) is int
            if status not in STATUSES or not numbers or not _texts_or_none(runtime, place, error):
                raise DamagedError("a coverage record in it cannot be read")
            if owner is not None and owner not in self._keys:
                raise DamagedError("a coverage record in it is of a namespace that is not in the snapshot")
            key = self._keys[owner] if owner is not None else None
            lines.append((key, *told))
            found.append(
                Coverage(
                    namespace=key,
                    runtime=runtime,
                    place=place,
                    kinds=names(kinds),
                    status=status,
                    error=error,
                    attempts=attempts,
                    started_us=started,
                    finished_us=finished,
                )
            )
        return found, lines


def _texts(*values: object) -> bool:
    return all(type(value) is str for value in values)


def _texts_or_none(*values: object) -> bool:
    return all(value is None or type(value) is str for value in values)
