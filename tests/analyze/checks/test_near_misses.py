"""What makes a sick host's trouble none: each check, the step that makes a host sick, and what is then as it was meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from analyze.compose import compose_check
from snapshot.model.bpf import BpfProgram
from snapshot.model.container import Network
from snapshot.model.json import Json
from snapshot.model.link import Link
from snapshot.model.neighbour import Neighbour
from snapshot.model.nexthop import Nexthop
from snapshot.model.sysctl import Sysctl
from snapshot.model.traffic import TrafficFilter
from tests.analyze.checks import sick
from tests.analyze.checks.judging import UP, steer
from tests.analyze.checks.sick import Step, set_link, set_route, sound
from tests.analyze.hosts import Host, Net
from tests.analyze.rows import address, route
from tests.analyze.test_changes import net_of

Where = Callable[[Host], Net]
FILTER = TrafficFilter(dev="idle", parent="ffff:", priority=1, protocol="ip", handle="0x1", classifier="u32")
WRITTEN = Neighbour(family="inet", dev="eth0", address="10.1.27.200", mac="02:00:00:00:00:07", state="PERMANENT")
HOP: Json = {"dev": "idle", "gateway": "10.7.0.1", "weight": 1}


def root(host: Host) -> Net:
    return host.root


def pod(number: int) -> Where:
    return lambda host: net_of(host, f"web-{number}")


def link(where: Where, name: str, **columns: Any) -> Step:
    return lambda host: set_link(where(host), name, **columns)


def row(where: Where, fact: Any) -> Step:
    return lambda host: where(host).more.append(fact)


def way(where: Where, *args: Any, **columns: Any) -> Step:
    return lambda host: where(host).routes.append(route(*args, **columns))


def bears(where: Where, dev: str, text: str, **columns: Any) -> Step:
    return lambda host: where(host).addresses.append(address(dev, text, **columns))


def anyip(where: Where, dst: str, **columns: Any) -> Step:
    """A local route that somebody made: the namespace takes these addresses for its own."""
    told = {"table": "local", "type": "local", "protocol": "boot", "scope": "host", **columns}
    return lambda host: where(host).routes.append(route(dst, "lo", **told))


def silent(dev: str, mode: int) -> Step:
    """The host answers no more for all of its addresses, and is nobody's way out."""

    def step(host: Host) -> None:
        no_ways(host)
        steer(host, f"net.ipv4.conf.{dev}", arp_ignore=mode)

    return step


def no_ways(host: Host) -> None:
    for number in (1, 2):
        net = pod(number)(host)
        net.routes = [r for r in net.routes if r.gateway is None]


def stands(kind: str, on: int, **columns: Any) -> Step:
    made = Link(ifindex=310, name="upon", type="ether", link_kind=kind, mtu=1400, state="UP", flags=UP, link_index=on)
    return lambda host: host.root.link(replace(made, **columns))


def both(*steps: Step) -> Step:
    def step(host: Host) -> None:
        for one in steps:
            one(host)

    return step


def hardware(host: Host) -> None:
    """A network card on the bridge: what is beyond it is not known."""
    host.root.link(
        Link(
            ifindex=311, name="eth9", type="ether", mtu=1500, state="UP", flags=UP, master="docker0", port_kind="bridge"
        )
    )


def internal(host: Host) -> None:
    host.networks.append(Network(id="i", name="inside", driver="bridge", bridge="docker0", internal=True))
    host.containers = [replace(c, networks=({"network": "inside"},)) for c in host.containers]


def named(*names: str, process: bool = False, **columns: Any) -> Step:
    def step(host: Host) -> None:
        net = next(net for net in host.nets.values() if not net.has_process)
        net.names, net.has_process = names, process
        net.links = [replace(k, **columns) if k.name == "eth0" else k for k in net.links]

    return step


def both_down(host: Host) -> None:
    for net in host.nets.values():
        net.links = [replace(k, flags=()) if k.link_kind == "veth" else k for k in net.links]


