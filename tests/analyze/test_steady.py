"""Of several things that would do as well, which one is told does not go by what they are called: so it is the same under
pseudonyms (docs/redaction.md)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyze.checks.findings import findings_of
from analyze.checks.host import Host as Checked
from analyze.checks.through_host import ways_on
from analyze.compose import compose
from analyze.diff.chains import rule_changes
from analyze.seen import sight_of
from analyze.topology import resolve
from reports.model import Change, Report
from snapshot.model.container import Container
from snapshot.model.socket import Socket
from tests.analyze.causing import BRIDGE, DUMMY, with_rows
from tests.analyze.generated.changes import call
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of
from tests.analyze.rows import address, route, rules
from tests.analyze.workloads import container, pod, report

BOTH = pytest.mark.parametrize("names", [("aa", "zz"), ("zz", "aa")], ids=" ".join)


def cause_of(told: Report, kind: str, name: str) -> Change:
    """What explains the one change of that kind and name."""
    by_id = {change.id: change for change in told.changes}
    (found,) = [change for change in told.changes if (change.kind, change.name) == (kind, name)]
    assert found.cause is not None
    return by_id[found.cause]


@BOTH
def test_of_containers_in_one_namespace_that_no_runtime_told_of_the_first_process_is_its_makers(
    names: tuple[str, str],
) -> None:
    without = Host.with_bridge()
    host = without.fork()
    net = host.namespace()
    host.veth(net, "veth1", "10.1.27.2")
    host.containers = [
        Container(id=name * 32, name=name * 6, state="running", pid=pid, namespace=net.key, source="cgroup")
        for name, pid in zip(names, (300, 200), strict=True)
    ]
    made = f"container:{names[1] * 6}"
    for sides, action in (((without, host), "added"), ((host, without), "removed")):
        told = report(*sides)
        cause = cause_of(told, "veth", "veth1 - eth0")
        assert (cause.kind, cause.action, cause.scope, cause.name) == ("container", action, made, names[1] * 6)


@BOTH
def test_a_bridge_takes_what_it_has_from_the_port_of_the_lowest_index(names: tuple[str, str]) -> None:
    before = Host.with_bridge()
    for number, name in enumerate(names):
        pod(before, name, f"10.1.27.{number + 2}", host_end=f"veth{name}")
    after = before.fork()
    after.root.links = [replace(link, mtu=1400) if link.ifindex > 1 else link for link in after.root.links]
    assert cause_of(report(before, after), "link", "docker0").name == f"veth{names[0]}"


@BOTH
def test_a_route_follows_the_address_that_it_was_made_for(names: tuple[str, str]) -> None:
    hosts = {"aa": "10.9.0.1", "zz": "10.9.0.2"}
    before = with_rows(Host.with_bridge(), DUMMY)
    first, second = (hosts[name] for name in names)
    after = with_rows(
        before,
        address("dummy0", f"{second}/24", flags=("permanent", "secondary")),
        address("dummy0", f"{first}/24"),
        route("10.9.0.0/24", "dummy0", scope="link", protocol="kernel", prefsrc=first),
        route("192.0.2.0/24", "dummy0", prefsrc=second),
    )
    told = report(before, after)
    assert cause_of(told, "route", "10.9.0.0/24 dev dummy0").name == f"{first}/24 dev dummy0"
    assert cause_of(told, "route", "192.0.2.0/24 dev dummy0").name == f"{second}/24 dev dummy0"


@BOTH
def test_a_link_that_has_another_name_gives_its_namespace_no_other_addresses(names: tuple[str, str]) -> None:
    before = Host.with_bridge()
    net = before.namespace("/run/netns/blue")
    before.veth(net, "veth1", "10.1.27.2", end=names[0])
    before.veth(net, "veth2", "10.1.27.3", end="mm", far=3)
    after = before.fork()
    after.boot_id = "boot-2"
    call(after.nets[net.key], names[0], names[1])
    (change,) = [change for change in report(before, after).changes if change.kind == "namespace"]
    assert [field.name for field in change.fields] == []


@BOTH
def test_the_socket_of_a_published_port_follows_who_publishes_it_at_that_address(names: tuple[str, str]) -> None:
    ports = [
        {"protocol": "tcp", "port": 80, "host_address": f"192.0.2.{number}", "host_port": 8080} for number in (1, 2)
    ]
    before = Host.with_bridge()
    after = before.fork()
    for number, name in enumerate(names):
        container(after, name, None, pid=100 + number, ports=(ports[number],))
    listening = [
        Socket(protocol="tcp", family="inet", address=f"192.0.2.{number}", port=8080, uid=0, owner="host")
        for number in (1, 2)
    ]
    told = report(before, with_rows(after, *listening))
    assert [cause_of(told, "socket", f"tcp 192.0.2.{number}:8080").name for number in (1, 2)] == [*names]


@BOTH
def test_which_of_two_rules_moved(names: tuple[str, str]) -> None:
    first, second = f"-i {names[0]} -j ACCEPT", f"-i {names[1]} -p tcp -j DROP"
    for old in ((first, second), (second, first)):
        (found,) = rule_changes(rules("FORWARD", *old), rules("FORWARD", *old[::-1]))
        assert found.moved
        assert found.before is not None
        assert found.before.text == first


@BOTH
def test_which_route_became_which(names: tuple[str, str]) -> None:
    gateways = {"aa": "10.9.0.1", "zz": "10.9.0.2"}
    base = with_rows(Host.with_bridge(), BRIDGE)
    first, second = (gateways[name] for name in names)

    def sides(*ways: tuple[str, int]) -> Host:
        return with_rows(base, *(route("0.0.0.0/0", "br9", gateway=to, metric=metric) for to, metric in ways))

    told = report(sides((first, 10), (second, 20)), sides(("10.9.0.8", 40), ("10.9.0.9", 30)))
    routes = {(c.before or {})["metric"]: (c.after or {})["metric"] for c in told.changes if c.kind == "route"}
    assert routes == {10: 30, 20: 40}


@BOTH
def test_replicas_of_which_no_time_is_told_pair_up_by_their_processes(names: tuple[str, str]) -> None:
    before, after = Host.with_bridge(), Host.with_bridge()
    suffixes = {"aa": "b4c7d", "zz": "x2x9z"}
    for number, name in enumerate(names):
        pod(before, f"web-7d9c6b5f4-{suffixes[name]}", f"10.1.27.{number + 2}")
        pod(after, f"web-5c8bdf9d7b-{('m2n4p', 'q7r8s')[number]}", f"10.1.27.{number + 4}")
    told = compose(sides_of(before, after), "netlapse test")
    pairs = {(c.before or {})["name"]: (c.after or {})["name"] for c in told.changes if c.kind == "pod"}
    assert pairs == {
        f"web-7d9c6b5f4-{suffixes[names[0]]}": "web-5c8bdf9d7b-m2n4p",
        f"web-7d9c6b5f4-{suffixes[names[1]]}": "web-5c8bdf9d7b-q7r8s",
    }


@BOTH
def test_of_two_ways_on_the_link_of_the_lower_index_is_the_first(names: tuple[str, str]) -> None:
    host = Host.with_bridge()
    up = replace(DUMMY, link_kind=None, flags=("LOWER_UP", "UP"))
    links = [replace(up, ifindex=10 + number, name=name) for number, name in enumerate(names)]
    bearing = with_rows(host, *links, *(address(name, f"192.0.2.{ord(name[0])}/24") for name in sorted(names)))
    leading = with_rows(bearing, *(route("0.0.0.0/0", name, gateway="192.0.2.1") for name in sorted(names)))
    for side in (bearing, leading):
        snapshot = side.loaded()
        ways = ways_on(Checked(resolve(snapshot), sight_of(snapshot)), 4)
        assert [link.name for link in ways] == [*names]


@BOTH
def test_an_address_that_was_given_twice_is_told_of_who_was_connected_first(names: tuple[str, str]) -> None:
    host = Host.with_bridge()
    for name in names:
        pod(host, name, "10.1.27.9", host_end=f"veth{name}")
    for net in host.nets.values():
        net.links = [replace(link, flags=("LOWER_UP", "UP")) for link in net.links]
    snapshot = host.loaded()
    (found,) = [
        f for f in findings_of(Checked(resolve(snapshot), sight_of(snapshot)))[0] if f.check == "duplicate-address"
    ]
    assert found.scope == f"pod:default/{names[0]}"
