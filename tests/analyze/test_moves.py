"""Links that were moved to another namespace: one change, with all that hung on them here and hangs on them there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from reports.model import Change, Report
from snapshot.model.coverage import Coverage
from snapshot.model.fdb import FdbEntry
from snapshot.model.link import Link
from snapshot.model.namespace import NamespaceId
from snapshot.model.neighbour import Neighbour
from tests.analyze.hosts import Host, Net
from tests.analyze.rows import address, default_route, route, routes_of
from tests.analyze.workloads import pod, report

MAC = "52:54:00:00:66:01"
NIC = Link(ifindex=40, name="nic0", type="ether", mac=MAC, mtu=1500, state="UP")
TUNNEL = replace(NIC, link_kind="vxlan", mac="02:00:00:00:66:01")


def host(link: Link = NIC) -> Host:
    """A host with a link of its own, and a namespace without one."""
    made = Host.with_bridge()
    made.namespace("/run/netns/blue")
    plug(made.root, link)
    return made


def blue(made: Host) -> Net:
    return next(net for net in made.nets.values() if net.names == ("/run/netns/blue",))


def plug(net: Net, link: Link, ip: str = "10.66.0.1") -> None:
    """A link with an address, and what hangs on it."""
    net.link(link)
    net.addresses.append(address(link.name, f"{ip}/24"))
    net.routes += [*routes_of(link.name, ip, "10.66.0.0/24"), default_route(link.name, "10.66.0.9")]
    net.neighbours.append(
        Neighbour(family="inet", dev=link.name, address="10.66.0.9", mac="02:00:00:00:00:99", state="PERMANENT")
    )
    net.fdb.append(FdbEntry(dev=link.name, mac="33:33:00:00:00:01", state="permanent", flags=("self",)))


def unplug(net: Net, name: str) -> None:
    net.without(name)
    for rows in net.lists():
        rows[:] = [row for row in rows if getattr(row, "dev", None) != name]


def move(made: Host, **values: object) -> Host:
    """The link, in the namespace ``blue``."""
    after = made.fork()
    link = next(link for link in made.root.links if link.name == "nic0")
    unplug(after.root, "nic0")
    plug(blue(after), replace(link, **values))  # type: ignore[arg-type]
    return after


def top(told: Report) -> list[tuple[str, str, str]]:
    return [(c.kind, c.action, c.scope) for c in told.changes if c.cause is None]


def first(told: Report) -> Change:
    return next(c for c in told.changes if c.cause is None)


def fields(change: Change) -> dict[str, tuple[object, object]]:
    return {f.name: (f.before, f.after) for f in change.fields}


@pytest.mark.parametrize("link", [NIC, TUNNEL], ids=["hardware", "vxlan"])
def test_a_moved_link_is_one_change_both_ways(link: Link) -> None:
    before = host(link)
    after = move(before, name="net1")
    for one, two, old, new in ((before, after, "host", "netns:blue"), (after, before, "netns:blue", "host")):
        told = report(one, two)
        assert top(told) == [("link", "changed", new)]
        change = first(told)
        assert fields(change)["scope"] == (old, new)
        assert (change.matched_by, change.confidence) == (
            "kind, MAC and interface index, in another namespace",
            "strong",
        )
        assert (change.severity, change.severity_rule) == ("critical", "link-taken-away")
        below = {(c.kind, c.action) for c in told.changes if c.cause is not None}
        kinds = ("address", "route", "neighbour", "fdb", "qdisc", "sysctl")
        assert below == {(kind, action) for kind in kinds for action in ("added", "removed")}


def test_one_without_anything_on_it_is_a_warning() -> None:
    before = host()
    before.root.addresses = before.root.addresses[:1]
    before.root.routes = [row for row in before.root.routes if row.dev != "nic0"]
    after = move(before)
    told = first(report(before, after))
    assert (told.severity, told.severity_rule, set(fields(told))) == ("warning", "link-moved", {"scope"})
    # The move itself sets it down.
    unplug(blue(after), "nic0")
    blue(after).link(replace(NIC, state="DOWN"))
    assert first(report(before, after)).severity_rule == "link-moved"


@pytest.mark.parametrize(
    ("link", "index", "taken", "told"),
    [
        (NIC, 7, False, ("MAC of the hardware, in another namespace", "strong")),
        (replace(NIC, extra={"perm_address": "52:54:00:00:66:77"}), 7, False,
         ("MAC of the hardware, in another namespace", "strong")),
        (TUNNEL, 7, True, ("kind and MAC, in another namespace", "weak")),
        (TUNNEL, 7, False, None),
        (replace(TUNNEL, link_kind="ipvlan"), 40, False, None),
        (replace(TUNNEL, type="none", mac=None), 40, False, None),
    ],
)  # fmt: skip
def test_what_it_is_known_by(link: Link, index: int, taken: bool, told: tuple[str, str] | None) -> None:
    """An index that is free in the other namespace is kept; a MAC that is another link's is no evidence."""
    before = host(link)
    if taken:
        blue(before).link(Link(ifindex=40, name="own", type="none", link_kind="tun"))
    after = move(before, ifindex=index)
    for sides in ((before, after), (after, before)):
        change = next(c for c in report(*sides).changes if c.kind == "link" and c.cause is None)
        assert (change.matched_by, change.confidence) == (told or (None, None))


