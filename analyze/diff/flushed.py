"""Chains of the firewall that lost all of their rules at once, or were filled again: one thing happened, not one a rule."""

from __future__ import annotations

from collections import defaultdict
from typing import Literal

from analyze.diff.chains import chain_of
from analyze.diff.draft import Draft
from analyze.diff.sides import Sides
from analyze.names import row_name
from reports.model import Facts, FieldChange
from snapshot.model.firewall import FirewallEntry
from snapshot.store.loaded import Place

AT_LEAST = 2
"""A single rule that came or went tells it all by itself."""


def fold_flushed(sides: Sides, drafts: list[Draft]) -> None:
    """Put rules that nothing explains under their chain, where none of its rules was left, or none was there before."""
    chains = {
        (draft.namespaces, chain_of(draft.new)): draft
        for draft in drafts
        if isinstance(draft.new, FirewallEntry) and draft.new.object == "chain" and draft.action == "changed"
    }
    alone: dict[tuple[object, ...], list[Draft]] = defaultdict(list)
    for draft in drafts:
        rule = draft.old or draft.new
        both = draft.action in ("added", "removed") and None not in draft.namespaces
        if both and draft.cause is None and isinstance(rule, FirewallEntry) and rule.object == "rule":
            alone[draft.namespaces, chain_of(rule), draft.action].append(draft)
    for rules in alone.values():
        first = rules[0]
        rule = first.old or first.new
        assert isinstance(rule, FirewallEntry)
        counts = (_rules(sides, "before", first, rule), _rules(sides, "after", first, rule))
        if len(rules) < AT_LEAST or 0 not in counts:
            continue
        field = FieldChange(name="rules", before=counts[0], after=counts[1])
        chain = chains.get((first.namespaces, chain_of(rule)))
        if chain is None:
            chain = _chain(first, rule)
            drafts.append(chain)
        chain.fields = (*chain.fields, field)
        for draft in rules:
            draft.cause = chain


def _rules(sides: Sides, side: Literal["before", "after"], draft: Draft, rule: FirewallEntry) -> int:
    """How many rules the chain has on one side: all of them are loaded where one differs."""
    key = draft.namespaces[0 if side == "before" else 1]
    rows = sides.pair.before_rows if side == "before" else sides.pair.after_rows
    found = rows.get(Place(namespace=key, kind="firewall"), ()) if key is not None else ()
    alike = [row for row in found if isinstance(row, FirewallEntry) and row.object == "rule"]
    return sum(chain_of(row) == chain_of(rule) for row in alike)


def _chain(draft: Draft, rule: FirewallEntry) -> Draft:
    row = FirewallEntry(backend=rule.backend, family=rule.family, table=rule.table, object="chain", chain=rule.chain)
    facts: Facts = {name: getattr(row, name) for name in ("backend", "family", "table", "object", "chain")}
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
