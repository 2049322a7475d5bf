"""What traffic control, programs, sets and chains hang on: all that came is told with its cause, and likewise what went."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snapshot.model.bpf import BpfProgram
from snapshot.model.container import Container
from snapshot.model.firewall import FirewallEntry
from snapshot.model.json import Json
from snapshot.model.kinds import Fact
from snapshot.model.nexthop import Nexthop
from snapshot.model.socket import Socket
from snapshot.model.sysctl import Sysctl
from snapshot.model.traffic import Qdisc, TrafficClass, TrafficFilter
from tests.analyze.causing import (
    ADDRESS,
    DUMMY,
    IN_SET,
    IPSET,
    MATCHES,
    SET,
    USES_SET,
    VXLAN,
    both_ways,
    edited,
    of,
    with_rows,
    without,
)
from tests.analyze.rows import chain, rules
from tests.analyze.test_changes import classic

QDISC = Qdisc(dev="docker0", handle="1:", parent="root", qdisc="htb")
LEAF = Qdisc(dev="docker0", handle="2:", parent="1:10", qdisc="fq")
CLASS = TrafficClass(dev="docker0", handle="1:10", parent="1:", qdisc="htb")
INNER = replace(CLASS, handle="1:11", parent="1:10")
FILTER = TrafficFilter(dev="docker0", parent="1:", priority=1, protocol="ip", handle="0x1", classifier="flower")
WHOLE = replace(FILTER, handle=None)
PROGRAM = BpfProgram(dev="docker0", hook="tc ingress", program=7, name="x", tag="aa")
TABLE = FirewallEntry(backend="nft", family="inet", table="mine", object="table", text="")

NAMES = {
    "qdisc": ("qdisc", "htb 1: dev docker0 root"), "leaf": ("qdisc", "fq 2: dev docker0 parent 1:10"),
    "class": ("class", "htb 1:10 dev docker0 parent 1:"), "inner": ("class", "htb 1:11 dev docker0 parent 1:10"),
    "filter": ("filter", "flower dev docker0 parent 1: protocol ip pref 1 handle 0x1"),
    "whole": ("filter", "flower dev docker0 parent 1: protocol ip pref 1"), "tc program": ("bpf", "tc ingress x dev docker0"),
    "xdp program": ("bpf", "xdp x dev docker0"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("there", "comes", "causes"),
    [
        ([], [QDISC, CLASS], {"qdisc": None, "class": "qdisc"}),
        ([QDISC], [CLASS], {"class": None}),
        ([], [QDISC, CLASS, INNER], {"qdisc": None, "class": "qdisc", "inner": "class"}),
        ([QDISC], [CLASS, INNER], {"class": None, "inner": "class"}),
        ([QDISC], [CLASS, LEAF], {"class": None, "leaf": "class"}),
        ([QDISC, CLASS], [LEAF], {"leaf": None}),
        ([], [QDISC, FILTER], {"qdisc": None, "filter": "qdisc"}),
        ([QDISC], [WHOLE, FILTER], {"whole": None, "filter": "filter"}),
        ([QDISC], [FILTER], {"filter": None}),
        ([QDISC], [FILTER, PROGRAM], {"filter": None, "tc program": "filter"}),
        ([QDISC], [FILTER, replace(PROGRAM, hook="xdp")], {"filter": None, "xdp program": None}),
        ([], [PROGRAM], {"tc program": None}),
    ],
)
def test_traffic_control(there: list[Fact], comes: list[Fact], causes: dict[str, str | None]) -> None:
    base = with_rows(classic(), *there)
    for told in both_ways(base, with_rows(base, *comes)):
        assert told == {NAMES[name]: cause for name, cause in causes.items()}


@pytest.mark.parametrize(
    "other",
    [
        replace(FILTER, dev=None, block=5), replace(CLASS, dev="eth9", handle="1:5"), replace(CLASS, parent="2:", handle="2:5"),
        replace(FILTER, parent="2:"),
    ],
)  # fmt: skip
def test_a_discipline_explains_nothing_of_another_or_of_another_link(other: Fact) -> None:
    base = classic()
    for told in both_ways(base, with_rows(base, QDISC, other)):
        assert set(told.values()) == {None}
        assert len(told) == 2


def test_another_handle_of_a_discipline_explains_what_hangs_on_it() -> None:
    base = with_rows(classic(), QDISC)
    anew = with_rows(edited(base, QDISC, handle="5:"), replace(CLASS, handle="5:10", parent="5:"))
    assert of(base, anew)["class", "htb 5:10 dev docker0 parent 5:"] == "qdisc"
    tuned = with_rows(edited(base, QDISC, options={"default": 10}), CLASS)
    assert of(base, tuned)[NAMES["class"]] is None


MATCH = ("firewall", f"ip filter FORWARD: {MATCHES.text}")
NAMED = "-s 10.9.0.1/32"


@pytest.mark.parametrize(
    ("comes", "about", "cause"),
    [
        ([replace(SET, object="map"), IN_SET], ("firewall", "set inet mine bad: 192.0.2.1"), "firewall"),
        ([replace(SET, object="map", name="other"), IN_SET], ("firewall", "set inet mine bad: 192.0.2.1"), None),
        (
            [replace(SET, object="map"), replace(USES_SET, text="ip saddr map @bad")],
            ("firewall", "inet mine in: ip saddr map @bad"), "firewall",
        ),
        ([replace(SET, table="other"), USES_SET], ("firewall", "inet mine in: ip saddr @bad drop"), None),
        ([replace(IPSET, family="ip6"), MATCHES], MATCH, "firewall"),
        ([replace(IPSET, family="inet"), MATCHES], MATCH, "firewall"),
        ([IPSET, replace(MATCHES, family="ip6")], ("firewall", f"ip6 filter FORWARD: {MATCHES.text}"), "firewall"),
        ([replace(IPSET, family="arp"), MATCHES], MATCH, None),
        ([TABLE, SET], ("firewall", "set inet mine bad"), "firewall"),
        ([TABLE, replace(SET, table="other")], ("firewall", "set inet other bad"), None),
        ([chain("MINE"), chain("SUB"), *rules("MINE", "-j SUB")], ("firewall", "chain ip filter SUB"), "firewall"),
        ([chain("MINE"), *rules("MINE", NAMED), ADDRESS], ("firewall", "chain ip filter MINE"), "address"),
        (
            [chain("MINE"), *rules("FORWARD", f"{NAMED} -j MINE", start=9), ADDRESS],
            ("firewall", "chain ip filter MINE"), "address",
        ),
        ([chain("MINE"), *rules("FORWARD", NAMED, start=9), ADDRESS], ("firewall", "chain ip filter MINE"), None),
        ([chain("MINE"), *rules("MINE", NAMED, table="nat"), ADDRESS], ("firewall", "chain ip filter MINE"), None),
        (
            [FirewallEntry(backend="iptables-nft", family="ip", table="own", object="table", text=""),
             *rules("X", NAMED, table="own"), ADDRESS],
            ("firewall", "table ip own"), "address",
        ),
    ],
)  # fmt: skip
def test_what_rules_sets_chains_and_tables_hang_on(
    comes: list[Fact], about: tuple[str, str], cause: str | None
) -> None:
    base = with_rows(classic(), DUMMY, chain("OTHER"))
    for told in both_ways(base, with_rows(base, *comes)):
        assert told[about] == cause


@pytest.mark.parametrize("columns", [{"link_netnsid": 3}, {"link_index": None}, {"link_index": 2}])
def test_a_link_on_another_one_elsewhere_does_not_follow_this_one(columns: dict[str, int | None]) -> None:
    stands = replace(VXLAN, **columns)  # type: ignore[arg-type]
    for told in both_ways(classic(), with_rows(classic(), DUMMY, stands)):
        assert told == {("link", "dummy0"): None, ("link", "vx0"): None}


def test_a_group_that_lost_a_member_which_is_gone() -> None:
    member = Nexthop(id=7, family="inet", gateway="10.1.27.2", dev="docker0", protocol="static", scope="global")
    kept = replace(member, id=8, gateway="10.1.27.3")
    group = replace(member, id=9, gateway=None, dev=None, group=({"id": 7, "weight": 1}, {"id": 8, "weight": 1}))
    base = with_rows(classic(), member, kept, group)
    smaller = edited(base, group, group=group.group[1:])
    assert {cause for (_, name), cause in of(base, without(smaller, member)).items() if name.startswith("id 9")} == {
        "nexthop"
    }
    assert set(of(base, smaller).values()) == {None}


CONF = "net.%s.conf.%s"


@pytest.mark.parametrize(
    ("above", "below", "name", "hangs"),
    [
        ("net.ipv4", CONF % ("ipv4", "all"), "forwarding", True),
        ("net.ipv4", CONF % ("ipv4", "docker0"), "accept_redirects", True),
        ("net.ipv4", CONF % ("ipv4", "docker0"), "rp_filter", False),
        (CONF % ("ipv4", "all"), CONF % ("ipv4", "docker0"), "forwarding", True),
        (CONF % ("ipv6", "all"), CONF % ("ipv6", "docker0"), "forwarding", True),
        (CONF % ("ipv6", "all"), CONF % ("ipv6", "default"), "disable_ipv6", True),
        (CONF % ("ipv6", "all"), CONF % ("ipv6", "docker0"), "accept_ra", False),
        (CONF % ("ipv4", "default"), CONF % ("ipv4", "docker0"), "rp_filter", True),
        (CONF % ("ipv4", "default"), CONF % ("ipv4", "all"), "rp_filter", False),
        (CONF % ("ipv6", "default"), CONF % ("ipv6", "docker0"), "accept_ra", False),
        (CONF % ("ipv4", "docker0"), CONF % ("ipv4", "default"), "rp_filter", False),
    ],
)
def test_a_parameter_that_is_set_for_all_links_at_once(above: str, below: str, name: str, hangs: bool) -> None:
    own = {"net.ipv4": {"forwarding": "ip_forward", "accept_redirects": "ip_forward"}.get(name, "ip_forward")}
    upper, lower = (Sysctl(path=path, values={own.get(path, name): 0, "mtu": 1}) for path in (above, below))
    base = classic()
    base.root.more = [row for row in base.root.more if not isinstance(row, Sysctl)]
    base = with_rows(base, upper, lower)
    after = base
    for row in (upper, lower):
        after = edited(after, row, values={**row.values, own.get(row.path, name): 1})
    told = of(base, after)
    assert told["sysctl", below] == ("sysctl" if hangs else None)
    alone = edited(base, lower, values={**lower.values, name: 1})
    assert of(base, alone) == {("sysctl", below): None}
    more = edited(
        after, next(r for r in after.root.more if getattr(r, "path", None) == below), values={name: 1, "mtu": 2}
    )
    assert of(base, more)["sysctl", below] is None


def test_a_socket_follows_who_publishes_its_port_and_only_if_that_was_started_anew() -> None:
    port: Json = {"protocol": "tcp", "port": 80, "host_port": 8080}
    box = Container(id="1", name="db", image="busybox", state="running", pid=7, ports=(port,))
    proxy = Socket(protocol="tcp", family="inet", address="0.0.0.0", port=8080, uid=0, owner="host")
    base = classic()
    base.containers.append(box)
    for columns, cause in (
        ({"pid": 8}, "container"),
        ({"ports": (port, port)}, "container"),
        ({"labels": {"a": "b"}}, None),
    ):
        after = with_rows(base, proxy)
        after.containers[-1] = replace(box, **columns)
        assert of(base, after)["socket", "tcp 0.0.0.0:8080"] == cause
    other = with_rows(base, replace(proxy, port=8081))
    other.containers[-1] = replace(box, pid=8)
    assert of(base, other)["socket", "tcp 0.0.0.0:8081"] is None
