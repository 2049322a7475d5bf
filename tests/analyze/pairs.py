"""The pair that the reader would make of two hosts, without a file. Laws hold the two ways against each other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from analyze.diff.sides import Sides, prepare
from analyze.match.apart import misread
from snapshot.model.firewall import FirewallEntry
from snapshot.model.kinds import Fact
from snapshot.model.namespace import Namespace
from snapshot.model.route import Route
from snapshot.store.extracts import WANTED, read_as
from snapshot.store.loaded import Extract, LoadedNamespace, Pair, Place
from snapshot.store.naming import tells
from snapshot.store.pairs import ORDERED, chains_of
from snapshot.store.sections import EVERYWHERE

if TYPE_CHECKING:
    from tests.analyze.hosts import Host, Net


def loaded_namespace(net: Net, kinds: tuple[str, ...]) -> LoadedNamespace:
    """A namespace with its small kinds."""
    rows = net.read(kinds)
    return LoadedNamespace(
        namespace=Namespace(key=net.key, inode=net.inode, host=net.host, names=net.names, has_process=net.has_process),
        digests={
            kind: hashlib.sha256("".join(map(_told, found)).encode()).hexdigest()
            for kind, found in {**rows, **({"nsid": tuple(net.nsids)} if "nsid" in kinds else {})}.items()
        },
        links=tuple(sorted(net.links, key=lambda link: link.ifindex)) if "link" in rows else (),
        addresses=tuple(sorted(net.addresses, key=lambda a: (a.dev, a.family, a.address))) if "address" in rows else (),
        nsids=tuple(net.nsids),
        ways=tuple(r for r in net.routes if "route" in rows and r.dst in EVERYWHERE),
        extracts={
            name: _extract(name, rows[read_as(name)])
            for name, wanted in WANTED.items()
            if read_as(name) in rows and (net.host or wanted.elsewhere != "")
        },
    )


def _extract(name: str, rows: tuple[Fact, ...]) -> Extract:
    """What checks go by of a kind: here all of it."""
    if name in ("route", "gateway"):
        others = [isinstance(r, Route) and r.gateway is not None and r.dst not in EVERYWHERE for r in rows]
        rows = tuple(row for row, other in zip(rows, others, strict=True) if other == (name == "gateway"))
    if name == "onlink":
        rows = tuple(
            row for row in rows if isinstance(row, Route) and row.gateway is not None and "onlink" in row.flags
        )
    if name == "local":
        rows = tuple(r for r in rows if isinstance(r, Route) and r.type == "local" and r.protocol != "kernel")
    return Extract(rows=rows, counts=(1,) * len(rows), total=len(rows))


_TOLD: dict[int, tuple[Fact, str]] = {}


def _told(fact: Fact) -> str:
    """A fact as text, written once for all snapshots it is in."""
    if len(_TOLD) > 50_000:
        _TOLD.clear()
    known = _TOLD.get(id(fact))
    if known is None:
        known = _TOLD[id(fact)] = (fact, repr(fact))
    return known[1]


def sides_of(before: Host, after: Host, maps: Sequence[str] = ()) -> Sides:
    """What ``analyze.loading.load`` gives for two such snapshots."""
    sides = prepare(_pair_of(before, after, {}), maps)
    names = misread(sides.before, sides.after, sides.matches).names
    return prepare(_pair_of(before, after, names), maps) if names else sides


def pair_of(before: Host, after: Host) -> Pair:
    """The pair in it."""
    return sides_of(before, after).pair


def _pair_of(before: Host, after: Host, taken_over: Mapping[str, frozenset[str]]) -> Pair:
    one_boot = before.boot_id == after.boot_id
    twins = {before.root.key: after.root.key} if before.nets and after.nets else {}
    twins |= {key: key for key in before.nets if one_boot and key in after.nets and key not in twins}
    rows_before: dict[Place, tuple[Fact, ...]] = {}
    rows_after: dict[Place, tuple[Fact, ...]] = {}
    back = {new_key: old_key for old_key, new_key in twins.items()}
    for key, net in before.nets.items():
        read = net.read(before.kinds)
        twin = after.nets[twins[key]].read(after.kinds) if key in twins else None
        for kind, rows in read.items():
            place = Place(namespace=key, kind=kind)
            if twin is None:
                rows_before[place] = rows
            elif kind in twin:
                names = taken_over.get(key, frozenset())
                apart = _apart(kind, rows, twin[kind], names)
                rows_before[place], rows_after[Place(namespace=twins[key], kind=kind)] = apart
    for key, net in after.nets.items():
        if key not in back:
            rows_after |= {Place(namespace=key, kind=kind): rows for kind, rows in net.read(after.kinds).items()}
    rows_before = {place: rows for place, rows in rows_before.items() if rows and place.kind != "nsid"}
    rows_after = {place: rows for place, rows in rows_after.items() if rows and place.kind != "nsid"}
    olds, news = _ordered(rows_before), _ordered(rows_after)
    return Pair(
        before=before.loaded(),
        after=after.loaded(number=2, started="2026-01-01T03:10:00.000000Z"),
        before_rows=rows_before,
        after_rows=rows_after,
        before_firewalls=_firewalls(before, olds | {back[key] for key in news if key in back}),
        after_firewalls=_firewalls(after, news | {twins[key] for key in olds if key in twins}),
    )


def _ordered(rows: Mapping[Place, tuple[Fact, ...]]) -> set[str]:
    """The namespaces of whose firewall a table, chain or rule differs."""
    return {place.namespace for place, found in rows.items() if any(map(_is_ordered, found))}


def _is_ordered(row: Fact) -> bool:
    return isinstance(row, FirewallEntry) and row.object in ORDERED


def _firewalls(host: Host, keys: set[str]) -> dict[str, tuple[FirewallEntry, ...] | None]:
    """All tables, chains and rules of them, but for the host's own, which an extract tells."""
    found = {key: host.nets[key].read(host.kinds).get("firewall") for key in keys if not host.nets[key].host}
    return {
        key: tuple(row for row in rows if isinstance(row, FirewallEntry) and _is_ordered(row))
        for key, rows in found.items()
        if rows is not None
    }


def _apart(
    kind: str, old: tuple[Fact, ...], new: tuple[Fact, ...], names: frozenset[str]
) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """The rows that only one side has, and those that tell one of these links; of the firewall's chains that differ all, for
    order can be compared only in whole."""
    told_old, told_new = {_told(row) for row in old}, {_told(row) for row in new}
    only_old = tuple(row for row in old if _told(row) not in told_new or tells(row, names))
    only_new = tuple(row for row in new if _told(row) not in told_old or tells(row, names))
    if kind == "firewall":
        chains = chains_of((*only_old, *only_new))
        only_old += tuple(row for row in old if _told(row) in told_new and chains_of([row]) & chains)
        only_new += tuple(row for row in new if _told(row) in told_old and chains_of([row]) & chains)
    return only_old, only_new
