"""Containers and the link by which the host leads them on: what is too large for it, and where nothing is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from analyze.checks.uplink_mtu import CHECK as UPLINK
from snapshot.model.bpf import BpfProgram
from snapshot.model.firewall import FirewallEntry
from snapshot.model.json import Json
from snapshot.model.link import Link
from snapshot.model.rule import Rule
from tests.analyze.checks.judging import blind, found, through, unread, uplink
from tests.analyze.checks.sick import set_link, set_route
from tests.analyze.checks.test_runtimes_and_limits import alone
from tests.analyze.hosts import Host
from tests.analyze.rows import address, default_route, route, set_rules
from tests.analyze.test_changes import net_of

Step = Callable[[Host], None]
MAIN = Rule(family="inet", priority=32766, action="to_tbl", table="main")
CLAMP = "-o eth0 -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu"
NATIVE = "oifname eth0 tcp flags syn tcp option maxseg size set rt mtu"


def small() -> Host:
    """The pods' links take 1500 bytes, the host's way on 1400."""
    host = through()
    set_link(host.root, "eth0", mtu=1400)
    return host


def said(host: Host) -> list[str]:
    return [one.message.partition(": what is larger")[0] for one in found(host, UPLINK)]


BOTH = "pod:default/web-1, pod:default/web-2 send up to 1500 bytes, and eth0, the host's way on, takes 1400"
ONE = "pod:default/web-2 sends up to 1500 bytes, and eth0, the host's way on, takes 1400"


def test_one_finding_for_all_on_a_bridge() -> None:
    assert said(small()) == [BOTH]
    assert said(through()) == []


def pods(mtu: int, *numbers: int) -> Step:
    def step(host: Host) -> None:
        for number in numbers:
            set_link(net_of(host, f"web-{number}"), "eth0", mtu=mtu)

    return step


def ways(**columns: object) -> Step:
    """The pods' default routes."""

    def step(host: Host) -> None:
        for number in (1, 2):
            set_route(net_of(host, f"web-{number}"), "0.0.0.0/0", **columns)

    return step


def second(mtu: int, metric: int) -> Step:
    def step(host: Host) -> None:
        set_route(host.root, "0.0.0.0/0", metric=100)
        uplink(host, "eth1", "198.51.100.2", metric=metric)
        set_link(host.root, "eth1", mtu=mtu)

    return step


def shared(mtu: int) -> Step:
    def step(host: Host) -> None:
        second(mtu, 200)(host)
        hops: tuple[Json, ...] = tuple({"dev": dev, "gateway": "192.0.2.1", "weight": 1} for dev in ("eth1", "eth0"))
        host.root.routes = [r for r in host.root.routes if r.dst != "0.0.0.0/0"]
        host.root.routes.append(replace(default_route("eth0"), dev=None, gateway=None, nexthops=hops))

    return step


def rule(**columns: object) -> Step:
    return lambda host: host.root.rules.append(replace(MAIN, **columns))  # type: ignore[arg-type]


def clamped(host: Host) -> None:
    set_rules(host.root, "FORWARD", CLAMP, table="mangle")


def natively(host: Host) -> None:
    host.root.more.append(
        FirewallEntry(backend="nft", family="inet", table="mss", object="rule", chain="pre", position=0, text=NATIVE)
    )


def led(**columns: object) -> Step:
    """A rule that leads to another table's default route."""

    def step(host: Host) -> None:
        rule(table="7", **columns)(host)
        host.root.routes.append(replace(default_route("tun0"), table="7"))

    return step


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (pods(1400, 1, 2), []),
        (pods(1400, 1), [ONE]),
        (pods(1300, 1), [ONE]),
        (ways(metrics={"mtu": 1400}), []),
        (ways(metrics={"mtu": 1401}), [BOTH.replace("1500", "1401")]),
        (ways(metrics={"mtu": 9000}), [BOTH]),
        (ways(gateway="10.1.27.200"), []),
        (lambda host: set_link(host.root, "eth0", mtu=None), []),
        (lambda host: set_link(host.root, "eth0", flags=()), []),
        (second(1500, 50), []),
        (second(1400, 50), [BOTH.replace("eth0", "eth1")]),
        (second(1500, 200), [BOTH]),
        (shared(1500), [BOTH]),
        (shared(1300), [BOTH.replace("eth0", "eth1").replace("1400", "1300")]),
        (clamped, []),
        (natively, []),
        (lambda host: host.root.routes.append(route("0.0.0.0/1", "tun0")), []),
        (lambda host: host.root.more.append(BpfProgram(dev="eth0", hook="tc ingress", program=1)), []),
        (lambda host: host.root.more.append(BpfProgram(dev="docker0", hook="tc ingress", program=1)), []),
        (rule(), [BOTH]),
        (rule(table="7", fwmark=1), [BOTH]),
        (led(fwmark=1), []),
        (led(src="192.0.2.2"), [BOTH]),
        (led(src="192.0.2.2", invert=True), []),
        (led(src="10.1.27.0/24"), []),
        (led(src="10.1.27.2/32"), [ONE]),
        (led(iif="lo"), [BOTH]),
        (led(iif="lo", invert=True), []),
        (led(family="inet6"), [BOTH]),
        (rule(action="unreachable", table=None, fwmark=1), []),
        (rule(table="7", l3mdev=True), [BOTH]),
        (lambda host: host.root.routes.clear(), []),
    ],
)  # fmt: skip
def test_which_packets_are_too_large_for_which_way(step: Step, told: list[str]) -> None:
    host = small()
    step(host)
    assert said(host) == told


def test_of_both_protocols_one_is_told() -> None:
    host = small()
    for net, dev, ip in ((host.root, "docker0", "fd00::1"), (net_of(host, "web-1"), "eth0", "fd00::2")):
        net.addresses.append(address(dev, f"{ip}/64"))
    six = replace(default_route("eth0", "fd00::1"), family="inet6", dst="::/0")
    net_of(host, "web-1").routes.append(six)
    host.root.routes.append(replace(six, gateway="2001:db8::1"))
    assert said(host) == [BOTH]
    host.root.routes = [r for r in host.root.routes if r.dst != "0.0.0.0/0"]
    assert said(host) == [ONE.replace("web-2", "web-1")]


def test_links_of_their_own_are_told_together() -> None:
    host = small()
    pods(1400, 1, 2)(host)
    for number in range(3):
        alone(host, f"lone-{number}", f"10.65.0.{number + 2}")
    lone = ", ".join(f"pod:default/lone-{number}" for number in range(3))
    assert said(host) == [BOTH.replace("pod:default/web-1, pod:default/web-2", lone)]


def test_a_bridge_with_hardware_may_be_the_way_on() -> None:
    host = small()
    host.root.link(Link(ifindex=320, name="br9", type="ether", link_kind="bridge", mtu=1450, state="UP", flags=("UP",)))
    set_link(host.root, "eth0", master="br9", port_kind="bridge")
    set_route(host.root, "0.0.0.0/0", dev="br9")
    assert said(host) == [BOTH.replace("eth0", "br9").replace("1400", "1450")]


@pytest.mark.parametrize("kind", ["link", "address", "route", "rule", "firewall", "filter", "bpf"])
def test_what_was_not_read_makes_it_unknown(kind: str) -> None:
    host = small()
    assert not blind(host, UPLINK)
    unread(host, kind)
    assert said(host) == []
    assert blind(host, UPLINK)
