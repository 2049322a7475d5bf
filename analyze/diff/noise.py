"""What changes by itself on a healthy host: kept out of the report, but counted under its rule's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from analyze.diff.draft import Draft
from reports.model import Ignored
from snapshot.model.fdb import FdbEntry
from snapshot.model.neighbour import Neighbour

CONFIGURED = frozenset({"PERMANENT", "NOARP"})
"""Neighbour states that somebody set (linux/neighbour.h); all others come and go with traffic."""

LEARNT_FLAGS = frozenset({"extern_learn", "sticky", "offload"})
"""FDB flags of entries that a control plane wrote: they are configuration though they look learnt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseRule:
    """One default rule. It applies to changes that nothing explains; explained ones hang under their cause."""

    name: str
    applies: Callable[[Draft], bool]


def _dynamic(row: object) -> bool:
    if isinstance(row, Neighbour):
        return row.state not in CONFIGURED and not row.proxy and "extern_learn" not in row.flags
    if isinstance(row, FdbEntry):
        return row.state not in ("permanent", "static", "noarp") and not LEARNT_FLAGS & set(row.flags)
    return False


def _cache_entry(draft: Draft) -> bool:
    rows = [row for row in (draft.old, draft.new) if row is not None]
    return all(_dynamic(row) for row in rows) and bool(rows)


RULES: tuple[NoiseRule, ...] = (
    NoiseRule(
        name="neighbour-state",
        applies=lambda d: (
            d.kind == "neighbour" and d.action == "changed" and d.touched <= {"state"} and _cache_entry(d)
        ),
    ),
    NoiseRule(
        name="neighbour-learned",
        applies=lambda d: d.kind == "neighbour" and d.action in ("added", "removed", "unknown") and _cache_entry(d),
    ),
    NoiseRule(
        # An entry on its way to being resolved, or that could not be, has no MAC to compare.
        name="neighbour-unresolved",
        applies=lambda d: (
            d.kind == "neighbour"
            and d.action == "changed"
            and d.touched <= {"state", "mac", "flags"}
            and _cache_entry(d)
            and any(isinstance(row, Neighbour) and row.mac is None for row in (d.old, d.new))
        ),
    ),
    NoiseRule(
        name="fdb-learned",
        applies=lambda d: d.kind == "fdb" and d.action in ("added", "removed", "unknown") and _cache_entry(d),
    ),
    NoiseRule(
        name="fdb-state",
        applies=lambda d: d.kind == "fdb" and d.action == "changed" and d.touched <= {"state"} and _cache_entry(d),
    ),
    NoiseRule(
        # Duplicate address detection (RFC 4862) runs for a second or two after an address was set.
        name="address-detection",
        applies=lambda d: (
            d.kind == "address"
            and d.action == "changed"
            and d.touched == {"flags"}
            and _flags_differ_in(d, frozenset({"tentative", "optimistic"}))
        ),
    ),
)


def _flags_differ_in(draft: Draft, flags: frozenset[str]) -> bool:
    before, after = getattr(draft.old, "flags", ()), getattr(draft.new, "flags", ())
    return set(before) ^ set(after) <= flags


def drop_noise(drafts: list[Draft]) -> tuple[list[Draft], tuple[Ignored, ...]]:
    """Leave out what a default rule covers and nothing explains; say how much each rule left out."""
    kept: list[Draft] = []
    counts: Counter[str] = Counter()
    causes = {id(draft.cause) for draft in drafts if draft.cause is not None}
    for draft in drafts:
        rule = None
        if draft.cause is None and id(draft) not in causes:
            rule = next((rule for rule in RULES if rule.applies(draft)), None)
        if rule is None:
            kept.append(draft)
        else:
            counts[rule.name] += 1
    return kept, tuple(Ignored(rule=rule.name, count=counts[rule.name]) for rule in RULES if counts[rule.name])
