"""What explains changes of links and of what stands on them, and the nearest thing that explains nothing (docs/diff.md)."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from analyze.compose import compose
from reports.model import Change
from snapshot.model.fdb import FdbEntry
from snapshot.model.kinds import Fact
from snapshot.model.mdb import MdbEntry
from snapshot.model.neighbour import Neighbour
from snapshot.model.sysctl import Sysctl
from snapshot.model.vlan import Vlan
from tests.analyze.causing import (
    ADDRESS,
    BRIDGE,
    DUMMY,
    LINK_LOCAL,
    SOLICITED,
    STAYS,
    SUBNET,
    V6_GROUP,
    VXLAN,
    WAY,
    Case,
    both_ways,
    edited,
    of,
    with_rows,
    without,
)
from tests.analyze.pairs import sides_of
from tests.analyze.rows import address, route
from tests.analyze.test_changes import classic

TOGETHER: list[Case] = [
    ("an address takes its on-link route along", [DUMMY], SUBNET, ("route", "10.9.0.0/24 dev dummy0"), "address"),
    ("and its local route", [DUMMY], SUBNET, ("route", "local 10.9.0.1/32 dev dummy0"), "address"),
    ("and its broadcast route", [DUMMY], SUBNET, ("route", "broadcast 10.9.0.255/32 dev dummy0"), "address"),
    (
        "and a route that names it as its source",
        [DUMMY],
        [ADDRESS, route("198.51.100.0/24", "eth9", prefsrc="10.9.0.1")],
        ("route", "198.51.100.0/24 dev eth9"),
        "address",
    ),
    (
        "and an anycast route within its prefix",
        [DUMMY],
        [
            address("dummy0", "fd00::1/64"),
            route("fd00::/128", "dummy0", type="anycast", table="local", protocol="kernel"),
        ],
        ("route", "anycast fd00::/128 dev dummy0"),
        "address",
    ),
    (
        "not a route that somebody set",
        [DUMMY, STAYS],
        [ADDRESS, route("10.9.0.0/24", "dummy0")],
        ("route", "10.9.0.0/24 dev dummy0"),
        None,
    ),
    (
        "nor one of another link",
        [DUMMY, BRIDGE],
        [ADDRESS, route("10.9.0.0/24", "br9", protocol="kernel")],
        ("route", "10.9.0.0/24 dev br9"),
        None,
    ),
    (
        "nor one of another prefix",
        [DUMMY, STAYS],
        [ADDRESS, route("10.8.0.0/24", "dummy0", protocol="kernel")],
        ("route", "10.8.0.0/24 dev dummy0"),
        None,
    ),
    (
        "nor a unicast one in the table local within its prefix",
        [DUMMY, STAYS],
        [ADDRESS, route("10.9.0.7/32", "dummy0", table="local", type="local", protocol="kernel")],
        ("route", "local 10.9.0.7/32 dev dummy0"),
        None,
    ),
    (
        "nor one of the other family",
        [DUMMY],
        [ADDRESS, route("fd00::/64", "dummy0", protocol="kernel")],
        ("route", "fd00::/64 dev dummy0"),
        None,
    ),
    ("a link takes its address along", [], [DUMMY, ADDRESS], ("address", "10.9.0.1/24 dev dummy0"), "link"),
    (
        "and its routes",
        [],
        [DUMMY, route("198.51.100.0/24", "dummy0")],
        ("route", "198.51.100.0/24 dev dummy0"),
        "link",
    ),
    (
        "and routes by several ways that lead there",
        [],
        [
            DUMMY,
            route(
                "198.51.100.0/24",
                None,
                nexthops=(WAY, {"gateway": "192.0.2.2", "dev": "docker0", "weight": 1, "flags": ()}),
            ),
        ],
        ("route", "198.51.100.0/24 (2 nexthops)"),
        "link",
    ),
    (
        "and its neighbours",
        [],
        [DUMMY, Neighbour(family="inet", dev="dummy0", address="10.9.0.9", mac="02:aa:00:00:00:01", state="PERMANENT")],
        ("neighbour", "10.9.0.9 dev dummy0"),
        "link",
    ),
    ("and its VLANs", [], [DUMMY, Vlan(dev="dummy0", vlan=7)], ("vlan", "7 dev dummy0"), "link"),
    (
        "and its groups",
        [],
        [BRIDGE, MdbEntry(dev="br9", port="br9", group="239.1.1.1", state="permanent")],
        ("mdb", "dev br9 port br9 grp 239.1.1.1"),
        "link",
    ),
    (
        "and its sysctls",
        [],
        [DUMMY, Sysctl(path="net.ipv4.conf.dummy0", dev="dummy0", values={"rp_filter": 1})],
        ("sysctl", "net.ipv4.conf.dummy0"),
        "link",
    ),
    ("and what stands on it", [], [DUMMY, VXLAN], ("link", "vx0"), "link"),
    ("not what stands on another", [DUMMY], [BRIDGE, VXLAN], ("link", "vx0"), None),
    (
        "entries of its MAC elsewhere follow it",
        [],
        [DUMMY, FdbEntry(dev="docker0", mac=str(DUMMY.mac), master="docker0", state="static")],
        ("fdb", f"{DUMMY.mac} dev docker0"),
        "link",
    ),
    (
        "neighbours of its MAC too",
        [],
        [DUMMY, Neighbour(family="inet", dev="docker0", address="10.1.27.9", mac=DUMMY.mac, state="PERMANENT")],
        ("neighbour", "10.1.27.9 dev docker0"),
        "link",
    ),
    (
        "not those of another's",
        [],
        [DUMMY, FdbEntry(dev="docker0", mac="02:aa:00:00:00:01", master="docker0", state="static")],
        ("fdb", "02:aa:00:00:00:01 dev docker0"),
        None,
    ),
    (
        "a neighbour follows the address it is the entry of",
        [DUMMY],
        [
            ADDRESS,
            Neighbour(family="inet", dev="docker0", address="10.9.0.1", state="PERMANENT", mac="02:aa:00:00:00:01"),
        ],
        ("neighbour", "10.9.0.1 dev docker0"),
        "address",
    ),
    (
        "an IPv6 address takes the group of its neighbour discovery along",
        [DUMMY],
        [address("dummy0", "fd00::1/64"), FdbEntry(dev="dummy0", mac=SOLICITED, state="permanent", flags=("self",))],
        ("fdb", f"{SOLICITED} dev dummy0"),
        "address",
    ),
    (
        "not that of another",
        [DUMMY],
        [address("dummy0", "fd00::2/64"), FdbEntry(dev="dummy0", mac=SOLICITED, state="permanent", flags=("self",))],
        ("fdb", f"{SOLICITED} dev dummy0"),
        None,
    ),
    (
        "a link-local address tells of the route to all groups",
        [DUMMY],
        [LINK_LOCAL, V6_GROUP],
        ("route", "multicast ff00::/8 dev dummy0"),
        "address",
    ),
    (
        "another address does not",
        [DUMMY],
        [address("dummy0", "fd00::1/64"), V6_GROUP],
        ("route", "multicast ff00::/8 dev dummy0"),
        None,
    ),
]


@pytest.mark.parametrize(
    ("base", "rows", "about", "kind"), [case[1:] for case in TOGETHER], ids=[case[0] for case in TOGETHER]
)
def test_what_comes_and_goes_together(
    base: list[Fact], rows: list[Fact], about: tuple[str, str], kind: str | None
) -> None:
    before = with_rows(classic(), *base)
    for told in both_ways(before, with_rows(before, *rows)):
        assert told[about] == kind


@pytest.mark.parametrize(("state", "cause"), [("PERMANENT", "link"), ("NOARP", None)])
def test_a_new_mac_ends_configured_neighbours(state: str, cause: str | None) -> None:
    entry = Neighbour(family="inet", dev="dummy0", address="10.9.0.9", mac="02:aa:00:00:00:01", state=state)
    base = with_rows(classic(), DUMMY, entry)
    assert (
        of(base, without(edited(base, DUMMY, mac="02:bb:00:00:00:01"), entry))["neighbour", "10.9.0.9 dev dummy0"]
        == cause
    )


@pytest.mark.parametrize("kind", ["fdb", "vlan", "mdb"])
def test_a_port_that_joins_a_bridge_explains_what_the_bridge_holds_of_it(kind: str) -> None:
    rows: dict[str, Fact] = {
        "fdb": FdbEntry(dev="dummy0", mac="02:aa:00:00:00:01", master="br9", state="static"),
        "vlan": Vlan(dev="dummy0", vlan=7),
        "mdb": MdbEntry(dev="br9", port="dummy0", group="239.1.1.1", state="permanent"),
    }
    base = with_rows(classic(), DUMMY, BRIDGE)
    joined = with_rows(edited(base, DUMMY, master="br9", port_kind="bridge"), rows[kind])
    told = of(base, joined)
    assert {k: cause for (k, _), cause in told.items()} == {"link": None, kind: "link"}
    renamed = with_rows(edited(base, DUMMY, alias="other"), rows[kind])
    assert {k: cause for (k, _), cause in of(base, renamed).items()} == {"link": None, kind: None}


@pytest.mark.parametrize(
    ("switched", "explained"), [({"disable_ipv6": 1}, True), ({"forwarding": 1}, True), ({"accept_ra": 2}, False)]
)
def test_ipv6_turned_off_explains_its_addresses_and_routes(switched: dict[str, int], explained: bool) -> None:
    knobs = Sysctl(
        path="net.ipv6.conf.dummy0", dev="dummy0", values={"disable_ipv6": 0, "forwarding": 0, "accept_ra": 1}
    )
    gone = (address("dummy0", "fd00::1/64"), route("fd00::/64", "dummy0", protocol="kernel", metric=256))
    group = FdbEntry(dev="dummy0", mac="33:33:00:00:00:02", state="permanent", flags=("self",))
    base = with_rows(classic(), DUMMY, knobs, *gone, group, address("dummy0", "10.9.0.1/24"))
    off = without(edited(base, knobs, values={**knobs.values, **switched}), *gone, group)
    told = of(base, off)
    assert told["sysctl", "net.ipv6.conf.dummy0"] is None
    assert told["address", "fd00::1/64 dev dummy0"] == ("sysctl" if explained else None)
    assert told["fdb", "33:33:00:00:00:02 dev dummy0"] == ("sysctl" if explained else None)
    assert told["route", "fd00::/64 dev dummy0"] == "address"


def test_a_bridge_that_went_explains_that_its_ports_are_on_none() -> None:
    base = with_rows(classic(), BRIDGE)
    base.root.links = [replace(link, master="br9") if link.name == "vethweb-11" else link for link in base.root.links]
    gone = without(base, BRIDGE)
    gone.root.links = [replace(link, master=None) if link.name == "vethweb-11" else link for link in gone.root.links]
    told = of(base, gone)
    assert told["link", "br9"] is None
    assert told["veth", "vethweb-11 - eth0"] == "link"
    off = copy.deepcopy(base)
    off.root.links = [replace(link, master=None) if link.name == "vethweb-11" else link for link in off.root.links]
    assert of(base, off)["veth", "vethweb-11 - eth0"] is None


def test_a_bridge_takes_its_mtu_from_the_port_that_has_it() -> None:
    ports = [replace(DUMMY, ifindex=910 + n, name=f"d{n}", mac=f"02:00:00:00:01:0{n}", master="br9") for n in range(2)]
    base = with_rows(classic(), BRIDGE, *ports)
    after = edited(edited(edited(base, ports[0], state="DOWN"), ports[1], mtu=1400), BRIDGE, mtu=1400)
    report = compose(sides_of(base, after), "netlapse test")
    by_id = {change.id: change for change in report.changes}
    (bridge,) = [change for change in report.changes if change.name == "br9"]
    assert bridge.cause is not None
    assert by_id[bridge.cause].name == "d1"
    described: list[Change] = list(
        compose(sides_of(base, edited(after, replace(BRIDGE, mtu=1400), alias="x")), "t").changes
    )
    assert [c.cause for c in described if c.name == "br9"] == [None]
