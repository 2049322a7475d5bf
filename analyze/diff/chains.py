"""The rules of a firewall's chain: an ordered list before, and after.

A rule that others were put before or taken from before has not changed; one that changed places with others moved.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

from analyze.diff.rule_words import names_any
from snapshot.model.firewall import FirewallEntry

TRIES = 2_000_000
"""Above so many pairs of equal rules, equal ones are told apart by their order alone."""
PAIRS = 250_000
ALIKE = 0.6
"""Two rules in the same place share so many of their words if one became the other."""
OPTION = re.compile(r"--?[a-z][a-z-]*|[0-9]{1,5}|!")
"""A word of a rule that is no name."""


class RuleChange(NamedTuple):
    """A rule that went (``after`` None), came (``before`` None), became another, or moved."""

    before: FirewallEntry | None
    after: FirewallEntry | None
    moved: bool = False


def chain_of(entry: FirewallEntry) -> Hashable:
    """The chain a rule is in."""
    return entry.backend, entry.family, entry.table, entry.chain


def rule_changes(
    before: Sequence[FirewallEntry], after: Sequence[FirewallEntry], unsettled: frozenset[str] = frozenset()
) -> Iterator[RuleChange]:
    """What happened to the rules of a namespace, chain by chain.

    ``unsettled`` are names and addresses of what was made anew: of two rules that changed places the one that names such a
    thing moved.
    """
    olds, news = _by_chain(before), _by_chain(after)
    for chain in dict.fromkeys((*olds, *news)):
        yield from _in_chain(olds.get(chain, []), news.get(chain, []), unsettled)


def _by_chain(rules: Sequence[FirewallEntry]) -> dict[Hashable, list[FirewallEntry]]:
    found: dict[Hashable, list[FirewallEntry]] = defaultdict(list)
    for rule in sorted(rules, key=lambda rule: (rule.position or 0, rule.text)):
        found[chain_of(rule)].append(rule)
    return found


def _in_chain(old: list[FirewallEntry], new: list[FirewallEntry], unsettled: frozenset[str]) -> list[RuleChange]:
    """The shorter of two stories: of several longest common lists one is found on the way there, another on the way back.

    So a change is told alike both ways. Of two that are as short the rules' words decide, those that are names last: they are
    others under pseudonyms (docs/redaction.md).
    """
    texts, now = [rule.text for rule in old], [rule.text for rule in new]
    there = _kept(texts, now, unsettled)
    back = [(i, j) for j, i in _kept(now, texts, unsettled)]
    if there == back:
        return _changes(old, new, there)
    forward = (_shapes(texts), texts) < (_shapes(now), now)
    stories = [_changes(old, new, kept) for kept in ((there, back) if forward else (back, there))]
    return min(stories, key=len)


def _shapes(texts: list[str]) -> list[list[str]]:
    """Rules by what is no name in them: their options and numbers."""
    return [[word if OPTION.fullmatch(word) else "" for word in text.split()] for text in texts]


def _changes(old: list[FirewallEntry], new: list[FirewallEntry], kept: list[tuple[int, int]]) -> list[RuleChange]:
    kept_old, kept_new = {i for i, _ in kept}, {j for _, j in kept}
    left_old = [i for i in range(len(old)) if i not in kept_old]
    left_new = [j for j in range(len(new)) if j not in kept_new]
    moved = _equal(old, new, left_old, left_new)
    placed_old, placed_new = {i for i, _ in moved}, {j for _, j in moved}
    gone = [i for i in left_old if i not in placed_old]
    come = [j for j in left_new if j not in placed_new]
    became = _similar(old, new, gone, come, kept)
    changed_old, changed_new = {i for i, _ in became}, {j for _, j in became}
    return [
        *(RuleChange(old[i], new[j], moved=True) for i, j in moved),
        *(RuleChange(old[i], new[j]) for i, j in became),
        *(RuleChange(old[i], None) for i in gone if i not in changed_old),
        *(RuleChange(None, new[j]) for j in come if j not in changed_new),
    ]


def _kept(old: list[str], new: list[str], unsettled: frozenset[str]) -> list[tuple[int, int]]:
    """The rules that stayed where they were among the others: the settled ones first, then those between them."""
    loose = {text for text in {*old, *new} if names_any(text, unsettled)} if unsettled else set()
    if not loose:
        return longest_common(old, new)
    firm_old = [i for i, text in enumerate(old) if text not in loose]
    firm_new = [j for j, text in enumerate(new) if text not in loose]
    firm = longest_common([old[i] for i in firm_old], [new[j] for j in firm_new])
    kept = []
    start_old = start_new = 0
    for i, j in [*((firm_old[a], firm_new[b]) for a, b in firm), (len(old), len(new))]:
        between = longest_common(old[start_old:i], new[start_new:j])
        kept += [(start_old + a, start_new + b) for a, b in between]
        if i < len(old):
            kept.append((i, j))
        start_old, start_new = i + 1, j + 1
    return kept


def longest_common(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The longest common subsequence of two lists as pairs of indexes (the algorithm of Hunt and Szymanski, 1977)."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    middle = _common(list(old[head : len(old) - tail]), list(new[head : len(new) - tail]))
    ends = ((len(old) - tail + k, len(new) - tail + k) for k in range(tail))
    return [*((k, k) for k in range(head)), *((i + head, j + head) for i, j in middle), *ends]


class _Step(NamedTuple):
    old: int
    new: int
    before: _Step | None


def _common(old: list[Hashable], new: list[Hashable]) -> list[tuple[int, int]]:
    counts = Counter(new)
    if sum(counts[item] for item in old) > TRIES:
        old, new = _numbered(old), _numbered(new)
    places: dict[Hashable, list[int]] = defaultdict(list)
    for j, item in enumerate(new):
        places[item].append(j)
    ends: list[int] = []
    steps: list[_Step] = []
    for i, item in enumerate(old):
        for j in reversed(places.get(item, ())):
            length = bisect_left(ends, j)
            step = _Step(i, j, steps[length - 1] if length else None)
            ends[length : length + 1] = [j]
            steps[length : length + 1] = [step]
    found = []
    last = steps[-1] if steps else None
    while last is not None:
        found.append((last.old, last.new))
        last = last.before
    return found[::-1]


def _numbered(items: list[Hashable]) -> list[Hashable]:
    seen: Counter[Hashable] = Counter()
    numbered: list[Hashable] = []
    for item in items:
        seen[item] += 1
        numbered.append((item, seen[item]))
    return numbered


def _equal(
    old: list[FirewallEntry], new: list[FirewallEntry], left_old: list[int], left_new: list[int]
) -> list[tuple[int, int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for j in reversed(left_new):
        places[new[j].text].append(j)
    return [(i, places[old[i].text].pop()) for i in left_old if places.get(old[i].text)]


def _similar(
    old: list[FirewallEntry],
    new: list[FirewallEntry],
    gone: list[int],
    come: list[int],
    kept: list[tuple[int, int]],
) -> list[tuple[int, int]]:
    """Rules that stand between the same two neighbours and share most of their words: one became the other."""
    kept_old, kept_new = [i for i, _ in kept], [j for _, j in kept]
    gaps: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for i in gone:
        gaps[bisect_left(kept_old, i)][0].append(i)
    for j in come:
        gaps[bisect_left(kept_new, j)][1].append(j)
    pairs = []
    for olds, news in gaps.values():
        if len(olds) * len(news) > PAIRS:
            continue
        scores = ((_likeness(old[i].text, new[j].text), i, j) for i in olds for j in news)
        for _, i, j in sorted((-score, i, j) for score, i, j in scores if score >= ALIKE):
            if i in olds and j in news:
                olds.remove(i)
                news.remove(j)
                pairs.append((i, j))
    return pairs


def _likeness(a: str, b: str) -> float:
    ours, theirs = Counter(a.split()), Counter(b.split())
    return 2 * (ours & theirs).total() / ((ours.total() + theirs.total()) or 1)
