"""Forwarding, FORWARD and the reverse path filter: what each check makes of a host's variations, and what it cannot know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from analyze.checks.check import Check
from analyze.checks.forward_drop import CHECK as DROP
from analyze.checks.forwarding_off import CHECK as OFF
from analyze.checks.strict_rp_filter import CHECK as STRICT
from snapshot.model.bpf import BpfProgram
from snapshot.model.container import Network
from snapshot.model.json import Json
from snapshot.model.rule import Rule
from tests.analyze.checks.judging import blind, found, steer, through, unread, uplink
from tests.analyze.hosts import Host
from tests.analyze.rows import default_route, set_rules

FORWARD = ("-o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-i docker0 ! -o docker0 -j ACCEPT")


def cut(host: Host) -> None:
    set_rules(host.root, "FORWARD", FORWARD[0])


def off(host: Host) -> None:
    steer(host, "net.ipv4.conf.docker0", forwarding=0)


def internal(host: Host) -> None:
    host.networks.append(Network(id="n", name="inside", driver="bridge", bridge="docker0", internal=True))


def steered(host: Host) -> None:
    host.root.more.append(BpfProgram(dev="eth0", hook="tcx ingress", program=1))


def nowhere(host: Host) -> None:
    root = host.root
    root.routes = [r for r in root.routes if r.dev != "eth0"]
    root.addresses = [a for a in root.addresses if a.dev != "eth0"]


def no_way_out(host: Host) -> None:
    for net in host.nets.values():
        net.routes = [r for r in net.routes if net.host or r.gateway is None]


def test_a_healthy_host() -> None:
    assert [found(through(), check) for check in (OFF, DROP, STRICT)] == [[], [], []]


@pytest.mark.parametrize("spared", [internal, steered, nowhere, no_way_out])
def test_who_needs_no_forwarding(spared: Callable[[Host], None]) -> None:
    host = through()
    off(host)
    cut(host)
    assert [len(found(host, check)) for check in (OFF, DROP)] == [1, 1]
    spared(host)
    assert [found(host, check) for check in (OFF, DROP)] == [[], []]


@pytest.mark.parametrize(("check", "kind"), [(OFF, "sysctl"), (OFF, "route"), (DROP, "firewall"), (STRICT, "rule")])
def test_what_was_not_read_is_not_judged(check: Check, kind: str) -> None:
    host = through()
    off(host)
    cut(host)
    unread(host, kind)
    assert found(host, check) == []
    assert blind(host, check)


def test_the_way_back_is_forwarded_by_the_other_link() -> None:
    host = through()
    steer(host, "net.ipv4.conf.eth0", forwarding=0)
    (told,) = found(host, OFF)
    assert told.message == (
        "net.ipv4.conf.eth0.forwarding is 0: what comes back to pod:default/web-1, pod:default/web-2 by eth0 is not forwarded"
    )


def test_ipv6_is_forwarded_for_all_links_or_for_one() -> None:
    host = through()
    uplink(host, "eth1", "2001:db8::2")
    host.root.addresses = [replace(a, family="inet6", address="2001:db8::2/64") if a.dev == "eth1" else a
                           for a in host.root.addresses]  # fmt: skip
    host.root.routes.append(replace(default_route("eth1", "2001:db8::1"), family="inet6", dst="::/0"))
    host.root.routes = [r for r in host.root.routes if r.dev != "eth1" or r.family == "inet6"]
    host.root.addresses.append(replace(host.root.addresses[0], family="inet6", address="fd00::1/64"))
    pod = next(net for net in host.nets.values() if not net.host)
    pod.routes.append(replace(default_route("eth0", "fd00::1"), family="inet6", dst="::/0"))
    (told,) = found(host, OFF)
    assert told.message.startswith("net.ipv6.conf.all.forwarding is 0: what comes from pod:default/web-1 by docker0")
    steer(host, "net.ipv6.conf.docker0", force_forwarding=1)
    steer(host, "net.ipv6.conf.eth1", force_forwarding=1)
    assert found(host, OFF) == []


def test_pods_with_links_of_their_own_are_one_finding() -> None:
    """As Calico connects them: no bridge, and a gateway that is nobody's address."""
    host = through()
    for number in range(3):
        net = host.pod(f"cali-{number}", f"10.65.0.{number + 2}", host_end=f"cali{number}")
        net.routes = [replace(r, gateway="169.254.1.1") if r.gateway else r for r in net.routes]
    host.root.links = [replace(link, master=None) if link.name.startswith("cali") else link for link in host.root.links]
    (dropped,) = found(host, DROP)
    (unforwarded,) = found(host, OFF)
    for told in (dropped, unforwarded):
        assert "pod:default/cali-0, pod:default/cali-1, pod:default/cali-2" in told.message
        assert len(told.rests_on) == 3
    set_rules(host.root, "FORWARD", *FORWARD, "-i cali+ -j ACCEPT", "-o cali+ -j ACCEPT")
    assert found(host, DROP) == []


