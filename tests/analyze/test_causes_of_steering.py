"""What explains changes of nexthops, sockets, the firewall and services, and what does not (docs/diff.md)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snapshot.model.container import Container
from snapshot.model.fdb import FdbEntry
from snapshot.model.ipvs import IpvsService
from snapshot.model.json import Json
from snapshot.model.kinds import Fact
from snapshot.model.socket import Socket
from tests.analyze.causing import (
    ADDRESS,
    DUMMY,
    IN_SET,
    IPSET,
    LISTENS,
    MATCHES,
    NEXTHOP,
    PEER,
    SET,
    USES_SET,
    VXLAN,
    Case,
    both_ways,
    of,
    with_rows,
)
from tests.analyze.hosts import Host
from tests.analyze.rows import address, chain, route, rules
from tests.analyze.test_changes import classic, net_of

TOGETHER: list[Case] = [
    (
        "a nexthop takes the routes that use it along",
        [],
        [NEXTHOP, route("198.51.100.0/24", "docker0", nexthop_id=7)],
        ("route", "198.51.100.0/24 dev docker0 nhid 7"),
        "nexthop",
    ),
    (
        "not those of another",
        [],
        [NEXTHOP, route("198.51.100.0/24", "docker0", nexthop_id=8)],
        ("route", "198.51.100.0/24 dev docker0 nhid 8"),
        None,
    ),
    (
        "and the entries of a vxlan",
        [],
        [replace(NEXTHOP, fdb=True), FdbEntry(dev="vx1", mac="02:aa:00:00:00:01", state="permanent", nexthop_id=7)],
        ("fdb", "02:aa:00:00:00:01 dev vx1"),
        "nexthop",
    ),
    (
        "a socket follows the address it is bound to",
        [DUMMY],
        [ADDRESS, LISTENS],
        ("socket", "tcp 10.9.0.1:80"),
        "address",
    ),
    ("not another", [DUMMY], [address("dummy0", "10.9.0.2/24"), LISTENS], ("socket", "tcp 10.9.0.1:80"), None),
    (
        "a tunnel's socket follows the tunnel",
        [DUMMY],
        [VXLAN, replace(LISTENS, protocol="udp", address="0.0.0.0", port=4789)],
        ("socket", "udp 0.0.0.0:4789"),
        "link",
    ),
    (
        "one of another port does not",
        [DUMMY],
        [VXLAN, replace(LISTENS, protocol="udp", address="0.0.0.0", port=4790)],
        ("socket", "udp 0.0.0.0:4790"),
        None,
    ),
    (
        "nor one that is no datagram's",
        [DUMMY],
        [VXLAN, replace(LISTENS, address="0.0.0.0", port=4789)],
        ("socket", "tcp 0.0.0.0:4789"),
        None,
    ),
    ("a set takes its elements along", [], [SET, IN_SET], ("firewall", "set inet mine bad: 192.0.2.1"), "firewall"),
    (
        "and the rules that look into it",
        [replace(SET, object="chain", name=None, chain="in", text="")],
        [SET, USES_SET],
        ("firewall", "inet mine in: ip saddr @bad drop"),
        "firewall",
    ),
    ("an ipset takes its members along", [], [IPSET, PEER], ("firewall", "ipset peers: 192.0.2.1"), "firewall"),
    (
        "and the rules that match it",
        [],
        [IPSET, MATCHES],
        ("firewall", f"ip filter FORWARD: {MATCHES.text}"),
        "firewall",
    ),
    (
        "not those that match another",
        [],
        [replace(IPSET, name="others"), MATCHES],
        ("firewall", f"ip filter FORWARD: {MATCHES.text}"),
        None,
    ),
    (
        "a rule follows the chain it jumps to",
        [],
        [chain("MINE"), rules("FORWARD", "-j MINE", start=9)[0]],
        ("firewall", "ip filter FORWARD: -j MINE"),
        "firewall",
    ),
    (
        "not a chain of that name in another table",
        [],
        [chain("MINE", table="nat"), rules("FORWARD", "-j MINE", start=9)[0]],
        ("firewall", "ip filter FORWARD: -j MINE"),
        None,
    ),
    (
        "a rule follows the address it names",
        [DUMMY],
        [ADDRESS, rules("FORWARD", "-d 10.9.0.1/32 -j DROP", start=9)[0]],
        ("firewall", "ip filter FORWARD: -d 10.9.0.1/32 -j DROP"),
        "address",
    ),
    (
        "and the link it names",
        [],
        [DUMMY, rules("FORWARD", "-i dummy0 -j DROP", start=9)[0]],
        ("firewall", "ip filter FORWARD: -i dummy0 -j DROP"),
        "link",
    ),
]


@pytest.mark.parametrize(
    ("base", "rows", "about", "kind"), [case[1:] for case in TOGETHER], ids=[case[0] for case in TOGETHER]
)
def test_what_comes_and_goes_together(
    base: list[Fact], rows: list[Fact], about: tuple[str, str], kind: str | None
) -> None:
    before = with_rows(classic(), *base)
    for told in both_ways(before, with_rows(before, *rows)):
        assert told[about] == kind


def container(**columns: object) -> Container:
    told = {"id": "c1", "name": "shop", "state": "running", "network_mode": "bridge", **columns}
    return Container(**told)  # type: ignore[arg-type]


def with_containers(*found: Container) -> Host:
    host = classic()
    host.containers += found
    return host


def test_what_joined_a_container_and_what_it_publishes_follow_it() -> None:
    ports = ({"protocol": "tcp", "port": 80, "host_address": "0.0.0.0", "host_port": 8080},)
    published = Socket(protocol="tcp", family="inet", address="0.0.0.0", port=8080, uid=0, owner="host")
    helper = container(id="c2", name="helper", joined="c1", network_mode="container:c1")
    there = with_rows(with_containers(container(ports=ports), helper), published, replace(published, port=8081))
    for told in both_ways(classic(), there):
        assert told["container", "shop"] is None
        assert told["container", "helper"] == "container"
        assert told["socket", "tcp 0.0.0.0:8080"] == "container"
        assert told["socket", "tcp 0.0.0.0:8081"] is None
    udp = with_rows(with_containers(container(ports=ports)), replace(published, protocol="udp"))
    assert of(classic(), udp)["socket", "udp 0.0.0.0:8080"] is None


@pytest.mark.parametrize(
    ("columns", "cause"),
    [
        ({"pid": 9}, "container"), ({"state": "paused"}, "container"), ({"started_at": "2026"}, "container"),
        ({"restarts": 3}, None),
    ],
)  # fmt: skip
def test_a_container_started_again_explains_its_sockets(columns: dict[str, object], cause: str | None) -> None:
    mine = Socket(protocol="tcp", family="inet", address="0.0.0.0", port=9000, uid=0, container="c1", owner="container")
    before, after = with_containers(container()), with_rows(with_containers(container(**columns)), mine)
    assert of(before, after)["socket", "tcp 0.0.0.0:9000"] == cause


def test_a_rule_that_names_a_container_follows_it() -> None:
    rule = rules("FORWARD", '-m comment --comment "id: c1" -j ACCEPT', start=9)[0]
    for told in both_ways(classic(), with_rows(with_containers(container()), rule)):
        assert told["firewall", f"ip filter FORWARD: {rule.text}"] == "container"


def test_a_service_follows_the_pod_behind_it_only_where_that_changed() -> None:
    service = IpvsService(protocol="TCP", address="10.96.0.1", port=443, scheduler="rr")
    behind: tuple[Json, ...] = ({"address": "10.1.27.2", "port": 80, "forward": "Masq", "weight": 1},)
    there = with_rows(classic(), replace(service, destinations=behind))
    gone = with_rows(classic(), service)
    gone.remove(net_of(gone, "web-1"))
    for told in both_ways(there, gone):
        assert told["ipvs", "TCP 10.96.0.1 port 443"] == "address"  # the pod's, which hangs under it
    other = with_rows(classic(), replace(service, scheduler="wlc"))
    other.remove(net_of(other, "web-1"))
    assert of(there, other)["ipvs", "TCP 10.96.0.1 port 443"] is None
