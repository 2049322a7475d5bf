"""Two snapshots on their way to a comparison: their trees, the rows in which they literally differ, what checks go by.

The rows are read when it is known what is what (analyze/loading.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from sqlite3 import Connection
from types import MappingProxyType

from snapshot.model.firewall import FirewallEntry
from snapshot.model.frozen import frozen
from snapshot.model.kinds import KINDS, Fact
from snapshot.store.connecting import Files
from snapshot.store.extracts import with_extracts
from snapshot.store.loaded import Loaded, Pair, Place
from snapshot.store.naming import with_naming
from snapshot.store.opening import connected
from snapshot.store.reader import numbered, rows_of
from snapshot.store.reference import SnapshotRef
from snapshot.store.sections import Known, Spot
from snapshot.store.tree import Tree, read_tree
from snapshot.store.unlike import Translations, unlike

Chain = tuple[str, str, str | None, str | None]
"""Where a rule of the firewall stands: backend, family, table, chain."""
COMPARED = tuple(
    kind.name for kind in KINDS.values() if kind.owner == "namespace" and not kind.volatile and kind.name != "nsid"
)
ORDERED = frozenset({"table", "chain", "rule"})
"""What a firewall does in an order, in which one decides before the other."""
LARGEST = 200_000
"""Rows of a firewall up to which it is read whole."""
Rows = dict[Place, tuple[Fact, ...]]


@frozen
class Trees:
    """Two snapshots with their small kinds, and the files they stand in, which may be one.

    files       what they stand in, held open
    connection  by which they are read; of the process that opened them, and of no other
    """

    before: SnapshotRef
    after: SnapshotRef
    old: Tree
    new: Tree
    files: Files
    connection: Connection


@contextmanager
def opened_trees(
    files: Files, looked_through: Callable[[], None] | None, before: SnapshotRef, after: SnapshotRef
) -> Iterator[Trees]:
    """The trees of two snapshots, of one file or of two, held. Raises ``FileError``."""
    with connected(files, looked_through) as connection:
        old, new = _trees(connection, files, before, after, Known())
        yield Trees(before=before, after=after, old=old, new=new, files=files, connection=connection)


def checked_beside(files: Files, before: SnapshotRef, after: SnapshotRef) -> tuple[Loaded, Loaded]:
    """The two with what checks go by, for a second process: another one looks the files through and holds them against their
    digests, and uses nothing of this if something is wrong. Raises ``FileError``."""
    with connected(files, lambda: None) as connection:
        one, other = with_extracts(connection, _trees(connection, files, before, after, Known(held=True)))
    return one, other


def _trees(
    connection: Connection, files: Files, before: SnapshotRef, after: SnapshotRef, known: Known
) -> tuple[Tree, Tree]:
    schema = "main" if len(files) == 1 else "other"
    old = read_tree(connection, "main", numbered(connection, "main", before), known)
    return old, read_tree(connection, schema, numbered(connection, schema, after), known)


def with_checked(trees: Trees, names: Collection[str] | None = None) -> tuple[Loaded, Loaded]:
    """The two with what checks go by (``snapshot/store/extracts.py``), or with these kinds of it. Raises ``FileError``."""
    before, after = with_extracts(trees.connection, [trees.old, trees.new], names)
    return before, after


def differing(
    trees: Trees,
    apart: Collection[str] = (),
    taken_over: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> tuple[Rows, Rows]:
    """The rows in which two snapshots literally differ, as ``Pair`` has them. Raises ``FileError``.

    ``apart``: keys that mean one namespace before and another after, so that these have no twins. ``taken_over``: by the
    first snapshot's keys, names that mean one link before and another after: rows that tell these differ though they are equal.
    """
    before, after = _differing(trees.connection, trees.old, trees.new, apart, taken_over)
    return {place: rows for place, rows in before.items() if rows}, {
        place: rows for place, rows in after.items() if rows
    }


def _differing(
    connection: Connection, old: Tree, new: Tree, apart: Collection[str], taken_over: Mapping[str, frozenset[str]]
) -> tuple[Rows, Rows]:
    compare = cache(partial(_unlike, connection, translations={}))
    before_rows: Rows = {}
    after_rows: Rows = {}
    twins = {key: twin for key, twin in _twins(old.loaded, new.loaded).items() if key not in apart}
    now = {place.namespace.key: place.digests for place in new.loaded.namespaces}
    for place in old.loaded.namespaces:
        key = place.namespace.key
        twin = twins.get(key)
        kinds: Collection[str] = COMPARED
        if twin is not None and key not in taken_over:
            # Of most namespaces every section has the digest of its twin's.
            changed = {kind for kind, _ in place.digests.items() ^ now[twin].items()}
            kinds = [kind for kind in COMPARED if kind in changed] if changed else ()
        for kind in kinds:
            a, b = old.spot(key, kind), new.spot(twin, kind)
            if a is not None and twin is None:
                before_rows[Place(namespace=key, kind=kind)] = rows_of(connection, a)
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
                after_rows[Place(namespace=key, kind=kind)] = rows_of(connection, b)
    return before_rows, after_rows


def with_firewalls(trees: Trees, pair: Pair, apart: Collection[str] = ()) -> Pair:
    """The pair with the firewalls of which its rows say that a table, chain or rule differs. Raises ``FileError``."""
    twins = {key: twin for key, twin in _twins(pair.before, pair.after).items() if key not in apart}
    back = {twin: key for key, twin in twins.items()}
    olds, news = (
        {place.namespace for place, rows in side.items() if place.kind == "firewall" and _orders(rows)}
        for side in (pair.before_rows, pair.after_rows)
    )
    read = cache(partial(_whole, trees.connection))
    before = _untold(pair.before, olds | {back[key] for key in news if key in back})
    after = _untold(pair.after, news | {twins[key] for key in olds if key in twins})
    return replace(
        pair,
        before_firewalls={key: read(spot) for key in before if (spot := trees.old.spot(key, "firewall")) is not None},
        after_firewalls={key: read(spot) for key in after if (spot := trees.new.spot(key, "firewall")) is not None},
    )


def _untold(side: Loaded, keys: Collection[str]) -> list[str]:
    """Those of which no extract tells the whole firewall."""
    extracts = {
        place.namespace.key: place.extracts.get("firewall") for place in side.namespaces if place.namespace.key in keys
    }
    return [key for key, extract in extracts.items() if extract is None or extract.cut]


def _orders(rows: tuple[Fact, ...]) -> bool:
    return any(isinstance(row, FirewallEntry) and row.object in ORDERED for row in rows)


def _whole(connection: Connection, spot: Spot) -> tuple[FirewallEntry, ...] | None:
    (number,) = connection.execute(f"SELECT rows FROM {spot.schema}.section WHERE id = ?", (spot.number,)).fetchone()
    if number > LARGEST:
        return None
    return tuple(row for row in rows_of(connection, spot) if isinstance(row, FirewallEntry) and row.object in ORDERED)


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


def chains_of(rows: Iterable[Fact]) -> frozenset[Chain]:
    """The chains of the rules among these rows."""
    rules = (row for row in rows if isinstance(row, FirewallEntry) and row.object == "rule")
    return frozenset(map(_chain, rules))


def _rules(connection: Connection, spot: Spot, chains: frozenset[Chain], but: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """The rules of these chains, but for those that are known already: order can be compared only in whole lists."""
    known = {_spot(row) for row in but if isinstance(row, FirewallEntry)}
    return tuple(
        row
        for row in (rows_of(connection, spot) if chains else ())
        if isinstance(row, FirewallEntry) and row.object == "rule" and _chain(row) in chains and _spot(row) not in known
    )


def _chain(rule: FirewallEntry) -> Chain:
    return rule.backend, rule.family, rule.table, rule.chain


def _spot(rule: FirewallEntry) -> tuple[Chain, int | None]:
    return _chain(rule), rule.position
