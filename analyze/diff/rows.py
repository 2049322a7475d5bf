"""Rows of one kind in one namespace: which old row became which new one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

from analyze.diff.chains import rule_changes
from analyze.facts import columns
from analyze.subjects import SUBJECTS, subject
from reports.model import Json
from snapshot.model.firewall import FirewallEntry
from snapshot.model.frozen import frozen
from snapshot.model.json import canonical
from snapshot.model.kinds import KIND_OF, Fact


@frozen
class RowPair:
    """An old row and the new one it became; one of them is None for what came or went.

    ``moved``: a rule of the firewall that is the same, but in another place among the others.
    """

    before: Fact | None
    after: Fact | None
    moved: bool = False


def pair_rows(
    before: Sequence[Fact], after: Sequence[Fact], unsettled: frozenset[str] = frozenset(), *, torn: bool = False
) -> list[RowPair]:
    """Pair rows that speak of the same thing and differ; equal rows are left out.

    Within one subject (a route's destination and table, say) rows are paired by likeness: the most equal columns first,
    of these the ones with the same link, ties by the rows' numbers, then in canonical order, whatever the order of the rows:
    one changed metric is one change however many routes share the destination, and exchanged gateways are told of the links
    they are reached by. The rules of a firewall's chain are held against each other as ordered lists (``unsettled``: see
    ``rule_changes``). ``torn``: rows may be missing, so that what is left over proves nothing.
    """
    changes = rule_changes(_rules(before), _rules(after), unsettled)
    pairs = [RowPair(before=old, after=new, moved=moved) for old, new, moved in changes]
    olds, news = _by_subject(before), _by_subject(after)
    for about in dict.fromkeys((*olds, *news)):
        old, new = _without_equals(olds.get(about, []), news.get(about, []))
        pairs += _by_likeness(old, new)
    return pairs if torn else _paired_again(pairs)


def _paired_again(pairs: list[RowPair]) -> list[RowPair]:
    """What is left over, paired by the kind's weaker subject where it fits one row on each side."""
    left: dict[Hashable, tuple[list[RowPair], list[RowPair]]] = defaultdict(lambda: ([], []))
    for pair in pairs:
        row = pair.before or pair.after
        if row is None or (pair.before is not None and pair.after is not None):
            continue
        weaker = SUBJECTS[KIND_OF[type(row)]].again
        if weaker is not None:
            left[weaker(row)][pair.before is None].append(pair)
    found = [(olds[0], news[0]) for olds, news in left.values() if len(olds) == len(news) == 1]
    if not found:
        return pairs
    gone = {id(pair) for both in found for pair in both}
    made = [RowPair(before=old.before, after=new.after) for old, new in found]
    return [pair for pair in pairs if id(pair) not in gone] + made


def _rules(rows: Sequence[Fact]) -> list[FirewallEntry]:
    return [row for row in rows if isinstance(row, FirewallEntry) and row.object == "rule"]


def _by_subject(rows: Sequence[Fact]) -> dict[Hashable, list[Fact]]:
    found: dict[Hashable, list[Fact]] = defaultdict(list)
    for row in rows:
        if not (isinstance(row, FirewallEntry) and row.object == "rule"):
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
    if len(old) <= 1 and len(new) <= 1:
        # So it is with nearly every subject: nothing to choose from.
        return [RowPair(before=next(iter(old), None), after=next(iter(new), None))] if old or new else []
    old, new = sorted(old, key=_order), sorted(new, key=_order)
    if len(old) * len(new) > 250_000:
        # A subject with hundreds of bearers on both sides (a flood of FDB entries): order decides.
        ranked = [(0, False, i, i) for i in range(min(len(old), len(new)))]
    else:
        shown_old, shown_new = [columns(row) for row in old], [columns(row) for row in new]
        ranked = sorted(
            (-_alike(a, b), a.get("dev") != b.get("dev"), i, j)
            for i, a in enumerate(shown_old)
            for j, b in enumerate(shown_new)
        )
    free_old, free_new = dict(enumerate(old)), dict(enumerate(new))
    pairs = []
    for _, _, i, j in ranked:
        if i in free_old and j in free_new:
            pairs.append(RowPair(before=free_old.pop(i), after=free_new.pop(j)))
    pairs += [RowPair(before=row, after=None) for row in free_old.values()]
    pairs += [RowPair(before=None, after=row) for row in free_new.values()]
    return pairs


def _order(row: Fact) -> tuple[list[int], str]:
    """By the row's numbers first, which are the same under pseudonyms (docs/redaction.md)."""
    told = columns(row)
    return [value if isinstance(value, int) else -1 for value in told.values()], canonical(told)


def _alike(a: dict[str, Json], b: dict[str, Json]) -> int:
    return sum(a[name] == b[name] for name in a)
