"""What each kind of row is about: its subject, and the links it names.

A new kind of object needs its line in these tables, and is compared, translated, explained and named by them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from snapshot.model.address import Address
from snapshot.model.frozen import frozen
from snapshot.model.kinds import KIND_OF, KINDS, Fact
from snapshot.model.route import Route
from snapshot.model.rule import Rule

ROW_KINDS = tuple(
    kind.name
    for kind in KINDS.values()
    if kind.owner == "namespace" and not kind.volatile and kind.name not in ("link", "nsid")
)
"""The kinds whose rows a diff compares, in the report's order; links are matched, not compared row by row."""


@frozen
class Subject:
    """How the rows of one kind are compared.

    about    what a row is about: rows with equal subjects are one thing before and after
    links    the columns that name links, all of which are translated when a link was renamed
    stands   those of them without which the row cannot be
    several  rows of one subject can stand beside each other: which became which is told by likeness
    again    a weaker subject: by it one old and one new row that are left over are still one thing; None where there is none
    """

    about: Callable[[Any], Hashable]
    links: tuple[str, ...] = ("dev",)
    stands: tuple[str, ...] = ("dev",)
    several: bool = False
    again: Callable[[Any], Hashable] | None = None


def _columns(*names: str) -> Callable[[Any], Hashable]:
    return lambda row: tuple(getattr(row, name) for name in names)


def _of_route(route: Route) -> Hashable:
    # The kernel makes the same routes for every link (fe80::/64, ff00::/8): one link's are not another's.
    dev = route.dev if route.protocol == "kernel" else None
    return route.family, route.table, route.type, route.dst, route.src, route.tos, dev


def _without_length(address: Address) -> Hashable:
    return address.dev, address.family, address.address.partition("/")[0]


def _of_rule(rule: Rule) -> Hashable:
    selector = (rule.src, rule.dst, rule.iif, rule.oif, rule.tos, rule.fwmark, rule.fwmask, rule.invert)
    more = (rule.ipproto, rule.sport, rule.dport, rule.uid_range, rule.l3mdev)
    return rule.family, rule.priority, selector, more


LOOKED_UP = re.compile(r'((?:"[^"]*"|[^"])*?) : ')
"""Of an element of a map, before the first colon that stands alone; not one in a comment."""


def _of_firewall(entry: Any) -> Hashable:
    named = (entry.backend, entry.family, entry.table, entry.object, entry.chain, entry.name)
    if entry.object == "element":
        # An element of a set is its text; one of a map ("10.0.0.1 : accept") what is looked up.
        looked_up = LOOKED_UP.match(entry.text) if entry.backend == "nft" else None
        return (*named, looked_up[1] if looked_up is not None else entry.text)
    # Rules are aligned chain by chain (analyze/diff/chains.py).
    return (*named, entry.text) if entry.object == "rule" else named


SUBJECTS: Mapping[str, Subject] = {
    "address": Subject(about=_columns("dev", "family", "address"), again=_without_length),
    "route": Subject(about=_of_route, links=("dev", "iif"), several=True),
    "nexthop": Subject(about=_columns("id")),
    "rule": Subject(about=_of_rule, links=("iif", "oif"), stands=("iif", "oif")),
    "neighbour": Subject(about=_columns("family", "dev", "address", "proxy")),
    "fdb": Subject(
        about=lambda row: (row.mac, row.vlan, row.master or row.dev, row.dst, row.src_vni),
        links=("dev", "master", "via"),
    ),
    "vlan": Subject(about=_columns("dev", "vlan")),
    "mdb": Subject(
        about=_columns("dev", "port", "vlan", "group", "source", "dst"),
        links=("dev", "port"),
        stands=("port", "dev"),
    ),
    # A discipline that was made anew in its place has another handle, as may what it is made of.
    "qdisc": Subject(about=_columns("dev", "parent")),
    "class": Subject(about=_columns("dev", "handle")),
    "filter": Subject(about=_columns("dev", "block", "parent", "chain", "priority", "protocol", "handle")),
    # Programs of one hook are told apart by likeness: one that others were put before has not changed.
    "bpf": Subject(about=_columns("dev", "hook"), several=True),
    "wireguard": Subject(about=_columns("dev", "peer")),
    "firewall": Subject(about=_of_firewall, links=(), stands=(), several=True),
    "ipvs": Subject(about=_columns("protocol", "address", "port"), links=(), stands=()),
    "sysctl": Subject(about=_columns("path")),
    # Who holds a socket may change; two holders of one address and port are paired by likeness.
    "socket": Subject(about=_columns("protocol", "family", "address", "port", "dev"), several=True),
}


def subject(fact: Fact) -> Hashable:
    """What a row is about: rows of one subject are one thing before and after."""
    return SUBJECTS[KIND_OF[type(fact)]].about(fact)


def links_of(fact: Fact) -> tuple[str, ...]:
    """The names of the links without which a row cannot be, the closest first."""
    named = (getattr(fact, column) for column in SUBJECTS[KIND_OF[type(fact)]].stands)
    return tuple(name for name in named if name is not None)