def alike(**columns: Any) -> Step:
    """Both pods' links."""

    def step(host: Host) -> None:
        for number in (1, 2):
            set_link(pod(number)(host), "eth0", **columns)

    return step


def addresses(*texts: str, **columns: Any) -> Step:
    """Both pods' second address instead of what it is."""

    def step(host: Host) -> None:
        for number, text in zip((1, 2), texts, strict=True):
            net = pod(number)(host)
            net.addresses = [*net.addresses[:1], address("eth0", text, **columns)]

    return step


def apart(host: Host) -> None:
    """The bridge tells VLANs apart."""
    set_link(host.root, "docker0", kind_data={"br_vlan_filtering": 1})


def takes_over(mode: str) -> Step:
    """A macvlan with the MAC of the first pod's link, on which it stands."""

    def step(host: Host) -> None:
        net = pod(1)(host)
        (on,) = (k for k in net.links if k.name == "eth0")
        kept = {"kind_data": {"macvlan_mode": mode}, "link_index": on.ifindex, "link_netnsid": None}
        net.link(replace(on, ifindex=320, name="over", link_kind="macvlan", **kept))  # type: ignore[arg-type]

    return step


def joined(host: Host) -> None:
    """A veth pair from one bridge to the other: one segment."""
    for index, name, other, bridge in ((321, "to-br1", 322, "docker0"), (322, "to-docker0", 321, "br1")):
        host.root.link(Link(ifindex=index, name=name, type="ether", link_kind="veth", mtu=1500, state="UP", flags=UP,
                            link_index=other, master=bridge, port_kind="bridge"))  # fmt: skip


def in_vrf(host: Host) -> None:
    host.root.link(Link(ifindex=312, name="blue", type="ether", link_kind="vrf", mtu=1500, flags=UP))
    set_link(host.root, "br1", master="blue", port_kind="vrf")


def no_subnet_route(host: Host) -> None:
    host.root.routes = [r for r in host.root.routes if r.dst != "10.1.27.128/25"]


def unaddressed(where: Where) -> Step:
    return lambda host: where(host).addresses.clear()


def shares(host: Host) -> None:
    """Another pod has an address of the same subnet: a network of their own."""
    pod(2)(host).addresses = [address("eth0", "10.5.0.3/24")]


