"""Rows of the first snapshot in the words of the second: a name that changed with its bearer changes no row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from analyze.diff.nexthops import renumbered
from analyze.subjects import SUBJECTS, subject
from reports.model import Json
from snapshot.model.address import Address
from snapshot.model.fdb import FdbEntry
from snapshot.model.firewall import FirewallEntry
from snapshot.model.frozen import frozen
from snapshot.model.kinds import KIND_OF, Fact
from snapshot.model.link import Link
from snapshot.model.nexthop import Nexthop
from snapshot.model.route import Route
from snapshot.model.rule import Rule
from snapshot.model.socket import Socket
from snapshot.model.sysctl import Sysctl


@frozen
class Renamed:
    """Old word -> new one, where they differ: the links and nexthop objects of one namespace, and containers by id."""

    links: Mapping[str, str] = field(default_factory=dict)
    nexthops: Mapping[int, int] = field(default_factory=dict)
    containers: Mapping[str, str] = field(default_factory=dict)


def translate(fact: Fact, now: Renamed) -> Fact:
    """A row with every link (nexthop, container) it names replaced by what that one is called now."""
    if isinstance(fact, Socket) and fact.container is not None:
        fact = replace(fact, container=now.containers.get(fact.container, fact.container))
    if isinstance(fact, Route | FdbEntry) and fact.nexthop_id is not None and fact.nexthop_id in now.nexthops:
        fact = replace(fact, nexthop_id=now.nexthops[fact.nexthop_id])
    if isinstance(fact, Nexthop) and now.nexthops:
        fact = renumbered(fact, now.nexthops)
    if not now.links or isinstance(fact, FirewallEntry | Rule):
        return fact
    columns = ("name", "master") if isinstance(fact, Link) else SUBJECTS[KIND_OF[type(fact)]].links
    new: dict[str, Any] = {
        column: now.links[name] for column in columns if (name := getattr(fact, column)) in now.links
    }
    if isinstance(fact, Route) and fact.nexthops:
        new["nexthops"] = tuple(_hop(hop, now.links) for hop in fact.nexthops)
    if isinstance(fact, Address) and fact.label is not None:
        new["label"] = _label(fact.label, now.links)
    if isinstance(fact, Sysctl) and "dev" in new:
        new["path"] = f"{fact.path.rpartition('.')[0]}.{new['dev'].replace('.', '/')}"
    return replace(fact, **new) if new else fact


def _label(label: str, names: Mapping[str, str]) -> str:
    """IFA_LABEL is the link's name, or that with ``:something`` behind it; the kernel renames both with the link."""
    name, colon, rest = label.partition(":")
    return names.get(name, name) + colon + rest


def _hop(hop: Json, names: Mapping[str, str]) -> Json:
    if isinstance(hop, Mapping) and hop.get("dev") in names:
        return {**hop, "dev": names[str(hop["dev"])]}
    return hop


INTERFACE = re.compile(
    r"(?P<word>(?:^|(?<=\s))(?:-[io]|--(?:in|out)-interface|--physdev-(?:in|out)|-?-logical-(?:in|out)|[io]if(?:name)?)"
    r'\s+(?:!=\s+|==\s+)?)(?P<quote>"?)(?P<name>[^\s"]+)(?P=quote)(?=\s|$)'
)
"""An interface's name in a rule, after the word that announces one (iptables-extensions(8), ebtables(8), nft(8))."""


def translate_firewall(before: Sequence[Fact], after: Sequence[Fact], names: Mapping[str, str]) -> list[Fact]:
    """Rules in whose place one stands that is the same but for a link's new name, in that one's words.

    Only those: most of the firewall knows links by name, and goes on naming one that is not called so any more.
    """
    if not names:
        return list(before)
    there = {place(row) for row in after if isinstance(row, FirewallEntry)}

    def now(row: Fact) -> Fact:
        if not isinstance(row, FirewallEntry) or row.object != "rule" or place(row) in there:
            return row
        new = replace(row, text=INTERFACE.sub(lambda found: _renamed(found, names), row.text))
        return new if place(new) in there else row

    return [now(row) for row in before]


def _renamed(found: re.Match[str], names: Mapping[str, str]) -> str:
    name = names.get(found["name"], found["name"])
    return f"{found['word']}{found['quote']}{name}{found['quote']}"


def translate_rules(before: Sequence[Fact], after: Sequence[Fact], names: Mapping[str, str]) -> list[Fact]:
    """Policy rules likewise: the kernel keeps the name that they were given (fib_rules_event() of net/core/fib_rules.c)."""
    if not names:
        return list(before)
    here, there = {subject(row) for row in before}, {subject(row) for row in after}

    def now(row: Fact) -> Fact:
        if not isinstance(row, Rule) or subject(row) in there:
            return row
        new = replace(row, iif=names.get(row.iif or "", row.iif), oif=names.get(row.oif or "", row.oif))
        return new if subject(new) in there - here else row

    return [now(row) for row in before]


def place(entry: FirewallEntry) -> tuple[str | None, ...]:
    """What makes two rules of one namespace the same rule."""
    return entry.backend, entry.family, entry.table, entry.chain, entry.text
