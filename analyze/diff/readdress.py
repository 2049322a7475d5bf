"""Rules that name an address of something that was made anew: the same rules, in the words of its new address."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from analyze.diff.rename import place
from analyze.diff.rows import RowPair
from analyze.diff.rule_words import WORD, address_in
from analyze.diff.sides import Sides
from analyze.topology import Topology
from analyze.veths import End
from snapshot.model.firewall import FirewallEntry
from snapshot.model.kinds import Fact


def new_addresses(sides: Sides) -> Mapping[str, str]:
    """Old address -> new one of links that were made anew with one address of a family before and after.

    An address that several of them bore says nothing.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for match in sides.matches.links:
        if not match.same:
            for old, new in _one_each(sides, match.before, match.after):
                found[old].add(new)
    return {old: min(news) for old, news in found.items() if len(news) == 1 and old not in news}


def _one_each(sides: Sides, before: End, after: End) -> Iterator[tuple[str, str]]:
    olds, news = _by_family(sides.before, before), _by_family(sides.after, after)
    for family, addresses in olds.items():
        if len(addresses) == len(news.get(family, ())) == 1:
            yield addresses[0], news[family][0]


def _by_family(topology: Topology, end: End) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for address in topology.addresses(end.namespace, end.link.name):
        if address.scope not in ("host", "link"):
            found[address.family].append(address.address.partition("/")[0])
    return found


def readdress(before: Sequence[Fact], after: Sequence[Fact], addresses: Mapping[str, str]) -> list[Fact]:
    """Rules that are not there any more as they were, with the new addresses of what they name; others as they are."""
    there = {place(row) for row in after if isinstance(row, FirewallEntry)}

    def now(row: Fact) -> Fact:
        if not isinstance(row, FirewallEntry) or row.object != "rule" or place(row) in there:
            return row
        text = WORD.sub(lambda word: _readdressed(word, addresses), row.text)
        return row if text == row.text else replace(row, text=text)

    return [now(row) for row in before]


def _readdressed(word: re.Match[str], addresses: Mapping[str, str]) -> str:
    ip = address_in(word[0])
    return word[0].replace(ip, addresses[ip], 1) if ip in addresses and ip is not None else word[0]


def still_there(pairs: Sequence[RowPair], rows: Sequence[Fact], after: Sequence[Fact]) -> Iterator[RowPair]:
    """The rules of ``rows`` that are in no pair, as what they are equal to in ``after`` says another address than they did."""
    old = {id(pair.before) for pair in pairs}
    new = {id(pair.after) for pair in pairs}
    places: dict[object, list[FirewallEntry]] = defaultdict(list)
    for row in reversed(after):
        if isinstance(row, FirewallEntry) and id(row) not in new:
            places[place(row)].append(row)
    for row in rows:
        if isinstance(row, FirewallEntry) and id(row) not in old and places.get(place(row)):
            yield RowPair(before=row, after=places[place(row)].pop())