def test_hardware_is_known_by_the_mac_it_was_made_with() -> None:
    before = host(replace(NIC, extra={"perm_address": MAC}))
    told = first(report(before, move(before, mac="02:66:66:66:66:66")))
    assert set(fields(told)) == {"scope", "mac"}


def _twice_here(before: Host, after: Host) -> None:
    for side in (before, after):
        side.root.link(replace(TUNNEL, ifindex=41, name="twin"))


def _another_left(before: Host, after: Host) -> None:
    before.root.link(replace(TUNNEL, ifindex=41, name="twin"))


def _another_came(before: Host, after: Host) -> None:
    blue(after).link(replace(TUNNEL, ifindex=41, name="twin"))


def _rebooted(before: Host, after: Host) -> None:
    after.boot_id = "boot-2"


@pytest.mark.parametrize("doubt", [_twice_here, _another_left, _another_came, _rebooted])
def test_nothing_is_guessed(doubt: Callable[[Host, Host], None]) -> None:
    before = host(TUNNEL)
    after = move(before)
    doubt(before, after)
    told = report(before, after)
    assert not any("scope" in fields(c) for c in told.changes)
    assert ("removed", "nic0") in {(c.action, c.name) for c in told.changes if c.kind == "link"}


def blind(net: Net, made: Host, status: str) -> None:
    if status == "failed":
        made.nets[net.key] = replace(net, unread=frozenset({"link"}))
    made.coverage.append(Coverage(namespace=net.key, kinds=("link",), status=status, error="no answer"))  # type: ignore[arg-type]


@pytest.mark.parametrize("status", ["failed", "torn"])
def test_where_links_were_not_read_no_move_is_told(status: str) -> None:
    """It may have been there before, or be here still."""
    before = host()
    after = move(before)
    blind(after.root, after, status)
    told = [(c.action, c.scope) for c in report(before, after).changes if c.kind == "link" and c.name == "nic0"]
    assert sorted(told) == [("added", "netns:blue"), ("unknown", "host")]
    before, after = host(), move(host())
    after = move(before)
    blind(blue(before), before, status)
    told = [(c.action, c.scope) for c in report(before, after).changes if c.kind == "link" and c.name == "nic0"]
    assert sorted(told) == [("removed", "host"), ("unknown", "netns:blue")]


def test_its_name_may_be_another_links_now() -> None:
    """Here, and there: what hangs on that one is that one's."""
    before = host()
    after = move(before, name="net1")
    plug(after.root, Link(ifindex=41, name="nic0", type="ether", mac="52:54:00:00:00:41", mtu=1500, state="UP"))
    told = report(before, after)
    assert sorted(top(told)) == [("link", "added", "host"), ("link", "changed", "netns:blue")]
    causes = {c.id: c for c in told.changes}
    for change in told.changes:
        if change.kind == "address":
            moved = (change.scope, change.action) != ("host", "added")
            assert causes[change.cause or ""].action == ("changed" if moved else "added")


def test_a_pod_that_takes_a_link_of_the_host() -> None:
    """It follows from the pod, and is critical for the host all the same."""
    before = host()
    after = before.fork()
    unplug(after.root, "nic0")
    plug(pod(after, "web", "10.1.27.9"), replace(NIC, name="net1"))
    told = report(before, after)
    assert top(told) == [("pod", "added", "pod:default/web")]
    link = next(c for c in told.changes if c.kind == "link" and "scope" in fields(c))
    assert (link.severity_rule, link.cause) == ("link-taken-away", first(told).id)
    back = report(after, before)
    link = next(c for c in back.changes if c.kind == "link" and "scope" in fields(c))
    assert (top(back), link.severity, link.cause) == ([("pod", "removed", "pod:default/web")], "info", first(back).id)


def test_a_link_that_went_from_a_pod_made_anew_to_its_new_self_is_no_move() -> None:
    before = host()
    unplug(before.root, "nic0")
    after = before.fork()
    for side, serial in ((before, "1"), (after, "2")):
        plug(side.pod("web", "10.1.27.9", serial=serial), NIC)
    told = report(before, after)
    assert top(told) == [("pod", "recreated", "pod:default/web")]
    assert not any("scope" in fields(c) for c in told.changes)