NEAR_MISSES: list[tuple[str, Step, Step]] = [
    ("orphan-veth", sick.orphan, link(root, "idle", master="docker0", port_kind="bridge")),
    ("orphan-veth", sick.orphan, link(root, "left", master="eth0", port_kind="bond")),
    ("orphan-veth", sick.orphan, way(root, "10.7.0.0/24", "idle")),
    ("orphan-veth", sick.orphan, way(root, "10.7.0.0/24", None, nexthops=(HOP,))),
    ("orphan-veth", sick.orphan, row(root, Nexthop(id=7, dev="idle", protocol="static", scope="link"))),
    ("orphan-veth", sick.orphan, row(root, FILTER)),
    ("orphan-veth", sick.orphan, row(root, BpfProgram(dev="idle", hook="xdp", program=1))),
    ("orphan-veth", sick.orphan, stands("macvlan", 302)),
    ("orphan-veth", sick.orphan, stands("vxlan", 302, link_index=None, kind_data={"vxlan_link": 302})),
    ("leaked-namespace", sick.leaked, named(sick.CNI, process=True)),
    ("leaked-namespace", sick.leaked, named("/run/netns/blue")),
    ("leaked-namespace", sick.leaked, named(sick.CNI, link_kind=None)),
    ("leaked-namespace", sick.leaked, named("/run/docker/netns/ingress_sbox")),
    ("leaked-namespace", sick.empty, named("/var/run/docker/netns/lb_x1")),
    ("leaked-namespace", sick.empty, named("/run/docker/netns/1-abcdefghij")),
    ("veth-without-way", sick.off_bridge, link(root, "vethweb-11", master="docker0", port_kind="bridge")),
    ("veth-without-way", sick.off_bridge, bears(root, "vethweb-11", "10.1.27.1/24")),
    ("veth-without-way", sick.off_bridge, way(root, "10.1.27.2/32", "vethweb-11")),
    ("veth-without-way", sick.off_bridge, row(root, replace(FILTER, dev="vethweb-11"))),
    ("veth-without-way", sick.off_bridge, row(root, BpfProgram(dev="vethweb-11", hook="tcx ingress", program=1))),
    ("veth-without-way", sick.off_bridge, link(root, "vethweb-11", flags=())),
    ("veth-without-way", sick.off_bridge, link(pod(1), "eth0", flags=())),
    ("veth-without-way", sick.off_bridge, unaddressed(pod(1))),
    ("end-down", sick.end_down, both_down),
    ("bridge-without-carrier", sick.bridge_down, both_down),
    ("bridge-without-carrier", sick.no_carrier, hardware),
    ("bridge-without-address", sick.no_bridge_address, hardware),
    ("bridge-without-address", sick.no_bridge_address, bears(root, "docker0", "10.1.27.254/24")),
    ("bridge-without-address", sick.no_network_address, both(lambda host: host.networks.clear(), hardware)),
    ("no-default-route", sick.no_way_out, way(pod(2), "::/0", "eth0", gateway="fe80::1")),
    ("no-default-route", sick.no_way_out, way(pod(2), "0.0.0.0/0", "eth0", table="7", gateway="10.1.27.1")),
    ("no-default-route", sick.no_way_out, internal),
    ("no-default-route", sick.no_way_out, unaddressed(pod(2))),
    ("gateway-nobody", sick.nobody, hardware),
    ("gateway-nobody", sick.nobody, bears(pod(1), "lo", "10.1.27.200/32")),
    ("gateway-nobody", sick.nobody, row(root, Sysctl(path="net.ipv4.conf.docker0", dev="docker0", values={"proxy_arp": 1}))),
    ("gateway-nobody", sick.nobody, link(pod(2), "eth0", flags=("NOARP", "UP"))),
    ("gateway-nobody", sick.nobody, link(pod(2), "eth0", flags=())),
    ("gateway-nobody", sick.nobody, lambda host: set_route(pod(2)(host), "0.0.0.0/0", gateway="169.254.1.1")),
    ("gateway-nobody", sick.nobody, lambda host: pod(2)(host).neighbours.append(WRITTEN)),
    ("gateway-nobody", sick.nobody, lambda host: pod(2)(host).neighbours.append(replace(WRITTEN, state="NOARP"))),
    ("gateway-nobody", sick.nobody, lambda host: root(host).neighbours.append(
        Neighbour(family="inet", dev="docker0", address="10.1.27.200", state="PERMANENT", proxy=True))),
    ("gateway-nobody", sick.nobody, lambda host: root(host).neighbours.append(
        Neighbour(family="inet", dev=None, address="10.1.27.200", state="PERMANENT", proxy=True))),
    ("gateway-nobody", sick.nobody, row(root, Sysctl(
        path="net.ipv4.conf.docker0", dev="docker0", values={"proxy_arp_pvlan": 1}))),
    ("gateway-nobody", sick.nobody, anyip(pod(1), "10.1.27.192/26")),
    ("route-to-absent-pod", sick.left_route, anyip(pod(1), "10.1.27.77/32")),
    ("route-to-absent-pod", sick.left_route, anyip(root, "10.1.27.77/32")),
    ("gateway-not-on-link", sick.elsewhere, way(pod(2), "10.99.0.0/24", "eth0")),
    ("gateway-not-on-link", sick.elsewhere, lambda host: set_route(pod(2)(host), "0.0.0.0/0", flags=("onlink",))),
    ("address-outside-bridge-subnet", sick.outside, bears(pod(1), "eth0", "10.1.27.2/24")),
    ("address-outside-bridge-subnet", sick.outside, way(root, "10.5.0.0/24", "docker0")),
    ("address-outside-bridge-subnet", sick.outside, bears(root, "docker0", "10.5.0.1/24")),
    ("address-outside-bridge-subnet", sick.outside, hardware),
    ("address-outside-bridge-subnet", sick.outside, shares),
    ("address-outside-bridge-subnet", sick.outside, link(pod(1), "eth0", flags=())),
    ("duplicate-address", sick.given_twice, link(pod(1), "eth0", flags=())),
    ("duplicate-address", sick.given_twice, addresses("10.1.27.99/32", "10.1.27.99/32")),
    ("duplicate-address", sick.given_twice, addresses("169.254.3.3/16", "169.254.3.3/16")),
    ("duplicate-address", sick.given_twice, addresses("10.1.27.98/24", "10.1.27.99/24")),
    ("duplicate-address", sick.given_twice, apart),
    ("duplicate-address", sick.hijacked, silent("all", 1)),
    ("duplicate-address", sick.hijacked, silent("docker0", 2)),
    ("duplicate-address", sick.hijacked, both(no_ways, link(root, "docker0", flags=("NOARP", "UP")))),
    ("duplicate-address", sick.hijacked, both(unaddressed(root), bears(root, "lo", "10.1.27.2/32"))),
    ("duplicate-address", sick.hijacked, both(unaddressed(pod(1)), bears(pod(1), "eth0", "10.1.27.2/32"))),
    ("duplicate-address", sick.hijacked, both(unaddressed(pod(1)), bears(pod(1), "lo", "10.1.27.2/32"))),
    ("duplicate-address", sick.hijacked, link(pod(1), "eth0", flags=())),
    ("duplicate-address", sick.hijacked, apart),
    ("duplicate-mac", sick.macs_alike, alike(mac="00:00:5e:00:01:07")),
    ("duplicate-mac", sick.macs_alike, alike(mac="00:00:00:00:00:00")),
    ("duplicate-mac", sick.macs_alike, alike(mac=None)),
    ("duplicate-mac", sick.macs_alike, link(pod(1), "eth0", flags=())),
    ("duplicate-mac", sick.macs_alike, apart),
    ("duplicate-mac", sick.macs_alike, both(link(pod(2), "eth0", mac="02:00:00:dd:00:02"), takes_over("passthru"))),
    ("overlapping-subnets", sick.second_bridge, in_vrf),
    ("overlapping-subnets", sick.second_bridge, no_subnet_route),
    ("overlapping-subnets", sick.second_bridge, joined),
    ("overlapping-subnets", sick.second_bridge, both(link(root, "docker0", link_kind=None), link(root, "br1", link_kind=None))),
    ("mtu-mismatch", sick.uneven, link(root, "vethweb-11", mtu=None)),
    ("mtu-mismatch", sick.wide, apart),
    ("mtu-mismatch", sick.tunnel, link(root, "vxlan7", mtu=1450)),
    ("mtu-mismatch", sick.tunnel, link(root, "vxlan7", flags=())),
    ("mtu-mismatch", sick.tunnel, link(root, "eth0", mtu=1510)),
]  # fmt: skip


