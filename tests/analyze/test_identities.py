"""By what links, networks and containers are known again, how sure that is, and whether it is the same instance."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyze.diff.sides import Sides
from snapshot.model.address import Address
from snapshot.model.container import Container, Network
from snapshot.model.json import Json
from snapshot.model.link import Link
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of
from tests.analyze.rows import address

Known = tuple[str, str, str, str, bool]
"""The old and the new name, the reason, the confidence, and whether it is the same instance."""

DUMMY = Link(ifindex=50, name="d0", type="ether", link_kind="dummy", mac="02:00:00:00:00:50", mtu=1500, state="UP")
CARD = replace(DUMMY, link_kind=None)
TUNNEL = replace(DUMMY, link_kind="gre", type="ipgre", mac=None)
BRIDGE = replace(DUMMY, link_kind="bridge")
OTHER = replace(DUMMY, ifindex=51, name="d1", mac="02:00:00:00:00:51")
BONDED = replace(CARD, extra={"perm_address": "02:aa:00:00:00:01"})


def sides(before: Host, after: Host, *, boot: bool = False) -> Sides:
    if boot:
        after.boot_id = "boot-2"
    return sides_of(before, after)


def links(old: Link, new: Link, *addresses: Address, boot: bool = False) -> list[Known]:
    before = Host.with_bridge()
    after = before.fork()
    for host, link, own in zip((before, after), (old, new), addresses or (None, None), strict=True):
        host.root.link(link)
        host.root.addresses += [own] if own is not None else []
    return [
        (m.before.link.name, m.after.link.name, m.reason, m.confidence, m.same)
        for m in sides(before, after, boot=boot).matches.links
        if m.before.link.ifindex == old.ifindex
    ]


@pytest.mark.parametrize(
    ("old", "new", "known"),
    [
        (DUMMY, replace(DUMMY, name="d1"), ("d0", "d1", "interface index and MAC", "exact", True)),
        (DUMMY, replace(DUMMY, mac=OTHER.mac), ("d0", "d0", "interface index and name", "exact", True)),
        (TUNNEL, replace(TUNNEL, name="g1"), ("d0", "g1", "interface index of a link without a MAC", "strong", True)),
        (DUMMY, replace(DUMMY, ifindex=51), ("d0", "d0", "interface name", "strong", False)),
        (DUMMY, replace(DUMMY, link_kind="vlan"), ("d0", "d0", "interface name", "strong", False)),
        (DUMMY, replace(DUMMY, ifindex=51, name="d1"), ("d0", "d1", "MAC", "weak", False)),
        (DUMMY, replace(OTHER, ifindex=50), ("d0", "d1", "interface index", "weak", False)),
        (DUMMY, replace(DUMMY, link_kind="vlan", name="d1"), None),
        (DUMMY, replace(DUMMY, link_kind="vlan", name="d1", ifindex=51), None),
        (TUNNEL, replace(TUNNEL, ifindex=51, name="g1"), None),
        (DUMMY, OTHER, None),
        (CARD, replace(CARD, ifindex=51, name="d1"), ("d0", "d1", "MAC", "weak", False)),
    ],
)
def test_a_link_within_one_boot(old: Link, new: Link, known: Known | None) -> None:
    assert links(old, new) == ([known] if known is not None else [])


@pytest.mark.parametrize(
    ("old", "new", "known"),
    [
        (CARD, replace(CARD, ifindex=51, name="d1"), ("d0", "d1", "MAC of the hardware", "strong", False)),
        (BONDED, replace(BONDED, ifindex=51, name="d1", mac="02:bb:00:00:00:01"),
         ("d0", "d1", "MAC of the hardware", "strong", False)),
        (DUMMY, replace(DUMMY, ifindex=51, name="d1"), ("d0", "d1", "MAC", "weak", False)),
        (DUMMY, DUMMY, ("d0", "d0", "interface name", "strong", False)),
        (TUNNEL, replace(TUNNEL, name="g1"), None),
        (CARD, replace(OTHER, link_kind=None, ifindex=50), None),
    ],
)  # fmt: skip
def test_a_link_over_a_reboot(old: Link, new: Link, known: Known | None) -> None:
    assert links(old, new, boot=True) == ([known] if known is not None else [])


def test_a_link_by_the_addresses_that_others_reach_it_by() -> None:
    here, there = address("d0", "10.9.0.1/24"), address("d1", "10.9.0.1/24")
    assert links(DUMMY, OTHER, here, there) == [("d0", "d1", "addresses", "weak", False)]
    for scope in ("link", "host"):
        assert links(DUMMY, OTHER, replace(here, scope=scope), replace(there, scope=scope)) == []
    assert links(DUMMY, OTHER, here, replace(there, address="10.9.0.2/24")) == []
    assert links(DUMMY, OTHER, here, address("d0", "10.9.0.1/24")) == []


NET = Network(
    id="1", name="back", driver="bridge", bridge="d0", subnets=({"subnet": "10.9.0.0/24"},),
    labels={"com.docker.compose.project": "shop", "com.docker.compose.network": "back"},
)  # fmt: skip
ANEW = Network(id="2", name="new", driver="bridge", bridge="d1")
DEFAULT = replace(NET, name="bridge", labels={}, subnets=())


def networks(old: Network, new: Network) -> list[Known]:
    before = Host.with_bridge()
    after = before.fork()
    before.networks, after.networks = [old], [new]
    found = sides(before, after).matches.networks.matched
    return [(m.before[1].name, m.after[1].name, m.reason, m.confidence, m.same) for m in found]


@pytest.mark.parametrize(
    ("old", "new", "known"),
    [
        (NET, replace(ANEW, id="1"), ("back", "new", "network id", "exact", True)),
        (NET, replace(ANEW, name="back"), ("back", "back", "network name", "strong", False)),
        (NET, replace(ANEW, labels=NET.labels), ("back", "new", "compose project and network", "strong", False)),
        (NET, replace(ANEW, labels={**NET.labels, "com.docker.compose.network": "front"}), None),
        (NET, replace(ANEW, labels={"com.docker.compose.project": "shop"}), None),
        (NET, replace(ANEW, subnets=NET.subnets), ("back", "new", "subnet", "weak", False)),
        (NET, replace(ANEW, subnets=({"subnet": "10.8.0.0/24"},)), None),
        (NET, replace(ANEW, subnets=NET.subnets, driver="macvlan"), None),
        (NET, replace(ANEW, bridge="d0"), ("back", "new", "bridge", "weak", False)),
        (NET, replace(ANEW, bridge="d0", driver="other"), None),
        (NET, ANEW, None),
        (DEFAULT, replace(DEFAULT, id="2"), ("bridge", "bridge", "network name", "strong", True)),
        (DEFAULT, replace(DEFAULT, id="2", bridge="d1"), ("bridge", "bridge", "network name", "strong", False)),
        (replace(DEFAULT, name="x"), replace(DEFAULT, name="x", id="2"), ("x", "x", "network name", "strong", False)),
        (replace(DEFAULT, driver="x"), replace(DEFAULT, driver="x", id="2"),
         ("bridge", "bridge", "network name", "strong", False)),
    ],
)  # fmt: skip
def test_a_network(old: Network, new: Network, known: Known | None) -> None:
    assert networks(old, new) == ([known] if known is not None else [])


def test_a_bridge_goes_with_its_network() -> None:
    before = Host.with_bridge()
    after = before.fork()
    for host, network, link in (
        (before, NET, BRIDGE),
        (after, replace(ANEW, name="back"), replace(OTHER, link_kind="bridge")),
    ):
        host.networks = [network]
        host.root.link(link)
    found = [m for m in sides(before, after).matches.links if m.before.link.name == "d0"]
    assert [(m.after.link.name, m.reason, m.confidence) for m in found] == [
        ("d1", "bridge of the same network", "strong")
    ]


TCP: dict[str, Json] = {"protocol": "tcp", "port": 80, "host_address": "0.0.0.0", "host_port": 8080}
BOX = Container(id="1", name="db", image="shop/db:1", state="running", pid=7)
FRESH = replace(BOX, id="2", name="calm_cori")
SLOT = {
    f"com.docker.compose.{word}": value
    for word, value in (("project", "p"), ("service", "s"), ("container-number", "1"))
}
TASK = {"com.docker.swarm.service.name": "web"}
IN_POD = replace(BOX, pod_namespace="shop", pod_name="web", pod_container="app", name="k8s_app_web")


def containers(old: Container, new: Container) -> list[Known]:
    before = Host.with_bridge()
    after = before.fork()
    before.containers, after.containers = [old], [new]
    found = sides(before, after).matches.containers.matched
    return [(m.before[1].name, m.after[1].name, m.reason, m.confidence, m.same) for m in found]


@pytest.mark.parametrize(
    ("old", "new", "known"),
    [
        (BOX, replace(FRESH, id="1"), ("db", "calm_cori", "container id", "exact", True)),
        (BOX, replace(BOX, id="2"), ("db", "db", "container name", "strong", False)),
        (BOX, FRESH, None),
        (replace(BOX, labels=SLOT), replace(FRESH, labels=SLOT), ("db", "calm_cori", "compose slot", "strong", False)),
        (replace(BOX, labels=SLOT), replace(FRESH, labels={**SLOT, "com.docker.compose.project": "q"}), None),
        (replace(BOX, name="web.1.aaa", labels=TASK), replace(FRESH, name="web.1.bbb", labels=TASK),
         ("web.1.aaa", "web.1.bbb", "service and slot of the swarm", "strong", False)),
        (replace(BOX, ports=(TCP,)), replace(FRESH, ports=(TCP,)),
         ("db", "calm_cori", "image and published ports", "weak", False)),
        (replace(BOX, ports=(TCP,)), replace(FRESH, ports=(TCP,), image="shop/db@sha256:1"),
         ("db", "calm_cori", "image and published ports", "weak", False)),
        (replace(BOX, ports=(TCP,), image="reg:5000/db"), replace(FRESH, ports=(TCP,), image="reg:5000/db:2"),
         ("db", "calm_cori", "image and published ports", "weak", False)),
        (replace(BOX, ports=(TCP,), image="reg:5000/db"), replace(FRESH, ports=(TCP,), image="reg:5001/db"), None),
        (replace(BOX, ports=(TCP,)), replace(FRESH, ports=(TCP,), image="shop/web:1"), None),
        (replace(BOX, ports=(TCP,)), replace(FRESH, ports=({**TCP, "protocol": "udp"},)), None),
        (replace(BOX, ports=(TCP,)), replace(FRESH, ports=({**TCP, "host_address": "::"},)), None),
        (replace(BOX, ports=(TCP,)), replace(FRESH, ports=({**TCP, "host_port": 8081},)), None),
        (replace(BOX, ports=({**TCP, "host_port": None},)), replace(FRESH, ports=({**TCP, "host_port": None},)), None),
        (IN_POD, replace(IN_POD, id="2", name="other"), ("k8s_app_web", "other", "pod and container name", "strong", False)),
        (IN_POD, replace(IN_POD, id="2", pod_container="side"),
         ("k8s_app_web", "k8s_app_web", "container name", "strong", False)),
        (IN_POD, replace(IN_POD, id="2", pod_container="side", name="other"), None),
        (IN_POD, replace(IN_POD, id="2", pod_namespace="x", name="other"), None),
    ],
)  # fmt: skip
def test_a_container(old: Container, new: Container, known: Known | None) -> None:
    assert containers(old, new) == ([known] if known is not None else [])


def test_a_container_that_lives_in_another_namespace_now_is_another_instance() -> None:
    before = Host.with_bridge()
    keys = [before.namespace().key for _ in range(2)]
    after = before.fork()

    def same(old: str | None, new: str | None, *, boot: bool = False) -> bool:
        before.containers, after.containers = [replace(BOX, namespace=old)], [replace(BOX, namespace=new)]
        after.boot_id = "boot-2" if boot else "boot-1"
        (found,) = sides_of(before, after).matches.containers.matched
        return found.same

    assert same(keys[0], keys[0]) and same(None, keys[0]) and same(keys[0], None)
    assert not same(keys[0], keys[1])
    assert not same(keys[0], keys[0], boot=True)
