"""What checks go by of the big kinds: chosen, grouped and bounded by the database. Sections that are shared are read once."""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from snapshot.model.frozen import frozen
from snapshot.model.kinds import Fact
from snapshot.store.columns import CODECS
from snapshot.store.loaded import Extract, Loaded, LoadedNamespace
from snapshot.store.rows import RowReader
from snapshot.store.sections import DEFAULTS, Spots
from snapshot.store.tree import Tree

if TYPE_CHECKING:
    from sqlite3 import Connection, Cursor

LARGEST = 200_000
"""Rows of a section up to which it is gone through, but for what is ``Wanted.large``."""
ALTOGETHER = 2_000_000
"""Rows of a kind that are gone through in one snapshot, the smallest sections first; ``LARGE_ALTOGETHER`` of what is large."""
LARGE_ALTOGETHER = 20_000_000

AT_ONCE = 5_000
"""Rows that are fetched at once."""
ONLINK = """SELECT number FROM @route_form WHERE flags LIKE '%"onlink"%'"""


WRITTEN = """f.state = 'PERMANENT' OR f.proxy OR (f.state = 'NOARP' AND r.mac NOT GLOB '?[13579bdf]:*')"""
"""Permanent entries, proxies, and those without ARP that are not of a multicast address, which the kernel makes by itself."""
LOCAL = """SELECT number FROM @route_form WHERE type = 'local' AND protocol <> 'kernel'"""


@frozen
class Wanted:
    """What is read of one kind, under a name.

    kind       the kind, where it is not what this is called
    where      which rows, in SQL on the row (``r``) and its form (``f``, what many rows have in common); "@" is the schema
    elsewhere  which of these in other namespaces than the host's own; None: all of them, "": none
    alike      the columns by which rows are told in groups, each by its first; empty: every row by itself
    large      also of sections that are too large to be gone through otherwise: few rows are, and the scan is quick
    most       rows (or groups) of a section that are read; a section with more is ``cut``
    """

    kind: str | None = None
    where: str = "1"
    elsewhere: str | None = None
    alike: tuple[str, ...] = ()
    large: bool = False
    most: int = 10_000


WANTED: dict[str, Wanted] = {
    # Default routes, and what has no gateway: what is on a link. Without what the kernel keeps in the table "local" for every
    # address. A scan of a million rows takes 0.08 s.
    "route": Wanted(
        where=f"(r.gateway IS NULL OR r.dst IN {DEFAULTS}) "
        "AND f.type NOT IN ('local', 'broadcast', 'anycast', 'multicast')",
        large=True,
    ),
    # All other routes, those that lead the same way as one. To group a million takes a second.
    "gateway": Wanted(
        kind="route",
        where=f"r.gateway IS NOT NULL AND r.dst NOT IN {DEFAULTS}",
        alike=("r.form", "r.dev", "r.gateway"),
    ),
    # Of these the links for which somebody said that the gateway is there, though no route says so. Few forms say that, and
    # where none does no row is looked at.
    "onlink": Wanted(
        kind="route",
        where=f"EXISTS ({ONLINK}) AND r.gateway IS NOT NULL AND r.form IN ({ONLINK})",
        alike=("r.dev",),
        large=True,
    ),
    # What a namespace takes for its own beside its addresses (AnyIP): few forms say that too.
    "local": Wanted(kind="route", where=f"EXISTS ({LOCAL}) AND r.form IN ({LOCAL})", large=True),
    "nexthop": Wanted(),
    "rule": Wanted(),
    # Whether a link has any: what takes packets elsewhere than routes say.
    "filter": Wanted(alike=("r.dev", "r.parent")),
    "bpf": Wanted(alike=("r.dev",)),
    # Counted, but for those that somebody wrote down.
    "neighbour": Wanted(alike=("r.form", f"CASE WHEN {WRITTEN} THEN r.number END")),
    # Elsewhere: who answers for addresses of others, or not for all of its own.
    "sysctl": Wanted(
        elsewhere="""(f."values" LIKE '%"proxy_arp":1%' OR f."values" LIKE '%"proxy_arp_pvlan":1%' """
        """OR f."values" LIKE '%"proxy_ndp":1%' OR f."values" GLOB '*"arp_ignore":[1-9]*')"""
    ),
    "socket": Wanted(elsewhere=""),
    "firewall": Wanted(elsewhere="", most=50_000),
    "ipvs": Wanted(elsewhere=""),
    # Where its tunnels lead.
    "wireguard": Wanted(elsewhere=""),
    # Of all that is counted, what is tracked stands first.
    "counter": Wanted(where="r.number = s.first_row AND r.of = 'conntrack'"),
}
"""By the name under which checks ask for it."""

Known: TypeAlias = dict[tuple[str, bool, str], Extract]
"""What has been read: by name, whether as the host's own, and the section's digest."""


def read_as(name: str) -> str:
    """The kind of what is wanted under a name."""
    return WANTED[name].kind or name if name in WANTED else name


