"""The kinds of object a snapshot holds: the one list that the file, the agent and the analyzer go by."""

from __future__ import annotations

from typing import Literal, TypeAlias

from snapshot.model.address import Address
from snapshot.model.bpf import BpfProgram
from snapshot.model.container import Container, Network
from snapshot.model.counter import Counter
from snapshot.model.fdb import FdbEntry
from snapshot.model.firewall import FirewallEntry
from snapshot.model.frozen import frozen
from snapshot.model.ipvs import IpvsService
from snapshot.model.link import Link
from snapshot.model.mdb import MdbEntry
from snapshot.model.namespace import NamespaceId
from snapshot.model.neighbour import Neighbour
from snapshot.model.nexthop import Nexthop
from snapshot.model.route import Route
from snapshot.model.rule import Rule
from snapshot.model.socket import Socket
from snapshot.model.sysctl import Sysctl
from snapshot.model.timer import Timer
from snapshot.model.traffic import Qdisc, TrafficClass, TrafficFilter
from snapshot.model.vlan import Vlan
from snapshot.model.wireguard import WireguardPeer

Fact: TypeAlias = (
    Link | Address | Route | Nexthop | Rule | Neighbour | FdbEntry | Vlan | MdbEntry
    | Qdisc | TrafficClass | TrafficFilter | BpfProgram | WireguardPeer | FirewallEntry | IpvsService | Sysctl | Socket
    | NamespaceId | Timer | Counter | Container | Network
)  # fmt: skip


@frozen
class Kind:
    """One kind of object.

    name      as in ``--kinds``, coverage, the report, and the file's table
    fact      the dataclass of its rows
    order     the fields by which rows are sorted into canonical order (None sorts first; then all other fields)
    prefix    one of these that is a prefix, sorted as a number: by address, the longest of one address first, as the kernel
              keeps its routes (net/ipv4/fib_trie.c)
    own       the fields in which rows of this kind differ from each other; the file holds the others once for all rows that
              have them alike. Empty: the kind has few rows
    owner     what a section of it hangs on: a namespace or a runtime
    volatile  changes by itself: never part of a comparison
    whole     small: the analyzer loads it whole. Others are loaded only where they differ
    """

    name: str
    fact: type[Fact]
    order: tuple[str, ...]
    prefix: str | None = None
    own: tuple[str, ...] = ()
    owner: Literal["namespace", "runtime"] = "namespace"
    volatile: bool = False
    whole: bool = False


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="link",
            fact=Link,
            order=("ifindex",),
            own=("ifindex", "name", "mac", "master", "link_index", "link_netnsid", "alias", "port_ids"),
            whole=True,
        ),
        Kind(
            name="address",
            fact=Address,
            order=("dev", "family", "address"),
            own=("dev", "address", "label", "broadcast"),
            whole=True,
        ),
        Kind(
            name="route",
            fact=Route,
            order=("family", "table", "dst", "tos", "metric", "dev", "gateway"),
            prefix="dst",
            own=("dst", "gateway", "dev", "prefsrc"),
        ),
        Kind(name="nexthop", fact=Nexthop, order=("id",)),
        Kind(name="rule", fact=Rule, order=("family", "priority")),
        Kind(
            name="neighbour",
            fact=Neighbour,
            order=("family", "dev", "address", "proxy"),
            own=("dev", "address", "mac"),
        ),
        Kind(
            name="fdb", fact=FdbEntry, order=("dev", "mac", "vlan", "master", "dst"), own=("dev", "mac", "vlan", "dst")
        ),
        Kind(name="vlan", fact=Vlan, order=("dev", "vlan"), own=("dev", "vlan")),
        Kind(name="mdb", fact=MdbEntry, order=("dev", "port", "vlan", "group", "source", "dst")),
        Kind(name="qdisc", fact=Qdisc, order=("dev", "parent", "handle"), own=("dev",)),
        Kind(name="class", fact=TrafficClass, order=("dev", "parent", "handle")),
        Kind(
            name="filter",
            fact=TrafficFilter,
            order=("dev", "block", "parent", "chain", "priority", "protocol", "handle"),
        ),
        Kind(name="bpf", fact=BpfProgram, order=("dev", "hook", "position")),
        Kind(name="wireguard", fact=WireguardPeer, order=("dev", "peer")),
        Kind(
            name="firewall",
            fact=FirewallEntry,
            order=("backend", "family", "table", "object", "chain", "name", "position", "text"),
            own=("position", "text", "comment", "extra"),
        ),
        Kind(name="ipvs", fact=IpvsService, order=("protocol", "address", "port")),
        Kind(name="sysctl", fact=Sysctl, order=("path",), own=("path", "dev")),
        Kind(name="socket", fact=Socket, order=("protocol", "family", "address", "port", "dev", "container")),
        Kind(name="nsid", fact=NamespaceId, order=("nsid",), whole=True),
        Kind(name="timer", fact=Timer, order=("of", "dev", "key", "name"), volatile=True),
        Kind(name="counter", fact=Counter, order=("of", "dev", "key"), volatile=True),
        Kind(name="container", fact=Container, order=("id",), owner="runtime", whole=True),
        Kind(name="network", fact=Network, order=("id",), owner="runtime", whole=True),
    )
}

KIND_OF: dict[type[Fact], str] = {kind.fact: kind.name for kind in KINDS.values()}
"""A fact's kind, by its class."""
