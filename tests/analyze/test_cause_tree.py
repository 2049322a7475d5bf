"""The tree of causes, link by link: what each thing takes along, and what hangs directly under what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from reports.model import Report
from snapshot.model.container import Network
from snapshot.model.fdb import FdbEntry
from snapshot.model.link import Link
from snapshot.model.neighbour import Neighbour
from snapshot.model.nexthop import Nexthop
from snapshot.model.route import Route
from snapshot.model.vlan import Vlan
from tests.analyze.hosts import Host
from tests.analyze.rows import address, route, routes_of, set_rules
from tests.analyze.severity_cases import Do, base, both, links, of_host
from tests.analyze.steering import told
from tests.analyze.test_changes import bridge_added, classic, compare, net_of, pod_recreated, pod_removed

Edge = tuple[str, str]
"""A cause and what hangs directly under it, each as "KIND ACTION"."""
HOP = Nexthop(id=7, family="inet", gateway="10.9.0.7", dev="br9", protocol="static", scope="global")


def edges(report: Report) -> set[Edge]:
    by_id = {c.id: c for c in report.changes}
    found = set()
    for change in report.changes:
        if change.cause is not None:
            cause = by_id[change.cause]
            found.add((f"{cause.kind} {cause.action}", f"{change.kind} {change.action}"))
    return found


def busy_bridge(host: Host) -> None:
    """A bridge on which all kinds of rows stand."""
    bridge_added(host)
    root = host.root
    root.routes += [route("198.51.100.0/24", "br9", gateway="10.9.0.7"), route("10.5.0.0/16", "br9", nexthop_id=7)]
    root.neighbours.append(
        Neighbour(family="inet", dev="br9", address="10.9.0.7", mac="02:00:00:00:00:07", state="PERMANENT")
    )
    root.fdb.append(FdbEntry(dev="br9", mac="02:00:00:00:00:77", master="br9", state="permanent"))
    root.more += [HOP, Vlan(dev="br9", vlan=20)]


def bridge_gone(host: Host) -> None:
    root = host.root
    root.without("br9")
    root.addresses = [a for a in root.addresses if a.dev != "br9"]
    root.routes = [r for r in root.routes if r.dev != "br9"]
    root.neighbours = [n for n in root.neighbours if n.dev != "br9"]
    root.fdb = [e for e in root.fdb if e.master != "br9"]


def port_moved_there(host: Host) -> None:
    links(host.root, lambda link: link.name == "vethweb-31", master="br9")
    host.root.fdb = [replace(e, master="br9") if e.dev == "vethweb-31" else e for e in host.root.fdb]


def port_loose(host: Host) -> None:
    links(host.root, lambda link: link.name == "vethweb-31", master=None, port_kind=None)
    host.root.fdb = [e for e in host.root.fdb if e.dev != "vethweb-31"]
    host.root.more = [r for r in host.root.more if not (isinstance(r, Vlan) and r.dev == "vethweb-31")]


def with_rules(host: Host) -> None:
    set_rules(host.root, "DOCKER", "-d 10.1.27.3/32 -o docker0 -j ACCEPT", "-i vethweb-21 -j ACCEPT")


def network(host: Host) -> None:
    bridge_added(host)
    host.networks.append(
        Network(id="n9", name="back", driver="bridge", bridge="br9", subnets=({"subnet": "10.9.0.0/24"},))
    )
    set_rules(host.root, "POSTROUTING", "-s 10.9.0.0/24 -j MASQUERADE", table="nat")


def network_gone(host: Host) -> None:
    host.networks.clear()
    bridge_gone(host)
    set_rules(host.root, "POSTROUTING", table="nat")


def link_up(host: Host) -> None:
    links(net_of(host, "web-1"), lambda link: link.name == "eth0", flags=("LOWER_UP", "UP"))


def link_down(host: Host) -> None:
    """An end goes down, and the kernel flushes what leads over it."""
    net = net_of(host, "web-1")
    links(net, lambda link: link.name == "eth0", state="DOWN", flags=())
    net.routes = [r for r in net.routes if r.table == "local"]


def macvlan(host: Host) -> None:
    host.root.link(
        Link(ifindex=950, name="mv0", type="ether", link_kind="macvlan", mac="02:00:00:00:00:0b", link_index=900)
    )


def without_macvlan(host: Host) -> None:
    bridge_gone(host)
    host.root.without("mv0")


def second_address(host: Host) -> None:
    host.root.addresses.append(address("docker0", "10.3.0.1/24"))
    host.root.routes += [
        *routes_of("docker0", "10.3.0.1", "10.3.0.0/24"),
        route("10.6.0.0/16", "docker0", prefsrc="10.3.0.1"),
    ]
    set_rules(host.root, "INPUT", "-d 10.3.0.1/32 -j ACCEPT")


def without_address(host: Host) -> None:
    host.root.addresses = [a for a in host.root.addresses if a.address != "10.3.0.1/24"]
    host.root.routes = [r for r in host.root.routes if "10.3.0" not in f"{r.dst} {r.prefsrc}"]
    set_rules(host.root, "INPUT")


def new_mac(host: Host) -> None:
    mac = "02:00:00:00:00:99"
    net = net_of(host, "web-1")
    old = next(link.mac for link in net.links if link.name == "eth0")
    links(net, lambda link: link.name == "eth0", mac=mac)
    host.root.neighbours = [replace(n, mac=mac) if n.mac == old else n for n in host.root.neighbours]


def nexthop_gone(host: Host) -> None:
    host.root.more = [row for row in host.root.more if row != HOP]
    host.root.routes = [r for r in host.root.routes if not (isinstance(r, Route) and r.nexthop_id == 7)]


TREES: list[tuple[Do, Callable[[], Host], str, set[Edge]]] = [
    (
        pod_recreated, base(with_rules), "pod recreated",
        {("pod recreated", "container recreated"), ("pod recreated", "veth recreated"), ("veth recreated", "link recreated"),
         ("link recreated", "address removed"), ("link recreated", "address added"), ("address removed", "route removed"),
         ("address added", "route added"), ("link recreated", "fdb removed"), ("link recreated", "fdb added"),
         ("link recreated", "neighbour removed"), ("link recreated", "neighbour added")},
    ),
    (
        both(pod_removed, lambda h: set_rules(h.root, "DOCKER")), base(with_rules), "pod removed",
        {("pod removed", "container removed"), ("pod removed", "veth removed"), ("veth removed", "link removed"),
         ("link removed", "address removed"), ("link removed", "route removed"), ("address removed", "route removed"),
         ("link removed", "fdb removed"), ("link removed", "neighbour removed"), ("link removed", "sysctl removed"),
         ("link removed", "qdisc removed"), ("link removed", "vlan removed"), ("address removed", "firewall removed"),
         ("link removed", "firewall removed")},
    ),
    (
        bridge_gone, base(busy_bridge), "link removed",
        {("link removed", "address removed"), ("address removed", "route removed"), ("link removed", "route removed"),
         ("link removed", "neighbour removed"), ("link removed", "fdb removed"), ("link removed", "nexthop removed"),
         ("nexthop removed", "route removed"), ("link removed", "vlan removed"), ("link removed", "sysctl removed"),
         ("link removed", "qdisc removed")},
    ),
    (
        both(bridge_gone, port_loose), base(bridge_added, port_moved_there), "link removed",
        {("link removed", "veth changed"), ("veth changed", "link changed"), ("link changed", "fdb removed"),
         ("link changed", "vlan removed")},
    ),
    (
        network_gone, base(network), "network removed",
        {("network removed", "link removed"), ("link removed", "address removed"), ("address removed", "route removed"),
         ("network removed", "firewall removed")},
    ),
    (
        link_down, base(link_up), "veth changed", {("veth changed", "link changed"), ("link changed", "route removed")},
    ),
    (
        without_macvlan, base(bridge_added, macvlan), "link removed", {("link removed", "link removed")},
    ),
    (
        without_address, base(second_address), "address removed",
        {("address removed", "route removed"), ("address removed", "firewall removed")},
    ),
    (
        new_mac, classic, "veth changed", {("veth changed", "link changed"), ("link changed", "neighbour changed")},
    ),
    (
        nexthop_gone, base(bridge_added, of_host("more", HOP), of_host("routes", route("10.5.0.0/16", "br9", nexthop_id=7))),
        "nexthop removed", {("nexthop removed", "route removed")},
    ),
]  # fmt: skip
NAMES = [
    "pod made anew", "pod removed", "bridge removed", "bridge removed under its port", "network removed", "end down",
    "link under another removed", "address removed", "MAC changed", "nexthop removed",
]  # fmt: skip


@pytest.mark.parametrize(("change", "made", "top", "wanted"), TREES, ids=NAMES)
def test_each_link_of_the_tree(change: Do, made: Callable[[], Host], top: str, wanted: set[Edge]) -> None:
    report = compare(change, made)
    assert [f"{kind} {action}" for kind, action, _ in told(report)] == [top]
    assert wanted - edges(report) == set()
    assert report.ignored == ()
