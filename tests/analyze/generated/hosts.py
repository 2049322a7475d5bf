"""Whole hosts, other ones for every seed: what the kernel and a runtime would have made, strange names included."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from random import Random

from snapshot.model.bpf import BpfProgram
from snapshot.model.container import Network
from snapshot.model.fdb import FdbEntry
from snapshot.model.firewall import FirewallEntry
from snapshot.model.ipvs import IpvsService
from snapshot.model.link import Link
from snapshot.model.mdb import MdbEntry
from snapshot.model.neighbour import Neighbour
from snapshot.model.nexthop import Nexthop
from snapshot.model.rule import Rule
from snapshot.model.socket import Socket
from snapshot.model.traffic import Qdisc, TrafficClass, TrafficFilter
from snapshot.model.wireguard import WireguardPeer
from tests.analyze.generated.workloads import NAMES, bound, container, host_network, pod
from tests.analyze.hosts import Host, Net, Numbers
from tests.analyze.rows import address, chain, dockers_rules, namespace_wide, route, routes_of, rules

UPLINK = Link(
    ifindex=2, name="eth0", type="ether", mac="52:54:00:12:34:56", mtu=1500, state="UP", flags=("LOWER_UP", "UP")
)


def made(seed: int) -> Host:
    """The host of a seed, number for number the same at every call."""
    host = _made(seed).fork()
    host.numbers = Numbers(10_000)
    return host


@lru_cache(maxsize=512)
def _made(seed: int) -> Host:
    return make(Random(seed))


def make(chance: Random) -> Host:
    """A host with an uplink, one or two bridges, some workloads, and a bit of everything else."""
    host = Host(numbers=Numbers())
    root = Net(key="cookie:1", inode=4026531840, host=True)
    host.nets[root.key] = root
    root.more += namespace_wide()
    root.link(Link(ifindex=1, name="lo", type="loopback", mtu=65536, state="UNKNOWN"))
    root.link(UPLINK)
    root.addresses.append(address("eth0", "192.0.2.10/24"))
    root.routes += [*routes_of("eth0", "192.0.2.10", "192.0.2.0/24"), route("0.0.0.0/0", "eth0", gateway="192.0.2.1")]
    root.rules += [
        Rule(family="inet", priority=p, action="to_tbl", table=t) for p, t in ((0, "local"), (32766, "main"))
    ]
    root.neighbours.append(
        Neighbour(family="inet", dev="eth0", address="192.0.2.1", mac="52:54:00:00:00:01", state="REACHABLE")
    )
    bridge(host, "docker0", 1)
    root.more += dockers_rules("docker0")
    for number in range(2, 2 + chance.randrange(2)):
        network(host, chance, number)
    for _ in range(chance.randrange(5)):
        chance.choice((pod, pod, container, container, bound, host_network))(host, chance)
    for extra in chance.sample(EXTRAS, chance.randrange(len(EXTRAS))):
        extra(host, chance)
    return host


def bridge(host: Host, name: str, number: int) -> None:
    """A bridge with its address and routes; the index is its own for ever."""
    mac = f"02:00:00:00:00:{number:02x}"
    host.root.link(
        Link(ifindex=next(host.numbers), name=name, type="ether", link_kind="bridge", mac=mac, mtu=1500, state="UP",
             flags=("LOWER_UP", "UP"), kind_data={"br_forward_delay": 1500})
    )  # fmt: skip
    host.root.addresses.append(address(name, f"10.{number}.0.1/24"))
    host.root.routes += routes_of(name, f"10.{number}.0.1", f"10.{number}.0.0/24")
    host.root.fdb.append(FdbEntry(dev=name, mac="33:33:00:00:00:01", master=name, state="permanent", flags=("self",)))


def network(host: Host, chance: Random, number: int) -> None:
    """A runtime's network with a bridge of its own."""
    called = chance.choice(("back", "front", *NAMES))
    name = f"br-{number:012x}"
    bridge(host, name, number)
    host.networks.append(
        Network(id=f"net-{next(host.numbers)}", name=called, driver="bridge", bridge=name,
                subnets=({"subnet": f"10.{number}.0.0/24", "gateway": f"10.{number}.0.1"},))
    )  # fmt: skip


def tunnels(host: Host, chance: Random) -> None:
    """A vxlan as flannel makes one: entries of the control plane, and routes to the other hosts' pods."""
    root, mac = host.root, "aa:bb:cc:00:00:01"
    root.link(
        Link(ifindex=next(host.numbers), name="flannel.1", type="ether", link_kind="vxlan", mac=mac, mtu=1450,
             state="UNKNOWN", link_index=2, kind_data={"vxlan_id": 1, "vxlan_port": 8472})
    )  # fmt: skip
    root.more.append(Socket(protocol="udp", family="inet", address="0.0.0.0", port=8472, uid=0, owner="unknown"))
    for other in range(1, 2 + chance.randrange(3)):
        far = f"aa:bb:cc:00:01:{other:02x}"
        root.fdb.append(
            FdbEntry(dev="flannel.1", mac=far, state="permanent", flags=("self",), dst=f"192.0.2.{20 + other}")
        )
        root.neighbours.append(
            Neighbour(family="inet", dev="flannel.1", address=f"10.244.{other}.0", mac=far, state="PERMANENT")
        )
        root.routes.append(route(f"10.244.{other}.0/24", "flannel.1", gateway=f"10.244.{other}.0", flags=("onlink",)))


