"""Whether a change lets less through than before, in the words of iptables and of nft."""

from __future__ import annotations

import pytest

from analyze.diff.draft import Draft
from analyze.diff.refusals import policy_refuses, refuses, refuses_what_passed, respelled, selects_all
from reports.model import Facts, FieldChange


def draft(before: Facts | None, after: Facts | None, *touched: str, kind: str = "firewall") -> Draft:
    action = "added" if before is None else "removed" if after is None else "changed"
    fields = tuple(FieldChange(name=name, before=1, after=2) for name in touched)
    return Draft(kind=kind, action=action, scope="host", name="x", before=before, after=after, fields=fields)  # type: ignore[arg-type]


def chain(text: str) -> Facts:
    return {"object": "chain", "chain": "FORWARD", "text": text}


def rule(text: str, chain: str = "FORWARD") -> Facts:
    return {"object": "rule", "chain": chain, "text": text}


@pytest.mark.parametrize(
    ("before", "after", "drops"),
    [
        (chain("policy ACCEPT"), chain("policy DROP"), True),
        (chain("type filter hook forward priority 0; policy accept;"), chain("type filter hook forward; policy drop;"), True),
        (chain(""), chain("policy  drop"), True),
        (None, chain("policy drop"), True),
        (chain("policy DROP"), chain("policy drop"), False),
        (chain("policy DROP"), chain("policy ACCEPT"), False),
        (chain("policy drop"), None, False),
        (rule("policy accept"), rule("policy drop"), False),
    ],
)  # fmt: skip
def test_a_policy(before: Facts | None, after: Facts | None, drops: bool) -> None:
    assert policy_refuses(draft(before, after)) == drops


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("-j DROP", True), ("-i eth0 --jump REJECT --reject-with tcp-reset", True), ("iifname eth0 drop", True),
        ("reject with icmpx admin-prohibited", True), ("-j ACCEPT", False), ("accept", False), ("-j DROPPED", False),
        ('-m comment --comment "-j DROP" -j ACCEPT', False), ('log prefix "drop it" accept', False), ("dropped", False),
        ("", False),
    ],
)  # fmt: skip
def test_a_rule_that_refuses(text: str, is_so: bool) -> None:
    assert refuses(draft(None, rule(text))) == is_so
    assert not refuses(draft(None, {**rule(text), "object": "element"}))
    assert not refuses(draft(rule(text), None))


@pytest.mark.parametrize(
    ("before", "after", "touched", "cuts"),
    [
        (None, rule("-j DROP"), (), True),
        (None, rule("-j REJECT --reject-with icmp-port-unreachable"), (), True),
        (None, rule('-m comment --comment "no more" -j DROP'), (), True),
        (None, rule("counter drop"), (), True),
        (None, rule('log prefix "x" drop'), (), True),
        (None, rule('drop comment "all"'), (), True),
        (None, rule("reject with icmpx admin-prohibited"), (), True),
        (None, rule("-i eth0 -j DROP"), (), False),
        (None, rule('iifname "eth0" drop'), (), False),
        (None, rule("-j DROP", "forward"), (), True),
        (None, rule("-j DROP", "INPUT"), (), True),
        (None, rule("-j DROP", "Output"), (), True),
        (None, rule("-j DROP", "DOCKER"), (), False),
        (None, rule("-j ACCEPT"), (), False),
        (rule("-i eth0 -j ACCEPT"), rule("-i eth0 -j DROP"), ("text",), True),
        (rule("tcp dport 80 accept"), rule("tcp dport 80 drop"), ("text",), True),
        (rule("-i eth0 -j ACCEPT"), rule("-i eth0 -j DROP"), ("position",), False),
        (rule("-i eth0 -j LOG"), rule("-i eth0 -j DROP"), ("text",), False),
        (rule('-m comment --comment "-j ACCEPT"'), rule("-i eth0 -j DROP"), ("text",), False),
        (rule("-j DROP"), None, (), False),
    ],
)
def test_a_rule_that_refuses_what_passed(
    before: Facts | None, after: Facts | None, touched: tuple[str, ...], cuts: bool
) -> None:
    assert refuses_what_passed(draft(before, after, *touched)) == cuts


@pytest.mark.parametrize(
    "name", ["src", "dst", "iif", "oif", "fwmark", "ipproto", "sport", "dport", "uid_range", "l3mdev", "invert"]
)
def test_a_policy_rule_that_selects_something(name: str) -> None:
    nothing = dict.fromkeys(("src", "dst", "iif", "oif", "fwmark"), None)
    assert selects_all(draft(None, nothing, kind="rule"))
    assert not selects_all(draft(None, {**nothing, name: "x"}, kind="rule"))


def test_a_route_that_only_says_otherwise_where_it_leads() -> None:
    plain: Facts = {"gateway": "10.0.0.1", "dev": None, "nexthops": ()}
    opaque: Facts = {"gateway": None, "dev": None, "nexthops": ()}
    assert respelled(draft(plain, opaque, "nexthop_id", kind="route"))
    assert respelled(draft(opaque, {**opaque, "dev": "eth0"}, "nexthop_id", kind="route"))
    assert not respelled(draft(opaque, opaque, "nexthop_id", kind="route"))
    assert not respelled(draft(plain, plain, "nexthop_id", "metric", kind="route"))
    assert not respelled(draft(plain, plain, "gateway", kind="route"))
    assert not respelled(draft(plain, None, "nexthop_id", kind="route"))
