"""The way of all packets through a base chain: what refuses it, what may accept; and firewalls that a stranger wrote."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from analyze.firewall.course import Course, Courses, Patience, TooManyError
from analyze.firewall.ruleset import Ruleset
from snapshot.model.firewall import FirewallEntry

BASE = "type filter hook input priority 0; policy {};"


def entries(
    name: str, *texts: str, backend: str = "nft", family: str = "ip", policy: str | None = None
) -> list[FirewallEntry]:
    """A chain and its rules; with a policy at the hook "input"."""
    extra = {"hook": "input", "policy": policy} if policy is not None else {}
    common = {"backend": backend, "family": family, "table": "t", "chain": name}
    chain = FirewallEntry(object="chain", text=BASE.format(policy) if policy else "", extra=extra, **common)  # type: ignore[arg-type]
    rules = [
        FirewallEntry(object="rule", position=place, text=text, **common)  # type: ignore[arg-type]
        for place, text in enumerate(texts)
    ]
    return [chain, *rules]


def courses(*rows: Iterable[FirewallEntry]) -> dict[str, Course]:
    """The ways through the chains at the hook "input", by family and name."""
    ruleset = Ruleset([row for some in rows for row in some])
    through = Courses(ruleset, Patience())
    return {
        f"{whose} {base.name}": through.through(base)
        for (whose, hook), bases in ruleset.hooks().items()
        for base in bases
        if hook == "input"
    }


def places(keys: Iterable[tuple[str, str, str | None, str | None, int | None]]) -> list[tuple[str | None, int | None]]:
    return sorted((chain, -1 if place is None else place) for *_, chain, place in keys)


def test_the_path_leads_from_the_first_jump_to_the_verdict() -> None:
    found = courses(
        entries("in", "counter", "jump a", "accept", policy="accept"),
        entries("a", "jump b", "goto c"), entries("b", "tcp dport 1 accept"), entries("c", 'log prefix "x"', "reject"),
    )["ip in"]  # fmt: skip
    assert found.refuses and [(key[3], key[4]) for key in found.path] == [("in", 1), ("a", 1), ("c", 1)]
    assert places(found.turns) == [("a", 1), ("c", 1), ("in", 1)]
    assert places(found.accepts) == [("b", 0)] and places(found.carriers) == [("a", 0), ("b", 0), ("in", 1)]
    assert places(found.accepting) == [("b", 0)] and places(found.dropping) == [("c", 1)]
    assert found.passes and found.passes_new


def test_a_policy_is_the_end_of_what_returns() -> None:
    found = courses(entries("in", "jump a", policy="drop"), entries("a", "return", "accept"))["ip in"]
    assert found.refuses and places(found.path) == [("in", -1)] and places(found.turns) == [("a", 0)]
    assert not found.passes and not found.accepts
    assert not courses(entries("in", "jump a", policy="accept"), entries("a", "return", "drop"))["ip in"].refuses


def test_answers_alone_are_nothing_new() -> None:
    found = courses(entries("in", "ct state established accept", 'iif "lo" accept', policy="drop"))["ip in"]
    assert found.passes and not found.passes_new and places(found.accepts) == [("in", 0)]


def test_a_family_of_both_is_at_the_hooks_of_both() -> None:
    found = courses(entries("in", policy="drop", family="inet"), entries("INPUT", "-j DROP", backend="iptables-nft"))
    assert sorted(found) == ["ip INPUT", "ip in", "ip6 in"]
    assert all(course.refuses for course in found.values())


def test_a_chain_of_one_link_sees_what_comes_by_it() -> None:
    row = FirewallEntry(
        backend="nft", family="netdev", table="t", object="chain", chain="c", text="policy drop",
        extra={"hook": "ingress", "policy": "drop", "devices": ("eth0", "eth1")},
    )  # fmt: skip
    assert sorted(Ruleset([row]).hooks()) == [("eth0", "ingress"), ("eth1", "ingress")]


def test_ebtables_and_arptables_have_their_ways() -> None:
    bridge = {"backend": "ebtables-nft", "family": "bridge"}
    found = courses(entries("INPUT", "-p ARP -j ACCEPT", "-j X", **bridge), entries("X", **bridge))["bridge INPUT"]
    assert not found.refuses
    (chain,) = entries("X", **bridge)
    dropping = FirewallEntry(**{**{name: getattr(chain, name) for name in ("backend", "family", "table", "object", "chain")},
                                "text": "policy DROP"})  # fmt: skip
    found = courses(entries("INPUT", "-p ARP -j ACCEPT", "-j X", **bridge), [dropping])["bridge INPUT"]
    assert found.refuses and places(found.path) == [("INPUT", 1)] and places(found.accepts) == [("INPUT", 0)]
    arp = {"backend": "arptables-nft", "family": "arp"}
    assert courses(entries("INPUT", "-j DROP", **arp))["arp INPUT"].refuses
    assert not courses(entries("INPUT", "-j DROP -s 10.0.0.1 --opcode 1", **arp))["arp INPUT"].refuses


def test_what_nft_has_no_words_for_may_accept() -> None:
    rows = entries("in", "drop", policy="drop")
    opaque = FirewallEntry(
        backend="nft", family="ip", table="t", object="rule", chain="in", position=0, text="drop", extra={"xt": ("00",)}
    )
    found = courses([rows[0], opaque])["ip in"]
    assert found.refuses and places(found.path) == [("in", -1)] and places(found.accepts) == [("in", 0)]


def test_a_firewall_of_any_depth_is_gone_through() -> None:
    deep = 5_000
    chains = [entries(f"c{number}", f"jump c{number + 1}") for number in range(deep)]
    found = courses(entries("in", "jump c0", policy="accept"), *chains, entries(f"c{deep}", "drop"))["ip in"]
    assert found.refuses and len(found.path) == deep + 2


def test_chains_that_lead_back_refuse_nothing() -> None:
    found = courses(
        entries("in", "jump a", "drop", policy="drop"), entries("a", "jump b"), entries("b", "jump a", "accept")
    )["ip in"]
    assert not found.refuses


def test_a_firewall_that_takes_too_long_is_given_up() -> None:
    each = 1_000
    jumps = [f"tcp dport 1 jump c{number}" for number in range(each)]
    rows = [entries(f"base{number}", "jump big", policy="accept") for number in range(each)]
    chains = [entries(f"c{number}") for number in range(each)]
    with pytest.raises(TooManyError):
        courses(*rows, entries("big", *jumps), *chains)


def test_so_is_one_with_too_much_that_accepts() -> None:
    each = 1_500
    rows = [entries(f"base{number}", "jump big", policy="accept") for number in range(each)]
    with pytest.raises(TooManyError):
        courses(*rows, entries("big", *["tcp dport 1 accept"] * each))
