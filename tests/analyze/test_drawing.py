"""The picture of a report: each bridge with the veth pairs on it that changed, and how many did not."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from analyze.compose import compose
from analyze.drawing.changed import draw_changes
from analyze.drawing.chosen import only
from analyze.drawing.whole import draw
from analyze.filters.filters import read_filters
from analyze.topology import resolve
from reports.drawing import Branch, Drawing, Home, Hub, Told, Wire
from reports.model import Report
from reports.words import SIGNS
from snapshot.model.link import Link
from snapshot.model.namespace import NamespaceId
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


def picture(report: Report) -> Drawing:
    assert report.drawing is not None
    return report.drawing


def hubs(report: Report) -> list[Hub]:
    """Where something happened."""
    return [hub for hub in picture(report).hubs if hub.branches or hub.touched]


def drawn(hub: Hub) -> list[tuple[str | None, str, str | None, str | None]]:
    return [(w.near, b.home.scope, w.action, b.home.action) for b in hub.branches for w in b.wires]


def told(things: Iterable[Told]) -> list[str]:
    return [f"{SIGNS[thing.action]}{thing.text}" if thing.action is not None else thing.text for thing in things]


def test_each_bridge_has_what_changed_on_it() -> None:
    bridge, none = hubs(compare(story))
    assert (bridge.scope, bridge.bridge, told(bridge.addresses), bridge.action) == (
        "host", "docker0", ["10.1.27.1/24"], None,
    )  # fmt: skip
    assert drawn(bridge) == [
        ("vethweb-22", "pod:default/web-2", "recreated", "recreated"),
        ("vethweb-31", "pod:default/web-3", "changed", None),
        ("vethweb-11", "pod:default/web-1", "removed", "removed"),
    ]
    assert [wire.taken_off for branch in bridge.branches for wire in branch.wires] == [False, True, False]
    assert bridge.unchanged == 1
    assert (none.scope, none.bridge, none.addresses, none.unchanged) == ("host", None, (), 0)
    assert drawn(none) == [("vblue", "netns:blue", "added", "added")]


def test_a_pair_is_drawn_with_who_lives_at_its_end_before_and_after() -> None:
    report = compare(story)
    bridge, none = hubs(report)
    new = bridge.branches[0]
    assert (new.wires[0].far, told(new.wires[0].addresses)) == ("eth0", ["-10.1.27.3/24", "+10.1.27.77/24"])
    assert (told(new.home.containers), told(new.home.ways_out)) == (["pause", "app"], ["via 10.1.27.1 dev eth0"])
    assert none.branches[0].home.containers == ()
    kinds = {change.id: (change.kind, change.scope) for change in report.changes}
    assert [kinds[str(branch.wires[0].change)] for branch in bridge.branches] == [
        ("pod", "pod:default/web-2"), ("veth", "pod:default/web-3"), ("pod", "pod:default/web-1"),
    ]  # fmt: skip
    assert kinds[str(none.branches[0].home.change)] == ("namespace", "netns:blue")


def test_what_is_on_one_side_only_says_so_once() -> None:
    """A pod that went is one thing that went, not each of its addresses as well."""
    bridge, _ = hubs(compare(story))
    gone = bridge.branches[2]
    assert (told(gone.wires[0].addresses), told(gone.home.containers)) == (["10.1.27.2/24"], ["pause", "app"])
    assert told(gone.home.ways_out) == ["via 10.1.27.1 dev eth0"]


def test_the_way_back_draws_the_same_pairs() -> None:
    after = classic()
    story(after)
    bridge, none = hubs(compose(sides_of(after, classic()), "netlapse test"))
    assert sorted(drawn(bridge), key=str) == [
        ("vethweb-11", "pod:default/web-1", "added", "added"),
        ("vethweb-21", "pod:default/web-2", "recreated", "recreated"),
        ("vethweb-31", "pod:default/web-3", "changed", None),
    ]
    assert drawn(none) == [("vblue", "netns:blue", "removed", "removed")]


def test_a_namespace_whose_way_out_changed_is_drawn_though_its_pair_did_not() -> None:
    def change(host: Host) -> None:
        net = net_of(host, "web-1")
        net.routes = [replace(r, gateway="10.1.27.254") if r.dst == "0.0.0.0/0" else r for r in net.routes]

    report = compare(change)
    (hub,) = hubs(report)
    assert drawn(hub) == [("vethweb-11", "pod:default/web-1", None, "changed")]
    assert told(hub.branches[0].home.ways_out) == ["-via 10.1.27.1 dev eth0", "+via 10.1.27.254 dev eth0"]
    assert hub.branches[0].home.change == next(c.id for c in report.changes if c.kind == "route")
    assert hub.unchanged == 3


def test_a_container_that_was_restarted_alone_is_marked_in_its_pod() -> None:
    def change(host: Host) -> None:
        host.containers = [
            replace(c, id="f" * 64) if c.pod_container == "app" and c.pod_name == "web-1" else c
            for c in host.containers
        ]

    (hub,) = hubs(compare(change))
    assert drawn(hub) == [("vethweb-11", "pod:default/web-1", None, "changed")]
    assert told(hub.branches[0].home.containers) == ["pause", "±app"]


def test_the_hosts_own_way_out_and_its_links_are_told() -> None:
    device = Link(ifindex=800, name="ens3", type="ether", mac="02:00:00:00:03:00", mtu=1500, state="UP")
    tunnel = Link(ifindex=801, name="vx7", type="ether", link_kind="vxlan", mac="02:00:00:00:03:01", mtu=1450, state="UP",
                  link_index=800, kind_data={"vxlan_id": 7, "vxlan_group": "192.0.2.9"})  # fmt: skip
    before = classic()
    before.root.link(device)
    before.root.addresses.append(address("ens3", "192.0.2.10/24"))
    after = before.fork()
    after.root.link(tunnel)
    after.root.link(
        replace(tunnel, ifindex=802, name="vx8", mac="02:00:00:00:03:02", master="docker0", port_kind="bridge")
    )
    after.root.routes.append(replace(default_route("ens3"), gateway="192.0.2.1"))
    report = compose(sides_of(before, after), "netlapse test")
    host = picture(report).host
    assert (told(host.ways_out)[-1], host.action) == ("+via 192.0.2.1 dev ens3", "changed")
    assert [(b.name, b.kind, b.text, b.action) for b in host.badges] == [
        ("ens3", "device", "192.0.2.10/24", None),
        ("vx7", "vxlan", "id 7 to 192.0.2.9 on ens3", "added"),
    ]
    (hub,) = hubs(report)
    assert [(b.name, b.text, b.action) for b in hub.badges] == [("vx8", "id 7 to 192.0.2.9 on ens3", "added")]


def test_a_macvlan_is_a_badge_at_both_its_ends() -> None:
    def change(host: Host) -> None:
        host.root.link(Link(ifindex=800, name="ens3", type="ether", mac="02:00:00:00:03:00", mtu=1500, state="UP"))
        net = host.namespace("/run/netns/mv")
        net.nsids.append(NamespaceId(nsid=0, target=host.root.key))
        net.link(Link(ifindex=5, name="mv0", type="ether", link_kind="macvlan", mac="02:00:00:00:03:03", link_index=800,
                      link_netnsid=0, kind_data={"macvlan_mode": "bridge"}))  # fmt: skip
        net.addresses.append(address("mv0", "192.0.2.77/24"))

    report = compare(change)
    host = picture(report).host
    assert ("ens3", "macvlan", "to netns:mv/mv0", "added") in [(b.name, b.kind, b.text, b.action) for b in host.badges]
    (hub,) = hubs(report)
    (branch,) = hub.branches
    assert (hub.bridge, branch.wires, branch.home.scope, branch.home.action) == (None, (), "netns:mv", "added")
    assert [(b.name, b.kind, b.text) for b in branch.home.badges] == [("mv0", "macvlan", "bridge on host/ens3")]
    assert told(branch.home.addresses) == ["192.0.2.77/24"]


def test_what_one_side_could_not_see_is_unknown() -> None:
    def change(host: Host) -> None:
        net_of(host, "web-1").unread = frozenset({"address", "route"})
        net_of(host, "web-1").addresses.clear()
        net_of(host, "web-1").routes.clear()
        edit(host, "vethweb-11", mtu=1400)

    (hub,) = hubs(compare(change))
    (branch,) = hub.branches
    assert told(branch.wires[0].addresses) == ["?10.1.27.2/24"]
    assert told(branch.home.ways_out) == ["?via 10.1.27.1 dev eth0"]


@pytest.mark.parametrize(
    ("change", "action", "addresses"),
    [
        (lambda host: host.root.without("docker0"), "removed", ["10.1.27.1/24"]),
        (lambda host: edit(host, "docker0", mtu=1400), "changed", ["10.1.27.1/24"]),
        (
            lambda host: host.root.addresses.append(address("docker0", "10.7.0.1/24")),
            "changed",
            ["10.1.27.1/24", "+10.7.0.1/24"],
        ),
        (lambda host: host.root.addresses.append(address("docker0", "fe80::1/64", scope="link")), None, None),
    ],
)
def test_a_bridge_that_changed_is_drawn_even_by_itself(
    change: Callable[[Host], None], action: str | None, addresses: list[str] | None
) -> None:
    report = compare(change)
    found = [hub for hub in hubs(report) if hub.bridge == "docker0" and hub.action is not None]
    assert [(hub.action, told(hub.addresses)) for hub in found] == ([(action, addresses)] if action else [])
    assert all(hub.change in {c.id for c in report.changes} for hub in found)


def test_bridges_stand_in_order_and_those_of_namespaces_behind_those_of_the_host() -> None:
    def more(host: Host) -> None:
        net = host.namespace("/run/netns/inner")
        for number, (place, name) in enumerate(
            [(net, "br-z"), (host.root, "br-b"), (host.root, "br-a"), (net, "br-c")]
        ):
            place.link(Link(ifindex=900 + number, name=name, type="ether", link_kind="bridge", mtu=1500, state="UP"))
        host.veth(host.namespace("/run/netns/blue"), "vblue", "10.1.27.50", bridge=None)

    report = compare(more)
    assert [(hub.scope, hub.bridge) for hub in hubs(report)] == [
        ("host", "br-a"), ("host", "br-b"), ("host", None), ("netns:inner", "br-c"), ("netns:inner", "br-z"),
    ]  # fmt: skip
    assert [(hub.bridge, hub.unchanged) for hub in picture(report).hubs if not hub.touched] == [("docker0", 4)]


def test_a_renamed_bridge_is_one_bridge() -> None:
    def change(host: Host) -> None:
        names = {"docker0": "br-new"}
        host.root.links = [
            replace(link, name=names.get(link.name, link.name), master=link.master and names.get(link.master))
            for link in host.root.links
        ]
        host.root.addresses = [replace(a, dev="br-new") if a.dev == "docker0" else a for a in host.root.addresses]

    (hub,) = hubs(compare(change))
    assert (hub.bridge, hub.action, told(hub.addresses)) == ("br-new", "changed", ["10.1.27.1/24"])


def selected(*rules: str) -> Report:
    before = classic()
    after = copy.deepcopy(before)
    story(after)
    edit(after, "docker0", mtu=1400)
    return compose(sides_of(before, after), "netlapse test", filters=read_filters(select=rules))


def test_of_what_is_selected_only_that_is_drawn() -> None:
    (hub,) = hubs(selected("kind=veth,action=removed"))
    assert drawn(hub) == [("vethweb-11", "pod:default/web-1", "removed", "removed")]
    assert (hub.action, hub.change, hub.unchanged) == (None, None, 3)
    (hub,) = hubs(selected("kind=link,name=docker0"))
    assert (hub.branches, hub.action) == ((), "changed")
    assert hub.change is not None
    assert hubs(selected("kind=bpf")) == []
    assert picture(selected("kind=bpf")).chosen


def without_ways(drawing: Drawing) -> set[str]:
    return {drawing.host.without_ways, *(b.home.without_ways for hub in drawing.hubs for b in hub.branches)}


def test_a_way_out_that_was_not_seen_is_not_said_to_be_missing() -> None:
    host = classic()
    host.kinds = tuple(kind for kind in host.kinds if kind != "route")
    after = copy.deepcopy(host)
    edit(after, "vethweb-11", mtu=1400)
    assert without_ways(draw(resolve(host.loaded()))) == {"unseen"}
    assert without_ways(picture(compose(sides_of(host, after), "netlapse test"))) == {"unseen"}
    assert without_ways(draw(resolve(classic().loaded()))) == {"none"}
    assert without_ways(picture(compare(story))) == {"none"}


def test_a_way_out_whose_change_is_not_selected_is_not_said_to_be_missing() -> None:
    ways = Told(text="via 10.1.27.1 dev eth0", action="removed"), Told(text="via 10.1.27.254 dev eth0", action="added")
    home = Home(scope="netns:a", ways_out=ways, action="changed", change="c1")
    wire = Wire(near="v", far="e", action="changed", change="c2")
    whole = Drawing(
        name="n", host=home, hubs=(Hub(scope="host", bridge="b", branches=(Branch(home=home, wires=(wire,)),)),)
    )
    assert without_ways(only(whole, {"c1", "c2"})) == {"none"}
    assert without_ways(only(whole, {"c2"})) == {"untold"}


def test_what_nobody_draws_is_not_worked_out() -> None:
    assert compose(sides_of(classic(), classic()), "netlapse test", pictured=False).drawing is None


def test_of_one_snapshot_all_is_drawn() -> None:
    host = classic()
    host.namespace("/run/netns/alone")
    host.veth(host.namespace("/run/netns/blue"), "vblue", "10.1.27.50", bridge=None)
    drawing = draw(resolve(host.loaded()))
    bridge, none = drawing.hubs
    assert [(w.near, b.home.scope, told(w.addresses)) for b in bridge.branches for w in b.wires] == [
        (f"vethweb-{n}1", f"pod:default/web-{n}", [f"10.1.27.{n + 1}/24"]) for n in range(1, 5)
    ]
    assert told(bridge.branches[0].home.containers) == ["pause", "app"]
    assert [(b.home.scope, len(b.wires)) for b in none.branches] == [("netns:blue", 1), ("netns:alone", 0)]
    assert not drawing.before_and_after


def test_a_drawing_takes_time_in_proportion_to_the_host() -> None:
    def host(pods: int) -> Host:
        made = Host.with_bridge()
        for number in range(pods):
            made.pod(f"web-{number}", f"10.1.{number // 250}.{number % 250}")
        return made

    def steps(pods: int) -> int:
        before, after = host(pods), host(pods)
        sides = sides_of(before, after)
        count = 0

        def step(*_: object) -> None:
            nonlocal count
            count += 1

        sys.setprofile(step)
        try:
            draw_changes(sides, (), {})
        finally:
            sys.setprofile(None)
        return count

    assert steps(200) < 2.5 * steps(100)


def test_a_pair_that_moved_to_another_bridge_is_shown_on_both() -> None:
    def two_bridges() -> Host:
        host = classic()
        host.root.link(Link(ifindex=90, name="br1", type="ether", link_kind="bridge", mtu=1500, state="UP"))
        return host

    after = two_bridges()
    edit(after, "vethweb-31", master="br1")
    report = compose(sides_of(two_bridges(), after), "netlapse test")
    found = {hub.bridge: hub for hub in hubs(report)}
    now, was = (branch for name in ("br1", "docker0") for branch in found[name].branches)
    assert (now.home.scope, was.home.scope) == ("pod:default/web-3", "pod:default/web-3")
    assert [(wire.near, wire.taken_off, wire.moved_to) for wire in now.wires] == [("vethweb-31", False, None)]
    assert [(wire.near, wire.taken_off, wire.moved_to) for wire in was.wires] == [("vethweb-31", True, "br1")]
    assert (now.moved_away, was.moved_away) == (False, True)
    assert now.wires[0].change == was.wires[0].change is not None