def policy_routing(host: Host, chance: Random) -> None:
    """Several tables, metrics, multipath, both families."""
    root = host.root
    root.rules += [
        Rule(family="inet", priority=100, src="10.1.0.0/24", action="to_tbl", table="100"),
        Rule(family="inet", priority=100, iif="docker0", fwmark=1, action="to_tbl", table="100"),
        Rule(family="inet6", priority=0, action="to_tbl", table="local"),
    ]
    root.routes += [
        route("0.0.0.0/0", "docker0", gateway="10.1.0.9", table="100"),
        *(route("198.51.100.0/24", "eth0", gateway="192.0.2.1", metric=m) for m in chance.sample((10, 20, 30, 40), 3)),
        route("203.0.113.0/24", None, nexthops=tuple(
            {"gateway": f"192.0.2.{n}", "dev": "eth0", "weight": 1, "flags": []} for n in (2, 3)
        )),
        route("::/0", "eth0", gateway="fe80::1", metric=1024, protocol="ra"),
        route("fe80::/64", "eth0", protocol="kernel", metric=256),
        route("203.0.113.7/32", None, type="blackhole"),
    ]  # fmt: skip
    root.addresses.append(address("eth0", "fe80::5054:ff:fe12:3456/64", scope="link", label=None))


def nexthops(host: Host, chance: Random) -> None:
    """Nexthop objects, a group of them, and routes that use them."""
    root = host.root
    ids = (7, 8)
    root.more += [
        Nexthop(id=n, family="inet", gateway=f"192.0.2.{n}", dev="eth0", protocol="static", scope="global") for n in ids
    ]
    root.more.append(
        Nexthop(
            id=70,
            group=tuple({"id": n, "weight": 1} for n in ids),
            group_type="mpath",
            protocol="static",
            scope="global",
        )
    )
    root.routes += [
        route("192.168.7.0/24", "eth0", gateway="192.0.2.7", nexthop_id=7),
        route("192.168.8.0/24", None, nexthop_id=70),
    ]


def native_firewall(host: Host, chance: Random) -> None:
    """A table of nftables with a chain, a set and its elements; rules that are there twice."""

    def row(**columns: object) -> FirewallEntry:
        return FirewallEntry(backend="nft", family="inet", table="mine", **columns)  # type: ignore[arg-type]

    host.root.more += [
        row(object="table"),
        row(object="chain", chain="in", text="type filter hook input priority filter; policy accept;"),
        row(object="set", name="bad", text="type ipv4_addr"),
        *(row(object="element", name="bad", text=f"198.51.100.{n}") for n in chance.sample(range(9), 3)),
        *(row(object="rule", chain="in", position=n, text=t) for n, t in enumerate(
            ("ip saddr @bad drop", "iifname \"docker0\" accept", "counter", "counter", "ip saddr 10.1.0.0/24 accept")
        )),
    ]  # fmt: skip
    host.root.more += [
        chain("PREROUTING", policy="ACCEPT", table="nat"), *rules("PREROUTING", "-m addrtype -j DOCKER", table="nat"),
        FirewallEntry(backend="ipset", family="ip", object="ipset", name="peers", text="hash:ip"),
        FirewallEntry(backend="ipset", family="ip", object="element", name="peers", text="192.0.2.77"),
    ]  # fmt: skip


def steering(host: Host, chance: Random) -> None:
    """Traffic control, BPF, multicast, IPVS, WireGuard, sockets."""
    root = host.root
    root.link(
        Link(ifindex=next(host.numbers), name="wg0", type="none", link_kind="wireguard", mtu=1420, state="UNKNOWN")
    )
    root.more += [
        WireguardPeer(dev="wg0", public_key="k" * 44, listen_port=51820),
        WireguardPeer(dev="wg0", peer="p" * 44, endpoint="198.51.100.1:51820", allowed_ips=("10.9.0.0/24",)),
        Socket(protocol="udp", family="inet", address="0.0.0.0", port=51820, uid=0, owner="unknown"),
        Socket(protocol="tcp", family="inet", address="0.0.0.0", port=22, uid=0, owner="host", sockets=1),
        Socket(protocol="udp", family="inet", address="0.0.0.0", port=chance.randrange(32768, 61000), uid=0, owner="host"),
        MdbEntry(dev="docker0", port="docker0", group="239.1.1.1", state="temp"),
        BpfProgram(dev="eth0", hook="xdp", mode="driver", program=7, name="guard", tag="ab"),
        IpvsService(protocol="TCP", address="10.96.0.1", port=443, scheduler="rr",
                    destinations=({"address": "10.1.0.50", "port": 6443, "forward": "Masq", "weight": 1},)),
        *(replace(row, qdisc="htb", handle="1:") for row in root.more if isinstance(row, Qdisc) and row.dev == "eth0"),
        TrafficClass(dev="eth0", handle="1:10", parent="1:", qdisc="htb", options={"rate": 1000}),
        TrafficFilter(dev="eth0", parent="1:", priority=1, protocol="ip", handle="0x1", classifier="flower"),
    ]  # fmt: skip
    plain = Qdisc(dev="eth0", handle="0:", parent="root", qdisc="noqueue")
    root.more = [row for row in root.more if row != plain]


EXTRAS = (tunnels, policy_routing, nexthops, native_firewall, steering)
