"""Things as the report shows them: a link's peer in words, a pair by its ends, who is reached where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from analyze.diff.rename import Renamed, translate
from analyze.facts import (
    container_facts,
    link_facts,
    namespace_facts,
    peer_words,
    pod_facts,
    veth_facts,
    veth_name,
    workload_addresses,
)
from analyze.topology import Topology, resolve
from snapshot.model.address import Address
from snapshot.model.fdb import FdbEntry
from snapshot.model.firewall import FirewallEntry
from snapshot.model.kinds import Fact
from snapshot.model.link import Link
from snapshot.model.namespace import NamespaceId
from snapshot.model.nexthop import Nexthop
from snapshot.model.route import Route
from snapshot.model.socket import Socket
from snapshot.model.sysctl import Sysctl
from tests.analyze.hosts import Host
from tests.analyze.rows import address, route

DUMMY = Link(ifindex=50, name="dummy0", type="ether", link_kind="dummy", mtu=1500, state="UP")


def topology() -> tuple[Topology, str]:
    """A host with a pod and a bound namespace, in which links stand on links of either."""
    host = Host.with_bridge()
    host.root.link(DUMMY)
    host.root.link(replace(DUMMY, ifindex=51, name="vlan7", link_kind="vlan", link_index=50))
    host.root.link(replace(DUMMY, ifindex=52, name="lost", link_kind="vlan", link_index=99))
    host.pod("web", "10.1.27.2", host_end="vethweb")
    net = host.namespace("/run/netns/blue")
    host.veth(net, "vethblue", "10.1.27.3")
    net.nsids += [NamespaceId(nsid=4, target="cookie:unknown"), NamespaceId(nsid=5, target=net.key)]
    net.link(replace(DUMMY, ifindex=60, name="macvlan0", link_kind="macvlan", link_index=50, link_netnsid=0))
    net.link(replace(DUMMY, ifindex=61, name="elsewhere", link_kind="macvlan", link_index=50, link_netnsid=9))
    net.link(replace(DUMMY, ifindex=62, name="unseen", link_kind="macvlan", link_index=50, link_netnsid=4))
    net.link(replace(DUMMY, ifindex=63, name="own", link_kind="macvlan", link_index=2, link_netnsid=5))
    net.addresses += [address("lo", "127.0.0.1/8", scope="host"), address("eth0", "fe80::1/64", scope="link")]
    return resolve(host.loaded()), net.key


@pytest.mark.parametrize(
    ("inside", "name", "words"),
    [
        (False, "docker0", None), (False, "vlan7", "host/dummy0"), (False, "lost", None),
        (False, "vethblue", "netns:blue/eth0"),
        (False, "vethweb", "pod:default/web/eth0"), (True, "eth0", "host/vethblue"), (True, "macvlan0", "host/dummy0"),
        (True, "elsewhere", None), (True, "unseen", None), (True, "own", "netns:blue/eth0"),
    ],
)  # fmt: skip
def test_where_the_other_end_of_a_link_is(inside: bool, name: str, words: str | None) -> None:
    found, key = topology()
    place = key if inside else "cookie:1"
    link = found.by_name[place, name]
    assert peer_words(found, place, link) == words
    facts = link_facts(found, place, link)
    assert (facts["peer"], facts["name"], facts["mtu"]) == (words, name, 1500)


def test_a_pair_by_its_ends() -> None:
    found, _ = topology()
    veth = next(veth for veth in found.veths if veth_name(veth) == "vethblue - eth0")
    facts = veth_facts(found, veth)
    ends: Any = facts["ends"]
    near, far = ends
    assert facts["bridge"] == "docker0"
    assert [(end["scope"], end["name"], end["mtu"], end["state"]) for end in (near, far)] == [
        ("host", "vethblue", 1500, "UP"), ("netns:blue", "eth0", 1500, "UP"),
    ]  # fmt: skip
    assert [end["ifindex"] for end in (near, far)] == [end.link.ifindex for end in veth.ends]
    assert [end["mac"] for end in (near, far)] == [end.link.mac for end in veth.ends]
    half = replace(veth, far=None)
    assert (veth_facts(found, half)["ends"], veth_name(half)) == ((near, None), "vethblue - ?")


def test_workloads() -> None:
    found, key = topology()
    assert workload_addresses(found, key) == ["10.1.27.3/24"]
    assert workload_addresses(found, None) == workload_addresses(found, "cookie:1") == []
    assert namespace_facts(found, found.namespaces[key].namespace)["addresses"] == ("10.1.27.3/24",)
    pod = found.pods["default", "web"]
    assert pod_facts(found, pod) == {
        "namespace": "default", "name": "web", "uid": "uid-web-1", "state": "running", "containers": ("k8s_POD_web", "app"),
        "addresses": ("10.1.27.2/24",),
    }  # fmt: skip
    exited = tuple(replace(c, namespace=None, state="exited") for c in pod.containers)
    for containers, state in (
        (exited, "not running"),
        ((replace(exited[0], state="running"), exited[1]), "running"),
        ((exited[0], replace(exited[1], namespace="k")), "running"),
    ):
        assert pod_facts(found, replace(pod, containers=containers, namespace=None))["state"] == state
    assert "namespace" not in container_facts(pod.containers[0])
    assert container_facts(pod.containers[0])["name"] == "k8s_POD_web"


HOP = {"gateway": "10.0.0.1", "dev": "old", "weight": 1}
OTHER = {"gateway": "10.0.0.2", "dev": "eth9", "weight": 1}
NOW = Renamed(links={"old": "new"}, nexthops={7: 17}, containers={"1": "2"})
OBJECT = Nexthop(id=7, family="inet", dev="old", protocol="static", scope="global")
ENTRY = FdbEntry(dev="old", mac="02:00:00:00:00:01", master="eth9", state="static")
LABELLED = replace(address("old", "10.0.0.1/24"), label="old")
LISTENS = Socket(protocol="tcp", family="inet", address="0.0.0.0", port=80, uid=0, container="1", owner="container")
WORDS = FirewallEntry(
    backend="nft", family="inet", table="t", object="rule", chain="c", position=0, text="iifname old drop"
)


@pytest.mark.parametrize(
    ("row", "now"),
    [
        (replace(DUMMY, name="old", master="old"), replace(DUMMY, name="new", master="new")),
        (DUMMY, DUMMY),
        (route("10.0.0.0/8", "old", iif="old"), route("10.0.0.0/8", "new", iif="new")),
        (
            route("10.0.0.0/8", None, nexthops=(HOP, OTHER)),
            route("10.0.0.0/8", None, nexthops=({**HOP, "dev": "new"}, OTHER)),
        ),
        (route("10.0.0.0/8", None, nexthop_id=7), route("10.0.0.0/8", None, nexthop_id=17)),
        (route("10.0.0.0/8", None, nexthop_id=8), route("10.0.0.0/8", None, nexthop_id=8)),
        (replace(ENTRY, nexthop_id=7), replace(ENTRY, dev="new", nexthop_id=17)),
        (replace(ENTRY, dev="eth9", master="old"), replace(ENTRY, dev="eth9", master="new")),
        (OBJECT, replace(OBJECT, id=17, dev="new")),
        (LABELLED, replace(LABELLED, dev="new", label="new")),
        (replace(LABELLED, label="old:1"), replace(LABELLED, dev="new", label="new:1")),
        (replace(LABELLED, label="older"), replace(LABELLED, dev="new", label="older")),
        (replace(LABELLED, dev="eth9", label=None), replace(LABELLED, dev="eth9", label=None)),
        (LISTENS, replace(LISTENS, container="2")),
        (replace(LISTENS, container="9"), replace(LISTENS, container="9")),
        (replace(LISTENS, container=None, dev="old"), replace(LISTENS, container=None, dev="new")),
        (
            Sysctl(path="net.ipv4.conf.old", dev="old", values={}),
            Sysctl(path="net.ipv4.conf.new", dev="new", values={}),
        ),
        (
            Sysctl(path="net.ipv4.conf.all", dev="all", values={}),
            Sysctl(path="net.ipv4.conf.all", dev="all", values={}),
        ),
        (WORDS, WORDS),
    ],
)
def test_a_row_in_the_words_of_the_later_snapshot(row: Fact, now: Fact) -> None:
    assert translate(row, NOW) == now
    assert translate(row, Renamed()) == row


def test_a_dot_in_a_links_name_is_a_slash_in_a_sysctls_path() -> None:
    row = Sysctl(path="net.ipv4.conf.eth0", dev="eth0", values={})
    assert translate(row, Renamed(links={"eth0": "eth0.7"})) == replace(row, path="net.ipv4.conf.eth0/7", dev="eth0.7")


def test_only_what_is_called_otherwise_is_made_anew() -> None:
    rows: list[Address | Route] = [replace(LABELLED, dev="eth9", label=None), route("10.0.0.0/8", "eth9")]
    assert all(translate(row, NOW) is row for row in rows)