def test_a_person_knows_better() -> None:
    before = host()
    after = move(before)
    after.root.link(Link(ifindex=50, name="ens3", type="ether", mac="52:54:00:00:00:50", mtu=1500, state="UP"))
    told = [c for c in report(before, after, "host/nic0=host/ens3").changes if c.kind == "link"]
    assert {(c.action, c.scope, c.name) for c in told} == {
        ("recreated", "host", "ens3"), ("added", "netns:blue", "nic0"),
    }  # fmt: skip


def wired(name: str) -> Host:
    """An uplink of the host: a veth whose other end is in a namespace."""
    made = Host.with_bridge()
    made.namespace("/run/netns/blue")
    wire = made.namespace(f"/run/netns/{name}")
    made.veth(wire, "ext0", None, bridge=None)
    made.root.addresses.append(address("ext0", "10.66.0.1/24"))
    made.root.routes += [
        *routes_of("ext0", "10.66.0.1", "10.66.0.0/24"),
        route("0.0.0.0/0", "ext0", gateway="10.66.0.9"),
    ]
    return made


@pytest.mark.parametrize("wire", ["aaa", "zzz"])
@pytest.mark.parametrize("renamed", [False, True])
@pytest.mark.parametrize("index", [None, 77])
def test_a_host_end_that_was_moved_is_one_change_of_its_pair(wire: str, renamed: bool, index: int | None) -> None:
    """Whatever the namespaces of its ends are called, between which it is now."""
    before = wired(wire)
    after = before.fork()
    old = next(link for link in after.root.links if link.name == "ext0")
    now = replace(old, name="dmz0" if renamed else "ext0", ifindex=index or old.ifindex, link_netnsid=5)
    unplug(after.root, "ext0")
    far = next(net for net in after.nets.values() if net.names == (f"/run/netns/{wire}",))
    plug(blue(after), now)
    blue(after).nsids.append(NamespaceId(nsid=5, target=far.key))
    far.nsids.append(NamespaceId(nsid=6, target=blue(after).key))
    far.links = [
        replace(link, link_index=now.ifindex, link_netnsid=6) if link.name == "eth0" else link for link in far.links
    ]
    for one, two in ((before, after), (after, before)):
        told = report(one, two)
        assert top(told) == [("veth", "changed", f"netns:{wire}")]
        change = first(told)
        scopes = ("host", "netns:blue") if one is before else ("netns:blue", "host")
        assert fields(change)["host_end.scope"] == scopes
        assert set(fields(change)) == {"host_end.scope"} | ({"host_end.name"} if renamed else set()) | (
            {"host_end.ifindex"} if index else set()
        )
        assert change.severity_rule == "link-taken-away"
        moved = next(c for c in told.changes if c.kind == "link")
        assert (moved.action, moved.cause, fields(moved)["scope"]) == ("changed", change.id, scopes)


def test_an_end_that_another_one_took_the_place_of_stays_with_its_pair() -> None:
    """An index that is free again says less than the other end, which stayed, and the MAC of the one that was moved."""
    before = Host.with_bridge()
    red, green = (before.namespace(f"/run/netns/{name}") for name in ("red", "green"))
    before.veth(red, "vred", None)
    before.veth(green, "vgreen", None)
    after = before.fork()
    new_red, new_green = after.nets[red.key], after.nets[green.key]
    ends = {net.key: next(link for link in net.links if link.name == "eth0") for net in (new_red, new_green)}
    assert ends[red.key].ifindex == ends[green.key].ifindex
    nsids = {link.name: link.link_netnsid for link in after.root.links}
    for net in (new_red, new_green):
        net.without("eth0")
    # Green's goes to the host, where its index is taken; red's goes to green, and keeps its own.
    after.root.link(replace(ends[green.key], name="out0", ifindex=60, link_netnsid=None))
    new_green.link(ends[red.key])
    after.root.links = [
        replace(link, link_index=60, link_netnsid=None) if link.name == "vgreen"
        else replace(link, link_netnsid=nsids["vgreen"]) if link.name == "vred" else link
        for link in after.root.links
    ]  # fmt: skip
    for one, two in ((before, after), (after, before)):
        told = report(one, two)
        assert {(c.kind, c.action) for c in told.changes if c.kind in ("veth", "link")} == {
            ("veth", "changed"),
            ("link", "changed"),
        }
        assert {c.matched_by for c in told.changes if c.kind == "veth"} == {
            "namespace, index and MAC of one end, and the other's MAC"
        }
