"""Rows of one kind in one namespace: which old row became which new one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from analyze.facts import columns
from reports.model import Json
from snapshot.model.address import Address
from snapshot.model.fdb import FdbEntry
from snapshot.model.json import canonical
from snapshot.model.kinds import Fact
from snapshot.model.neighbour import Neighbour
from snapshot.model.route import Route
from snapshot.model.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPair:
    """An old row and the new one it became; one of them is None for what came or went."""

    before: Fact | None
    after: Fact | None


def pair_rows(before: Sequence[Fact], after: Sequence[Fact]) -> list[RowPair]:
    """Pair rows that speak of the same thing and differ; equal rows are left out.

    Within one subject (a route's destination and table, say) rows are paired by likeness: the most equal columns first,
    ties in canonical order, so that one changed metric is one change however many routes share the destination.
    """
    olds, news = _by_subject(before), _by_subject(after)
    pairs: list[RowPair] = []
    for subject in (*olds, *(s for s in news if s not in olds)):
        old, new = _without_equals(olds.get(subject, []), news.get(subject, []))
        pairs += _by_likeness(old, new)
    return pairs


def subject(fact: Fact) -> Hashable:
    """What a row is about: rows of one subject are one thing before and after."""
    match fact:
        case Address():
            return fact.dev, fact.family, fact.address
        case Route():
            # The kernel makes the same routes for every link (fe80::/64, ff00::/8): one link's are not another's.
            dev = fact.dev if fact.protocol == "kernel" else None
            return fact.family, fact.table, fact.type, fact.dst, fact.src, fact.tos, dev
        case Rule():
            selector = (fact.src, fact.dst, fact.iif, fact.oif, fact.tos, fact.fwmark, fact.fwmask, fact.invert)
            more = (fact.ipproto, fact.sport, fact.dport, fact.uid_range, fact.l3mdev)
            return fact.family, fact.priority, selector, more
        case Neighbour():
            return fact.family, fact.dev, fact.address, fact.proxy
        case FdbEntry():
            return fact.mac, fact.vlan, fact.master or fact.dev, fact.dst, fact.src_vni
        case _:
            return canonical(columns(fact))


def _by_subject(rows: Sequence[Fact]) -> dict[Hashable, list[Fact]]:
    found: dict[Hashable, list[Fact]] = defaultdict(list)
    for row in rows:
        found[subject(row)].append(row)
    return found


def _without_equals(old: list[Fact], new: list[Fact]) -> tuple[list[Fact], list[Fact]]:
    left = list(new)
    gone = []
    for row in old:
        try:
            left.remove(row)
        except ValueError:
            gone.append(row)
    return gone, left


def _by_likeness(old: list[Fact], new: list[Fact]) -> list[RowPair]:
    if len(old) * len(new) > 250_000:
        # A subject with hundreds of bearers on both sides (a flood of FDB entries): order decides.
        ranked = [(0, i, i) for i in range(min(len(old), len(new)))]
    else:
        shown_old, shown_new = [columns(row) for row in old], [columns(row) for row in new]
        ranked = sorted((-_alike(a, b), i, j) for i, a in enumerate(shown_old) for j, b in enumerate(shown_new))
    free_old, free_new = dict(enumerate(old)), dict(enumerate(new))
    pairs = []
    for _, i, j in ranked:
        if i in free_old and j in free_new:
            pairs.append(RowPair(before=free_old.pop(i), after=free_new.pop(j)))
    pairs += [RowPair(before=row, after=None) for row in free_old.values()]
    pairs += [RowPair(before=None, after=row) for row in free_new.values()]
    return pairs


def _alike(a: dict[str, Json], b: dict[str, Json]) -> int:
    return sum(a[name] == b[name] for name in a)
