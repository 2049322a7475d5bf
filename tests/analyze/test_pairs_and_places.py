"""By what namespaces and veth pairs are known again, and what is told of a pair that changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from analyze.compose import compose
from reports.model import Change
from snapshot.model.link import Link
from tests.analyze.hosts import Host, Net
from tests.analyze.pairs import sides_of
from tests.analyze.workloads import container, pod

Known = tuple[str, str, bool]
"""The reason, the confidence, and whether it is the same instance."""


def host(*names: str, end: str = "vblue", ip: str = "10.1.27.50") -> Host:
    """A host with one namespace of no workload, bound under these names, with a pair on the bridge."""
    made = Host.with_bridge()
    made.veth(made.namespace(*names), end, ip)
    return made


def inner(side: Host) -> Net:
    return next(net for net in side.nets.values() if not net.host)


def rekeyed(side: Host, key: str) -> Host:
    """The same, but the kernel gave the namespace another number, or tells none."""
    made = side.fork()
    net = inner(made)
    del made.nets[net.key]
    made.root.nsids = [replace(n, target=key) if n.target == net.key else n for n in made.root.nsids]
    net.key = key
    made.nets[key] = net
    return made


def rebooted(side: Host) -> Host:
    made = side.fork()
    made.boot_id = "boot-2"
    return made


def edited(side: Host, link: str, /, **columns: object) -> Host:
    made = side.fork()
    for net in made.nets.values():
        net.links = [replace(row, **columns) if row.name == link else row for row in net.links]  # type: ignore[arg-type]
    return made


def with_workload(make: Callable[..., object], name: str, ip: str) -> Host:
    made = Host.with_bridge()
    make(made, name, ip)
    return made


BOUND, NAMELESS = host("/run/netns/blue"), host()
COOKIE = ("boot and namespace cookie", "exact", True)
BY_NAME = ("bound name", "strong", False)
BOTH_ENDS = ("both ends' namespace, index and MAC", "exact", True)
ONE_END = ("namespace, index and MAC of one end, and the other's MAC", "exact", True)
SAME_END = ("same end of the same workload", "strong", False)
ANOTHER_PEER = edited(edited(NAMELESS, "eth0", mac="02:99:00:00:00:01", ifindex=7), "vblue", link_index=7)


@pytest.mark.parametrize(
    ("before", "after", "namespace", "pair"),
    [
        (BOUND, BOUND.fork(), COOKIE, BOTH_ENDS),
        (BOUND, rekeyed(BOUND, "cookie:999"), BY_NAME, ONE_END),
        (BOUND, rebooted(BOUND), BY_NAME, SAME_END),
        (BOUND, host("/run/netns/blue"), BY_NAME, SAME_END),
        (BOUND, host("/run/netns/green", ip="10.1.27.51", end="vgreen"), None, None),
        (NAMELESS, host(), ("names of its veths' host ends", "strong", False),
         ("same end of a namespace matched by names of its veths' host ends", "strong", False)),
        (NAMELESS, host(end="other"), ("its addresses", "weak", False),
         ("same end of a namespace matched by its addresses", "weak", False)),
        (NAMELESS, host(end="other", ip="10.1.27.51"), None, None),
        (NAMELESS, rekeyed(NAMELESS, "inode:1"), ("names of its veths' host ends", "strong", False), ONE_END),
        (NAMELESS, edited(NAMELESS, "vblue", name="x"), COOKIE, BOTH_ENDS),
        (NAMELESS, edited(NAMELESS, "eth0", name="x"), COOKIE, BOTH_ENDS),
        (NAMELESS, edited(NAMELESS, "eth0", mac="02:99:00:00:00:01"), COOKIE,
         ("namespace and index of the workload's end", "exact", True)),
        (NAMELESS, ANOTHER_PEER, COOKIE, ("namespace and index of the host's end", "exact", False)),
        (with_workload(pod, "web", "10.1.27.2"), with_workload(pod, "web", "10.1.27.3"),
         ("workload identity", "strong", False), SAME_END),
        (with_workload(container, "db", "10.1.27.2"), with_workload(container, "db", "10.1.27.3"),
         ("workload identity", "strong", False), SAME_END),
        (with_workload(container, "db", "10.1.27.2"), with_workload(container, "other", "10.1.27.2"), None, None),
    ],
)  # fmt: skip
def test_a_namespace_and_its_pair(before: Host, after: Host, namespace: Known | None, pair: Known | None) -> None:
    found = sides_of(before, after).matches
    places = [(m.reason, m.confidence, m.same) for m in found.namespaces.matched if not m.before.host]
    assert places == ([namespace] if namespace is not None else [])
    assert [(m.reason, m.confidence, m.same) for m in found.veths.matched] == ([pair] if pair is not None else [])
    (own,) = (m for m in found.namespaces.matched if m.before.host)
    assert (own.reason, own.confidence) == ("the host's own namespace", "exact")


def changes(before: Host, after: Host, kind: str) -> list[Change]:
    return [c for c in compose(sides_of(before, after), "netlapse test").changes if c.kind == kind]


@pytest.mark.parametrize(
    ("after", "action", "fields"),
    [
        (edited(BOUND, "vblue", mtu=1400), "changed", {"host_end.mtu": (1500, 1400)}),
        (edited(BOUND, "eth0", mtu=1400), "changed", {"workload_end.mtu": (1500, 1400)}),
        (edited(BOUND, "eth0", state="DOWN"), "changed", {"workload_end.state": ("UP", "DOWN")}),
        (edited(BOUND, "vblue", name="vnew"), "changed", {"host_end.name": ("vblue", "vnew")}),
        (edited(BOUND, "vblue", master=None, port_kind=None), "changed", {"bridge": ("docker0", None)}),
        (edited(edited(BOUND, "docker0", name="br0"), "vblue", master="br0"), None, None),
    ],
)
def test_what_changed_of_a_pair(
    after: Host, action: str | None, fields: dict[str, tuple[object, object]] | None
) -> None:
    found = changes(BOUND, after, "veth")
    if fields is None:
        assert found == []
        return
    (change,) = found
    assert (change.action, change.scope, change.matched_by) == (action, "netns:blue", BOTH_ENDS[0])
    assert {field.name: (field.before, field.after) for field in change.fields} == fields
    for facts in (change.before, change.after):
        assert facts is not None
        assert set(facts) == {"bridge", "ends"}


def test_an_end_that_was_moved_to_another_namespace_tells_both_scopes() -> None:
    before = host("/run/netns/blue")
    green = before.namespace("/run/netns/green")
    after = before.fork()
    blue = inner(after)
    (end,) = (link for link in blue.links if link.name == "eth0")
    blue.links.remove(end)
    after.nets[green.key].links.append(end)
    after.root.nsids = [replace(n, target=green.key) if n.target == blue.key else n for n in after.root.nsids]
    after.nets[green.key].nsids, blue.nsids = blue.nsids, []
    (change,) = changes(before, after, "veth")
    told = {field.name: (field.before, field.after) for field in change.fields}
    assert (change.action, told["workload_end.scope"]) == ("changed", ("netns:blue", "netns:green"))


def test_a_pair_that_came_or_went() -> None:
    bare = Host.with_bridge()
    for before, after, action in ((bare, BOUND, "added"), (BOUND, bare, "removed")):
        (change,) = changes(before, after, "veth")
        assert (change.action, change.scope, change.name) == (action, "netns:blue", "vblue - eth0")
        assert (change.before is None, change.after is None) == (action == "added", action == "removed")
        assert (change.matched_by, change.confidence, change.fields) == (None, None, ())


DUMMY = Link(ifindex=50, name="d0", type="ether", link_kind="dummy", mac="02:00:00:00:00:50", mtu=1500, state="UP")


@pytest.mark.parametrize(
    ("columns", "action", "fields"),
    [
        ({"mtu": 9000}, "changed", {"mtu"}),
        ({"name": "d1"}, "changed", {"name"}),
        (
            {"master": "docker0", "port_kind": "bridge", "port_data": {"brport_state": 3}, "port_ids": {"x": 1}},
            "changed", {"master"},
        ),
        ({"alias": "up", "altnames": ("a",)}, "changed", {"alias", "altnames"}),
        ({"ifindex": 51}, "recreated", {"ifindex"}),
        ({"ifindex": 51, "mtu": 9000}, "recreated", {"ifindex", "mtu"}),
        ({"link_index": 2}, "changed", {"peer"}),
    ],
)  # fmt: skip
def test_what_changed_of_a_link(columns: dict[str, object], action: str, fields: set[str]) -> None:
    before = Host.with_bridge()
    before.root.link(DUMMY)
    (change,) = changes(before, edited(before, "d0", **columns), "link")
    assert (change.action, change.scope, {field.name for field in change.fields}) == (action, "host", fields)
    assert change.before is not None and change.after is not None
    assert (change.before["name"], change.after["name"]) == ("d0", change.name)


def test_over_a_reboot_numbers_of_links_are_no_change() -> None:
    before = Host.with_bridge()
    before.root.link(replace(DUMMY, link_kind=None))
    after = rebooted(edited(before, "d0", ifindex=70))
    assert changes(before, after, "link") == []
    (change,) = changes(before, rebooted(edited(before, "d0", ifindex=70, mtu=9000)), "link")
    assert (change.action, [field.name for field in change.fields]) == ("changed", ["mtu"])
    before.root.links[-1] = DUMMY
    (change,) = changes(before, rebooted(edited(before, "d0", mac="02:00:00:00:00:51")), "link")
    assert (change.action, [field.name for field in change.fields]) == ("recreated", ["mac"])


def test_a_pair_whose_far_end_is_not_found_any_more_is_known_by_its_hosts_end() -> None:
    """Made anew, and led into a namespace that the second capture did not find."""
    after = Host.with_bridge()
    after.root.link(
        Link(ifindex=71, name="vblue", type="ether", link_kind="veth", mac="02:00:00:00:00:71", mtu=1500, state="UP",
             master="docker0", port_kind="bridge", link_index=2, link_netnsid=7)
    )  # fmt: skip
    for pair in ((NAMELESS, after), (after, NAMELESS)):
        (change,) = changes(*pair, "veth")
        assert (change.action, change.matched_by, change.confidence) == ("recreated", "name of the host's end", "weak")


def test_what_a_link_stands_on_may_be_called_otherwise() -> None:
    """A macvlan here and one in a namespace stay on the same link; one that is put on another link has changed."""
    before = host("/run/netns/blue")
    before.root.link(DUMMY)
    macvlan = Link(ifindex=60, name="mv0", type="ether", link_kind="macvlan", mac="02:00:00:00:00:60", link_index=50)
    before.root.link(macvlan)
    inner(before).link(replace(macvlan, name="mv1", ifindex=61, mac="02:00:00:00:00:61", link_netnsid=0))
    (change,) = changes(before, edited(before, "d0", name="d1"), "link")
    assert (change.name, [field.name for field in change.fields]) == ("d1", ["name"])
    for name, scope in (("mv0", "host"), ("mv1", "netns:blue")):
        (change,) = changes(before, edited(before, name, link_index=2), "link")
        assert (change.name, change.scope) == (name, scope)
        assert [(f.name, f.before, f.after) for f in change.fields] == [("peer", "host/d0", "host/docker0")]
