"""Reading snapshots: headers, coverage and small kinds whole, big kinds only where two snapshots differ."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from snapshot.model.firewall import FirewallEntry
from snapshot.model.kinds import KINDS, Fact
from snapshot.store.columns import CODECS
from snapshot.store.errors import NoSuchSnapshotError
from snapshot.store.extracts import with_extracts
from snapshot.store.headers import read_headers
from snapshot.store.loaded import Entry, Loaded, Pair, Place, Whole
from snapshot.store.naming import with_naming
from snapshot.store.opening import opened
from snapshot.store.reference import FIRST, LAST, SnapshotRef
from snapshot.store.sections import Known, Spot
from snapshot.store.tree import read_tree
from snapshot.store.unlike import Translations, unlike

if TYPE_CHECKING:
    from sqlite3 import Connection

Chain = tuple[str, str, str | None, str | None]
"""Where a rule of the firewall stands: backend, family, table, chain."""
COMPARED = tuple(
    kind.name for kind in KINDS.values() if kind.owner == "namespace" and not kind.volatile and kind.name != "nsid"
)


def list_snapshots(path: Path) -> tuple[Entry, ...]:
    """What ``netlapse ls`` tells of a file, oldest first."""
    with opened(path) as connection:
        entries = []
        for number, digest, header, added in read_headers(connection, "main"):
            counts = connection.execute(
                "SELECT (SELECT count(*) FROM snapshot_namespace WHERE snapshot_id = ?), "
                "(SELECT coalesce(sum(s.rows), 0) FROM snapshot_namespace n "
                "JOIN namespace_section l ON l.namespace_id = n.namespace_id JOIN section s ON s.id = l.section_id "
                "WHERE n.snapshot_id = ?), "
                "(SELECT coalesce(sum(s.rows), 0) FROM snapshot_runtime r "
                "JOIN runtime_section l ON l.runtime_id = r.runtime_id JOIN section s ON s.id = l.section_id "
                "WHERE r.snapshot_id = ?), "
                "(SELECT coalesce(sum(s.rows), 0) FROM snapshot_runtime r "
                "JOIN runtime_section l ON l.runtime_id = r.runtime_id JOIN section s ON s.id = l.section_id "
                "WHERE r.snapshot_id = ? AND s.kind = 'container'), "
                "(SELECT coalesce(sum(s.rows), 0) FROM snapshot_section n JOIN section s ON s.id = n.section_id "
                "WHERE n.snapshot_id = ?)",
                (number,) * 5,
            ).fetchone()
            namespaces, rows, told, containers, timers = (int(value) for value in counts)
            entries.append(
                Entry(
                    id=number,
                    digest=digest,
                    header=header,
                    namespaces=namespaces,
                    containers=containers,
                    rows=rows + told + timers,
                    added_rows=added,
                )
            )
        return tuple(entries)


def load(ref: SnapshotRef) -> Loaded:
    """One snapshot with its small kinds, whose digests and the root's are verified, and with what checks go by of the others.

    Raises ``FileError``.
    """
    with opened(ref.path) as connection:
        tree = read_tree(connection, "main", _number(connection, "main", ref))
        (loaded,) = with_extracts(connection, [tree])
        return loaded


def load_whole(
    ref: SnapshotRef, kinds: Collection[str] | None = None, keep: Callable[[str, Fact], bool] | None = None
) -> Whole:
    """One snapshot with every row of the namespace kinds asked for; None means all of them, timers included.

    With ``keep`` only the rows for which it is true, told their kind; the others take no memory.
    """
    with opened(ref.path) as connection:
        tree = read_tree(connection, "main", _number(connection, "main", ref))
        wanted = [k.name for k in KINDS.values() if k.owner == "namespace" and (kinds is None or k.name in kinds)]
        rows = {
            Place(namespace=place.namespace.key, kind=kind): _rows(connection, spot, keep)
            for place in tree.loaded.namespaces
            for kind in wanted
            if (spot := tree.spot(place.namespace.key, kind)) is not None
        }
        return Whole(snapshot=tree.loaded, rows=rows)


def load_pair(
    before: SnapshotRef,
    after: SnapshotRef,
    apart: Collection[str] = (),
    taken_over: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> Pair:
    """Two snapshots with what checks go by, of one file or of two, and the rows in which they literally differ.

    ``apart``: keys that mean one namespace before and another after, so that these have no twins. ``taken_over``: by the
    first snapshot's keys, names that mean one link before and another after: rows that tell these differ though they are equal.
    """
    one_file = before.path.absolute() == after.path.absolute()
    with opened(before.path, None if one_file else after.path) as connection:
        schema = "main" if one_file else "other"
        known = Known()
        old = read_tree(connection, "main", _number(connection, "main", before), known)
        new = read_tree(connection, schema, _number(connection, schema, after), known)
        compare = cache(partial(_unlike, connection, translations={}))
        before_rows: dict[Place, tuple[Fact, ...]] = {}
        after_rows: dict[Place, tuple[Fact, ...]] = {}
        twins = {key: twin for key, twin in _twins(old.loaded, new.loaded).items() if key not in apart}
        same = _same(old.loaded, new.loaded, twins) - taken_over.keys()
        for place in old.loaded.namespaces:
            key = place.namespace.key
            twin = twins.get(key)
            for kind in COMPARED if key not in same else ():
                a, b = old.spot(key, kind), new.spot(twin, kind)
                if a is not None and twin is None:
                    before_rows[Place(namespace=key, kind=kind)] = _rows(connection, a)
                elif a is not None and b is not None and twin is not None:
                    # Where namespaces are alike, so is what happened to them.
                    mine, its = compare(a, b) if a.digest != b.digest else ((), ())
                    if key in taken_over:
                        mine = with_naming(connection, a, taken_over[key], mine)
                        its = with_naming(connection, b, taken_over[key], its)
                    before_rows[Place(namespace=key, kind=kind)] = mine
                    after_rows[Place(namespace=twin, kind=kind)] = its
        matched = set(twins.values())
        for place in new.loaded.namespaces:
            key = place.namespace.key
            for kind in COMPARED if key not in matched else ():
                b = new.spot(key, kind)
                if b is not None:
                    after_rows[Place(namespace=key, kind=kind)] = _rows(connection, b)
        first, second = with_extracts(connection, [old, new])
        return Pair(
            before=first,
            after=second,
            before_rows={place: rows for place, rows in before_rows.items() if rows},
            after_rows={place: rows for place, rows in after_rows.items() if rows},
        )


def _twins(before: Loaded, after: Loaded) -> dict[str, str]:
    """Old namespace key -> new one: the host's own, and those with the same key in the same boot."""
    boot = before.header.boot_id
    one_boot = boot is not None and boot == after.header.boot_id
    hosts = [next((n.namespace.key for n in side.namespaces if n.namespace.host), None) for side in (before, after)]
    twins = {hosts[0]: hosts[1]} if hosts[0] is not None and hosts[1] is not None else {}
    taken = set(twins.values())
    there = {n.namespace.key for n in after.namespaces}
    for place in before.namespaces:
        key = place.namespace.key
        if one_boot and key in there and key not in taken and key not in twins:
            twins[key] = key
    return twins


