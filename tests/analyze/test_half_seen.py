"""What was seen in part: an end of a pair, a section that kept changing, a container whose namespace was not found."""

from __future__ import annotations

import copy
from dataclasses import replace

from analyze.compose import compose
from analyze.filters.filters import Filters
from reports.model import Change
from snapshot.model.container import Network
from snapshot.model.coverage import Coverage
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of
from tests.analyze.rows import route
from tests.analyze.test_changes import classic, compare, net_of


def told(before: Host, after: Host) -> list[Change]:
    return list(compose(sides_of(before, after), "netlapse test", filters=Filters(default=False)).changes)


def test_a_pair_whose_host_end_was_not_seen_has_not_left_its_bridge() -> None:
    def tear(host: Host) -> None:
        host.root.links = [link for link in host.root.links if link.name != "vethweb-11"]
        host.coverage.append(Coverage(namespace=host.root.key, kinds=("link",), status="torn", error="kept changing"))

    assert [c for c in compare(tear).changes if c.kind == "veth"] == []


def test_which_pair_an_end_belongs_to_after_a_reboot_is_unknown_where_the_other_was_not_seen() -> None:
    before, after = classic(), classic()
    after.boot_id = "boot-2"
    pod = net_of(after, "web-1")
    pod.links = [link for link in pod.links if link.name != "eth0"]
    after.coverage.append(Coverage(namespace=pod.key, kinds=("link",), status="torn", error="kept changing"))
    pairs = {c.name: c.action for c in told(before, after) if c.kind == "veth" and "vethweb-11" in c.name}
    assert set(pairs.values()) <= {"unknown", "recreated"}


def test_a_pod_that_runs_in_a_namespace_that_was_not_found_still_runs() -> None:
    def hide(host: Host) -> None:
        lost = net_of(host, "web-1")
        del host.nets[lost.key]
        host.root.nsids = [replace(n, target=None) if n.target == lost.key else n for n in host.root.nsids]
        host.containers = [replace(c, namespace=None) if c.namespace == lost.key else c for c in host.containers]
        host.coverage.append(Coverage(place="pid 7", kinds=("namespace",), status="skipped", error="no permission"))

    assert [(c.kind, c.action) for c in compare(hide).changes if c.kind == "pod"] == []


def test_of_routes_some_of_which_were_not_read_none_became_another() -> None:
    """The route of metric 30 was there before, but not read: it is not what became of the one of metric 10."""
    before, after = classic(), classic()
    before.root.routes.append(route("198.51.100.0/24", "docker0", metric=10))
    before.coverage.append(Coverage(namespace=before.root.key, kinds=("route",), status="torn", error="kept changing"))
    after.root.routes.append(route("198.51.100.0/24", "docker0", metric=30))
    metrics = [(c.action, (c.after or c.before or {})["metric"]) for c in told(before, after)]
    assert sorted(metrics) == [("unknown", 10), ("unknown", 30)]


def test_networks_of_one_name_are_told_in_one_order() -> None:
    before, one, two = classic(), classic(), classic()
    networks = [Network(id=name, name="back", driver="null") for name in ("n1", "n2")]
    one.networks, two.networks = networks, networks[::-1]
    assert told(before, one) == told(before, copy.deepcopy(two))


def unread_links(host: Host) -> Host:
    """The host's own links were not read."""
    blind = copy.deepcopy(host)
    root = blind.root
    blind.nets[root.key] = replace(root, unread=frozenset({"link"}))
    blind.coverage.append(Coverage(namespace=root.key, kinds=("link",), status="failed", error="no answer"))
    return blind


def ends_of(changes: list[Change]) -> list[tuple[str, str, str | None]]:
    return [(c.kind, c.action, c.confidence) for c in changes if c.kind == "veth" or c.name == "eth0"]


def test_a_pair_of_which_the_end_that_was_seen_tells_of_another_peer_was_made_anew() -> None:
    """The workload's end was given the index of the one before; the host's links were not read on one side."""
    before = Host.with_bridge()
    net = before.pod("web", "10.1.27.2")
    after = before.fork()
    again = after.nets[net.key]
    again.links = [link for link in again.links if link.name != "eth0"]
    after.root.without(*(link.name for link in after.root.links if link.link_kind == "veth"))
    after.root.nsids, again.nsids = [], []
    after.veth(again, "vethnew", None)
    assert ends_of(told(before, after)) == [("veth", "recreated", "exact"), ("link", "recreated", "exact")]
    for sides in ((unread_links(before), after), (before, unread_links(after))):
        assert ends_of(told(*sides)) == [("veth", "recreated", "weak"), ("link", "recreated", "weak")]
    # Neither side saw a peer: no pair was recognised by one.
    assert ends_of(told(unread_links(before), unread_links(after)))[0] == ("veth", "recreated", "weak")


def test_a_pair_whose_seen_end_tells_of_the_same_peer_is_the_same() -> None:
    before = Host.with_bridge()
    net = before.pod("web", "10.1.27.2")
    after = before.fork()
    other = after.nets[net.key]
    other.links = [replace(x, mac="02:99:00:00:00:01") if x.name == "eth0" else x for x in other.links]
    expected = [("veth", "changed", "exact"), ("link", "changed", "exact")]
    assert ends_of(told(before, after)) == ends_of(told(unread_links(before), after)) == expected
    assert ends_of(told(before, unread_links(after))) == expected


def test_a_port_whose_bridges_were_not_seen_may_be_on_the_same_one_renamed() -> None:
    before = classic()
    after = copy.deepcopy(before)
    root = after.root
    root.links = [replace(x, name="web") if x.name == "docker0" else x for x in root.links]
    root.links = [replace(x, master="web") if x.master == "docker0" else x for x in root.links]
    moved = [c for c in told(before, after) if any(f.name in ("bridge", "master") for f in c.fields)]
    assert moved == []
    torn = copy.deepcopy(after)
    torn.root.links = [x for x in torn.root.links if x.name != "web"]
    torn.coverage.append(Coverage(namespace=root.key, kinds=("link",), status="torn", error="kept changing"))
    for sides in ((before, torn), (torn, before)):
        assert [c for c in told(*sides) if any(f.name in ("bridge", "master") for f in c.fields)] == []
    # A bridge that is still there under its name is not the other one.
    both = copy.deepcopy(torn)
    both.root.links.append(next(x for x in before.root.links if x.name == "docker0"))
    assert {c.kind for c in told(before, both) if any(f.name in ("bridge", "master") for f in c.fields)} == {
        "veth",
        "link",
    }


def test_a_container_that_runs_after_a_reboot_in_a_namespace_that_was_not_found_is_another_instance() -> None:
    def seen(boot: str) -> Host:
        host = classic()
        host.boot_id = boot
        host.containers = [replace(c, pid=7, namespace=None) for c in host.containers]
        return host

    def told_of(before: Host, after: Host) -> set[tuple[str, str | None]]:
        return {(c.action, c.confidence) for c in told(before, after) if c.kind == "container"}

    known = classic()
    assert told_of(known, seen("boot-2")) == {("recreated", "exact")}
    # Within a boot a restarted one may be in the same namespace or not.
    assert told_of(known, seen(known.boot_id)) == {("changed", "weak")}
