"""A packet's way through chains: what drops it for certain, and that nothing uncertain counts as that."""

from __future__ import annotations

import time
from dataclasses import replace
from ipaddress import ip_network

import pytest

from analyze.firewall.ruleset import Ruleset
from analyze.firewall.walk import MAYBE, NO, YES, Packet, Walk, matches
from snapshot.model.firewall import FirewallEntry
from tests.analyze.rows import chain, rules

OUT = Packet(incoming="cni0", outgoing="eth0", sources=(ip_network("10.22.0.0/24"),))
BACK = Packet(incoming="eth0", outgoing="cni0", reply=True)
ANSWERS = "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"


def forward(*texts: str, policy: str = "DROP", **more: tuple[str, ...]) -> Ruleset:
    """The table filter with these rules in FORWARD, and more chains by their names."""
    entries = [chain("FORWARD", policy, extra={"policy": policy}), *rules("FORWARD", *texts)]
    for name, inner in more.items():
        entries += [chain(name), *rules(name, *inner)]
    return Ruleset(entries)


def drops(ruleset: Ruleset, packet: Packet = OUT) -> bool:
    (base,) = ruleset.base_chains("forward", 4)
    return Walk(ruleset, packet).drops(base)


@pytest.mark.parametrize(
    ("texts", "dropped"),
    [
        ((), True),
        ((ANSWERS,), True),
        (("-i cni0 -j ACCEPT",), False),
        (("-i docker0 -j ACCEPT", "! -i cni0 -j ACCEPT", "-o docker0 -j ACCEPT"), True),
        (("-i cni+ -j ACCEPT",), False),
        (("-s 10.22.0.0/16 -j ACCEPT",), False),
        (("-s 10.22.0.7/32 -j ACCEPT",), False),
        (("-s 10.88.0.0/16 -j ACCEPT", "! -s 10.22.0.0/16 -j ACCEPT"), True),
        (("-i cni0 -p tcp -m tcp --dport 443 -j ACCEPT",), False),
        (("-m set --match-set pods src -j ACCEPT",), False),
        (("-j NFQUEUE --queue-num 0",), False),
        (("-j SOMETHING-NEW",), False),
        (("-m mark --mark 0x4000/0x4000 -j ACCEPT",), False),
        (("-i cni0 -j DROP", "-i cni0 -j ACCEPT"), True),
        (("-i cni0 -p tcp -j DROP", "-i cni0 -j ACCEPT"), False),
    ],
)  # fmt: skip
def test_a_policy_of_drop_and_these_rules(texts: tuple[str, ...], dropped: bool) -> None:
    assert drops(forward(*texts)) is dropped


def test_the_answers_need_a_rule_of_their_own() -> None:
    assert drops(forward("-i cni0 -j ACCEPT"), BACK)
    assert not drops(forward("-i cni0 -j ACCEPT", ANSWERS), BACK)
    assert not drops(forward("-o cni0 -j ACCEPT"), BACK)
    assert drops(forward("-o cni0 -m conntrack --ctstate NEW -j ACCEPT"), BACK)


def test_a_policy_of_accept_drops_only_by_a_rule_that_is_certain() -> None:
    assert not drops(forward(policy="ACCEPT"))
    assert drops(forward(ANSWERS, "-j REJECT", policy="ACCEPT"))
    assert not drops(forward("-i cni0 -p tcp -j REJECT", policy="ACCEPT"))
    assert not drops(forward("-m mark --mark 0x1 -j RETURN", "-j DROP", policy="ACCEPT"))


def test_through_other_chains_and_back() -> None:
    assert not drops(forward("-j FW", FW=("-i cni0 -j ACCEPT",)))
    assert drops(forward("-j FW", FW=("-i cni0 -j RETURN", "-i cni0 -j ACCEPT")))
    assert drops(forward("-j FW", "-i cni0 -j ACCEPT", FW=("-j DROP",)))
    assert not drops(forward("-p tcp -j FW", "-i cni0 -j ACCEPT", FW=("-j DROP",)))
    assert drops(forward("-g FW", "-i cni0 -j ACCEPT", FW=("-i docker0 -j ACCEPT",)))
    assert not drops(forward("-p tcp -g FW", "-i cni0 -j ACCEPT", FW=()))
    # What kube-proxy marked goes to a service; what a pod sends by itself bears no such mark.
    marked = {"KUBE-FORWARD": ("-m mark --mark 0x4000/0x4000 -j ACCEPT", ANSWERS)}
    assert drops(forward("-j KUBE-FORWARD", policy="DROP", **marked))


