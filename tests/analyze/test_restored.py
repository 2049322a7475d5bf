"""What was made anew and did not come back whole: each configured row that it lost counts, and what it got back does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analyze.cli import exit_code
from reports.text.diff import render as render_text
from snapshot.model.fdb import FdbEntry
from snapshot.model.kinds import Fact
from snapshot.model.link import Link
from snapshot.model.neighbour import Neighbour
from snapshot.model.sysctl import Sysctl
from snapshot.model.traffic import Qdisc
from snapshot.model.vlan import Vlan
from tests.analyze.causing import edited, rows_like, with_rows, without
from tests.analyze.hosts import Host
from tests.analyze.rows import address, default_route, route
from tests.analyze.severity_cases import Do, base, both, links
from tests.analyze.test_changes import classic, compare, net_of, pod_recreated

VXLAN = Link(
    ifindex=900, name="vx0", type="ether", link_kind="vxlan", mac="02:00:00:00:00:09", mtu=1450, state="UNKNOWN",
    link_index=2, kind_data={"vxlan_id": 10, "vxlan_link": 2},
)  # fmt: skip
STATIC = route("10.244.2.0/24", "vx0", protocol="static")
REMOTE = FdbEntry(dev="vx0", mac="00:00:00:00:00:00", state="permanent", flags=("self",), dst="192.0.2.9")
PEER = Neighbour(family="inet", dev="vx0", address="10.244.2.0", mac="02:aa:00:00:00:01", state="PERMANENT")
SYSCTL = Sysctl(path="net.ipv4.conf.vx0", dev="vx0", values={"proxy_arp": 1})
CLSACT = Qdisc(dev="vx0", qdisc="clsact", handle="ffff:", parent="ffff:fff1")
TAGGED = Vlan(dev="vx0", vlan=7)
HAS = (STATIC, REMOTE, PEER, SYSCTL, CLSACT, TAGGED, address("vx0", "10.244.0.0/32"))

LOST: list[tuple[Fact, str]] = [
    (STATIC, "route-changed"),
    (REMOTE, "configured-entry-lost"),
    (PEER, "configured-entry-lost"),
    (CLSACT, "traffic-control-changed"),
    (TAGGED, "vlan-changed"),
    (HAS[-1], "address-not-back"),
]


def tunnel() -> Host:
    return with_rows(classic(), VXLAN, *HAS)


def judged(change: Do, made: Callable[[], Host]) -> list[tuple[str, str | None]]:
    return sorted((c.kind, c.severity_rule) for c in compare(change, made).changes if c.severity_rule is not None)


def anew(host: Host, **columns: object) -> None:
    """The vxlan made again under its name."""
    links(host.root, lambda link: link.name == "vx0", ifindex=next(host.numbers), mac="02:00:00:00:00:0a", **columns)


def lose(*facts: Fact) -> Do:
    def change(host: Host) -> None:
        for fact in facts:
            rows_like(host.root, fact).remove(fact)

    return change


def test_what_came_back_whole_lost_nothing() -> None:
    assert judged(anew, tunnel) == []
    (change,) = [c for c in compare(anew, tunnel).changes if c.cause is None]
    assert (change.name, change.action, change.severity) == ("vx0", "recreated", "info")


@pytest.mark.parametrize(("fact", "rule"), LOST)
def test_what_a_link_came_back_without_counts_under_it(fact: Fact, rule: str) -> None:
    report = compare(both(anew, lose(fact)), tunnel)
    assert [c.severity_rule for c in report.changes if c.severity_rule is not None] == [rule]
    assert [c.name for c in report.changes if c.cause is None] == ["vx0"]


def test_a_warning_is_told_wherever_it_hangs() -> None:
    report = compare(both(anew, lose(STATIC)), tunnel)
    text = render_text(report, width=100, color=False)
    assert "  - route 10.244.2.0/24 dev vx0 removed  [warning]" in text
    assert "1 warning." in text
    assert (exit_code(report, "warning"), exit_code(report, "critical")) == (1, 0)


def test_a_parameter_counts_unless_all_links_have_that_now() -> None:
    def off(host: Host) -> None:
        anew(host)
        host.root.more = edited(host, SYSCTL, values={"proxy_arp": 0}).root.more

    assert judged(off, tunnel) == [("sysctl", "sysctl-changed")]
    default = Sysctl(path="net.ipv4.conf.default", dev="default", values={"proxy_arp": 1})

    def for_all(host: Host) -> None:
        off(host)
        host.root.more = edited(host, default, values={"proxy_arp": 0}).root.more

    def made() -> Host:
        host = tunnel()
        host.root.more = [row for row in host.root.more if getattr(row, "path", None) != default.path]
        return with_rows(host, default)

    assert ("sysctl", "sysctl-changed") in judged(for_all, made)
    assert len([c for c in compare(for_all, made).changes if c.severity_rule == "sysctl-changed"]) == 1


@pytest.mark.parametrize(
    ("columns", "counts"),
    [
        ({"kind_data": {"vxlan_id": 20, "vxlan_link": 2}}, True),
        ({"kind_data": {"vxlan_id": 10, "vxlan_link": 3}}, False),
        ({"link_kind": "dummy", "kind_data": {}, "link_index": None}, True),
        ({"alias": "overlay"}, False),
    ],
)
def test_a_link_that_is_set_up_otherwise_is_not_what_it_was(columns: dict[str, object], counts: bool) -> None:
    assert judged(lambda host: anew(host, **columns), tunnel) == ([("link", "link-changed")] if counts else [])


def test_the_way_out_that_moved_to_a_link_that_was_made_anew() -> None:
    def made() -> Host:
        return with_rows(tunnel(), default_route("docker0", "10.1.27.9"))

    def moved(host: Host) -> None:
        anew(host)
        host.root.routes = without(host, default_route("docker0", "10.1.27.9")).root.routes
        host.root.routes.append(default_route("vx0", "10.244.0.9"))

    assert ("route", "default-route-changed") in judged(moved, made)


def test_the_hosts_route_to_a_pod_that_has_another_address_is_not_lost() -> None:
    def routed(ip: str) -> Do:
        def change(host: Host) -> None:
            end = next(link.name for link in host.root.links if link.name.startswith("vethweb-2"))
            host.root.routes = [row for row in host.root.routes if row.protocol != "static"]
            host.root.routes.append(route(f"{ip}/32", end, protocol="static"))

        return change

    made = base(routed(_ip(classic(), "web-2")))

    def again(host: Host) -> None:
        pod_recreated(host)
        routed(_ip(host, "web-2"))(host)

    assert judged(again, made) == []


def _ip(host: Host, pod: str) -> str:
    return next(a.address.partition("/")[0] for a in net_of(host, pod).addresses if a.dev == "eth0")


def test_a_pod_that_came_back_without_its_static_route() -> None:
    def made() -> Host:
        host = classic()
        net_of(host, "web-2").routes.append(route("172.30.0.0/16", "eth0", gateway="10.1.27.1", protocol="static"))
        return host

    def whole(host: Host) -> None:
        pod_recreated(host)
        net_of(host, "web-2").routes.append(route("172.30.0.0/16", "eth0", gateway="10.1.27.1", protocol="static"))

    assert judged(pod_recreated, made) == [("route", "route-changed")]
    assert judged(whole, made) == []
