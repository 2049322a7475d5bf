"""One snapshot as a person would draw it: bridges with their pairs, namespaces with their ways out, gaps in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyze.inventory import take_inventory
from reports.headline import headline
from reports.inventory import Inventory
from snapshot.model.coverage import Coverage
from snapshot.model.link import Link
from snapshot.model.route import Route
from tests.analyze.hosts import Host
from tests.analyze.rows import default_route, route
from tests.analyze.test_changes import classic, net_of


def drawn(host: Host, scope: str | None = None) -> Inventory:
    return take_inventory(host.whole(), scope)


def test_a_bridge_has_its_pairs_and_its_other_ports() -> None:
    host = classic()
    bond = Link(ifindex=900, name="bond0", type="ether", link_kind="bond", mac="02:00:00:00:00:90", master="docker0")
    host.root.link(bond)
    host.veth(host.namespace("/run/netns/blue"), "vethloose", "10.9.0.2", bridge=None)
    told = drawn(host)
    (bridge,) = told.bridges
    assert (bridge.scope, bridge.link.name, bridge.other_ports) == ("host", "docker0", ("bond0",))
    assert (bridge.link.addresses, bridge.link.kind, bridge.link.mtu) == (("10.1.27.1/24",), "bridge", 1500)
    assert [(p.near.name, p.end and p.end.name, p.scope) for p in bridge.ports] == [
        (f"vethweb-{n}1", "eth0", f"pod:default/web-{n}") for n in range(1, 5)
    ]
    assert [(p.near.name, p.scope, p.missing) for p in told.loose] == [("vethloose", "netns:blue", None)]
    assert bridge.ports[0].near.peer == "pod:default/web-1/eth0"
    assert bridge.ports[0].end is not None
    assert (bridge.ports[0].end.peer, bridge.ports[0].end.addresses) == ("host/vethweb-11", ("10.1.27.2/24",))


def test_what_there_is_is_counted() -> None:
    assert drawn(classic()).counts == (
        ("containers", 8), ("pods", 4), ("namespaces", 4), ("veth pairs", 4), ("bridges", 1),
    )  # fmt: skip


def test_a_pair_turned_the_other_way_hangs_on_its_bridge_all_the_same() -> None:
    """The bridge is in the pod, and the pair's end there is on it: a switch in a container."""
    host = classic()
    net = net_of(host, "web-1")
    net.links = [replace(link, master="br0") if link.name == "eth0" else link for link in net.links]
    net.link(Link(ifindex=9, name="br0", type="ether", link_kind="bridge", mac="02:00:00:00:00:91"))
    host.root.links = [replace(link, master=None) if link.name == "vethweb-11" else link for link in host.root.links]
    told = drawn(host)
    assert [(b.scope, b.link.name) for b in told.bridges] == [("host", "docker0"), ("pod:default/web-1", "br0")]
    (port,) = told.bridges[1].ports
    assert (port.near.name, port.scope) == ("eth0", "host")
    assert told.loose == ()


def test_a_port_of_what_was_not_read_or_is_no_bridge_is_loose() -> None:
    host = classic()
    host.root.links = [replace(link, master="vrf-1") if link.name == "vethweb-11" else link for link in host.root.links]
    told = drawn(host)
    assert [port.near.name for port in told.loose] == ["vethweb-11"]
    assert [len(bridge.ports) for bridge in told.bridges] == [3]


def test_one_scope_has_its_own_things_and_the_bridge_it_hangs_on() -> None:
    told = drawn(classic(), "pod:default/web-2")
    assert [place.scope for place in told.namespaces] == ["pod:default/web-2"]
    assert [[port.scope for port in bridge.ports] for bridge in told.bridges] == [["pod:default/web-2"]]
    assert {facts["scope"] for rows in told.facts.values() for facts in rows} == {"pod:default/web-2"}
    assert [facts["name"] for facts in told.facts["container"]] == ["k8s_POD_web-2", "k8s_app_web-2"]


def test_containers_that_run_in_no_namespace_are_told_apart() -> None:
    """In a pod a container is called as the pod calls it, and one that ended is in no namespace."""
    host = classic()
    assert drawn(host).elsewhere == ()
    ended, lost, *others = host.containers
    host.containers = [
        replace(ended, state="exited", namespace=None, pid=None),
        replace(lost, namespace="cookie:404"),
        *others,
    ]
    found = drawn(host).elsewhere
    assert [(c.name, c.role, c.state) for c in found] == [
        ("app", "container", "running"),
        ("k8s_POD_web-1", "sandbox", "exited"),
    ]
    assert drawn(host, "pod:default/web-2").elsewhere == ()
    assert sum(len(place.containers) for place in drawn(host).namespaces) + len(found) == 8