def test_a_drop_that_is_certain_is_told_with_its_rule() -> None:
    host = through()
    set_rules(host.root, "FORWARD", "-i docker0 -j REJECT", *FORWARD)
    (told,) = found(host, DROP)
    assert 'and "-i docker0 -j REJECT" in chain FORWARD drops it' in told.message


TO_7 = Rule(family="inet", priority=10, action="to_tbl", table="7")
MAIN = Rule(family="inet", priority=32766, action="to_tbl", table="main")


def two_ways(*rules: Rule, src_valid_mark: int = 0) -> Host:
    """Two ways on, both filtering strictly; the second is the worse one, and table 7 leads out by it."""
    host = through()
    uplink(host, "eth1", "198.51.100.2", metric=200)
    host.root.routes.append(replace(default_route("eth1", "198.51.100.1"), table="7"))
    host.root.rules = [replace(MAIN, priority=0, table="local"), *rules, MAIN]
    steer(host, "net.ipv4.conf.all", rp_filter=1, src_valid_mark=src_valid_mark)
    for dev in ("eth0", "eth1"):
        steer(host, f"net.ipv4.conf.{dev}", rp_filter=0, src_valid_mark=0)
    return host


def strict(host: Host) -> list[str]:
    return [told.message.partition(" ")[0] for told in found(host, STRICT)]


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ((), ["eth1"]),
        ((replace(TO_7, src="198.51.100.2/32"),), []),
        ((replace(TO_7, src="198.51.100.0/24"),), []),
        ((replace(TO_7, src="10.1.27.0/24"),), ["eth1"]),
        ((replace(TO_7, fwmark=7),), ["eth1"]),
        ((replace(TO_7, fwmark=7, invert=True),), ["eth0"]),
        ((replace(TO_7, iif="docker0"),), ["eth1"]),
        ((replace(TO_7, dst="10.0.0.0/8"),), ["eth1"]),
        ((replace(TO_7, l3mdev=True, table=None),), ["eth1"]),
        ((replace(MAIN, priority=9, suppress_prefixlength=0), TO_7), ["eth0"]),
        ((replace(TO_7, table="99"),), ["eth1"]),
        # What cannot be followed is not judged.
        ((replace(TO_7, ipproto=17),), []),
        ((replace(TO_7, uid_range="0-1000"),), []),
        ((replace(TO_7, action="goto", table=None, goto=100),), []),
        ((replace(TO_7, suppress_ifgroup=1),), []),
    ],
)  # fmt: skip
def test_the_way_back_by_the_policy_rules(rules: tuple[Rule, ...], told: list[str]) -> None:
    assert strict(two_ways(*rules)) == told


def test_what_makes_two_ways_on_harmless() -> None:
    assert strict(two_ways(replace(TO_7, fwmark=7), src_valid_mark=1)) == [], "the mark of a packet is not known"
    loose = two_ways()
    steer(loose, "net.ipv4.conf.eth1", rp_filter=2)
    assert strict(loose) == []
    multipath = two_ways()
    hops: tuple[Json, ...] = tuple(
        {"dev": dev, "gateway": f"{net}.1", "weight": 1} for dev, net in (("eth0", "192.0.2"), ("eth1", "198.51.100"))
    )
    multipath.root.routes = [
        replace(r, dev=None, gateway=None, nexthops=hops, metric=1) if (r.table, r.dev) == ("main", "eth0") else r
        for r in multipath.root.routes
        if (r.table, r.dev, r.dst) != ("main", "eth1", "0.0.0.0/0")
    ]
    assert strict(multipath) == []
    down = two_ways()
    down.root.links = [replace(link, flags=()) if link.name == "eth1" else link for link in down.root.links]
    assert strict(down) == []
