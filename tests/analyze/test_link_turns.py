"""What follows from a link that was set up or down, or found or lost its carrier, as a real kernel was seen to do it; and
what happened beside that, which nothing of it explains."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from analyze.compose import compose
from reports.model import Change
from snapshot.model.fdb import FdbEntry
from snapshot.model.kinds import Fact
from snapshot.model.mdb import MdbEntry
from snapshot.model.neighbour import Neighbour
from snapshot.model.nexthop import Nexthop
from snapshot.model.sysctl import Sysctl
from snapshot.model.traffic import Qdisc
from snapshot.model.vlan import Vlan
from tests.analyze.causing import DUMMY, both_ways, edited, of, with_rows, without
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of
from tests.analyze.rows import address, default_route, route
from tests.analyze.test_changes import classic

UP = replace(DUMMY, state="UP", flags=("BROADCAST", "LOWER_UP", "MULTICAST", "UP"))
NO_CARRIER: dict[str, Any] = {"state": "DOWN", "flags": ("BROADCAST", "MULTICAST", "UP")}
SET_DOWN: dict[str, Any] = {"state": "DOWN", "flags": ("BROADCAST", "MULTICAST")}
OTHER: dict[str, dict[str, Any]] = {
    "promiscuous": {"flags": ("BROADCAST", "LOWER_UP", "MULTICAST", "PROMISC", "UP")},
    "all of multicast": {"flags": ("ALLMULTI", "BROADCAST", "LOWER_UP", "MULTICAST", "UP")},
    "without ARP": {"flags": ("BROADCAST", "LOWER_UP", "MULTICAST", "NOARP", "UP")},
    "first port of a bridge": {"state": "UNKNOWN"},
    "another name": {"alias": "uplink"},
}


def neighbour(state: str, **columns: Any) -> Neighbour:
    entry = Neighbour(family="inet", dev="dummy0", address="10.9.0.9", mac="02:aa:00:00:00:01", state=state)
    return replace(entry, **columns)


V4 = address("dummy0", "10.9.0.1/24")
V6 = address("dummy0", "fd00::1/64", flags=("permanent",))
LOCAL = address("dummy0", "fe80::1/64", scope="link", flags=("permanent",))
STATIC = route("198.51.100.0/24", "dummy0", gateway="10.9.0.7", protocol="static")
SYSCTL = Sysctl(path="net.ipv4.conf.dummy0", dev="dummy0", values={"rp_filter": 1})
QDISC = Qdisc(dev="dummy0", qdisc="pfifo", handle="8001:", parent="root")
REMOTE = FdbEntry(dev="dummy0", mac="02:aa:00:00:00:01", state="permanent", flags=("self",), dst="192.0.2.9")
HOP = Nexthop(id=7, family="inet", gateway="10.9.0.7", dev="dummy0", protocol="static", scope="global")
GROUP = FdbEntry(dev="dummy0", mac="33:33:00:00:00:01", state="permanent", flags=("self",))
JOINED = MdbEntry(dev="docker0", port="dummy0", group="239.1.1.1", state="temp")

ROWS: list[tuple[str, Fact, bool, bool]] = [
    # what it is · goes with the link that is set down · goes with its carrier
    ("IPv4 address", V4, False, False),
    ("IPv6 address", V6, True, False),
    ("route", STATIC, True, False),
    ("IPv6 route", route("fd01::/64", "dummy0", gateway="fd00::9", protocol="static"), True, False),
    ("nexthop", HOP, True, True),
    ("permanent neighbour", neighbour("PERMANENT"), True, False),
    ("proxy neighbour", neighbour("NONE", mac=None, proxy=True), True, False),
    ("control plane's neighbour", neighbour("NOARP", flags=("extern_learn",)), True, False),
    ("learnt neighbour", neighbour("REACHABLE"), True, True),
    ("remote end", REMOTE, False, False),
    ("static entry of a bridge", replace(REMOTE, master="docker0", state="static", dst=None), False, False),
    ("learnt entry of a bridge", replace(REMOTE, master="docker0", state="reachable", dst=None), True, True),
    ("group that a link listens to", GROUP, True, True),
    ("group that a port asked for", JOINED, True, True),
    ("group that somebody wrote", replace(JOINED, state="permanent"), False, False),
    ("VLAN", Vlan(dev="dummy0", vlan=7), False, False),
    ("sysctl", SYSCTL, False, False),
    ("discipline", QDISC, False, False),
    ("discipline of the kernel's own", replace(QDISC, qdisc="noqueue", handle="0:"), True, False),
]


@pytest.mark.parametrize(("row", "down", "carrier"), [case[1:] for case in ROWS], ids=[case[0] for case in ROWS])
def test_what_goes_and_comes_back_with_a_link(row: Fact, down: bool, carrier: bool) -> None:
    base = with_rows(classic(), UP, row)
    for turn, explained in ((SET_DOWN, down), (NO_CARRIER, carrier)):
        for told in both_ways(base, without(edited(base, UP, **turn), row)):
            assert [cause for (kind, _), cause in told.items() if kind != "link"] == ["link" if explained else None]


@pytest.mark.parametrize("turn", OTHER.values(), ids=OTHER)
@pytest.mark.parametrize("row", [case[1] for case in ROWS], ids=[case[0] for case in ROWS])
def test_no_other_flag_or_state_takes_anything(turn: dict[str, object], row: Fact) -> None:
    base = with_rows(classic(), UP, row)
    for told in both_ways(base, without(edited(base, UP, **turn), row)):
        assert set(told.values()) == {None}


@pytest.mark.parametrize("row", [V6, STATIC, HOP, neighbour("PERMANENT"), neighbour("REACHABLE")])
def test_what_went_as_a_link_was_set_up_did_not_go_by_that(row: Fact) -> None:
    base = with_rows(classic(), replace(UP, **SET_DOWN), row)
    risen = without(edited(base, base.root.links[-1], state="UP", flags=UP.flags), row)
    for told in both_ways(base, risen):
        assert set(told.values()) == {None}


@pytest.mark.parametrize(
    ("row", "explained"),
    [(LOCAL, True), (replace(V6, flags=("mngtmpaddr",)), True), (V6, False), (V4, False),
     (route("::/0", "dummy0", gateway="fe80::9", protocol="ra"), True),
     (route("::/0", "dummy0", gateway="fe80::9", protocol="static"), False)],
)  # fmt: skip
def test_a_carrier_brings_what_ipv6_configures_by_itself_and_does_not_take_it_along(row: Fact, explained: bool) -> None:
    base = with_rows(classic(), UP)
    cut = edited(base, UP, **NO_CARRIER)
    found, lost = of(cut, with_rows(base, row)), of(with_rows(base, row), cut)
    assert [cause for (kind, _), cause in found.items() if kind != "link"] == ["link" if explained else None]
    assert set(lost.values()) == {None}


CHANGES: list[tuple[str, Fact, dict[str, object], bool]] = [
    ("an address to be detected anew", V6, {"flags": ("permanent", "tentative")}, True),
    ("a duplicate address", V6, {"flags": ("dadfailed", "permanent")}, False),
    ("a deprecated address", V6, {"flags": ("deprecated", "permanent")}, False),
    ("an address of another scope", V6, {"scope": "link"}, False),
    ("a route without carrier", STATIC, {"flags": ("dead", "linkdown")}, True),
    ("a route that is another's", STATIC, {"gateway": "10.9.0.8"}, False),
    ("a route that got on-link", STATIC, {"flags": ("onlink",)}, False),
    ("a nexthop without carrier", HOP, {"flags": ("linkdown",)}, True),
    ("a nexthop that leads elsewhere", HOP, {"gateway": "10.9.0.8"}, False),
    ("a neighbour of which nothing is heard", neighbour("REACHABLE"), {"state": "FAILED"}, True),
    ("a neighbour with another MAC", neighbour("REACHABLE"), {"mac": "02:aa:00:00:00:02"}, False),
    ("a configured neighbour", neighbour("PERMANENT"), {"state": "NOARP"}, False),
    ("a VLAN whose frames are dropped", Vlan(dev="dummy0", vlan=7, state="forwarding"), {"state": "disabled"}, True),
    ("a VLAN with other flags", Vlan(dev="dummy0", vlan=7), {"flags": ("PVID",)}, False),
    ("a sysctl", SYSCTL, {"values": {"rp_filter": 0}}, False),
    ("a discipline", QDISC, {"qdisc": "bfifo"}, False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "columns", "explained"), [case[1:] for case in CHANGES], ids=[case[0] for case in CHANGES]
)
def test_what_changes_with_a_lost_carrier(row: Fact, columns: dict[str, object], explained: bool) -> None:
    base = with_rows(classic(), UP, row)
    for told in both_ways(base, edited(edited(base, UP, **NO_CARRIER), row, **columns)):
        assert [cause for (kind, _), cause in told.items() if kind != "link"] == ["link" if explained else None]
    for told in both_ways(base, edited(edited(base, UP, **OTHER["promiscuous"]), row, **columns)):
        assert [cause for (kind, _), cause in told.items() if kind != "link"] in ([None], [])


def test_a_neighbour_that_fails_though_the_carrier_is_back_is_told_by_itself() -> None:
    base = with_rows(classic(), replace(UP, **NO_CARRIER), neighbour("REACHABLE"))
    back = edited(edited(base, base.root.links[-1], state="UP", flags=UP.flags), neighbour("REACHABLE"), state="FAILED")
    assert ("neighbour", "10.9.0.9 dev dummy0") in of(base, back)
    assert set(of(base, back).values()) == {None}


@pytest.mark.parametrize(
    ("path", "values", "explained"),
    [("net.ipv6.conf.dummy0", {"mtu": 1400}, True), ("net.ipv6.conf.dummy0", {"mtu": 1400, "accept_ra": 0}, False),
     ("net.ipv4.conf.dummy0", {"rp_filter": 0}, False)],
)  # fmt: skip
def test_a_new_mtu_explains_ipv6s_and_no_other_parameter(path: str, values: dict[str, int], explained: bool) -> None:
    knobs = Sysctl(path=path, dev="dummy0", values={"rp_filter": 1, "mtu": 1500, "accept_ra": 1})
    base = with_rows(classic(), UP, knobs)
    after = edited(edited(base, UP, mtu=1400), knobs, values={**knobs.values, **values})
    assert of(base, after)["sysctl", path] == ("link" if explained else None)


def test_a_route_of_several_ways_is_there_until_the_last_of_its_links_is_down() -> None:
    second = replace(UP, ifindex=910, name="dummy1", mac="02:00:00:00:00:1a")
    ways = tuple({"gateway": "192.0.2.1", "dev": dev, "weight": 1, "flags": ()} for dev in ("dummy0", "dummy1"))
    there = route("198.51.100.0/24", None, nexthops=ways)
    base = with_rows(classic(), UP, second, there)
    one = without(edited(base, UP, **SET_DOWN), there)
    assert of(base, one)["route", "198.51.100.0/24 (2 nexthops)"] is None
    assert of(base, edited(one, second, **SET_DOWN))["route", "198.51.100.0/24 (2 nexthops)"] == "link"


def test_a_route_of_several_ways_tells_which_of_its_links_is_down() -> None:
    second = replace(UP, ifindex=910, name="dummy1", mac="02:00:00:00:00:1a")
    ways = tuple({"gateway": "192.0.2.1", "dev": dev, "weight": 1, "flags": ()} for dev in ("dummy0", "dummy1"))
    base = with_rows(classic(), UP, second, route("198.51.100.0/24", None, nexthops=ways))
    marked = ({**ways[0], "flags": ("dead", "linkdown")}, ways[1])
    for hops, cause in ((marked, "link"), ((marked[0], {**ways[1], "weight": 9}), None)):
        after = edited(edited(base, UP, **NO_CARRIER), base.root.routes[-1], nexthops=hops)
        assert of(base, after)["route", "198.51.100.0/24 (2 nexthops)"] == cause


def judged(before: Host, after: Host) -> list[tuple[str, str | None]]:
    found: list[Change] = list(compose(sides_of(before, after), "netlapse test").changes)
    return sorted((c.kind, c.severity_rule) for c in found)


def test_losses_beside_a_flag_are_judged_as_if_there_were_none() -> None:
    lost: tuple[Fact, ...] = (V4, STATIC, neighbour("PERMANENT"), QDISC)
    base = with_rows(classic(), UP, SYSCTL, address("dummy0", "10.9.0.2/24"), *lost)
    after = without(edited(edited(base, UP, **OTHER["promiscuous"]), SYSCTL, values={"rp_filter": 0}), *lost)
    assert judged(base, after) == [
        ("address", "address-lost"), ("link", None), ("neighbour", "configured-entry-lost"),
        ("qdisc", "traffic-control-changed"),
        ("route", "route-changed"), ("sysctl", "sysctl-changed"),
    ]  # fmt: skip


def test_a_link_without_carrier_that_is_set_down_is_down() -> None:
    """It was of no use before, but now its routes are gone as well."""
    base = with_rows(classic(), replace(UP, **NO_CARRIER), STATIC)
    after = without(edited(base, base.root.links[-1], **SET_DOWN), STATIC)
    assert judged(base, after) == [("link", "link-down"), ("route", None)]
    assert judged(after, base) == [("link", None), ("route", None)]


def test_a_default_route_that_a_rise_brings_is_judged() -> None:
    base = with_rows(classic(), replace(UP, **NO_CARRIER))
    after = with_rows(edited(base, base.root.links[-1], state="UP", flags=UP.flags), default_route("dummy0"))
    assert judged(base, after) == [("link", None), ("route", "default-route-changed")]
