"""The classic changes, each alone: exactly one change at the top level, of the right kind, action, scope and fields."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from analyze.compose import compose
from reports.model import Change, Report
from snapshot.model.container import Container, Network
from snapshot.model.coverage import Coverage
from snapshot.model.link import Link
from snapshot.model.neighbour import Neighbour
from snapshot.model.sysctl import Sysctl
from snapshot.model.traffic import Qdisc
from snapshot.model.vlan import Vlan
from tests.analyze.hosts import ENDPOINT, Host, Net
from tests.analyze.pairs import sides_of
from tests.analyze.rows import address, default_route, route, routes_of


def classic() -> Host:
    """A host of four pods; the same one, number for number, at every call."""
    return copy.deepcopy(_classic())


@cache
def _classic() -> Host:
    host = Host.with_bridge()
    for number in range(1, 5):
        host.pod(f"web-{number}", f"10.1.27.{number + 1}")
    host.root.routes.append(route("192.0.2.0/24", "docker0", gateway="10.1.27.2", metric=100))
    return host


def net_of(host: Host, pod: str) -> Net:
    return host.nets[next(c.namespace or "" for c in host.containers if c.pod_name == pod)]


def compare(change: Callable[[Host], None], base: Callable[[], Host] = classic) -> Report:
    before = base()
    after = copy.deepcopy(before)
    change(after)
    return compose(sides_of(before, after), "netlapse test")


def top(report: Report) -> list[Change]:
    return [change for change in report.changes if change.cause is None]


def pod_removed(host: Host) -> None:
    host.remove(net_of(host, "web-2"))


def pod_added(host: Host) -> None:
    host.pod("web-9", "10.1.27.99")


def pod_recreated(host: Host) -> None:
    host.remove(net_of(host, "web-2"))
    host.pod("web-2", "10.1.27.77", serial="2")


def container_restarted(host: Host) -> None:
    host.containers = [
        replace(c, pid=4711, started_at="2026-01-01T03:00:00Z") if c.name == "k8s_app_web-3" else c
        for c in host.containers
    ]


def route_added(host: Host) -> None:
    host.root.routes.append(route("198.51.100.0/24", "docker0", gateway="10.1.27.3"))


def route_removed(host: Host) -> None:
    host.root.routes = [r for r in host.root.routes if r.dst != "192.0.2.0/24"]


def route_remetricked(host: Host) -> None:
    host.root.routes = [replace(r, metric=200) if r.metric == 100 else r for r in host.root.routes]


def default_route_changed(host: Host) -> None:
    net = net_of(host, "web-1")
    net.routes = [r for r in net.routes if r.dst != "0.0.0.0/0"] + [default_route("eth0", "10.1.27.254")]


def veth_off_bridge(host: Host) -> None:
    root = host.root
    root.links = [
        replace(link, master=None, port_kind=None) if link.name == "vethweb-31" else link for link in root.links
    ]
    root.fdb = [entry for entry in root.fdb if entry.dev != "vethweb-31"]
    root.more = [row for row in root.more if not (isinstance(row, Vlan) and row.dev == "vethweb-31")]


def mtu_changed(host: Host) -> None:
    root = host.root
    # The bridge follows its ports (br_mtu_auto_adjust).
    root.links = [replace(link, mtu=1400) if link.name in ("vethweb-11", "docker0") else link for link in root.links]


def address_added(host: Host) -> None:
    net = net_of(host, "web-4")
    net.addresses.append(address("eth0", "172.16.5.1/24"))
    net.routes += routes_of("eth0", "172.16.5.1", "172.16.5.0/24")


def link_renamed(host: Host) -> None:
    root = host.root
    root.links = [
        replace(link, name="br-new") if link.name == "docker0" else replace(link, master=link.master and "br-new")
        for link in root.links
    ]
    root.addresses = [replace(a, dev="br-new", label="br-new") if a.dev == "docker0" else a for a in root.addresses]
    root.routes = [replace(r, dev="br-new") if r.dev == "docker0" else r for r in root.routes]
    root.neighbours = [replace(n, dev="br-new") for n in root.neighbours]
    root.fdb = [replace(e, master="br-new") for e in root.fdb]
    # The kernel's own rows bear the link's new name; rules of iptables go on naming the old one.
    rows = [row for row in root.more if getattr(row, "dev", None) == "docker0"]
    root.more = [row for row in root.more if row not in rows]
    root.more += [replace(row, dev="br-new") for row in rows if isinstance(row, Qdisc | Vlan)]
    root.more += [
        replace(row, dev="br-new", path=row.path.replace("docker0", "br-new"))
        for row in rows
        if isinstance(row, Sysctl)
    ]


def bridge_added(host: Host) -> None:
    host.root.link(
        Link(ifindex=900, name="br9", type="ether", link_kind="bridge", mac="02:00:00:00:00:09", mtu=1500, state="UP")
    )
    host.root.addresses.append(address("br9", "10.9.0.1/24"))
    host.root.routes += routes_of("br9", "10.9.0.1", "10.9.0.0/24")


CLASSIC = [
    (pod_removed, ("pod", "removed", "pod:default/web-2", "default/web-2"), None),
    (pod_added, ("pod", "added", "pod:default/web-9", "default/web-9"), None),
    (pod_recreated, ("pod", "recreated", "pod:default/web-2", "default/web-2"), None),
    (container_restarted, ("container", "changed", "pod:default/web-3", "k8s_app_web-3"), {"pid", "started_at"}),
    (route_added, ("route", "added", "host", "198.51.100.0/24 via 10.1.27.3 dev docker0"), None),
    (route_removed, ("route", "removed", "host", "192.0.2.0/24 via 10.1.27.2 dev docker0"), None),
    (route_remetricked, ("route", "changed", "host", "192.0.2.0/24 via 10.1.27.2 dev docker0"), {"metric"}),
    (
        default_route_changed,
        ("route", "changed", "pod:default/web-1", "0.0.0.0/0 via 10.1.27.254 dev eth0"),
        {"gateway"},
    ),
    (veth_off_bridge, ("veth", "changed", "pod:default/web-3", "vethweb-31 - eth0"), {"bridge"}),
    (mtu_changed, ("veth", "changed", "pod:default/web-1", "vethweb-11 - eth0"), {"host_end.mtu"}),
    (address_added, ("address", "added", "pod:default/web-4", "172.16.5.1/24 dev eth0"), None),
    (link_renamed, ("link", "changed", "host", "br-new"), {"name"}),
    (bridge_added, ("link", "added", "host", "br9"), None),
]


@pytest.mark.parametrize(("change", "expected", "fields"), CLASSIC, ids=[case[0].__name__ for case in CLASSIC])
def test_each_classic_change_is_one_change_at_the_top(
    change: Callable[[Host], None], expected: tuple[str, str, str, str], fields: set[str] | None
) -> None:
    report = compare(change)
    assert [(c.kind, c.action, c.scope, c.name) for c in top(report)] == [expected]
    assert report.verdict == "different"
    if fields is not None:
        assert {f.name for f in top(report)[0].fields} == fields


def test_all_classic_changes_together_stay_apart() -> None:
    changes = [case for case in CLASSIC if case[0] not in (pod_removed, link_renamed, route_removed)]

    def all_of_them(host: Host) -> None:
        for change, _, _ in changes:
            change(host)

    found = {(c.kind, c.action, c.scope, c.name) for c in top(compare(all_of_them))}
    assert found == {expected for _, expected, _ in changes}


def test_a_recreated_pod_carries_all_that_follows_from_it() -> None:
    report = compare(pod_recreated)
    assert len(top(report)) == 1
    kinds = {(c.kind, c.action) for c in report.changes if c.cause is not None}
    assert {("container", "recreated"), ("veth", "recreated"), ("link", "recreated"), ("address", "added")} <= kinds
    by_id = {c.id: c for c in report.changes}
    seen = set()
    for c in report.changes:
        assert c.cause is None or c.cause in seen, "a cause comes before what it explains"
        seen.add(c.id)
        root = c
        while root.cause is not None:
            root = by_id[root.cause]
        assert root.kind == "pod"


def test_a_network_carries_its_bridge_address_and_routes() -> None:
    def network_added(host: Host) -> None:
        bridge_added(host)
        host.networks.append(Network(id="n9", name="back", driver="bridge", bridge="br9"))

    report = compare(network_added)
    assert [(c.kind, c.action, c.name) for c in top(report)] == [("network", "added", "back")]
    assert {c.kind for c in report.changes} == {"network", "link", "address", "route", "qdisc", "sysctl", "vlan"}


def test_the_same_host_twice_is_the_same() -> None:
    report = compare(lambda host: None)
    assert (report.verdict, report.changes, report.coverage) == ("same", (), ())


def test_caches_that_move_by_themselves_are_counted_not_reported() -> None:
    def move(host: Host) -> None:
        host.root.neighbours = [replace(n, state="STALE") for n in host.root.neighbours]
        host.root.neighbours.append(Neighbour(family="inet", dev="docker0", address="10.1.27.200", state="FAILED"))

    report = compare(move)
    assert report.verdict == "same"
    assert {(i.rule, i.count) for i in report.ignored} == {("neighbour-state", 4), ("neighbour-learned", 1)}


def test_a_dead_container_of_a_pod_that_was_cleared_away_is_counted_not_reported() -> None:
    def base(state: str = "exited") -> Host:
        host = classic()
        app = next(c for c in host.containers if c.id == "web-3-app-1")
        host.containers.append(replace(app, id="web-3-app-0", state=state, pid=None, namespace=None, attempt=0))
        return host

    def cleared(host: Host) -> None:
        host.containers = [c for c in host.containers if c.id != "web-3-app-0"]

    report = compare(cleared, base)
    assert (report.verdict, report.changes) == ("same", ())
    assert [(i.rule, i.count) for i in report.ignored] == [("container-cleared", 1)]
    assert [c.action for c in top(compare(cleared, lambda: base("created")))] == ["removed"]


def test_a_neighbour_whose_mac_changed_is_reported() -> None:
    def move(host: Host) -> None:
        host.root.neighbours[0] = replace(host.root.neighbours[0], mac="02:66:66:66:66:66")

    report = compare(move)
    assert [(c.kind, c.action, [f.name for f in c.fields]) for c in top(report)] == [("neighbour", "changed", ["mac"])]


def test_what_one_side_did_not_see_is_unknown_never_removed() -> None:
    def unread(host: Host) -> None:
        net = net_of(host, "web-2")
        host.remove(net)
        host.coverage.append(
            Coverage(place="/proc/77/ns/net", kinds=("namespace",), status="skipped", error="permission denied")
        )
        host.coverage.append(
            Coverage(runtime=ENDPOINT, kinds=("container", "network"), status="failed", error="no answer")
        )

    report = compare(unread)
    assert {c.action for c in report.changes if c.scope == "pod:default/web-2" and c.kind in ("pod", "address")} == {
        "unknown"
    }
    assert not any(c.action == "removed" and c.kind == "pod" for c in report.changes)


def test_a_container_that_its_runtime_did_not_tell_of_is_the_same() -> None:
    def silent(host: Host) -> None:
        host.coverage.append(Coverage(runtime=ENDPOINT, kinds=("container",), status="failed", error="no answer"))
        known = [c for c in host.containers if c.namespace is not None]
        host.containers = [
            Container(id=c.id, name=c.id[:12], state="running", pid=c.pid, namespace=c.namespace, source="cgroup")
            for c in known
        ]

    report = compare(silent)
    assert {(c.kind, c.action) for c in report.changes} == {("pod", "unknown")}


def test_a_kind_that_only_one_side_was_asked_for_is_a_gap_not_a_change() -> None:
    def fewer(host: Host) -> None:
        host.kinds = tuple(kind for kind in host.kinds if kind != "route")

    report = compare(fewer)
    assert report.verdict == "incomplete"
    assert [(gap.snapshot, gap.kind) for gap in report.coverage] == [("after", "route")]


def test_a_rename_changes_no_row_that_names_the_link() -> None:
    report = compare(link_renamed)
    assert [c.kind for c in report.changes] == ["link"]


def test_ambiguous_peers_are_not_guessed() -> None:
    host = classic()
    broken = copy.deepcopy(host)
    broken.root.nsids = [replace(nsid, target=None) for nsid in broken.root.nsids]
    report = compose(sides_of(host, broken), "netlapse test")
    assert not any(c.action in ("removed", "added") for c in report.changes)
