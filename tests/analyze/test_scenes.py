"""The picture of a report: each bridge with the veth pairs on it that changed, and how many did not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest

from analyze.compose import compose
from analyze.filters.filters import read_filters
from analyze.scenes import ways_out
from analyze.topology import resolve
from reports.model import Report, Scene
from snapshot.model.link import Link
from snapshot.model.route import Route
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of
from tests.analyze.rows import address, default_route
from tests.analyze.test_changes import classic, compare, net_of


def edit(host: Host, name: str, **columns: object) -> None:
    host.root.links = [
        replace(link, **columns) if link.name == name else link  # type: ignore[arg-type]
        for link in host.root.links
    ]


def story(host: Host) -> None:
    """One pod went, one was made anew, one was taken off its bridge, one stays; and a namespace came, on no bridge."""
    host.remove(net_of(host, "web-1"))
    host.remove(net_of(host, "web-2"))
    host.pod("web-2", "10.1.27.77", serial="2")
    edit(host, "vethweb-31", master=None, port_kind=None)
    host.veth(host.namespace("/run/netns/blue"), "vblue", "10.1.27.50", bridge=None)


def drawn(scene: Scene) -> list[tuple[str | None, str, str | None]]:
    return [(veth.host_end, veth.scope, veth.action) for veth in scene.veths]


def test_each_bridge_has_what_changed_on_it() -> None:
    bridge, none = compare(story).scenes
    assert (bridge.scope, bridge.bridge, bridge.addresses, bridge.action) == (
        "host",
        "docker0",
        ("10.1.27.1/24",),
        None,
    )
    assert drawn(bridge) == [
        ("vethweb-22", "pod:default/web-2", "recreated"),
        ("vethweb-31", "pod:default/web-3", "changed"),
        ("vethweb-11", "pod:default/web-1", "removed"),
    ]
    assert bridge.unchanged == 1
    assert (none.scope, none.bridge, none.addresses, none.unchanged) == ("host", None, (), 0)
    assert drawn(none) == [("vblue", "netns:blue", "added")]


def test_a_pair_is_drawn_with_who_lives_at_its_end() -> None:
    report = compare(story)
    bridge, none = report.scenes
    new = bridge.veths[0]
    assert (new.end, new.addresses, new.containers, new.way_out) == (
        "eth0", ("10.1.27.77/24",), ("k8s_POD_web-2", "app"), "via 10.1.27.1 dev eth0",
    )  # fmt: skip
    assert none.veths[0].containers == ()
    kinds = {change.id: (change.kind, change.scope) for change in report.changes}
    assert [kinds[str(veth.change)] for veth in bridge.veths] == [
        ("pod", "pod:default/web-2"), ("veth", "pod:default/web-3"), ("pod", "pod:default/web-1"),
    ]  # fmt: skip
    assert kinds[str(none.veths[0].change)] == ("namespace", "netns:blue")


def test_the_way_back_draws_the_same_pairs() -> None:
    after = classic()
    story(after)
    bridge, none = compose(sides_of(after, classic()), "netlapse test").scenes
    assert sorted(drawn(bridge), key=str) == [
        ("vethweb-11", "pod:default/web-1", "added"),
        ("vethweb-21", "pod:default/web-2", "recreated"),
        ("vethweb-31", "pod:default/web-3", "changed"),
    ]
    assert drawn(none) == [("vblue", "netns:blue", "removed")]


@pytest.mark.parametrize(
    ("change", "action", "addresses"),
    [
        (lambda host: host.root.without("docker0"), "removed", ("10.1.27.1/24",)),
        (lambda host: edit(host, "docker0", mtu=1400), "changed", ("10.1.27.1/24",)),
        (lambda host: host.root.addresses.append(address("docker0", "fe80::1/64", scope="link")), None, None),
    ],
)
def test_a_bridge_that_changed_is_drawn_even_by_itself(
    change: Callable[[Host], None], action: str | None, addresses: tuple[str, ...] | None
) -> None:
    found = [scene for scene in compare(change).scenes if scene.bridge == "docker0" and scene.action is not None]
    assert [(scene.action, scene.addresses) for scene in found] == ([(action, addresses)] if action else [])


def test_bridges_stand_in_order_and_those_of_namespaces_behind_those_of_the_host() -> None:
    def more(host: Host) -> None:
        net = host.namespace("/run/netns/inner")
        for number, (place, name) in enumerate(
            [(net, "br-z"), (host.root, "br-b"), (host.root, "br-a"), (net, "br-c")]
        ):
            place.link(Link(ifindex=900 + number, name=name, type="ether", link_kind="bridge", mtu=1500, state="UP"))
        host.veth(host.namespace("/run/netns/blue"), "vblue", "10.1.27.50", bridge=None)

    assert [(scene.scope, scene.bridge) for scene in compare(more).scenes] == [
        ("host", "br-a"), ("host", "br-b"), ("host", None), ("netns:inner", "br-c"), ("netns:inner", "br-z"),
    ]  # fmt: skip


def selected(*rules: str) -> Report:
    before = classic()
    after = copy.deepcopy(before)
    story(after)
    edit(after, "docker0", mtu=1400)
    return compose(sides_of(before, after), "netlapse test", filters=read_filters(select=rules))


def test_of_what_is_selected_only_that_is_drawn() -> None:
    (scene,) = selected("kind=veth,action=removed").scenes
    assert drawn(scene) == [("vethweb-11", "pod:default/web-1", "removed")]
    assert (scene.action, scene.change, scene.unchanged) == (None, None, 1)
    (scene,) = selected("kind=link,name=docker0").scenes
    assert (scene.veths, scene.action) == ((), "changed")
    assert scene.change is not None
    assert selected("kind=bpf").scenes == ()


HOPS = ({"gateway": "10.1.27.1", "dev": "eth0"}, {"gateway": None, "dev": "eth1"})


@pytest.mark.parametrize(
    ("routes", "words"),
    [
        ([], []),
        ([default_route("eth0")], ["via 10.1.27.1 dev eth0"]),
        ([replace(default_route("eth0"), gateway=None)], ["dev eth0"]),
        ([replace(default_route("eth0"), dev=None)], ["via 10.1.27.1"]),
        ([replace(default_route("eth0"), gateway=None, dev=None, nexthop_id=7)], ["nhid 7"]),
        ([replace(default_route("eth0"), type="blackhole", gateway=None, dev=None)], ["blackhole"]),
        (
            [replace(default_route("eth0"), gateway=None, dev=None, nexthops=HOPS)],
            ["via 10.1.27.1 dev eth0 or via on-link dev eth1"],
        ),
        (
            [replace(default_route("eth1"), metric=5), default_route("eth2"), default_route("eth0")],
            ["via 10.1.27.1 dev eth0", "via 10.1.27.1 dev eth2", "via 10.1.27.1 dev eth1"],
        ),
        (
            [replace(default_route("eth0"), gateway="10.1.27.9"), default_route("eth0")],
            ["via 10.1.27.1 dev eth0", "via 10.1.27.9 dev eth0"],
        ),
    ],
)
def test_ways_out_in_words(routes: list[Route], words: list[str]) -> None:
    host = Host.with_bridge()
    net = host.namespace("/run/netns/blue")
    net.routes = routes
    assert ways_out(resolve(host.loaded()), net.key) == words
    assert ways_out(resolve(host.loaded()), "cookie:nowhere") == []
