"""One snapshot's tree as it stands in a file: read, typed, and held against its digests."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from snapshot.model.address import Address
from snapshot.model.container import Container, Network, Runtime
from snapshot.model.coverage import Coverage
from snapshot.model.frozen import frozen
from snapshot.model.kinds import KINDS, Fact
from snapshot.model.link import Link
from snapshot.model.namespace import Namespace, NamespaceId
from snapshot.model.route import Route
from snapshot.model.snapshot import Header
from snapshot.store.columns import CODECS, SHORT, parse_json
from snapshot.store.digests import namespace_digest, root_digest, runtime_digest, section_digest
from snapshot.store.errors import DamagedError
from snapshot.store.loaded import Loaded, LoadedNamespace, LoadedRuntime

if TYPE_CHECKING:
    from sqlite3 import Connection

MAX_NAMESPACES = 200_000
MAX_COVERAGE = 2_000_000
STATUSES = ("complete", "torn", "failed", "skipped")
HEADER = (
    "id, digest, label, note, hostname, machine_id, boot_id, kernel, tool"
    # one string in two
    ", started_at, finished_at, kinds, status, added_rows"
)


Known = dict[tuple[str, str], tuple[Fact, ...]]
"""Sections that were read and held against their digests, by kind and digest."""


@frozen
class Tree:
    """A loaded snapshot, and where its sections stand: (namespace key, kind) -> section number, and -> digest."""

    loaded: Loaded
    sections: dict[tuple[str, str], int]
    digests: dict[tuple[str, str], str]


def read_headers(connection: Connection, schema: str) -> list[tuple[int, str, Header, int]]:
    """All snapshots of a file: number, root digest, header, rows it added."""
    query = f"SELECT {HEADER} FROM {schema}.snapshot ORDER BY id LIMIT 100000"
    return [_header(tuple(row)) for row in connection.execute(query)]


def _header(row: tuple[Any, ...]) -> tuple[int, str, Header, int]:
    number, digest, label, note, hostname, machine, boot, kernel, tool, start, end, kinds, status, added = row
    texts = (digest, hostname, kernel, tool, start, end, kinds, status)
    if not all(type(value) is str for value in texts) or type(number) is not int or type(added) is not int:
        raise DamagedError("a snapshot's header cannot be read")
    if not all(value is None or type(value) is str for value in (label, note, machine, boot)):
        raise DamagedError("a snapshot's header cannot be read")
    if status not in ("complete", "partial"):
        raise DamagedError("a snapshot's status is none that was ever written")
    header = Header(
        label=label, note=note, hostname=hostname, machine_id=machine, boot_id=boot, kernel=kernel, tool=tool,
        started_at=start, finished_at=end, kinds=_names(kinds), status=status,
    )  # fmt: skip
    return number, digest, header, added


def _names(text: Any) -> tuple[str, ...]:
    if type(text) is str and len(text) <= SHORT:
        return _list(text)
    return _list.__wrapped__(text)


@lru_cache(maxsize=1_000)
def _list(text: Any) -> tuple[str, ...]:
    value = parse_json(text) if type(text) is str else None
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise DamagedError("a list of names in it cannot be read")
    return tuple(value)


def read_tree(connection: Connection, schema: str, number: int, known: Known | None = None) -> Tree:
    """Read one snapshot with its small kinds. Raises ``DamagedError`` where a digest does not hold.

    ``known`` are sections that were read of another snapshot: one of the same digest is the same, and is not read again.
    """
    query = f"SELECT {HEADER} FROM {schema}.snapshot WHERE id = ?"
    _, root, header, _ = _header(connection.execute(query, (number,)).fetchone())
    reading = _Reading(connection, schema, number, {} if known is None else known)
    namespaces, leaves = reading.namespaces()
    runtimes, runtime_leaves = reading.runtimes()
    coverage = reading.coverage()
    if root_digest(header, leaves, runtime_leaves, coverage) != root:
        raise DamagedError(f"snapshot {number} is not what was written (its root digest does not hold)")
    loaded = Loaded(
        id=number,
        digest=root,
        header=header,
        namespaces=tuple(sorted(namespaces, key=lambda n: (not n.namespace.host, n.namespace.key))),
        runtimes=tuple(sorted(runtimes, key=lambda r: r.runtime.endpoint)),
        coverage=tuple(coverage),
    )
    return Tree(loaded=loaded, sections=reading.sections, digests=reading.digests)


class _Reading:
    """One snapshot on its way out of an open file."""

    def __init__(self, connection: Connection, schema: str, number: int, known: Known) -> None:
        self.connection = connection
        self.schema = schema
        self.number = number
        self.sections: dict[tuple[str, str], int] = {}
        self.digests: dict[tuple[str, str], str] = {}
        self.keys: dict[int, str] = {}
        self.whole: dict[int, tuple[Fact, ...]] = {}
        self.known = known

    def _query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql.replace("@", f"{self.schema}."), values).fetchall()

    def namespaces(self) -> tuple[list[LoadedNamespace], list[tuple[str, list[tuple[str, str]]]]]:
        """The namespaces, and per namespace its digest and its volatile sections as (kind, digest)."""
        rows = self._query(
            "SELECT n.id, n.digest, n.key, n.inode, n.host, n.names, n.has_process "
            "FROM @snapshot_namespace l JOIN @namespace n ON n.id = l.namespace_id "
            "WHERE l.snapshot_id = ? ORDER BY n.id "
            f"LIMIT {MAX_NAMESPACES}",
            self.number,
        )
        linked = self._query(
            "SELECT x.namespace_id, s.kind, s.id, s.digest FROM @snapshot_namespace l "
            "JOIN @namespace_section x ON x.namespace_id = l.namespace_id JOIN @section s ON s.id = x.section_id "
            "WHERE l.snapshot_id = ? ORDER BY s.id",
            self.number,
        )
        held = _by_owner(linked, "namespace", volatile=False)
        moving = _by_owner(
            self._query(
                "SELECT l.namespace_id, s.kind, s.id, s.digest FROM @snapshot_section l "
                "JOIN @section s ON s.id = l.section_id WHERE l.snapshot_id = ? ORDER BY s.id",
                self.number,
            ),
            "namespace",
            volatile=True,
        )
        self._load_whole([(kind, section, digest) for _, kind, section, digest in linked])
        defaults = self._default_routes()
        found: list[LoadedNamespace] = []
        leaves: list[tuple[str, list[tuple[str, str]]]] = []
        keys: set[str] = set()
        for number, digest, key, inode, host, names, has_process in rows:
            if type(key) is not str or type(inode) is not int or host not in (0, 1) or has_process not in (0, 1):
                raise DamagedError("a namespace in it cannot be read")
            namespace = Namespace(
                key=key, inode=inode, host=bool(host), names=_names(names), has_process=bool(has_process)
            )
            sections = held.get(number, {})
            if namespace_digest(namespace, [(kind, leaf) for kind, (_, leaf) in sections.items()]) != digest:
                raise DamagedError(f"namespace {key} is not what was written (its digest does not hold)")
            if key in keys:
                raise DamagedError(f"namespace {key} is in one snapshot twice")
            keys.add(key)
            self.keys[number] = key
            for kind, (section, leaf) in sections.items():
                self.sections[key, kind] = section
                self.digests[key, kind] = leaf
            volatile = moving.get(number, {})
            self.sections |= {(key, kind): section for kind, (section, _) in volatile.items()}
            self.digests |= {(key, kind): leaf for kind, (_, leaf) in volatile.items()}
            leaves.append((digest, [(kind, leaf) for kind, (_, leaf) in volatile.items()]))

            def rows_of(kind: str, at: dict[str, tuple[int, str]] = sections) -> tuple[Fact, ...]:
                return self.whole[at[kind][0]] if kind in at else ()

            found.append(
                LoadedNamespace(
                    namespace=namespace,
                    digests={kind: leaf for kind, (_, leaf) in sections.items()},
                    links=cast(tuple[Link, ...], rows_of("link")),
                    addresses=cast(tuple[Address, ...], rows_of("address")),
                    nsids=cast(tuple[NamespaceId, ...], rows_of("nsid")),
                    default_routes=defaults.get(sections["route"][0], ()) if "route" in sections else (),
                )
            )
        return found, leaves

    def runtimes(self) -> tuple[list[LoadedRuntime], list[str]]:
        """The runtimes, and their digests."""
        rows = self._query(
            "SELECT r.id, r.digest, r.name, r.endpoint, r.version, r.api_version FROM @snapshot_runtime l "
            "JOIN @runtime r ON r.id = l.runtime_id WHERE l.snapshot_id = ? ORDER BY r.id LIMIT 1000",
            self.number,
        )
        linked = self._query(
            "SELECT x.runtime_id, s.kind, s.id, s.digest FROM @snapshot_runtime l "
            "JOIN @runtime_section x ON x.runtime_id = l.runtime_id JOIN @section s ON s.id = x.section_id "
            "WHERE l.snapshot_id = ? ORDER BY s.id",
            self.number,
        )
        held = _by_owner(linked, "runtime", volatile=False)
        self._load_whole([(kind, section, digest) for _, kind, section, digest in linked])
        found, leaves = [], []
        for number, digest, name, endpoint, version, api in rows:
            if not all(type(v) is str for v in (name, endpoint)) or not all(
                v is None or type(v) is str for v in (version, api)
            ):
                raise DamagedError("a runtime in it cannot be read")
            runtime = Runtime(name=name, endpoint=endpoint, version=version, api_version=api)
            sections = held.get(number, {})
            if runtime_digest(runtime, [(kind, leaf) for kind, (_, leaf) in sections.items()]) != digest:
                raise DamagedError(f"runtime {endpoint} is not what was written (its digest does not hold)")
            leaves.append(str(digest))
            containers = self.whole[sections["container"][0]] if "container" in sections else ()
            networks = self.whole[sections["network"][0]] if "network" in sections else ()
            found.append(
                LoadedRuntime(
                    runtime=runtime,
                    digests={kind: leaf for kind, (_, leaf) in sections.items()},
                    containers=cast(tuple[Container, ...], containers),
                    networks=cast(tuple[Network, ...], networks),
                )
            )
        return found, leaves

    def coverage(self) -> list[Coverage]:
        """The coverage records."""
        rows = self._query(
            "SELECT c.namespace_id, c.runtime, c.place, k.kinds, c.status, c.error, c.attempts, c.started_us, "
            "c.finished_us FROM @coverage c JOIN @kind_set k ON k.id = c.kind_set_id WHERE c.snapshot_id = ? "
            f"ORDER BY c.rowid LIMIT {MAX_COVERAGE}",
            self.number,
        )
        found = []
        for owner, runtime, place, kinds, status, error, attempts, started, finished in rows:
            texts = all(value is None or type(value) is str for value in (runtime, place, error))
            numbers = all(type(value) is int for value in (attempts, started, finished))
            if status not in STATUSES or not texts or not numbers or (owner is not None and owner not in self.keys):
                raise DamagedError("a coverage record in it cannot be read")
            found.append(
                Coverage(
                    namespace=self.keys[owner] if owner is not None else None,
                    runtime=runtime,
                    place=place,
                    kinds=_names(kinds),
                    status=status,
                    error=error,
                    attempts=attempts,
                    started_us=started,
                    finished_us=finished,
                )
            )
        return found

    def _load_whole(self, sections: list[tuple[Any, Any, Any]]) -> None:
        """Read the sections of small kinds, each once, and hold them against their digests."""
        wanted: dict[str, dict[int, str]] = {}
        for kind, section, digest in sections:
            if not KINDS[kind].whole:
                continue
            known = self.known.get((kind, digest))
            if known is None:
                wanted.setdefault(kind, {})[section] = digest
            else:
                self.whole[section] = known
        for kind, digests in wanted.items():
            codec = CODECS[kind]
            raw: dict[int, list[tuple[Any, ...]]] = {section: [] for section in digests}
            for section, *row in self._query(
                f"SELECT s.id, {codec.selected} FROM @section s JOIN {codec.source(kind, self.schema)} WHERE s.id IN "
                f"(SELECT value FROM json_each(?)) AND s.kind = '{kind}' "
                "AND r.number BETWEEN s.first_row AND s.first_row + s.rows - 1 ORDER BY s.id, r.number",
                json.dumps(list(digests)),
            ):
                raw[section].append(tuple(row))
            for section, rows in raw.items():
                # Decoding checks the types, which the digest relies on.
                self.whole[section] = tuple(codec.decode(row) for row in rows)
                digest = digests[section]
                if section_digest(kind, rows) != digest:
                    raise DamagedError(f"a section of {kind} rows is not what was written (its digest does not hold)")
                self.known[kind, digest] = self.whole[section]

    def _default_routes(self) -> dict[int, tuple[Route, ...]]:
        """The routes of the table "main" to everywhere, per section."""
        codec = CODECS["route"]
        found: dict[int, list[Route]] = {}
        for section, *row in self._query(
            f"SELECT s.id, {codec.selected} FROM @section s JOIN {codec.source('route', self.schema)} WHERE s.id IN "
            "(SELECT x.section_id FROM @snapshot_namespace l JOIN @namespace_section x "
            "ON x.namespace_id = l.namespace_id WHERE l.snapshot_id = ?) AND s.kind = 'route' "
            "AND r.number BETWEEN s.first_row AND s.first_row + s.rows - 1 "
            """AND f."table" = 'main' AND r.dst IN ('0.0.0.0/0', '::/0') ORDER BY s.id, r.number""",
            self.number,
        ):
            found.setdefault(section, []).append(cast(Route, codec.decode(row)))
        return {section: tuple(routes) for section, routes in found.items()}


def _by_owner(linked: list[tuple[Any, ...]], owner: str, *, volatile: bool) -> dict[int, dict[str, tuple[int, str]]]:
    held: dict[int, dict[str, tuple[int, str]]] = {}
    for number, kind, section, digest in linked:
        if (
            kind not in KINDS
            or KINDS[kind].owner != owner
            or KINDS[kind].volatile != volatile
            or type(digest) is not str
        ):
            raise DamagedError(f"a section in it is of a kind that a {owner} cannot have")
        if kind in held.setdefault(number, {}):
            raise DamagedError(f"a {owner} in it has two sections of {kind} rows")
        held[number][kind] = (section, digest)
    return held
