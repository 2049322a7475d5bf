"""A sound host, and what makes it sick in one way: each step for one check, to be tried on a fresh host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from snapshot.model.container import Network
from snapshot.model.counter import Counter
from snapshot.model.json import Json
from snapshot.model.link import Link
from snapshot.model.neighbour import Neighbour
from snapshot.model.rule import Rule
from tests.analyze.checks.judging import UP, steer, through, uplink
from tests.analyze.hosts import Host, Net, Numbers
from tests.analyze.rows import address, route, routes_of, set_rules
from tests.analyze.test_changes import net_of

Step = Callable[[Host], None]
CNI = "/run/netns/cni-2f6c1a52-0b1e-4b0e-9a53-6f1f0a6f1d11"
BELIEVED: dict[str, Json] = {"network": "bridge", "address": "10.1.27.2/24", "gateway": "10.1.27.1"}
PORT: Json = {"protocol": "tcp", "port": 80, "host_address": "0.0.0.0", "host_port": 8099}
SERVICE = "-d 10.96.0.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.1.27.3:80"


def sound(more: int = 0) -> Host:
    """Two pods that reach each other and the world, number for number the same at every call; all links are up. ``more``: of
    pods, so that not all can be told."""
    host = through(Numbers(100))
    for number in range(3, 3 + more):
        host.pod(f"web-{number}", f"10.1.27.{number + 1}")
    for net in host.nets.values():
        net.links = [replace(link, flags=UP) for link in net.links]
    host.root.routes += routes_of("eth0", "192.0.2.2", "192.0.2.0/24")
    return host


def set_link(net: Net, name: str, **more: object) -> None:
    """Change a link."""
    net.links = [replace(link, **more) if link.name == name else link for link in net.links]  # type: ignore[arg-type]


def set_route(net: Net, dst: str, **more: object) -> None:
    """Change a route."""
    net.routes = [replace(row, **more) if row.dst == dst else row for row in net.routes]  # type: ignore[arg-type]


def pair(net: Net, left: str, right: str, **more: object) -> None:
    """A veth pair of which both ends are in one namespace, the left one on docker0."""
    for index, name, other in ((301, left, 302), (302, right, 301)):
        link = Link(ifindex=index, name=name, type="ether", link_kind="veth", mac=f"02:00:00:00:01:{index - 300:02x}",
                    mtu=1500, state="UP", flags=UP, link_index=other)  # fmt: skip
        net.link(replace(link, master="docker0", port_kind="bridge") if name == left else replace(link, **more))  # type: ignore[arg-type]


def orphan(host: Host) -> None:
    pair(host.root, "left", "idle")


def leaked(host: Host) -> None:
    net = host.namespace(CNI)
    net.has_process = False
    host.veth(net, "veth-left", "10.1.27.9")


def empty(host: Host) -> None:
    host.namespace("/run/netns/blue", "/run/netns/green").has_process = False


def off_bridge(host: Host) -> None:
    set_link(host.root, "vethweb-11", master=None, port_kind=None)


def end_down(host: Host) -> None:
    set_link(net_of(host, "web-2"), "eth0", flags=(), state="DOWN")


def bridge_down(host: Host) -> None:
    set_link(host.root, "docker0", flags=(), state="DOWN")


def no_carrier(host: Host) -> None:
    host.remove(net_of(host, "web-2"))
    set_link(host.root, "vethweb-11", flags=("UP",), state="LOWERLAYERDOWN")


def no_bridge_address(host: Host) -> None:
    host.root.addresses = [row for row in host.root.addresses if row.dev != "docker0"]


def no_network_address(host: Host) -> None:
    no_bridge_address(host)
    subnets: tuple[Json, ...] = ({"subnet": "10.1.27.0/24", "gateway": "10.1.27.1"}, {"gateway": "fd00::1/64"}, None)
    host.networks.append(Network(id="n", name="bridge", driver="bridge", bridge="docker0", subnets=subnets))


def no_way_out(host: Host) -> None:
    net = net_of(host, "web-2")
    net.routes = [row for row in net.routes if row.gateway is None]


def nobody(host: Host) -> None:
    set_route(net_of(host, "web-2"), "0.0.0.0/0", gateway="10.1.27.200")


def elsewhere(host: Host) -> None:
    set_route(net_of(host, "web-2"), "0.0.0.0/0", gateway="10.99.0.1")


def outside(host: Host) -> None:
    net = net_of(host, "web-1")
    net.addresses = [address("eth0", "10.5.0.2/24")]
    net.routes += routes_of("eth0", "10.5.0.2", "10.5.0.0/24")


def given_twice(host: Host) -> None:
    for pod in ("web-1", "web-2"):
        net_of(host, pod).addresses.append(address("eth0", "10.1.27.99/24"))


def hijacked(host: Host) -> None:
    """The host has a pod's address as well, where nobody would look for it."""
    host.root.addresses.append(address("lo", "10.1.27.2/32"))
    steer(host, "net.ipv4.conf.all", arp_ignore=0)


def refused(host: Host) -> None:
    net_of(host, "web-1").addresses.append(address("eth0", "fd00::2/64", flags=("dadfailed", "permanent")))


def macs_alike(host: Host) -> None:
    for pod in ("web-1", "web-2"):
        set_link(net_of(host, pod), "eth0", mac="02:00:00:dd:00:01")


