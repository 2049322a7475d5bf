"""Tunnels over links that take too little: of every kind, bound to a link or led by routes. The kernel of the tests has VXLAN
alone, so the others are values with the attributes that a capture has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from analyze.checks.mtu_mismatch import CHECK as MTU
from analyze.checks.tunnels import ADDED
from snapshot.collect.decode import Decoding
from snapshot.collect.netlink.reading import Reading
from snapshot.model.coverage import Coverage
from snapshot.model.json import Json
from snapshot.model.link import Link
from snapshot.model.nexthop import Nexthop
from snapshot.model.wireguard import WireguardPeer
from tests.analyze.checks.judging import UP, blind, found, unread, uplink
from tests.analyze.checks.sick import set_link, sound
from tests.analyze.hosts import Host
from tests.analyze.rows import address, default_route, route
from tests.bytes import tunnels

Step = Callable[[Host], None]
FAR, FAR6 = "203.0.113.9", "2001:db8:9::9"


def tunnel(kind: str, mtu: int, data: dict[str, Json], **columns: object) -> Step:
    made = Link(ifindex=300, name="tun7", type="ether", link_kind=kind, mtu=mtu, state="UP", flags=UP, kind_data=data)
    return lambda host: host.root.link(replace(made, **columns))  # type: ignore[arg-type]


def eth0(host: Host) -> int:
    return next(link.ifindex for link in host.root.links if link.name == "eth0")


def said(host: Host) -> list[str]:
    return [one.message for one in found(host, MTU)]


@pytest.mark.parametrize(
    ("kind", "overhead", "data"),
    [
        ("vxlan", 50, {"vxlan_id": 7}),
        ("vxlan", 70, {"vxlan_local6": "fd00::1"}),
        ("vxlan", 70, {"vxlan_group6": "fd00::9"}),
        ("geneve", 50, {"geneve_id": 7, "geneve_remote": FAR}),
        ("geneve", 70, {"geneve_id": 7, "geneve_remote6": FAR6}),
        ("gre", 24, {"gre_remote": FAR, "gre_oflags": 0}),
        ("gre", 28, {"gre_remote": FAR, "gre_oflags": 0x2000}),
        ("gre", 36, {"gre_remote": FAR, "gre_oflags": 0xB000}),
        ("gretap", 38, {"gre_remote": FAR}),
        ("ip6gre", 44, {"ip6gre_remote": FAR6, "ip6gre_flags": 1}),
        ("ip6gre", 52, {"ip6gre_remote": FAR6, "ip6gre_flags": 0}),
        ("ip6gretap", 66, {"ip6gre_remote": FAR6, "ip6gre_flags": 0}),
        ("ipip", 20, {"ipip_remote": FAR}),
        ("ipip", 28, {"ipip_remote": FAR, "ipip_encap_type": 1}),
        ("ipip", 32, {"ipip_remote": FAR, "ipip_encap_type": 2}),
        ("sit", 20, {"sit_remote": FAR}),
        ("ip6tnl", 48, {"ip6tnl_remote": FAR6, "ip6tnl_flags": 0}),
        ("ip6tnl", 40, {"ip6tnl_remote": FAR6, "ip6tnl_flags": 1}),
    ],
)  # fmt: skip
def test_what_a_tunnel_adds(kind: str, overhead: int, data: dict[str, Json]) -> None:
    for room, told in (
        (1500 - overhead, []),
        (1501 - overhead, [f"takes {1501 - overhead} bytes and adds {overhead}, but"]),
    ):
        host = sound()
        tunnel(kind, room, data, link_index=eth0(host))(host)
        assert [one.partition(" host/")[0] for one in said(host)] == [f"tunnel tun7 {words}" for words in told]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("vxlan", {"vxlan_gpe": True}), ("geneve", {"geneve_inner_proto_inherit": True}), ("ipip", {"ipip_encap_type": 3}),
        ("gre", {"gre_encap_type": 3}), ("vti", {}), ("dummy", {}),
    ],
)  # fmt: skip
def test_what_is_not_known_to_add_anything(kind: str, data: dict[str, Json]) -> None:
    host = sound()
    tunnel(kind, 1500, data, link_index=eth0(host))(host)
    assert said(host) == []


def test_names_of_attributes_are_those_of_a_capture() -> None:
    sections, _ = Decoding().namespace({"link": Reading(kind="link", payloads=tunnels.LINKS)})
    links = {link.name: link for link in sections["link"] if isinstance(link, Link)}
    added = {n: ADDED[kind](k.kind_data, kind) for n, k in links.items() if (kind := k.link_kind or "") in ADDED}
    names = ("gre1", "tap1", "gre6", "tap6", "ipip1", "sit1", "tnl6", "gnv1", "gnv6", "vx1")
    assert [added[name] for name in names] == [28, 42, 56, 70, 20, 20, 48, 50, 70, 70]


def test_without_a_way_nothing_is_said() -> None:
    for data in (
        {"gre_remote": "0.0.0.0"},
        {},
        {"gre_remote": "224.0.0.9"},
        {"gre_remote": "192.0.2.2"},
        {"gre_remote": "x"},
    ):
        host = sound()
        tunnel("gre", 1500, data)(host)  # type: ignore[arg-type]
        assert said(host) == [], data
        assert not blind(host, MTU)


def to_far(host: Host) -> None:
    tunnel("gre", 1480, {"gre_remote": FAR})(host)


def other_way(mtu: int = 9000) -> Step:
    def step(host: Host) -> None:
        uplink(host, "eth1", "198.51.100.2", metric=100)
        set_link(host.root, "eth1", mtu=mtu)
        host.root.routes = [r for r in host.root.routes if r.metric != 100]

    return step


def way(dst: str, dev: str | None, **columns: object) -> Step:
    def step(host: Host) -> None:
        other_way()(host)
        host.root.routes.append(route(dst, dev, **columns))

    return step


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (lambda host: None, True),
        (other_way(), True),
        (way("203.0.113.0/24", "eth1"), False),
        (way("203.0.113.0/24", "eth1", gateway="198.51.100.1"), False),
        (way("203.0.112.0/24", "eth1", gateway="198.51.100.1"), True),
        (way("203.0.113.9/32", "eth1", table="7"), False),
        (way("203.0.113.0/24", "eth7"), False),
        (way("203.0.113.0/24", None, nexthops=({"dev": "eth1"}, {"dev": "eth0"})), False),
        (way("203.0.113.0/24", None, nexthop_id=7), False),
        (way("203.0.113.9/32", "tun7"), False),
        (lambda host: set_link(host.root, "eth0", mtu=1504), False),
        (lambda host: set_link(host.root, "eth0", mtu=None), False),
        (lambda host: host.root.routes.clear(), False),
    ],
)  # fmt: skip
def test_where_routes_lead(step: Step, told: bool) -> None:
    host = sound()
    host.root.more.append(Nexthop(id=7, dev="eth1", protocol="static", scope="link"))
    to_far(host)
    step(host)
    expected = ["tunnel tun7 takes 1480 bytes and adds 24, but host/eth0 below it takes 1500"]
    assert said(host) == (expected if told else [])
    assert not blind(host, MTU)


def test_routes_that_were_not_read_hide_this_and_nothing_else() -> None:
    host = sound()
    to_far(host)
    set_link(host.root, "vethweb-11", mtu=1400)
    assert len(said(host)) == 2
    unread(host, "route")
    assert len(said(host)) == 1
    assert blind(host, MTU)


def test_a_tunnel_made_in_another_namespace_goes_by_the_routes_of_that() -> None:
    host = sound()
    to_far(host)
    (link,) = (link for link in host.root.links if link.name == "tun7")
    host.root.links.remove(link)
    pod = next(net for net in host.nets.values() if not net.host)
    pod.links.append(replace(link, link_netnsid=0))
    assert said(host) == ["tunnel tun7 takes 1480 bytes and adds 24, but host/eth0 below it takes 1500"]
    pod.links[-1] = replace(link, link_netnsid=9)
    assert said(host) == [], "nobody knows which that is"


def wireguard(*endpoints: str | None, mtu: int = 1440) -> Host:
    host = sound()
    tunnel("wireguard", mtu, {}, type="none")(host)
    host.root.routes.append(route("10.9.0.0/24", "tun7"))
    host.root.more.append(WireguardPeer(dev="tun7", listen_port=51820))
    host.root.more += [WireguardPeer(dev="tun7", peer=f"{n}=", endpoint=at) for n, at in enumerate(endpoints)]
    return host


SIX = replace(default_route("eth0", "fe80::1"), family="inet6", dst="::/0")


@pytest.mark.parametrize(
    ("endpoints", "mtu", "overhead"),
    [
        ((), 1500, None), ((None,), 1500, None), ((f"{FAR}:51820",), 1440, None), ((f"{FAR}:51820",), 1441, 60),
        ((f"[{FAR6}]:51820",), 1420, None), ((f"[{FAR6}]:51820",), 1421, 80),
        ((f"{FAR}:1", f"[{FAR6}]:51820", f"{FAR}:2"), 1500, 80), (("10.9.0.2:51820",), 1500, None),
    ],
)  # fmt: skip
def test_wireguard(endpoints: tuple[str | None, ...], mtu: int, overhead: int | None) -> None:
    host = wireguard(*endpoints, mtu=mtu)
    host.root.routes.append(SIX)
    expected = f"tunnel tun7 takes {mtu} bytes and adds {overhead}, but host/eth0 below it takes 1500"
    assert said(host) == ([expected] if overhead else [])


def test_peers_that_were_not_read_make_it_unknown() -> None:
    host = wireguard(f"{FAR}:51820", mtu=1500)
    unread(host, "wireguard")
    assert said(host) == []
    assert blind(host, MTU)
    other = sound()
    unread(other, "wireguard")
    assert not blind(other, MTU), "nobody needs them there"


def test_a_wireguard_link_of_a_workload_may_have_been_made_elsewhere() -> None:
    host = wireguard(f"{FAR}:51820", mtu=1500)
    (link,) = (link for link in host.root.links if link.name == "tun7")
    host.root.links.remove(link)
    pod = next(net for net in host.nets.values() if not net.host)
    pod.links.append(link)
    pod.more += [row for row in host.root.more if isinstance(row, WireguardPeer)]
    pod.addresses.append(address("tun7", "10.9.0.1/24"))
    assert said(host) == []
    host.coverage.append(Coverage(kinds=("wireguard",), status="torn", error="it kept changing", namespace=pod.key))
    assert not blind(host, MTU)