@pytest.mark.parametrize(
    ("text", "sources", "match"),
    [
        ("-s 10.22.0.0/24", (), MAYBE),
        ("-s 10.22.0.0/24", ("10.22.0.0/24",), YES),
        ("-s 10.22.0.0/16", ("10.22.0.0/24", "10.22.9.0/24"), YES),
        ("-s 10.22.0.0/24", ("10.22.0.0/24", "10.88.0.0/24"), MAYBE),
        ("-s 10.22.0.7/32", ("10.22.0.0/24",), MAYBE),
        ("-s 10.88.0.0/16", ("10.22.0.0/24",), NO),
        ("-s 10.22.0.0/24", ("fd00::/64",), NO),
        ("-s 10.22.0.0/24", ("10.22.0.0/24", "fd00::/64"), MAYBE),
        ("! -s 10.22.0.0/24", (), MAYBE),
        ("! -s 10.22.0.0/16", ("10.22.0.0/24",), NO),
        ("! -s 10.22.0.7/32", ("10.22.0.0/24",), MAYBE),
        ("! -s 10.88.0.0/16", ("10.22.0.0/24",), YES),
        ("! -s 10.22.0.0/24", ("fd00::/64",), YES),
        ("-i cni0 -o eth0", (), YES),
        ("-i eth0", (), NO),
        ("-o cni0", (), NO),
        ("-p tcp", (), MAYBE),
        ("-p tcp -m tcp --dport 80", (), MAYBE),
        ("-m multiport --dports http", (), MAYBE),
        ("-m addrtype", (), MAYBE),
        ("-m conntrack --ctstate ESTABLISHED", (), NO),
    ],
)
def test_whom_a_rule_is_about(text: str, sources: tuple[str, ...], match: int) -> None:
    (base,) = forward(f"{text} -j DROP").base_chains("forward", 4)
    packet = replace(OUT, sources=tuple(map(ip_network, sources)))
    assert matches(base.chain.rules[0], packet) == match


def test_a_packet_whose_links_are_not_known_may_be_meant() -> None:
    (base,) = forward("-i cni0 -j DROP", "-m mark --mark 1 -j DROP").base_chains("forward", 4)
    assert matches(base.chain.rules[0], replace(OUT, incoming=None)) == MAYBE
    assert matches(base.chain.rules[1], OUT) == MAYBE
    assert base.words == "chain FORWARD of iptables-nft's table ip filter"
    assert not base.chain.marks
    (base,) = forward("-j MARK --set-mark 1").base_chains("forward", 4)
    assert base.chain.marks


def test_rules_stand_in_their_order_and_a_hasty_walk_ends_early() -> None:
    ruleset = forward("-j FW", "-i cni0 -p tcp -j ACCEPT", "-i cni0 -j DROP", "-i docker0 -j DROP", FW=("-j RETURN",))
    (base,) = ruleset.base_chains("forward", 4)
    walk = Walk(ruleset, OUT)
    way = walk.through(base)
    assert (way.accepts, way.falls, way.drop) == (True, False, base.chain.rules[2])
    assert [rule.entry.text for rule in walk.met] == [
        "-j FW", "-j RETURN", "-i cni0 -p tcp -j ACCEPT", "-i cni0 -j DROP",
    ]  # fmt: skip
    hasty = Walk(ruleset, OUT, hasty=True)
    assert hasty.through(base).drop is None
    assert len(hasty.met) == 3
    assert [rule.entry.text for rule in base.chain.about({"docker0"})] == ["-j FW", "-i docker0 -j DROP"]
    assert len(list(ruleset.rules())) == 5


def test_nft_decides_by_hook_and_family() -> None:
    def native(table: str, hook: str, policy: str, *texts: str, family: str = "inet") -> list[FirewallEntry]:
        base = chain("c", extra={"hook": hook, "policy": policy})
        return [replace(row, backend="nft", family=family, table=table) for row in (base, *rules("c", *texts))]

    ruleset = Ruleset(
        [
            *native("a", "forward", "drop", 'iifname "docker0" accept', "ct state established accept"),
            *native("b", "forward", "drop", 'iifname { "cni0", "docker0" } accept'),
            *native("six", "forward", "drop", family="ip6"),
            *native("in", "input", "drop"),
            *native("asleep", "forward", "drop"),
            FirewallEntry(backend="nft", family="inet", table="asleep", object="table", text="flags dormant"),
        ]
    )
    told = {base.table[2]: Walk(ruleset, OUT).drops(base) for base in ruleset.base_chains("forward", 4)}
    assert told == {"a": True, "b": False}
    assert [base.table[2] for base in ruleset.base_chains("forward", 6)] == ["a", "b", "six"]


def test_chains_that_lead_in_circles_and_down_without_end_are_not_judged() -> None:
    assert not drops(forward("-j A", A=("-j B",), B=("-j A",)))
    deep: dict[str, tuple[str, ...]] = {f"C{n}": (f"-j C{n + 1}",) for n in range(3000)}
    assert not drops(forward("-j C0", policy="DROP", **deep))


def test_a_walk_is_linear_in_rules_and_looks_only_at_those_about_its_links() -> None:
    names = [f"br{n}" for n in range(20_000)]
    big = forward(
        *(f"-i {name} ! -o {name} -j ACCEPT" for name in names), "-j FW", FW=tuple("-j FW2" for _ in names), FW2=()
    )
    (base,) = big.base_chains("forward", 4)
    started = time.process_time()
    walk = Walk(big, replace(OUT, incoming="br7"))
    assert not walk.drops(base)
    assert walk.looked == 1
    assert Walk(big, OUT).drops(base)
    assert time.process_time() - started < 5