def checks(host: Host) -> set[str]:
    return {finding.check for finding in compose_check(host.loaded(), "netlapse test").findings}


@pytest.mark.parametrize(("check", "step", "cure"), NEAR_MISSES)
def test_what_is_as_it_was_meant_is_not_told(check: str, step: Step, cure: Step) -> None:
    host = sound()
    step(host)
    assert check in checks(host)
    cure(host)
    assert check not in checks(host)


STILL: list[tuple[str, Step, Step]] = [
    ("orphan-veth", sick.orphan, bears(root, "idle", "fe80::7/64", scope="link")),
    ("orphan-veth", sick.orphan, row(root, replace(FILTER, parent="1:"))),
    ("orphan-veth", sick.orphan, way(root, "fe80::/64", "idle", protocol="kernel")),
    ("leaked-namespace", sick.leaked, named()),
    ("leaked-namespace", sick.leaked, named("/run/docker/netns/0123456789ab")),
    ("leaked-namespace", sick.empty, named("/run/netns/lb_x1")),
    ("leaked-namespace", sick.empty, named("/run/docker/netns/blue")),
    ("bridge-without-carrier", sick.bridge_down, link(root, "vethweb-11", flags=())),
    ("bridge-without-address", sick.no_bridge_address, bears(root, "docker0", "fe80::1/64", scope="link")),
    ("no-default-route", sick.no_way_out, way(pod(2), "0.0.0.0/1", "eth0", gateway="10.1.27.1")),
    ("no-default-route", sick.no_way_out, way(pod(2), "0.0.0.0/0", None, type="unreachable")),
    ("gateway-nobody", sick.nobody, lambda host: pod(2)(host).neighbours.append(replace(WRITTEN, state="STALE"))),
    ("gateway-nobody", sick.nobody, lambda host: pod(2)(host).neighbours.append(replace(WRITTEN, dev="eth1"))),
    ("gateway-nobody", sick.nobody, lambda host: root(host).neighbours.append(
        Neighbour(family="inet", dev="eth0", address="10.1.27.200", state="PERMANENT", proxy=True))),
    ("gateway-nobody", sick.nobody, anyip(pod(1), "10.1.27.0/25")),
    ("gateway-nobody", sick.nobody, anyip(pod(1), "10.1.27.200/32", type="unreachable")),
    # What only marked packets are looked up in, as transparent proxies have it; and what a subnet's own route stands before.
    ("gateway-nobody", sick.nobody, anyip(pod(1), "0.0.0.0/0", table="133")),
    ("gateway-nobody", sick.nobody, anyip(pod(1), "0.0.0.0/0", table="main")),
    ("route-to-absent-pod", sick.left_route, anyip(pod(1), "10.1.27.76/32")),
    ("gateway-nobody", sick.nobody, stands("macvlan", 2)),
    ("gateway-not-on-link", sick.elsewhere, way(pod(2), "10.98.0.0/24", "eth0")),
    ("duplicate-address", sick.given_twice, addresses("10.1.27.99/32", "10.1.27.99/24")),
    ("duplicate-address", sick.hijacked, silent("all", 3)),
    ("duplicate-address", sick.hijacked, silent("eth0", 1)),
    ("duplicate-address", sick.hijacked, link(root, "docker0", flags=("NOARP", "UP"))),
    ("duplicate-mac", sick.macs_alike, bears(pod(1), "eth0", "10.1.27.77/24")),
    ("duplicate-mac", sick.macs_alike, both(link(pod(2), "eth0", mac="02:00:00:dd:00:02"), takes_over("bridge"))),
    ("mtu-mismatch", sick.wide, unaddressed(pod(1))),
]  # fmt: skip


@pytest.mark.parametrize(("check", "step", "more"), STILL)
def test_what_does_not_mend_it_is_no_cure(check: str, step: Step, more: Step) -> None:
    host = sound()
    step(host)
    more(host)
    assert check in checks(host)


def test_two_halves_of_the_address_space_are_a_way_out() -> None:
    host = sound()
    sick.no_way_out(host)
    for half in ("0.0.0.0/1", "128.0.0.0/1"):
        assert "no-default-route" in checks(host)
        way(pod(2), half, "eth0", gateway="10.1.27.1")(host)
    assert "no-default-route" not in checks(host)


@pytest.mark.parametrize(("text", "subnet"), [("10.1.27.129/25", "10.1.27.128/25"), ("10.1.0.1/16", "10.1.0.0/16")])
def test_a_network_card_may_overlap_with_a_bridge(text: str, subnet: str) -> None:
    host = sound()
    bears(root, "eth0", text)(host)
    assert "overlapping-subnets" not in checks(host), "nothing says that it is on the link"
    way(root, subnet, "eth0")(host)
    assert "overlapping-subnets" in checks(host)