def second_bridge(host: Host) -> None:
    host.root.link(Link(ifindex=300, name="br1", type="ether", link_kind="bridge", mtu=1500, state="UP", flags=UP))
    host.root.addresses.append(address("br1", "10.1.27.129/25"))
    host.root.routes.append(route("10.1.27.128/25", "br1", scope="link", protocol="kernel"))


def uneven(host: Host) -> None:
    set_link(host.root, "vethweb-11", mtu=1400)


def wide(host: Host) -> None:
    for net, name in ((host.root, "vethweb-21"), (net_of(host, "web-2"), "eth0")):
        set_link(net, name, mtu=1400)


def tunnel(host: Host) -> None:
    host.root.link(
        Link(ifindex=300, name="vxlan7", type="ether", link_kind="vxlan", mtu=1460, state="UP", flags=UP,
             kind_data={"vxlan_id": 7, "vxlan_link": next(k.ifindex for k in host.root.links if k.name == "eth0")})
    )  # fmt: skip


def believes(host: Host, **more: Json) -> None:
    host.containers[0] = replace(host.containers[0], networks=({**BELIEVED, **more},))


def wrong_address(host: Host) -> None:
    believes(host, address="10.1.27.9/24")


def wrong_length(host: Host) -> None:
    believes(host, address="10.1.27.2/16")


def wrong_mac(host: Host) -> None:
    believes(host, mac="02:42:0A:01:00:00")


def wrong_gateway(host: Host) -> None:
    believes(host, gateway="10.1.27.9")


def other_sandbox(host: Host) -> None:
    host.containers[1] = replace(host.containers[1], namespace=host.containers[2].namespace)


def other_joined(host: Host) -> None:
    """Docker started the one again whose network another joins (no pods)."""
    plain = [replace(c, role="container", pod_name=None, pod_namespace=None, pod_uid=None) for c in host.containers]
    host.containers = [*plain[:1], replace(plain[1], namespace=plain[2].namespace), *host.containers[2:]]


def published(host: Host) -> None:
    host.containers[0] = replace(host.containers[0], ports=(PORT, {**PORT, "host_port": 8100}))  # type: ignore[dict-item]
    set_rules(host.root, "PREROUTING", "-p tcp -m tcp --dport 8100 -j DNAT --to-destination 10.1.27.2:80", table="nat")


def left_route(host: Host) -> None:
    host.root.routes.append(route("10.1.27.77/32", "docker0"))


def left_host_route(host: Host) -> None:
    off_bridge(host)
    host.root.routes += [route("10.1.27.2/32", "vethweb-11"), route("10.1.27.77/32", "vethweb-11")]


def unforwarded(host: Host) -> None:
    steer(host, "net.ipv4.conf.docker0", forwarding=0)


def asymmetric(host: Host) -> None:
    """What a second way on brings is answered by the first."""
    uplink(host, "eth1", "198.51.100.2", metric=10)
    host.root.routes += routes_of("eth1", "198.51.100.2", "198.51.100.0/24")
    main = Rule(family="inet", priority=32766, action="to_tbl", table="main")
    host.root.rules = [replace(main, priority=0, table="local"), main]
    steer(host, "net.ipv4.conf.all", rp_filter=1, src_valid_mark=0)
    for dev in ("eth0", "eth1"):
        steer(host, f"net.ipv4.conf.{dev}", forwarding=1, rp_filter=0, src_valid_mark=0)


def dropped(host: Host) -> None:
    set_rules(host.root, "FORWARD", "-i docker0 -j REJECT", "-o docker0 -j ACCEPT")


def kept_apart(host: Host) -> None:
    set_rules(
        host.root,
        "FORWARD",
        "-i docker0 -o docker0 -j DROP",
        "-i docker0 ! -o docker0 -j ACCEPT",
        "-o docker0 -j ACCEPT",
    )
    steer(host, "net.bridge", bridge_nf_call_iptables=0)


def served(host: Host) -> None:
    set_rules(host.root, "PREROUTING", SERVICE, table="nat")
    steer(host, "net.bridge", bridge_nf_call_iptables=0)


def tracked(host: Host) -> None:
    net_of(host, "web-1").more.append(Counter(of="conntrack", values={"count": 960}))


def many_neighbours(host: Host) -> None:
    for number, net in enumerate(host.nets.values(), 1):
        fact = Neighbour(family="inet6", dev="eth0", address="", state="STALE")
        net.neighbours += [replace(fact, address=f"2001:db8::{n:x}") for n in range(200 * number)]


def small_uplink(host: Host) -> None:
    set_link(host.root, "eth0", mtu=1400)


STEPS: tuple[Step, ...] = (
    orphan, leaked, empty, off_bridge, end_down, bridge_down, no_carrier, no_bridge_address, no_network_address,
    no_way_out, nobody, elsewhere, outside, given_twice, hijacked, refused, macs_alike, second_bridge, uneven, wide, tunnel,
    wrong_address, wrong_length, wrong_mac, wrong_gateway, other_sandbox, other_joined, published, left_route,
    left_host_route, unforwarded, asymmetric, dropped, kept_apart, served, tracked, many_neighbours,
    small_uplink,
)  # fmt: skip
CROWDED: tuple[Step, ...] = (bridge_down, no_bridge_address, wide, unforwarded, dropped)
"""Those that are told with so many things as there are."""
