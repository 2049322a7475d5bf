"""Changes of rows: all kinds but links, and what a runtime tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from analyze.diff.draft import Draft
from analyze.diff.fields import differing
from analyze.diff.nexthops import Objects, compare_objects, gathered, meant, meant_group
from analyze.diff.readdress import new_addresses, readdress, still_there
from analyze.diff.rename import Renamed, translate, translate_firewall, translate_rules
from analyze.diff.rows import RowPair, pair_rows
from analyze.diff.sides import Sides
from analyze.facts import columns
from analyze.names import row_name
from analyze.subjects import ROW_KINDS, SUBJECTS
from reports.model import Action, FieldChange
from snapshot.model.firewall import FirewallEntry
from snapshot.model.frozen import frozen
from snapshot.model.kinds import Fact
from snapshot.model.nexthop import Nexthop
from snapshot.model.route import Route
from snapshot.store.loaded import Place


@frozen
class _Spot:
    """One namespace on both sides (one of them None where it is not), and what to know of it to compare its rows.

    unsettled  names and addresses of what was made anew, ``addresses`` old address -> new one of it
    """

    sides: Sides
    old: str | None
    new: str | None
    unsettled: frozenset[str]
    addresses: Mapping[str, str]

    def rows(self, kind: str) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
        pair = self.sides.pair
        before = pair.before_rows.get(Place(namespace=self.old, kind=kind), ()) if self.old is not None else ()
        after = pair.after_rows.get(Place(namespace=self.new, kind=kind), ()) if self.new is not None else ()
        return before, after

    def renamed(self) -> Renamed:
        links = self.sides.matches.names.get(self.old, {}) if self.old is not None else {}
        return Renamed(links=links, containers=self.sides.matches.container_ids)


def row_changes(sides: Sides) -> list[Draft]:
    """All of them, for namespaces that stayed, were re-created, came or went."""
    now = sides.now_called
    namespaces: list[tuple[str | None, str | None]] = [*now.items()]
    namespaces += [(ns.key, None) for ns in sides.matches.namespaces.removed]
    namespaces += [(None, ns.key) for ns in sides.matches.namespaces.added]
    kinds = [kind for kind in ROW_KINDS if sides.both_asked(kind)]
    # Of most namespaces nothing changed.
    where = [_kinds_by_namespace(rows) for rows in (sides.pair.before_rows, sides.pair.after_rows)]
    ruled = any("firewall" in found for side in where for found in side.values())
    unsettled = sides.unsettled if ruled else frozenset()
    addresses = new_addresses(sides) if ruled else {}
    drafts: list[Draft] = []
    for old, new in namespaces:
        there = where[0].get(old, set()) | where[1].get(new, set())
        if there:
            spot = _Spot(sides=sides, old=old, new=new, unsettled=unsettled, addresses=addresses)
            drafts += _in_namespace(spot, [kind for kind in kinds if kind in there])
    return drafts


def _kinds_by_namespace(rows: Iterable[Place]) -> dict[str | None, set[str]]:
    """The kinds of which a namespace has rows that differ."""
    found: dict[str | None, set[str]] = {}
    for place in rows:
        found.setdefault(place.namespace, set()).add(place.kind)
    return found


def _in_namespace(spot: _Spot, kinds: list[str]) -> list[Draft]:
    renamed = spot.renamed()
    before, after = spot.rows("nexthop")
    objects = Objects(alike=not _torn(spot, "nexthop"))
    if before or after:
        named = [row for row in (translate(row, renamed) for row in before) if isinstance(row, Nexthop)]
        objects = compare_objects(named, [row for row in after if isinstance(row, Nexthop)])
        renamed = replace(renamed, nexthops=objects.numbers)
    drafts = [draft for kind in kinds for draft in _rows(spot, kind, renamed, objects)]
    if objects.numbers and "nexthop" in kinds:
        drafts += _renumbered(spot, before, objects)
    return drafts


def _rows(spot: _Spot, kind: str, renamed: Renamed, objects: Objects) -> list[Draft]:
    before, after = spot.rows(kind)
    if not before and not after:
        return []
    translated = [translate(row, renamed) for row in before]
    if kind == "firewall":
        translated = translate_firewall(translated, after, renamed.links)
    if kind == "rule":
        translated = translate_rules(translated, after, renamed.links)
    origin = {id(now): row for now, row in zip(translated, before, strict=True)}
    named: dict[int, Fact] = {}
    if kind == "firewall" and spot.addresses:
        readdressed = readdress(translated, after, spot.addresses)
        named = {id(now): row for now, row in zip(readdressed, translated, strict=True) if now is not row}
        origin |= {now: origin[id(row)] for now, row in named.items()}
        translated = readdressed
    if kind == "route":
        routes = [[row for row in rows if isinstance(row, Route)] for rows in (translated, after)]
        translated, after = [*gathered(routes[0], routes[1])], (*gathered(routes[1], routes[0]),)
    torn = _torn(spot, kind)
    pairs = pair_rows(translated, after, spot.unsettled, torn=torn)
    if named:
        pairs += still_there(pairs, [row for row in translated if id(row) in named], after)
    drafts = []
    for pair in _certain(pairs, torn=torn and SUBJECTS[kind].several):
        row = pair.before
        was = origin.get(id(row), row) if row is not None else None
        now = named.get(id(row), row) if row is not None else None
        fields = _fields(kind, pair, now, objects, in_full=spot.new == spot.sides.after.host)
        if fields or row is None or pair.after is None:
            drafts.append(_draft(spot.sides, kind, (spot.old, spot.new), was, pair.after, fields))
    return drafts


def _torn(spot: _Spot, kind: str) -> bool:
    """Rows may be missing."""
    return not (spot.sides.saw_before.sees(spot.old, kind) and spot.sides.saw_after.sees(spot.new, kind))


def _certain(pairs: Iterable[RowPair], *, torn: bool) -> Iterator[RowPair]:
    """Where rows are missing of which several can stand beside each other, one that is like another need not be what became
    of it: each is told by itself, as unknown."""
    for pair in pairs:
        if torn and pair.before is not None and pair.after is not None and not pair.moved:
            yield RowPair(before=pair.before, after=None)
            yield RowPair(before=None, after=pair.after)
        else:
            yield pair


def _renumbered(spot: _Spot, before: tuple[Fact, ...], objects: Objects) -> list[Draft]:
    """Nexthop objects that lead to the same under another number, which changes nothing that uses them."""
    drafts = []
    for row in before:
        now = objects.after.get(objects.numbers.get(row.id, 0)) if isinstance(row, Nexthop) else None
        if isinstance(row, Nexthop) and now is not None:
            fields = (FieldChange(name="id", before=row.id, after=now.id),)
            drafts.append(_draft(spot.sides, "nexthop", (spot.old, spot.new), row, now, fields, "where it leads"))
    return drafts


def _fields(
    kind: str, pair: RowPair, before: Fact | None, objects: Objects, *, in_full: bool
) -> tuple[FieldChange, ...]:
    """What differs between the new row and ``before``, which is the old one in today's names.

    ``in_full``: in the host's own namespace, all of whose sysctls are read.
    """
    if before is None or pair.after is None:
        return ()
    fields = differing(kind, columns(before), columns(pair.after))
    if isinstance(before, Route) and isinstance(pair.after, Route):
        fields = meant(fields, before, pair.after, objects)
    if isinstance(before, Nexthop) and isinstance(pair.after, Nexthop):
        fields = meant_group(fields, before, pair.after)
    if isinstance(pair.after, FirewallEntry) and not pair.moved:
        # A rule's number changes with every rule before it.
        fields = tuple(change for change in fields if change.name != "position")
    if kind == "sysctl" and not in_full:
        # Of a namespace that forwards for nobody few are read (docs/capture.md): one side's lack says nothing.
        fields = tuple(change for change in fields if change.before is not None and change.after is not None)
    return fields


def _draft(
    sides: Sides,
    kind: str,
    spot: tuple[str | None, str | None],
    was: Fact | None,
    now: Fact | None,
    fields: tuple[FieldChange, ...],
    reason: str = "same subject",
) -> Draft:
    shown = now or was
    assert shown is not None
    action: Action = "changed"
    if now is None:
        action = sides.only("before", kind, *spot)
    elif was is None:
        action = sides.only("after", kind, spot[1], spot[0])
    scope = sides.after.scopes[spot[1]] if spot[1] is not None else sides.before.scopes[spot[0] or ""]
    return Draft(
        kind=kind,
        action=action,
        scope=scope,
        name=row_name(shown),
        before=columns(was) if was is not None else None,
        after=columns(now) if now is not None else None,
        fields=fields,
        matched_by=None if action != "changed" else reason,
        confidence=None if action != "changed" else "strong",
        namespaces=spot,
        old=was,
        new=now,
    )
