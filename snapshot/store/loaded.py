"""What the reader hands on: snapshots as values, and where two of them literally differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from snapshot.model.address import Address
from snapshot.model.container import Container, Network, Runtime
from snapshot.model.coverage import Coverage
from snapshot.model.firewall import FirewallEntry
from snapshot.model.frozen import frozen
from snapshot.model.kinds import Fact
from snapshot.model.link import Link
from snapshot.model.namespace import Namespace, NamespaceId
from snapshot.model.provenance import Provenance
from snapshot.model.route import Route
from snapshot.model.snapshot import Header


@frozen
class Extract:
    """What checks go by of a big kind in one namespace: some of its rows, never all of a million.

    rows    in canonical order; ``snapshot/store/extracts.py`` says which of each kind
    counts  how many rows of the section each of them stands for: 1, unless rows of the kind are told in groups
    total   rows in the whole section
    cut     there are more such rows than were read: what is not among ``rows`` is unknown
    """

    rows: tuple[Fact, ...]
    counts: tuple[int, ...]
    total: int
    cut: bool = False


@frozen
class LoadedNamespace:
    """A namespace with its small kinds. ``digests`` has one entry per kind that was read, volatile ones excepted."""

    namespace: Namespace
    digests: Mapping[str, str]
    links: tuple[Link, ...] = ()
    addresses: tuple[Address, ...] = ()
    nsids: tuple[NamespaceId, ...] = ()
    ways: tuple[Route, ...] = ()
    """The routes of all tables to 0.0.0.0/0 and ::/0, and to the halves of these."""
    extracts: Mapping[str, Extract] = field(default_factory=dict)
    """By kind, for those that checks go by and that were read here; empty where nobody is going to check."""

    @property
    def default_routes(self) -> tuple[Route, ...]:
        """The routes of the table "main" to 0.0.0.0/0 and ::/0."""
        return tuple([r for r in self.ways if r.table == "main" and r.dst in ("0.0.0.0/0", "::/0")])

    def with_extracts(self, extracts: Mapping[str, Extract]) -> LoadedNamespace:
        """The same with these: ``replace`` takes four times as long, and there are thousands."""
        return LoadedNamespace(
            namespace=self.namespace, digests=self.digests, links=self.links, addresses=self.addresses, nsids=self.nsids,
            ways=self.ways, extracts=extracts,
        )  # fmt: skip


@frozen
class LoadedRuntime:
    """A runtime and what it told."""

    runtime: Runtime
    digests: Mapping[str, str]
    containers: tuple[Container, ...] = ()
    networks: tuple[Network, ...] = ()


@frozen
class Loaded:
    """One snapshot. ``id`` is its number in the file, ``digest`` the hex SHA-256 of its root."""

    id: int
    digest: str
    header: Header
    namespaces: tuple[LoadedNamespace, ...]
    runtimes: tuple[LoadedRuntime, ...]
    coverage: tuple[Coverage, ...]
    provenance: Provenance = field(default_factory=Provenance)


@frozen
class Place:
    """Where rows stand: a kind in a namespace (``Namespace.key``)."""

    namespace: str
    kind: str


@frozen
class Pair:
    """Two snapshots, and the rows in which they literally differ.

    A namespace of one side is held against its twin on the other: the host's against the host's, any other against the
    one with the same boot_id and key. ``before_rows`` has, for each place of the first snapshot, the rows that its
    twin has not; all its rows where it has no twin. ``after_rows`` likewise. Places without such rows are absent.
    Of the firewall's chains in which a rule differs all rules are there, equal ones too: they are ordered lists. So are the
    rows that tell a name which is another link's now, where the reader was told of it.
    Volatile kinds and ``nsid`` are left out. A place of whose kind one twin was not read at all is absent too.

    ``before_firewalls`` and ``after_firewalls``: by namespace all tables, chains and rules where one differs, equal ones too,
    of whatever is not told whole by its extract; None where there are too many.
    """

    before: Loaded
    after: Loaded
    before_rows: Mapping[Place, tuple[Fact, ...]] = field(default_factory=dict)
    after_rows: Mapping[Place, tuple[Fact, ...]] = field(default_factory=dict)
    before_firewalls: Mapping[str, tuple[FirewallEntry, ...] | None] = field(default_factory=dict)
    after_firewalls: Mapping[str, tuple[FirewallEntry, ...] | None] = field(default_factory=dict)


@frozen
class Whole:
    """One snapshot with every row of the kinds that were asked for."""

    snapshot: Loaded
    rows: Mapping[Place, tuple[Fact, ...]]


@frozen
class Entry:
    """One line of ``netlapse ls``. ``added_rows`` counts the rows this snapshot brought into the file."""

    id: int
    digest: str
    header: Header
    namespaces: int
    containers: int
    rows: int
    added_rows: int
