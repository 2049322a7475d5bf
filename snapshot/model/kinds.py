"""The kinds of object a snapshot holds: the one list that the file, the agent and the analyzer go by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from snapshot.model.address import Address
from snapshot.model.container import Container, Network
from snapshot.model.fdb import FdbEntry
from snapshot.model.link import Link
from snapshot.model.namespace import NamespaceId
from snapshot.model.neighbour import Neighbour
from snapshot.model.route import Route
from snapshot.model.rule import Rule
from snapshot.model.timer import Timer

Fact: TypeAlias = Link | Address | Route | Rule | Neighbour | FdbEntry | NamespaceId | Timer | Container | Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of object.

    name      as in ``--kinds``, coverage, the report, and the file's table
    fact      the dataclass of its rows
    order     the fields by which rows are sorted into canonical order (None sorts first; then all other fields)
    owner     what a section of it hangs on: a namespace or a runtime
    volatile  changes by itself: never part of a comparison
    whole     small: the analyzer loads it whole. Others are loaded only where they differ
    """

    name: str
    fact: type[Fact]
    order: tuple[str, ...]
    owner: Literal["namespace", "runtime"] = "namespace"
    volatile: bool = False
    whole: bool = False


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(name="link", fact=Link, order=("ifindex",), whole=True),
        Kind(name="address", fact=Address, order=("dev", "family", "address"), whole=True),
        Kind(name="route", fact=Route, order=("family", "table", "dst", "tos", "metric", "dev", "gateway")),
        Kind(name="rule", fact=Rule, order=("family", "priority")),
        Kind(name="neighbour", fact=Neighbour, order=("family", "dev", "address", "proxy")),
        Kind(name="fdb", fact=FdbEntry, order=("dev", "mac", "vlan", "master", "dst")),
        Kind(name="nsid", fact=NamespaceId, order=("nsid",), whole=True),
        Kind(name="timer", fact=Timer, order=("of", "dev", "key", "name"), volatile=True),
        Kind(name="container", fact=Container, order=("id",), owner="runtime", whole=True),
        Kind(name="network", fact=Network, order=("id",), owner="runtime", whole=True),
    )
}