def test_of_one_scope_the_headline_says_that_it_is_not_all() -> None:
    told = headline(drawn(classic(), "pod:default/web-1"))
    assert told == "only pod:default/web-1, of 8 containers, 4 pods, 4 namespaces, 4 veth pairs, 1 bridge"


def test_a_namespace_has_its_containers_links_and_gaps() -> None:
    host = classic()
    key = net_of(host, "web-1").key
    host.coverage.append(Coverage(namespace=key, kinds=("route",), status="torn", error="kept changing"))
    told = drawn(host)
    assert [place.scope for place in told.namespaces] == ["host", *(f"pod:default/web-{n}" for n in range(1, 5))]
    place = told.namespaces[1]
    assert [(c.name, c.role, c.state, c.image) for c in place.containers] == [
        ("k8s_POD_web-1", "sandbox", "running", "busybox"),
        ("app", "container", "running", "busybox"),
    ]
    assert [link.name for link in place.links] == ["lo", "eth0"]
    assert place.gaps == ("route: torn (kept changing)",)
    assert [other.ways_seen for other in told.namespaces] == [other is not place for other in told.namespaces]
    assert [other.gaps for other in told.namespaces if other is not place] == [()] * 4
    assert place.ways_out == ("via 10.1.27.1 dev eth0",)


def test_every_kind_has_its_facts_each_with_its_scope() -> None:
    told = drawn(classic()).facts
    assert [pod["scope"] for pod in told["pod"]] == [f"pod:default/web-{n}" for n in range(1, 5)]
    assert told["pod"][0]["addresses"] == ("10.1.27.2/24",)
    (veth, *_) = told["veth"]
    assert (veth["scope"], veth["bridge"], veth["missing"]) == ("pod:default/web-1", "docker0", None)
    namespaces = {facts["scope"]: facts for facts in told["namespace"]}
    assert namespaces["pod:default/web-1"]["containers"] == ("k8s_POD_web-1", "k8s_app_web-1")
    assert namespaces["pod:default/web-1"]["ways_out"] == ("via 10.1.27.1 dev eth0",)
    assert {"key", "inode", "names", "has_process"} <= set(namespaces["host"])
    assert {facts["kernel_scope"] for facts in told["address"]} == {"global"}
    assert {facts["scope"] for facts in told["route"]} == {"host", *(f"pod:default/web-{n}" for n in range(1, 5))}
    assert [facts["peer"] for facts in told["link"] if facts["name"] == "vethweb-31"] == ["pod:default/web-3/eth0"]


@pytest.mark.parametrize(
    ("routes", "words"),
    [
        ([default_route("eth0")], ("via 10.1.27.1 dev eth0",)),
        ([route("0.0.0.0/0", "eth0", scope="link")], ("dev eth0",)),
        ([default_route("eth0", "10.1.27.9"), default_route("eth0")], ("via 10.1.27.1 dev eth0", "via 10.1.27.9 dev eth0")),
        (
            [replace(default_route("eth0"), metric=20), replace(default_route("eth0", "10.1.27.9"), metric=10)],
            ("via 10.1.27.9 dev eth0", "via 10.1.27.1 dev eth0"),
        ),
        ([route("0.0.0.0/0", None, type="unreachable")], ("unreachable",)),
        ([route("0.0.0.0/0", None, nexthop_id=7)], ("nhid 7",)),
        ([route("0.0.0.0/0", None, gateway="10.1.27.1")], ("via 10.1.27.1",)),
        (
            [route("0.0.0.0/0", None, nexthops=({"gateway": "10.1.27.1", "dev": "a"}, {"gateway": None, "dev": "b"}, 3))],
            ("via 10.1.27.1 dev a or via on-link dev b",),
        ),
        ([route("::/0", "eth0", gateway="fe80::1"), default_route("eth0")], ("via 10.1.27.1 dev eth0", "via fe80::1 dev eth0")),
        ([replace(default_route("eth0"), table="100")], ()),
    ],
)  # fmt: skip
def test_ways_out_in_words(routes: list[Route], words: tuple[str, ...]) -> None:
    host = classic()
    net_of(host, "web-1").routes = routes
    assert drawn(host).namespaces[1].ways_out == words
