"""Whether a change lets less through than before, in the words of iptables and of nft."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyze.diff.draft import Draft
from analyze.diff.refusals import refuses, respelled
from reports.model import Facts, FieldChange
from snapshot.model.firewall import FirewallEntry


def draft(before: Facts | None, after: Facts | None, *touched: str, kind: str = "firewall") -> Draft:
    action = "added" if before is None else "removed" if after is None else "changed"
    fields = tuple(FieldChange(name=name, before=1, after=2) for name in touched)
    return Draft(kind=kind, action=action, scope="host", name="x", before=before, after=after, fields=fields)  # type: ignore[arg-type]


def rule(text: str, chain: str = "FORWARD") -> Facts:
    return {"object": "rule", "chain": chain, "text": text}


@pytest.mark.parametrize(
    ("text", "drops"), [("policy DROP", True), ("type filter hook forward priority 0; policy  drop;", True),
                        ("policy ACCEPT", False), ("", False)],
)  # fmt: skip
def test_a_chain_that_drops_by_policy(text: str, drops: bool) -> None:
    row = FirewallEntry(backend="nft", family="ip", table="t", object="chain", chain="c", text=text)
    assert refuses(replace(draft(None, {"object": "chain", "text": text}), new=row)) == drops


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


def test_a_route_that_only_says_otherwise_where_it_leads() -> None:
    plain: Facts = {"gateway": "10.0.0.1", "dev": None, "nexthops": ()}
    opaque: Facts = {"gateway": None, "dev": None, "nexthops": ()}
    assert respelled(draft(plain, opaque, "nexthop_id", kind="route"))
    assert respelled(draft(opaque, {**opaque, "dev": "eth0"}, "nexthop_id", kind="route"))
    assert not respelled(draft(opaque, opaque, "nexthop_id", kind="route"))
    assert not respelled(draft(plain, plain, "nexthop_id", "metric", kind="route"))
    assert not respelled(draft(plain, plain, "gateway", kind="route"))
    assert not respelled(draft(plain, None, "nexthop_id", kind="route"))
