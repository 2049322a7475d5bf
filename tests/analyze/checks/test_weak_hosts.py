"""An address on another link of a namespace is that namespace's too: what the check says is held against what ARP says."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import pytest

from analyze.checks.duplicate_address import CHECK
from tests.analyze.checks import sick
from tests.analyze.checks.judging import UP, blind, found, unread
from tests.analyze.checks.kept import told
from tests.analyze.checks.twin import bridge, pair
from tests.analyze.rows import route
from tests.lab.bottle import Bottle
from tests.requirements import require_bottles

ASKS, HAS = "10.86.0.2", "10.86.0.3"


@dataclass(frozen=True, kw_only=True)
class Case:
    """Somebody with an address that another on the bridge has.

    build     shell
    last      the address's last number
    answered  is it answered when it is asked for by ARP before the other has it
    where     the link that is told with it; None: no finding
    """

    name: str
    build: str
    last: int
    answered: bool
    where: str | None

    @property
    def address(self) -> str:
        return f"10.86.0.{self.last}"


def pod(name: str, last: int, *lines: str) -> str:
    """A workload with an address of its own, and what is done in it."""
    inside = "".join(f"ip netns exec {name} {line}\n" for line in lines)
    return pair(name, f"10.86.0.{last}/24", on="wh0") + f"ip -n {name} link set lo up\n" + inside


def ignoring(mode: int, dev: str = "all") -> str:
    return f"sysctl -qw net.ipv4.conf.{dev}.arp_ignore={mode}"


CASES = (
    Case(name="loopback of the host", last=101, answered=True, where="host/lo",
         build="ip addr add 10.86.0.101/32 dev lo"),
    Case(name="another bridge of the host", last=102, answered=True, where="host/wh1",
         build=bridge("wh1", "10.85.1.1/24") + "ip addr add 10.86.0.102/32 dev wh1"),
    Case(name="a link of the host that is down", last=103, answered=True, where="host/wh2",
         build=bridge("wh2", "10.85.2.1/24") + "ip addr add 10.86.0.103/32 dev wh2; ip link set wh2 down"),
    Case(name="loopback of a workload", last=104, answered=True, where="netns:wh-lo/lo",
         build=pod("wh-lo", 11, "ip addr add 10.86.0.104/32 dev lo")),
    Case(name="a macvlan's namespace", last=105, answered=True, where="netns:wh-mv/lo",
         build="ip netns add wh-mv; ip link add wh-mv0 link wh0 netns wh-mv type macvlan mode bridge\n"
         "ip -n wh-mv addr add 10.86.0.12/24 dev wh-mv0; ip -n wh-mv link set wh-mv0 up\n"
         "ip -n wh-mv addr add 10.86.0.105/32 dev lo; ip -n wh-mv link set lo up"),
    Case(name="a local route of a workload", last=106, answered=True, where="netns:wh-any/lo",
         build=pod("wh-any", 13, "ip route add local 10.86.0.106/32 dev lo")),
    Case(name="a local route of another table", last=107, answered=False, where=None,
         build=pod("wh-table", 14, "ip route add local 10.86.0.107/32 dev lo table 77")),
    # As real servers behind a balancer have it (LVS, direct routing).
    Case(name="silent about other links", last=108, answered=False, where=None,
         build=pod("wh-quiet", 15, ignoring(1), "ip addr add 10.86.0.108/32 dev lo")),
    Case(name="silent on that link", last=109, answered=False, where=None,
         build=pod("wh-still", 16, ignoring(2, "eth0"), "ip addr add 10.86.0.109/32 dev lo")),
    Case(name="silent about the scope host", last=110, answered=False, where=None,
         build=pod("wh-scope", 17, ignoring(3), "ip addr add 10.86.0.110/32 dev lo scope host")),
    Case(name="silent about the scope host alone", last=111, answered=True, where="netns:wh-wide/lo",
         build=pod("wh-wide", 18, ignoring(3), "ip addr add 10.86.0.111/32 dev lo")),
    Case(name="a local route, silent about the scope host", last=112, answered=False, where=None,
         build=pod("wh-local", 19, ignoring(3), "ip route add local 10.86.0.112/32 dev lo")),
    Case(name="a link without ARP", last=113, answered=False, where=None,
         build=pod("wh-mute", 20, "ip link set eth0 arp off", "ip addr add 10.86.0.113/32 dev lo")),
    Case(name="elsewhere", last=114, answered=False, where=None,
         build=bridge("wh3") + pair("wh-far", "10.86.0.21/24", on="wh3")
         + "ip -n wh-far link set lo up; ip -n wh-far addr add 10.86.0.114/32 dev lo"),
    # Without a subnet there it answers for as long as nothing filters by the way back: nothing is said.
    Case(name="no subnet of it there", last=115, answered=True, where=None,
         build=pair("wh-else", "10.84.0.2/24", on="wh0") + "ip -n wh-else link set lo up\n"
         "ip -n wh-else addr add 10.86.0.115/32 dev lo"),
    # Asked for it says nothing, but it is the way out of the one that has the address.
    Case(name="a silent gateway", last=116, answered=False, where="netns:wh-gate/lo",
         build=pod("wh-gate", 22, ignoring(1), "ip addr add 10.86.0.116/32 dev lo")
         + "ip -n wh-has route add default via 10.86.0.22"),
)  # fmt: skip


def asked(bottle: Bottle, address: str) -> bool:
    """Does anybody answer when the address is asked for?"""
    words = ("ip", "netns", "exec", "wh-asks", "busybox", "arping", "-c", "1", "-w", "1", "-I", "eth0", address)
    return bottle.run(*words, check=False).returncode == 0


@pytest.fixture(scope="module")
def judged() -> tuple[dict[str, bool], list[dict[str, Any]]]:
    """What was answered before somebody else had these addresses, and what is told when one has them all."""
    require_bottles()
    with Bottle() as bottle:
        bottle.sh(
            bridge("wh0", "10.86.0.1/24")
            + pair("wh-asks", f"{ASKS}/24", on="wh0")
            + pair("wh-has", f"{HAS}/24", on="wh0")
        )
        for case in CASES:
            bottle.sh(case.build)
        answered = {case.name: asked(bottle, case.address) for case in CASES}
        for case in CASES:
            bottle.ip(f"-n wh-has addr add {case.address}/24 dev eth0")
        # Neighbour discovery asks no other link's addresses, and no local route.
        bottle.ip("-n wh-has route add default via fd86::1 dev eth0 onlink")
        bottle.sh(
            "ip addr add fd86::1/64 dev wh0 nodad; ip addr add fd86::101/128 dev lo\n"
            + "".join(f"ip -n wh-has addr add fd86::{n}/64 dev eth0 nodad\n" for n in (101, 104))
            + "ip -n wh-lo addr add fd86::104/128 dev lo"
        )
        bottle.settle()
        report = told("check", str(bottle.capture()))
    return answered, [finding for finding in report["findings"] if finding["check"] == "duplicate-address"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_answered_is_told(case: Case, judged: tuple[dict[str, bool], list[dict[str, Any]]]) -> None:
    answered, findings = judged
    assert answered[case.name] is case.answered
    said = [finding["message"] for finding in findings if finding["message"].startswith(f"{case.address} ")]
    assert said == (
        [f"{case.address} is given to {', '.join(sorted((case.where, 'netns:wh-has/eth0')))}"] if case.where else []
    )


def test_of_version_6_only_what_a_gateway_keeps(judged: tuple[dict[str, bool], list[dict[str, Any]]]) -> None:
    _, findings = judged
    (finding,) = [one for one in findings if one["message"].startswith("fd86:")]
    assert finding["message"] == "fd86::101 is given to host/lo, netns:wh-has/eth0"
    assert finding["evidence"][0] == "host/lo: fd86::101/128, kept by the gateway on wh0"


def test_where_it_was_not_read_what_forbids_answers_nothing_is_said() -> None:
    host = sick.sound()
    sick.hijacked(host)
    assert (len(found(host, CHECK)), blind(host, CHECK)) == (1, False)
    unread(host, "sysctl")
    assert (len(found(host, CHECK)), blind(host, CHECK)) == (1, True), "a gateway keeps it all the same"
    for net in host.nets.values():
        net.routes = [route for route in net.routes if route.gateway is None]
    assert (len(found(host, CHECK)), blind(host, CHECK)) == (0, True)


def test_a_crowd_in_which_everybody_takes_addresses_of_its_own_is_gone_through_once() -> None:
    host = sick.sound()
    for number in range(2000):
        spot = f"{number >> 8}.{number & 255}"
        net = host.pod(f"many-{number}", f"10.1.{spot}")
        net.routes.append(route(f"10.202.{spot}/32", "lo", table="local", type="local", protocol="boot", scope="host"))
    sick.hijacked(host)
    for net in host.nets.values():
        net.links = [replace(link, flags=UP) for link in net.links]
    started = time.process_time()
    assert [finding.subject for finding in found(host, CHECK)] == [("10.1.27.2",)]
    assert time.process_time() - started < 3
