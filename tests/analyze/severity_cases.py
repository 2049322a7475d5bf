"""A change for each rule of severity: what the rule judges, and the host on which it happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from snapshot.model.container import Network
from snapshot.model.coverage import Coverage
from snapshot.model.fdb import FdbEntry
from snapshot.model.ipvs import IpvsService
from snapshot.model.link import Link
from snapshot.model.neighbour import Neighbour
from snapshot.model.nexthop import Nexthop
from snapshot.model.rule import Rule
from snapshot.model.socket import Socket
from snapshot.model.traffic import Qdisc
from snapshot.model.vlan import Vlan
from snapshot.model.wireguard import WireguardPeer
from tests.analyze.hosts import Host, Net
from tests.analyze.rows import address, chain, default_route, route, rules, set_rules
from tests.analyze.steering import having, put, set_sysctl
from tests.analyze.test_changes import (
    bridge_added,
    classic,
    default_route_changed,
    mtu_changed,
    net_of,
    pod_recreated,
    pod_removed,
    route_removed,
    veth_off_bridge,
)

Do = Callable[[Host], None]

WAY_OUT = "0.0.0.0/0"
FRR = Nexthop(id=7, family="inet", gateway="10.1.27.7", dev="docker0", protocol="zebra", scope="global")
IPVS = IpvsService(
    protocol="TCP", address="10.96.0.1", port=80, scheduler="rr", destinations=({"address": "10.1.27.2", "port": 80},)
)
PEER = WireguardPeer(dev="docker0", peer="AAAA", endpoint="192.0.2.1:51820")
WEB = Socket(protocol="tcp", family="inet", address="0.0.0.0", port=80, uid=0, owner="host")
ARP = Neighbour(family="inet", dev="eth0", address="10.1.27.1", mac="02:00:00:00:00:01", state="REACHABLE")
TUNNEL = FdbEntry(dev="docker0", mac="00:00:00:00:00:00", state="permanent", dst="192.0.2.9")
NETWORK = Network(id="n9", name="back", driver="bridge", bridge="br9")
LOCAL = Rule(family="inet", priority=0, action="to_tbl", table="local")
MAIN = Rule(family="inet", priority=32766, action="to_tbl", table="main")
DROP_IN_FORWARD = "-s 10.9.9.0/24 -j DROP"


def of_host(attribute: str, *rows: object) -> Do:
    """A host with these rows more."""

    def more(host: Host) -> None:
        getattr(host.root, attribute).extend(rows)

    return more


def rebooted(host: Host) -> None:
    host.boot_id = "boot-2"


def no_way_out(net: Net) -> None:
    net.routes = [row for row in net.routes if row.dst != WAY_OUT]


def no_address(net: Net) -> None:
    net.addresses, net.routes = [], []


def links(net: Net, where: Callable[[Link], bool], **values: object) -> None:
    net.links = [replace(link, **values) if where(link) else link for link in net.links]  # type: ignore[arg-type]


def end_down(host: Host) -> None:
    links(net_of(host, "web-1"), lambda link: link.name == "eth0", state="DOWN")


def without_link(host: Host, name: str) -> None:
    root = host.root
    root.without(name)
    root.addresses = [a for a in root.addresses if a.dev != name]
    root.routes = [r for r in root.routes if r.dev != name]


def dummy(host: Host, *, with_address: bool = True) -> None:
    host.root.link(
        Link(ifindex=901, name="dummy0", type="ether", link_kind="dummy", mac="02:00:00:00:00:0a", state="UP")
    )
    if with_address:
        host.root.addresses.append(address("dummy0", "10.8.0.1/24"))


def bonded(host: Host, *, port_kind: str = "bond") -> None:
    """Two cards, and what they are members of."""
    host.root.link(
        Link(ifindex=910, name="bond0", type="ether", link_kind=port_kind, mac="02:00:00:00:00:0b", state="UP")
    )
    for number in (1, 2):
        name, mac = f"eth{number}", f"02:00:00:00:01:{number:02x}"
        member = Link(ifindex=910 + number, name=name, type="ether", mac=mac, state="UP")
        host.root.link(replace(member, master="bond0", port_kind=port_kind))


def into_pod(host: Host) -> None:
    link = next(link for link in host.root.links if link.name == "dummy0")
    without_link(host, "dummy0")
    net_of(host, "web-1").link(link)


def changed_container(**values: object) -> Do:
    def change(host: Host) -> None:
        host.containers = [
            replace(c, **values) if c.id == "web-1-app-1" else c  # type: ignore[arg-type]
            for c in host.containers
        ]

    return change


def published(host: Host) -> None:
    changed_container(ports=({"protocol": "tcp", "port": 8080, "host_address": "0.0.0.0", "host_port": 80},))(host)


def deaf(host: Host) -> None:
    net = net_of(host, "web-1")
    net.more = [row for row in net.more if not isinstance(row, Socket)]


def pod_back_without(lose: Callable[[Net], None]) -> Do:
    def change(host: Host) -> None:
        pod_recreated(host)
        lose(net_of(host, "web-2"))

    return change


def back_off_bridge(host: Host) -> None:
    host.remove(net_of(host, "web-2"))
    host.pod("web-2", "10.1.27.77", serial="2")
    links(host.root, lambda link: link.name == "vethweb-22", master=None, port_kind=None)


def back_without_pair(host: Host) -> None:
    pod_recreated(host)
    host.root.without("vethweb-22")
    net = net_of(host, "web-2")
    net.without("eth0")
    net.routes, net.addresses = [], []


def recreated_veth(host: Host, mtu: int) -> None:
    pod_recreated(host)
    links(host.root, lambda link: link.name == "vethweb-22", mtu=mtu)


def on_other_bridge(host: Host) -> None:
    bridge_added(host)
    links(host.root, lambda link: link.name == "vethweb-31", master="br9")


def with_chain(*texts: str, name: str = "FORWARD") -> Do:
    return lambda host: set_rules(host.root, name, *texts)


def policy(host: Host, name: str = "FORWARD", table: str = "filter") -> None:
    old = chain(name, policy="ACCEPT", table=table)
    put(host.root, [old], [chain(name, policy="DROP", table=table)])


def both(*changes: Do) -> Do:
    """One change after the other."""

    def change(host: Host) -> None:
        for each in changes:
            each(host)

    return change


def base(*changes: Do) -> Callable[[], Host]:
    def host() -> Host:
        made = classic()
        both(*changes)(made)
        return made

    return host


def rows(old: list[object], new: list[object]) -> Do:
    return lambda host: put(host.root, old, new)  # type: ignore[arg-type]


def lists(attribute: str, new: Sequence[object]) -> Do:
    return lambda host: setattr(host.root, attribute, list(new))


def unread(host: Host) -> None:
    for key in host.nets:
        host.coverage.append(Coverage(namespace=key, kinds=("route",), status="torn", error="kept changing"))
    host.root.routes = []


CASES: list[tuple[str, Do, Callable[[], Host]]] = [
    ("unknown", unread, classic),
    ("default-route-lost", lambda h: no_way_out(net_of(h, "web-1")), classic),
    ("default-route-lost", pod_back_without(no_way_out), classic),
    (
        "route-refuses",
        lambda h: lists("routes", [*h.root.routes[:-1], route("192.0.2.0/24", None, type="blackhole")])(h),
        classic,
    ),
    ("route-refuses", of_host("routes", route("10.1.27.3/32", None, type="unreachable")), classic),
    (
        "route-refuses",
        of_host("routes", route("0.0.0.0/0", None, type="prohibit")),
        base(of_host("routes", replace(default_route("docker0", "10.1.27.9"), metric=100))),
    ),
    (
        "gateway-unreachable",
        lambda h: net_of(h, "web-1").neighbours.__setitem__(0, replace(ARP, state="FAILED", mac=None)),
        base(lambda h: net_of(h, "web-1").neighbours.append(ARP)),
    ),
    (
        "veth-lost",
        both(lambda h: h.root.without("vethweb-31"), lambda h: net_of(h, "web-3").without("eth0")),
        classic,
    ),
    ("veth-lost", back_without_pair, classic),
    ("veth-off-bridge", veth_off_bridge, classic),
    ("veth-off-bridge", back_off_bridge, classic),
    ("veth-down", end_down, classic),
    ("bridge-lost", lambda h: without_link(h, "br9"), base(bridge_added)),
    ("link-lost", lambda h: without_link(h, "dummy0"), base(dummy)),
    ("link-taken-away", into_pod, base(dummy)),
    ("link-down", lambda h: links(h.root, lambda link: link.name == "dummy0", state="DOWN"), base(dummy)),
    (
        "port-off-bridge",
        lambda h: links(h.root, lambda link: link.name == "dummy0", master=None, port_kind=None),
        base(dummy, lambda h: links(h.root, lambda x: x.name == "dummy0", master="docker0", port_kind="bridge")),
    ),
    (
        "address-lost",
        lambda h: lists("addresses", [a for a in h.root.addresses if "10.3" not in a.address])(h),
        base(of_host("addresses", address("docker0", "10.3.0.1/24"))),
    ),
    ("address-not-back", pod_back_without(no_address), classic),
    (
        "address-duplicate",
        lambda h: lists("addresses", [replace(a, flags=("dadfailed", "permanent")) for a in h.root.addresses])(h),
        base(lists("addresses", [address("docker0", "fd00::1/64")])),
    ),
    ("policy-drop", policy, classic),
    (
        "policy-drop",
        of_host("more", chain("BASE", backend="nft", text="policy drop;", extra={"hook": "forward", "policy": "drop"})),
        classic,
    ),
    ("rule-refuses", with_chain("-i docker0 -p tcp -m tcp --dport 80 -j DROP"),
     base(with_chain("-i docker0 -p tcp -m tcp --dport 80 -j ACCEPT"))),
    ("rule-refuses", with_chain("-i docker0 -j ACCEPT", '-m comment --comment "no more" -j REJECT'),
     base(with_chain("-i docker0 -j ACCEPT"))),
    ("accept-lost", with_chain(), base(with_chain("-i docker0 -j ACCEPT"), policy)),
    ("accept-lost", with_chain(), base(with_chain("-i docker0 -j ACCEPT", "-o docker0 -j ACCEPT"), policy)),
    (
        "forwarding-off",
        lambda h: set_sysctl(h.root, lambda row: row.path == "net.ipv4", ip_forward=0),
        base(lambda h: set_sysctl(h.root, lambda row: row.path == "net.ipv4", ip_forward=1)),
    ),
    (
        "policy-rule-refuses",
        of_host("rules", Rule(family="inet", priority=5, action="unreachable")),
        base(of_host("rules", MAIN)),
    ),
    (
        "policy-rule-way-out",
        lists("rules", []),
        base(of_host("rules", LOCAL, MAIN), of_host("routes", default_route("docker0"))),
    ),
    (
        "nexthop-lost",
        both(rows([FRR], []), lambda h: setattr(h.root, "routes", h.root.routes[:-1])),
        base(of_host("more", FRR), of_host("routes", route("10.5.0.0/16", "docker0", nexthop_id=7))),
    ),
    ("nexthop-blackhole", rows([FRR], [replace(FRR, gateway=None, dev=None, blackhole=True)]), having(FRR)),
    ("published-port-silent", deaf, base(published)),
    ("service-lost", rows([IPVS], []), having(IPVS)),
    ("service-lost", rows([IPVS], [replace(IPVS, destinations=())]), having(IPVS)),
    ("tunnel-peer-lost", rows([PEER], []), having(PEER)),
    ("default-route-changed", default_route_changed, classic),
    (
        "default-route-changed",
        lambda h: lists("routes", h.root.routes[:-1])(h),
        base(of_host("routes", default_route("docker0"), replace(default_route("docker0", "10.1.27.9"), metric=9))),
    ),
    ("route-changed", route_removed, classic),
    ("route-may-refuse", of_host("routes", route("10.42.0.0/26", None, type="blackhole")), classic),
    ("policy-rule", of_host("rules", Rule(family="inet", priority=5, src="10.7.0.0/24", action="unreachable")), classic),
    ("nexthop-changed", rows([FRR], [replace(FRR, gateway="10.1.27.8")]), having(FRR)),
    ("host-rebooted", rebooted, classic),
    ("workload-gone", pod_removed, classic),
    ("workload-state", changed_container(state="paused"), classic),
    ("workload-restarts", changed_container(pid=9, restarts=3), classic),
    ("port-unpublished", changed_container(ports=()), base(published)),
    ("network-gone", lambda h: h.networks.clear(), base(lambda h: h.networks.append(NETWORK))),
    (
        "network-subnets",
        lambda h: setattr(h, "networks", [replace(NETWORK, subnets=({"subnet": "10.9.0.0/24"},))]),
        base(lambda h: h.networks.append(NETWORK)),
    ),
    ("veth-other-bridge", on_other_bridge, classic),
    ("veth-mtu", mtu_changed, classic),
    ("veth-mtu", lambda h: recreated_veth(h, 1400), classic),
    (
        "bond-member-down",
        lambda h: links(h.root, lambda link: link.name == "eth1", state="DOWN"),
        base(bonded),
    ),
    ("link-moved", into_pod, base(lambda h: dummy(h, with_address=False))),
    ("link-changed", lambda h: links(h.root, lambda link: link.name == "dummy0", mtu=9000), base(dummy)),
    ("link-changed", lambda h: without_link(h, "dummy0"), base(lambda h: dummy(h, with_address=False))),
    ("address-moved", lists("addresses", [address("docker0", "10.1.27.1/16")]), classic),
    (
        "address-moved",
        lists("addresses", [address("br9", "10.1.27.1/24")]),
        base(bridge_added, lists("addresses", [address("docker0", "10.1.27.1/24")])),
    ),
    (
        "address-link-local-lost",
        lambda h: lists("addresses", h.root.addresses[:-1])(h),
        base(of_host("addresses", address("docker0", "fe80::1/64", scope="link"))),
    ),
    (
        "address-deprecated",
        lambda h: lists("addresses", [replace(a, flags=("deprecated",)) for a in h.root.addresses])(h),
        base(lists("addresses", [address("docker0", "fd00::1/64", flags=("mngtmpaddr",))])),
    ),
    (
        "neighbour-mac",
        lambda h: h.root.neighbours.__setitem__(0, replace(h.root.neighbours[0], mac="02:66:66:66:66:66")),
        classic,
    ),
    (
        "neighbour-failed",
        lambda h: h.root.neighbours.__setitem__(0, replace(h.root.neighbours[0], state="FAILED")),
        base(lambda h: h.root.neighbours.__setitem__(0, replace(h.root.neighbours[0], state="PERMANENT"))),
    ),
    ("configured-entry-lost", lambda h: lists("fdb", h.root.fdb[:-1])(h), base(of_host("fdb", TUNNEL))),
    ("vlan-changed", rows([Vlan(dev="docker0", vlan=20)], []), having(Vlan(dev="docker0", vlan=20))),
    ("socket-gone", rows([WEB], []), having(WEB)),
    ("socket-gone", deaf, classic),
    ("firewall-changed", with_chain(), classic),
    (
        "rule-may-refuse",
        lambda h: h.root.more.extend(rules("FORWARD", DROP_IN_FORWARD, start=3)),
        classic,
    ),
    ("sysctl-changed", lambda h: set_sysctl(h.root, lambda row: row.path.endswith("ipv4.conf.docker0"), rp_filter=1), classic),
    (
        "traffic-control-changed",
        lambda h: put(h.root, [d for d in h.root.more if isinstance(d, Qdisc)], []),
        classic,
    ),
    ("service-changed", rows([IPVS], [replace(IPVS, scheduler="wrr")]), having(IPVS)),
]  # fmt: skip
