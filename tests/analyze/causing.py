"""What the tests of causes share: rows to be put, edited and taken, and the kind of each change's cause."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from analyze.compose import compose
from analyze.filters.filters import Filters
from reports.model import Report
from snapshot.model.address import Address
from snapshot.model.fdb import FdbEntry
from snapshot.model.firewall import FirewallEntry
from snapshot.model.json import Json
from snapshot.model.kinds import Fact
from snapshot.model.link import Link
from snapshot.model.neighbour import Neighbour
from snapshot.model.nexthop import Nexthop
from snapshot.model.route import Route
from snapshot.model.socket import Socket
from tests.analyze.hosts import Host, Net
from tests.analyze.pairs import sides_of
from tests.analyze.rows import address, route, routes_of, rules

BRIDGE = Link(ifindex=900, name="br9", type="ether", link_kind="bridge", mac="02:00:00:00:00:09", mtu=1500, state="UP")
DUMMY = replace(BRIDGE, ifindex=901, name="dummy0", link_kind="dummy", mac="02:00:00:00:00:0a")
VXLAN = replace(
    BRIDGE, ifindex=902, name="vx0", link_kind="vxlan", mac="02:00:00:00:00:0b", link_index=901, kind_data={"vxlan_port": 4789}
)  # fmt: skip
LISTENS = Socket(protocol="tcp", family="inet", address="10.9.0.1", port=80, uid=0, owner="host")
NEXTHOP = Nexthop(id=7, family="inet", gateway="10.1.27.2", dev="docker0", protocol="static", scope="global")
SET = FirewallEntry(backend="nft", family="inet", table="mine", object="set", name="bad", text="type ipv4_addr")
IN_SET = replace(SET, object="element", text="192.0.2.1")
USES_SET = replace(SET, object="rule", name=None, chain="in", position=0, text="ip saddr @bad drop")
IPSET = FirewallEntry(backend="ipset", family="ip", object="ipset", name="peers", text="hash:ip")
PEER = replace(IPSET, object="element", text="192.0.2.1")
MATCHES = rules("FORWARD", "-m set --match-set peers src -j DROP", start=9)[0]

ADDRESS = address("dummy0", "10.9.0.1/24")
STAYS = address("dummy0", "172.16.9.1/24")
"""Of a link that has another address the kernel takes no route that somebody set (tests/analyze/test_causes_of_routes.py)."""
SUBNET: list[Fact] = [ADDRESS, *routes_of("dummy0", "10.9.0.1", "10.9.0.0/24")]
WAY: Json = {"gateway": "192.0.2.1", "dev": "dummy0", "weight": 1, "flags": ()}
SOLICITED = "33:33:ff:00:00:01"
LINK_LOCAL = address("dummy0", "fe80::1/64", scope="link")
V6_GROUP = route("ff00::/8", "dummy0", type="multicast", table="local", protocol="kernel")

Case = tuple[str, list[Fact], list[Fact], tuple[str, str], str | None]
"""What it says · what is there on both sides · what comes and goes · the change that is asked about · the kind of its cause."""


def rows_like(net: Net, fact: Fact) -> list[Any]:
    """The list of a namespace that a row belongs in."""
    own: dict[type[Any], list[Any]] = {
        Link: net.links,
        Address: net.addresses,
        Route: net.routes,
        Neighbour: net.neighbours,
        FdbEntry: net.fdb,
    }
    return own.get(type(fact), net.more)


def with_rows(host: Host, *facts: Fact) -> Host:
    more = copy.deepcopy(host)
    for fact in facts:
        rows_like(more.root, fact).append(fact)
    return more


def causes(report: Report) -> dict[tuple[str, str], str | None]:
    by_id = {change.id: change for change in report.changes}
    return {(c.kind, c.name): by_id[c.cause].kind if c.cause is not None else None for c in report.changes}


def both_ways(before: Host, after: Host) -> tuple[dict[tuple[str, str], str | None], ...]:
    return tuple(
        causes(compose(sides_of(*pair), "netlapse test", filters=Filters(default=False)))
        for pair in ((before, after), (after, before))
    )


def edited(host: Host, old: Fact, **columns: object) -> Host:
    changed = copy.deepcopy(host)
    rows = rows_like(changed.root, old)
    rows[:] = [replace(row, **columns) if row == old else row for row in rows]
    return changed


def without(host: Host, *facts: Fact) -> Host:
    changed = copy.deepcopy(host)
    for fact in facts:
        rows_like(changed.root, fact).remove(fact)
    return changed


def of(before: Host, after: Host) -> dict[tuple[str, str], str | None]:
    return both_ways(before, after)[0]