def with_extracts(connection: Connection, trees: Sequence[Tree], names: Collection[str] | None = None) -> list[Loaded]:
    """Snapshots with what checks go by, or only with what is asked for by these names.

    Namespaces that are one value in two of them stay one value.
    """
    known: Known = {}
    asked = {name: wanted for name, wanted in WANTED.items() if names is None or name in names}
    for tree in trees:
        hosts = [place.namespace.key for place in tree.loaded.namespaces if place.namespace.host]
        host = [spots for key, spots in tree.sections.items() if key in hosts]
        others = [spots for key, spots in tree.sections.items() if key not in hosts]
        for name, wanted in asked.items():
            if wanted.elsewhere is None:
                _read(connection, [*host, *others], name, wanted, known, host=False)
                continue
            _read(connection, host, name, wanted, known, host=True)
            if wanted.elsewhere:
                fewer = replace(wanted, where=f"{wanted.where} AND {wanted.elsewhere}")
                _read(connection, others, name, fewer, known, host=False)
    filled: dict[tuple[Hashable, ...], LoadedNamespace] = {}
    return [_filled(tree, asked, known, filled) for tree in trees]


def _filled(
    tree: Tree, asked: Mapping[str, Wanted], known: Known, filled: dict[tuple[Hashable, ...], LoadedNamespace]
) -> Loaded:
    of_host = [(name, read_as(name), wanted.elsewhere is not None) for name, wanted in asked.items()]
    of_others = [(name, read_as(name), False) for name, wanted in asked.items() if wanted.elsewhere != ""]
    extracts: dict[tuple[Hashable, ...], Mapping[str, Extract]] = {}
    namespaces = []
    for place in tree.loaded.namespaces:
        spots = tree.sections[place.namespace.key]
        names = of_host if place.namespace.host else of_others
        # Most namespaces are much alike.
        digests = tuple([spots[kind].digest if kind in spots else None for _, kind, _ in names])
        told = (place.namespace.host, digests)
        if told not in extracts:
            extracts[told] = {
                name: known[name, host, digest]
                for (name, _, host), digest in zip(names, digests, strict=True)
                if digest is not None
            }
        whole = (id(place), told)
        if whole not in filled:
            filled[whole] = place.with_extracts(extracts[told]) if extracts[told] else place
        namespaces.append(filled[whole])
    return replace(tree.loaded, namespaces=tuple(namespaces))


def _read(
    connection: Connection, held: Iterable[Spots], name: str, wanted: Wanted, known: Known, *, host: bool
) -> None:
    """Read what is wanted of the sections of some namespaces, but for those that are known by their digest."""
    kind = read_as(name)
    found = {spots[kind] for spots in held if kind in spots}
    unknown = [spot for spot in found if (name, host, spot.digest) not in known]
    for schema in {spot.schema for spot in unknown}:
        digests = {spot.number: spot.digest for spot in unknown if spot.schema == schema}
        _read_sections(connection, schema, digests, name, wanted, known, host=host)


def _read_sections(
    connection: Connection, schema: str, digests: dict[int, str], name: str, wanted: Wanted, known: Known, *, host: bool
) -> None:
    kind = read_as(name)
    query = f"SELECT id, rows FROM {schema}.section WHERE id IN (SELECT value FROM json_each(?)) ORDER BY rows, id"
    totals = {int(s): int(n) for s, n in connection.execute(query, (json.dumps(list(digests)),))}
    sections: list[int] = []
    left = LARGE_ALTOGETHER if wanted.large else ALTOGETHER
    for section, number in totals.items():
        if number <= left and (wanted.large or number <= LARGEST):
            left -= number
            if number:
                sections.append(section)
        else:
            left = 0
    rows, counts, cut = _rows(connection, schema, kind, wanted, sections)
    unread = {section for section, number in totals.items() if number} - set(sections)
    for section, digest in digests.items():
        known[name, host, digest] = Extract(
            rows=tuple(rows.get(section, ())),
            counts=tuple(counts.get(section, ())),
            total=totals.get(section, 0),
            cut=section in cut or section in unread,
        )


def _rows(
    connection: Connection, schema: str, kind: str, wanted: Wanted, sections: Collection[int]
) -> tuple[dict[int, list[Fact]], dict[int, list[int]], set[int]]:
    """The rows of some sections, how many each stands for, and the sections that have more than are wanted."""
    rows: dict[int, list[Fact]] = {}
    counts: dict[int, list[int]] = {}
    cut: set[int] = set()
    if not sections:
        return rows, counts, cut
    reader = RowReader(connection, schema, kind)
    cursor = _query(connection, schema, kind, reader.columns, wanted, sections)
    while batch := cursor.fetchmany(AT_ONCE):
        kept = []
        for row in batch:
            held = counts.setdefault(row[-3], [])
            if len(held) < wanted.most:
                held.append(row[-2])
                kept.append(row)
            else:
                cut.add(row[-3])
        for row, fact in zip(kept, reader.facts(kept), strict=True):
            rows.setdefault(row[-3], []).append(fact)
    return rows, counts, cut


def _query(
    connection: Connection, schema: str, kind: str, columns: str, wanted: Wanted, sections: Collection[int]
) -> Cursor:
    # With min() the other columns are those of the row that has the least number (SQLite, "bare columns in an aggregate").
    codec = CODECS[kind]
    grouped = f"GROUP BY s.id, {', '.join(wanted.alike)}" if wanted.alike else ""
    where = wanted.where.replace("@", f"{schema}.")
    told = f"{'count(*), min(r.number)' if wanted.alike else '1, r.number'} AS min_number"
    return connection.execute(
        f"SELECT {columns}, s.id, {told} FROM {schema}.section s JOIN {codec.source(kind, schema)} "
        "WHERE s.id IN (SELECT value FROM json_each(?)) "
        f"AND r.number BETWEEN s.first_row AND s.first_row + s.rows - 1 AND {where} {grouped} ORDER BY s.id, min_number",
        (json.dumps(list(sections)),),
    )
