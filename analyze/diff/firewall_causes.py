"""What explains changes of the firewall: whose address, link or subnet a rule names, and what it hangs on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyze.diff.draft import BIRTH_AND_DEATH, Draft
from analyze.diff.index import Index
from analyze.diff.rule_words import address_in, jumps, sets, words
from snapshot.model.firewall import FirewallEntry
from snapshot.model.ipvs import IpvsService

DOCKERS_RESOLVER = "127.0.0.11"
"""Docker turns packets to it to its resolver, in each namespace that it attached to a network of its own making."""


def of_firewall(index: Index, draft: Draft, side: str, key: str, row: FirewallEntry) -> Iterator[Draft]:
    """What could explain a change of a table, chain, rule, set or element: the closest first."""
    match row.object:
        case "rule":
            yield from _held(index, side, key, row)
            yield from mentioned(index, side, key, row.text)
            yield from _referred(index, side, key, row)
        case "chain":
            yield from _held(index, side, key, row)
            if draft.action in BIRTH_AND_DEATH:
                yield from _by_rules(index, side, key, row)
        case "table":
            if draft.action in BIRTH_AND_DEATH:
                yield from _by_rules(index, side, key, row)
        case _:
            yield from _held(index, side, key, row)
            yield from mentioned(index, side, key, row.text)


def of_ipvs(index: Index, draft: Draft, side: str, key: str, row: IpvsService) -> Iterator[Draft]:
    """The workload behind a service, one destination of which came or went."""
    if draft.action == "changed" and draft.touched <= {"destinations"}:
        other = draft.new if side == "before" else draft.old
        kept = {str(d) for d in other.destinations} if isinstance(other, IpvsService) else set()
        for destination in row.destinations:
            if isinstance(destination, Mapping) and str(destination) not in kept:
                yield from _bearers(index, side, str(destination.get("address")))


def mentioned(index: Index, side: str, key: str, text: str) -> Iterator[Draft]:
    """The changes of what a text names: a link, an address, a network's subnet, a container."""
    for word in words(text):
        link = index.link(side, key, word)
        if link is not None and link.comes_or_goes:
            yield link
        container = index.containers.get(word)
        if container is not None and container.action in BIRTH_AND_DEATH:
            yield container
        address = address_in(word)
        if address is not None:
            if address == DOCKERS_RESOLVER:
                yield from index.veths_in(side, key)
            yield from _bearers(index, side, address)
            yield from index.subnet(side, key, word)


def _bearers(index: Index, side: str, ip: str) -> Iterator[Draft]:
    """The change of an address, else of the workload that bears it."""
    yield from (found for found in index.address_anywhere(side, ip) if found.action in BIRTH_AND_DEATH)
    yield from index.workloads_with(side, ip)


def _held(index: Index, side: str, key: str, row: FirewallEntry) -> Iterator[Draft]:
    """The chain, set or table in which something is, if that came or went as well."""
    for kind, chain, name in (("chain", row.chain, None), ("set", None, row.name), ("map", None, row.name)):
        if row.object != kind and (chain or name):
            yield from _came_or_went(index, side, key, row, kind, chain, name)
    if row.object == "element" and row.backend == "ipset":
        yield from _came_or_went(index, side, key, row, "ipset", None, row.name)
    yield from _came_or_went(index, side, key, row, "table", None, None)


def _referred(index: Index, side: str, key: str, row: FirewallEntry) -> Iterator[Draft]:
    """The chain that a rule jumps to, or the set it looks into."""
    for chain in jumps(row.text):
        yield from _came_or_went(index, side, key, row, "chain", chain, None)
    for name in sets(row.text):
        for kind in ("set", "map"):
            yield from _came_or_went(index, side, key, row, kind, None, name)
        for family in dict.fromkeys(("ip", "ip6", "inet", row.family)):
            about = ("ipset", family, None, "ipset", None, name)
            ipset = index.row(side, key, "firewall", about)
            if ipset is not None and ipset.action in BIRTH_AND_DEATH:
                yield ipset


def _came_or_went(
    index: Index, side: str, key: str, row: FirewallEntry, kind: str, chain: str | None, name: str | None
) -> Iterator[Draft]:
    table = row.table if kind != "ipset" else None
    found = index.row(side, key, "firewall", (row.backend, row.family, table, kind, chain, name))
    if found is not None and found.action in BIRTH_AND_DEATH:
        yield found


def _by_rules(index: Index, side: str, key: str, row: FirewallEntry) -> Iterator[Draft]:
    """A chain (or table) that came or went with what the rules in it, or those that jump to it, name."""
    table = (row.backend, row.family, row.table)
    jumping = index.rules(side, key, (*table, "to", row.chain)) if row.object == "chain" else []
    inside = index.rules(side, key, (*table, "in", row.chain))
    for rule in (*jumping, *inside):
        yield from mentioned(index, side, key, rule.text)
    for rule in jumping:
        yield from _came_or_went(index, side, key, rule, "chain", rule.chain, None)
