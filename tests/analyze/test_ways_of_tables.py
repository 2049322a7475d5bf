"""Whether rules and tables lead everywhere, each with the nearest twin that does not (the kernel: test_ways_of_kernel.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyze.ways_out import STANDARD, Ways, is_dead, selects_all
from snapshot.model.json import Json
from snapshot.model.route import Route
from snapshot.model.rule import Rule
from tests.analyze.rows import route

WAY = route("0.0.0.0/0", "eth0", gateway="192.0.2.1")
HALVES = (replace(WAY, dst="0.0.0.0/1"), replace(WAY, dst="128.0.0.0/1"))


def lookup(priority: int, table: str, **more: object) -> Rule:
    return Rule(family="inet", priority=priority, action="to_tbl", table=table, **more)  # type: ignore[arg-type]


def refuse(priority: int, **more: object) -> Rule:
    return Rule(family="inet", priority=priority, action="prohibit", **more)  # type: ignore[arg-type]


def jump(priority: int, target: int, **more: object) -> Rule:
    return Rule(family="inet", priority=priority, action="goto", goto=target, **more)  # type: ignore[arg-type]


def in_table(number: str, *rows: Route) -> tuple[Route, ...]:
    return tuple(replace(row, table=number) for row in rows)


def refusing(row: Route = WAY, **more: object) -> Route:
    return replace(row, type="unreachable", gateway=None, dev=None, **more)  # type: ignore[arg-type]


RULES = tuple(lookup(priority, table) for priority, table in STANDARD)
MARK = 51820
WG = (
    lookup(32763, "main", suppress_prefixlength=0),
    lookup(32764, "51820", fwmark=MARK, fwmask=2**32 - 1, invert=True),
)
"""What wg-quick(8) adds."""


@pytest.mark.parametrize(
    ("routes", "rules", "leads"),
    [
        ((WAY,), RULES, True),
        ((), RULES, False),
        (HALVES, RULES, True),
        (HALVES[:1], RULES, False),
        # A half and the other by a default route; a half that refuses.
        ((HALVES[0], WAY), RULES, True),
        ((refusing(HALVES[0]), WAY), RULES, False),
        # By metric, and whether the link is there.
        ((refusing(metric=9), WAY), RULES, True),
        ((refusing(), replace(WAY, metric=9)), RULES, False),
        ((replace(WAY, flags=("dead", "linkdown")),), RULES, False),
        ((replace(WAY, flags=("linkdown",)),), RULES, True),
        ((refusing(metric=9), replace(WAY, flags=("dead",))), RULES, False),
        # For packets of one kind only.
        ((replace(WAY, tos=16),), RULES, False),
        ((replace(WAY, type="local", gateway=None, dev="lo"),), RULES, False),
        # Another table, with a rule for it or without.
        (in_table("100", WAY), RULES, False),
        (in_table("100", WAY), (*RULES, lookup(30000, "100")), True),
        (in_table("default", WAY), RULES, True),
        (in_table("main", WAY), (RULES[0], RULES[2]), False),
        ((WAY,), (), False),
        # The first table that has a route decides; a throw route leads on to the next.
        ((WAY, *in_table("100", refusing())), (*RULES, lookup(30000, "100")), False),
        ((WAY, *in_table("100", refusing())), (*RULES, lookup(32768, "100")), True),
        ((WAY, *in_table("100", refusing(HALVES[0]))), (*RULES, lookup(30000, "100")), False),
        ((WAY, *in_table("100", replace(WAY, type="throw"))), (*RULES, lookup(30000, "100")), True),
        ((HALVES[0], *in_table("100", HALVES[1])), (*RULES, lookup(30000, "100")), True),
        # As wg-quick has it: unmarked packets go by the tunnel's table, and main's default route counts after it.
        (in_table("51820", WAY), (*RULES, *WG), True),
        ((), (*RULES, *WG), False),
        ((WAY,), (*RULES, *WG), True),
        ((WAY,), (RULES[0], *WG), False),
        (HALVES, (RULES[0], WG[0]), True),
        (HALVES, (RULES[0], lookup(5, "main", suppress_prefixlength=1)), False),
        # A rule that refuses: before, behind, for one source only.
        ((WAY,), (*RULES, refuse(5)), False),
        ((WAY,), (*RULES, refuse(40000)), True),
        ((WAY,), (*RULES, refuse(5, src="10.7.0.0/24")), True),
        # Rules that such a connection does not match: a mark, a source, a link, a VRF, a destination.
        (in_table("100", WAY), (*RULES, lookup(5, "100", fwmark=1)), False),
        (in_table("100", WAY), (*RULES, lookup(5, "100", src="10.7.0.0/24")), False),
        (in_table("100", WAY), (*RULES, lookup(5, "100", iif="docker0")), False),
        (in_table("100", WAY), (*RULES, lookup(5, "100", oif="eth0")), False),
        (in_table("100", WAY), (*RULES, lookup(5, "100", l3mdev=True)), False),
        (in_table("100", WAY), (*RULES, lookup(5, "100", tos=16)), False),
        (in_table("100", WAY), (*RULES, lookup(5, "100", dst="10.0.0.0/8")), False),
        ((WAY,), (*RULES, refuse(5, dst="10.0.0.0/8", invert=True)), False),
        (in_table("100", WAY), (*RULES, lookup(5, "100", iif="lo")), True),
        (in_table("100", WAY), (*RULES, lookup(5, "100", src="0.0.0.0/0", dst="0.0.0.0/0")), True),
        (in_table("100", WAY), (*RULES, *(lookup(n, "100", dst=half.dst) for n, half in enumerate(HALVES))), True),
        (in_table("100", WAY), (*RULES, lookup(5, "100", dst=HALVES[0].dst)), False),
        # Rules that some match: users, ports, protocols, and what is not known.
        (in_table("100", WAY), (*RULES, lookup(5, "100", uid_range="0-1000")), None),
        (in_table("100", WAY), (*RULES, lookup(5, "100", ipproto=6)), None),
        (in_table("100", WAY), (*RULES, lookup(5, "100", dport="443")), None),
        (in_table("100", WAY), (*RULES, lookup(5, "100", extra={"dscp": "01"})), None),
        (in_table("100", WAY), (*RULES, lookup(5, "100", extra={"flow": 7})), True),
        ((WAY,), (*RULES, refuse(5, uid_range="0-1000")), None),
        ((WAY,), (*RULES, lookup(5, "main", uid_range="0-1000")), True),
        ((), (*RULES, lookup(5, "100", uid_range="0-1000")), False),
        ((WAY,), (*RULES, lookup(5, "main", suppress_ifgroup=7)), None),
        # Jumps: over what refuses, over what leads, to nowhere, for some.
        ((WAY,), (*RULES, jump(5, 32766), refuse(10)), True),
        ((WAY,), (*RULES, jump(5, 32767), refuse(40000)), False),
        ((WAY,), (*RULES, jump(5, 7), refuse(40000)), True),
        ((WAY,), (*RULES, jump(5, 32767, uid_range="0-9")), None),
        ((WAY,), (*RULES, jump(5, 32767, fwmark=9)), True),
        ((WAY,), (*RULES, jump(5, 32767), lookup(5, "main")), None),
        # Two rules of one priority: which stands first is not told.
        ((WAY,), (lookup(5, "main"), refuse(5)), None),
        ((WAY,), (lookup(5, "main"), lookup(5, "100")), True),
        # What was not read.
        (None, RULES, None),
        (None, RULES[:1], False),
        ((WAY,), None, None),
    ],
)  # fmt: skip
def test_what_leads_everywhere(routes: tuple[Route, ...] | None, rules: tuple[Rule, ...] | None, leads: bool) -> None:
    assert Ways(routes=routes, rules=rules).lead_out("inet") is leads
    turned = None if rules is None else rules[::-1]
    assert Ways(routes=None if routes is None else routes[::-1], rules=turned).lead_out("inet") is leads
    if rules is not None:
        v6 = (replace(rule, family="inet6") for rule in RULES)
        assert Ways(routes=routes, rules=(*rules, *v6)).lead_out("inet6") is (None if routes is None else False)


def test_an_own_rule_of_ipv6_that_is_gone_may_be_followed_all_the_same() -> None:
    local, main = (replace(rule, family="inet6") for rule in RULES[:2])
    way = (route("::/0", "eth0"),)
    assert Ways(routes=way, rules=(local,)).lead_out("inet6") is None
    assert Ways(routes=way, rules=()).lead_out("inet6") is None
    assert Ways(routes=way, rules=(local, main)).lead_out("inet6") is True
    assert Ways(routes=way, rules=(local, replace(main, fwmark=1))).lead_out("inet6") is False
    assert Ways(routes=way, rules=(local, replace(main, priority=9, table="7"))).lead_out("inet6") is False


def test_families_are_apart() -> None:
    ways = Ways(routes=(route("::/0", "eth0", gateway="fe80::1"), WAY), rules=()).with_standard_rules()
    assert (ways.lead_out("inet"), ways.lead_out("inet6")) == (True, True)
    ways = Ways(routes=(WAY,), rules=()).with_standard_rules()
    assert (ways.lead_out("inet"), ways.lead_out("inet6")) == (True, False)
    halves = (route("::/1", "eth0"), route("8000::/1", "eth0"))
    assert Ways(routes=halves, rules=()).with_standard_rules().lead_out("inet6")
    # Of a subtree of IPv6 the source is asked.
    subtree = (replace(route("::/0", "eth0"), src="2001:db8::/48"),)
    assert Ways(routes=subtree, rules=()).with_standard_rules().lead_out("inet6") is False


@pytest.mark.parametrize(
    ("rule", "others", "routes", "reached"),
    [
        (refuse(5), RULES, (WAY,), True),
        (refuse(40000), RULES, (WAY,), False),
        # Behind main without a way out nothing is looked up any more; before "default" something is.
        (refuse(40000), RULES, (), False),
        (refuse(32766), RULES, (WAY,), False),
        (refuse(32767), (*RULES, lookup(32768, "7")), (WAY,), False),
        (refuse(32767), (*RULES, lookup(32768, "7")), (), True),
        (refuse(32767), (*RULES, lookup(32768, "7")), HALVES, False),
        (refuse(32767), (*RULES, lookup(32768, "7")), HALVES[:1], True),
        # What is asked of some packets decides nothing of the others.
        (refuse(10), (*RULES, lookup(5, "main", fwmark=9, invert=True)), (WAY,), True),
        (refuse(10), (*RULES, lookup(5, "main", uid_range="0-9")), (WAY,), True),
        (refuse(10), (*RULES, lookup(5, "main", suppress_prefixlength=0)), (WAY,), True),
        (refuse(10), (*RULES, lookup(5, "main")), (WAY,), False),
        (refuse(10), (*RULES, refuse(5)), (WAY,), False),
        (refuse(10), (*RULES, jump(5, 32766)), (WAY,), False),
        (refuse(10), (*RULES, lookup(10, "main")), (WAY,), False),
        # Tables that were not read may decide; the table "local" does not.
        (refuse(10), RULES, None, True),
        (refuse(10), (*RULES, lookup(5, "main")), None, False),
    ],
)  # fmt: skip
def test_whether_packets_come_to_a_rule(
    rule: Rule, others: tuple[Rule, ...], routes: tuple[Route, ...] | None, reached: bool
) -> None:
    assert Ways(routes=routes, rules=(*others, rule)).reach(rule) is reached


def test_whether_tables_are_looked_up() -> None:
    rules = (*RULES, lookup(5, "7", uid_range="0-9"), lookup(6, "8", fwmark=1), refuse(7))
    assert Ways(routes=(), rules=rules).tables("inet") == {"local", "main", "default", "7"}
    assert Ways(routes=(), rules=None).tables("inet") == set()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("src", "10.0.0.0/8"), ("dst", "10.0.0.0/8"), ("iif", "lo"), ("oif", "lo"), ("fwmark", 1), ("tos", 16),
        ("ipproto", 6), ("sport", "1"), ("dport", "1"), ("uid_range", "0-1"), ("l3mdev", True), ("invert", True),
        ("extra", {"dscp": "01"}),
    ],
)  # fmt: skip
def test_a_policy_rule_that_selects_something(column: str, value: object) -> None:
    assert selects_all(refuse(5)) and selects_all(refuse(5, extra={"flow": 1, "flags": ["permanent"]}))
    assert not selects_all(refuse(5, **{column: value}))


def test_a_multipath_route_is_dead_when_all_its_links_are() -> None:
    hops: tuple[Json, ...] = ({"dev": "eth0", "flags": ["dead", "linkdown"]}, {"dev": "eth1", "flags": []})
    assert not is_dead(replace(WAY, nexthops=hops))
    assert is_dead(replace(WAY, nexthops=hops[:1]))
    assert not is_dead(WAY)
