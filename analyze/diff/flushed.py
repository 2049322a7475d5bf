"""Chains and tables of the firewall that lost all of their rules at once, or were filled again: that is one thing, not many."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from typing import Literal, NamedTuple

from analyze.diff.chains import chain_of
from analyze.diff.draft import Draft
from analyze.diff.sides import Sides
from analyze.names import row_name
from reports.model import Facts, FieldChange
from snapshot.model.firewall import FirewallEntry
from snapshot.model.kinds import Fact
from snapshot.store.loaded import Place

AT_LEAST = 2
"""A single rule (or chain) that came or went tells it all by itself."""

Spot = tuple[str | None, str | None]
Side = Literal["before", "after"]


class _Part(NamedTuple):
    """A change that may hang under its chain's or table's: one of a rule, or of a chain, with a rule of it."""

    draft: Draft
    rule: FirewallEntry


def fold_flushed(sides: Sides, drafts: list[Draft]) -> None:
    """Put rules that nothing explains under their chain, where none of its rules was left, or none was there before.

    Likewise chains under their table, where the whole of it is known.
    """
    wholes = {
        (draft.namespaces, draft.new.object, chain_of(draft.new)): draft
        for draft in drafts
        if isinstance(draft.new, FirewallEntry) and draft.new.object in ("chain", "table") and draft.action == "changed"
    }
    alone: dict[tuple[Spot, Hashable, str], list[_Part]] = defaultdict(list)
    for draft in drafts:
        rule = draft.old or draft.new
        both = draft.action in ("added", "removed") and None not in draft.namespaces
        if both and draft.cause is None and isinstance(rule, FirewallEntry) and rule.object == "rule":
            alone[draft.namespaces, chain_of(rule), draft.action].append(_Part(draft, rule))
    counts = _Counts(sides)
    tables: dict[tuple[Spot, Hashable, str], list[_Part]] = defaultdict(list)
    for (spot, chain, action), parts in alone.items():
        told = counts.of_chain(spot, chain)
        if 0 not in told:
            continue
        whole = parts if len(parts) < AT_LEAST else [_fold(wholes, drafts, parts, "chain", told)]
        tables[spot, _table_of(parts[0].rule), action] += [part for part in whole if part.draft.touched <= {"rules"}]
    for (spot, table, _), parts in tables.items():
        held = counts.of_table(spot, table)
        if len(parts) >= AT_LEAST and held is not None and 0 in held:
            _fold(wholes, drafts, parts, "table", held)


def _table_of(entry: FirewallEntry) -> Hashable:
    return entry.backend, entry.family, entry.table


class _Counts:
    """How many rules a chain or table has on either side, each namespace counted once."""

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        self._chains: dict[tuple[Side, str | None], Counter[Hashable]] = {}
        self._tables: dict[tuple[Side, str | None], Counter[Hashable] | None] = {}

    def of_chain(self, spot: Spot, chain: Hashable) -> tuple[int, int]:
        """All rules of a chain are loaded where one differs."""
        return self._in_chains("before", spot[0])[chain], self._in_chains("after", spot[1])[chain]

    def of_table(self, spot: Spot, table: Hashable) -> tuple[int, int] | None:
        """Of a table also chains that did not change count: None where not all of its namespace's rules were read."""
        before, after = self._in_tables("before", spot[0]), self._in_tables("after", spot[1])
        return None if before is None or after is None else (before[table], after[table])

    def _in_chains(self, side: Side, key: str | None) -> Counter[Hashable]:
        if (side, key) not in self._chains:
            rows = self._sides.pair.before_rows if side == "before" else self._sides.pair.after_rows
            found = rows.get(Place(namespace=key, kind="firewall"), ()) if key is not None else ()
            self._chains[side, key] = Counter(map(chain_of, _rules(found)))
        return self._chains[side, key]

    def _in_tables(self, side: Side, key: str | None) -> Counter[Hashable] | None:
        if (side, key) not in self._tables:
            topology = self._sides.before if side == "before" else self._sides.after
            place = topology.namespaces.get(key or "")
            extract = place.extracts.get("firewall") if place is not None else None
            read = extract.rows if extract is not None and not extract.cut else None
            self._tables[side, key] = Counter(map(_table_of, _rules(read))) if read is not None else None
        return self._tables[side, key]


def _rules(rows: Iterable[Fact]) -> list[FirewallEntry]:
    return [row for row in rows if isinstance(row, FirewallEntry) and row.object == "rule"]


def _fold(
    wholes: dict[tuple[Spot, str, Hashable], Draft],
    drafts: list[Draft],
    parts: list[_Part],
    kind: Literal["chain", "table"],
    counts: tuple[int, int],
) -> _Part:
    """Put changes under their chain or table, whose change tells how many rules there were and are."""
    first, rule = parts[0]
    row = FirewallEntry(
        backend=rule.backend, family=rule.family, table=rule.table, object=kind,
        chain=rule.chain if kind == "chain" else None,
    )  # fmt: skip
    whole = wholes.get((first.namespaces, kind, chain_of(row)))
    if whole is None:
        whole = _changed(first, row)
        drafts.append(whole)
    whole.fields = (*whole.fields, FieldChange(name="rules", before=counts[0], after=counts[1]))
    for part in parts:
        part.draft.cause = whole
    return _Part(whole, rule)


def _changed(draft: Draft, row: FirewallEntry) -> Draft:
    words = ("backend", "family", "table", "object", *(("chain",) if row.object == "chain" else ()))
    facts: Facts = {name: getattr(row, name) for name in words}
    return Draft(
        kind="firewall",
        action="changed",
        scope=draft.scope,
        name=row_name(row),
        before=facts,
        after=facts,
        matched_by="same subject",
        confidence="strong",
        namespaces=draft.namespaces,
    )