def _same(before: Loaded, after: Loaded, twins: Mapping[str, str]) -> frozenset[str]:
    """The old keys of namespaces of which every section has the digest of its twin's."""
    digests = {place.namespace.key: place.digests for place in after.namespaces}
    return frozenset(
        place.namespace.key
        for place in before.namespaces
        if (twin := twins.get(place.namespace.key)) is not None and place.digests == digests[twin]
    )


def _unlike(
    connection: Connection, a: Spot, b: Spot, *, translations: Translations
) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """The rows that only one of two sections has, and all rules of a firewall's chains in which one differs."""
    mine, its = unlike(connection, a, b, translations)
    if a.kind == "firewall":
        chains = chains_of((*mine, *its))
        mine += _rules(connection, a, chains, mine)
        its += _rules(connection, b, chains, its)
    return mine, its


def _rows(connection: Connection, spot: Spot, keep: Callable[[str, Fact], bool] | None = None) -> tuple[Fact, ...]:
    query = f"{_select(spot)} ORDER BY r.number"
    decode = CODECS[spot.kind].decode
    rows = (decode(row) for row in connection.execute(query, (spot.number,)))
    return tuple(rows if keep is None else (row for row in rows if keep(spot.kind, row)))


def _select(spot: Spot) -> str:
    """The rows of one section, whose number is the query's one value."""
    codec = CODECS[spot.kind]
    return (
        f"SELECT {codec.selected} FROM {spot.schema}.section s JOIN {codec.source(spot.kind, spot.schema)} "
        f"WHERE s.id = ? AND r.number BETWEEN s.first_row AND s.first_row + s.rows - 1"
    )


def chains_of(rows: Iterable[Fact]) -> frozenset[Chain]:
    """The chains of the rules among these rows."""
    rules = (row for row in rows if isinstance(row, FirewallEntry) and row.object == "rule")
    return frozenset(map(_chain, rules))


def _rules(connection: Connection, spot: Spot, chains: frozenset[Chain], but: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """The rules of these chains, but for those that are known already: order can be compared only in whole lists."""
    known = {_spot(row) for row in but if isinstance(row, FirewallEntry)}
    return tuple(
        row
        for row in (_rows(connection, spot) if chains else ())
        if isinstance(row, FirewallEntry) and row.object == "rule" and _chain(row) in chains and _spot(row) not in known
    )


def _chain(rule: FirewallEntry) -> Chain:
    return rule.backend, rule.family, rule.table, rule.chain


def _spot(rule: FirewallEntry) -> tuple[Chain, int | None]:
    return _chain(rule), rule.position


def _number(connection: Connection, schema: str, ref: SnapshotRef) -> int:
    """The number of the snapshot a reference names: a label wins over a number."""
    rows: list[tuple[Any, ...]] = [
        tuple(row) for row in connection.execute(f"SELECT id, label FROM {schema}.snapshot ORDER BY id LIMIT 100000")
    ]
    if not rows:
        raise NoSuchSnapshotError(f"{ref.path}: holds no snapshot")
    if ref.name in (FIRST, LAST):
        return int(rows[0 if ref.name == FIRST else -1][0])
    for number, label in rows:
        if label == ref.name:
            return int(number)
    for number, _ in rows:
        if str(number) == ref.name:
            return int(number)
    raise NoSuchSnapshotError(f"{ref.path}: no snapshot {ref.name!r} in it; `netlapse ls {ref.path}` lists them")
