"""Every rule, set and element in the file against the firewall's own tools, in several namespaces."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab import firewalls
from tests.lab.bottle import Bottle
from tests.lab.docker import DockerHost
from tests.requirements import require_bottles, require_docker

SCRIPT = f"""
for name in iptables native legacy mixed plain; do ip netns add $name; ip -n $name link set lo up; done
ip netns exec iptables sh -e <<'EOF'
{firewalls.IPTABLES}{firewalls.TRAFFIC}
EOF
ip netns exec native sh -e <<'EOF'
{firewalls.NATIVE}{firewalls.TRAFFIC}
EOF
ip netns exec legacy sh -e <<'EOF'
{firewalls.LEGACY}{firewalls.IPSETS}{firewalls.TRAFFIC}
EOF
ip netns exec mixed sh -e <<'EOF'
iptables-nft -A INPUT -p tcp --dport 22 -j ACCEPT
nft 'add set ip filter extra {{ type ipv4_addr; elements = {{ 1.1.1.1 }}; }}'
iptables-nft -t mangle -A PREROUTING -m statistic --mode random --probability 0.5 -j ACCEPT
nft add rule ip mangle PREROUTING ct state new counter accept
nft 'add table ip raw {{ flags dormant; }}'
nft 'add chain ip raw PREROUTING {{ type filter hook prerouting priority raw; }}'
nft 'add table bridge own'
EOF
"""
NFT_OBJECTS = ("counter", "quota", "limit", "ct helper", "ct timeout", "ct expectation", "synproxy", "set", "map")


class Host:
    """A bottle with firewalls, and one capture of it."""

    def __init__(self, bottle: Bottle) -> None:
        self.bottle = bottle
        bottle.sh(SCRIPT)
        self.path: Path = bottle.capture()
        self.facts: list[firewalls.Fact] = bottle.show(self.path, "--kind", "firewall")
        self.counters: list[firewalls.Fact] = bottle.show(self.path, "--kind", "counter")

    def of(self, name: str) -> list[firewalls.Fact]:
        return firewalls.of(self.facts, f"netns:{name}")

    def counts(self, name: str) -> dict[str, dict[str, int]]:
        counters = firewalls.of(self.counters, f"netns:{name}")
        return {counter["key"]: counter["values"] for counter in counters if counter["of"] == "firewall"}

    def run(self, name: str, *command: str) -> str:
        return self.bottle.run("ip", "netns", "exec", name, *command).stdout


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    require_bottles()
    with Bottle() as bottle:
        yield Host(bottle)


@pytest.mark.parametrize(
    ("namespace", "backend", "family", "tool"),
    [
        ("iptables", "iptables-nft", "ip", "iptables-nft-save"),
        ("iptables", "iptables-nft", "ip6", "ip6tables-nft-save"),
        ("iptables", "arptables-nft", "arp", "arptables-nft-save"),
        ("iptables", "ebtables-nft", "bridge", "ebtables-nft-save"),
        ("legacy", "iptables-legacy", "ip", "iptables-legacy-save"),
        ("legacy", "iptables-legacy", "ip6", "ip6tables-legacy-save"),
    ],
)
def test_iptables_and_its_sisters(host: Host, namespace: str, backend: str, family: str, tool: str) -> None:
    theirs = firewalls.saved(host.run(namespace, tool))
    assert sum(len(chain.rules) for chain in theirs.values()) > 0
    assert firewalls.chains(host.of(namespace), backend, family) == theirs


def test_comments_are_what_was_given(host: Host) -> None:
    comments = {fact["comment"] for fact in host.of("iptables") + host.of("legacy")} - {None}
    assert comments == {'it\'s "quoted" \\ # handle 5', "legacy", "a, net"}


def test_native_chains_and_rules_read_as_nft_itself_writes_them_without_state(host: Host) -> None:
    theirs = firewalls.listed(host.run("native", "env", "TZ=UTC0", "nft", "-s", "-t", "list", "ruleset"))
    ours = firewalls.chains(host.of("native"), "nft")
    two_lines = next(rule for rule in ours["inet t", "in"].rules if "two" in rule)
    assert two_lines == 'counter comment "two\n\t}\n\tchain in { # handle 3\n\t\tlines # handle 6"'
    # The words above look like the end of a chain and the start of another to whoever reads line by line.
    cut = ours["inet t", "in"].rules.index(two_lines)
    del theirs["inet t", "in"], ours["inet t", "in"].rules[cut:]
    text = host.run("native", "env", "TZ=UTC0", "nft", "-s", "list", "chain", "inet", "t", "in")
    for rule in ours.pop(("inet t", "in")).rules:
        assert f"\t\t{rule}\n" in text
    assert ours == theirs
    assert len(theirs) == 4


def test_native_objects_are_all_there(host: Host) -> None:
    told: list[dict[str, Any]] = []
    for table in ("inet t", "netdev nd"):  # nft cannot tell of a dormant table in JSON
        told += json.loads(host.run("native", "nft", "-j", "list", "table", *table.split()))["nftables"]
    theirs = Counter(name for thing in told for name in thing if name != "metainfo")
    ours = Counter(fact["object"] for fact in host.of("native") if fact["table"] != "asleep")
    del ours["element"]
    assert ours == theirs
    assert set(NFT_OBJECTS) <= set(theirs)
    for thing in told:
        for kind, words in thing.items():
            if kind in ("set", "map") and words["name"] != "dyn":
                elements = [f for f in host.of("native") if (f["object"], f["name"]) == ("element", words["name"])]
                assert len(elements) == len(words["elem"]) - (words["name"] == "tmo")
            if kind == "rule" and "comment" in words:
                comments = [f["comment"] for f in host.of("native") if f["object"] == "rule"]
                assert words["comment"] in comments


def test_native_elements(host: Host) -> None:
    texts: dict[str, set[str]] = {}
    for fact in host.of("native"):
        if fact["object"] == "element":
            texts.setdefault(fact["name"], set()).add(fact["text"])
    assert texts == {
        "s": {"10.0.0.0/8", "11.0.0.1-11.0.0.5", '192.168.0.1 comment "one, two }"'},
        "tmo": {"1.2.3.5"},
        "counted": {"1.2.3.4 . 80 counter", "127.0.0.1 . 9 counter"},
        "ofs": {"1.2.3.0/24 . 80-90"},
        "names": {'"eth0"', '"lo"'},
        "many": {str(number) for number in range(1, 21)},
        "m": {"22 : accept", "80 : jump y", "81 : drop"},
        "n": {"1.1.1.1 : 2.2.2.2 . 80"},
    }


def test_what_only_the_text_tells(host: Host) -> None:
    by_name = {(f["object"], f["name"] or f["chain"] or f["table"]): f for f in host.of("native")}
    assert by_name["table", "t"]["comment"] == "a table"
    assert by_name["table", "asleep"]["text"] == "flags dormant"
    assert by_name["chain", "in"]["comment"] == "a chain"
    assert by_name["set", "dyn"]["extra"] == {"flags": ["dynamic", "timeout"]}
    assert by_name["set", "ofs"]["text"] == "typeof ip saddr . tcp dport; flags interval; auto-merge"
    ingress = {"type": "filter", "hook": "ingress", "devices": ["lo"], "priority": "filter", "policy": "accept"}
    assert by_name["chain", "ing"]["extra"] == ingress


def test_ipsets(host: Host) -> None:
    theirs = firewalls.ipsets(host.run("legacy", "ipset", "list", "-o", "xml"))
    facts = [fact for fact in host.of("legacy") if fact["backend"] == "ipset"]
    kinds = {fact["name"]: fact["extra"]["type"] for fact in facts if fact["object"] == "ipset"}
    ours: dict[str, tuple[str, set[str]]] = {name: (kind, set()) for name, kind in kinds.items()}
    for fact in facts:
        if fact["object"] == "element":
            ours[fact["name"]][1].add(fact["text"].split(" ")[0])
    assert ours == theirs
    members = {
        fact["text"]: fact["position"] for fact in facts if fact["name"] == "all" and fact["object"] == "element"
    }
    assert members == {"run-out": 0, "nets": 1}
    assert "11.0.0.0/8 nomatch" in {fact["text"] for fact in facts}
    assert not any("initval" in fact["text"] for fact in facts)


def test_counters_are_told_apart(host: Host) -> None:
    iptables, native, legacy = (host.counts(name) for name in ("iptables", "native", "legacy"))
    assert iptables["iptables-nft ip filter INPUT 1"] == {"packets": 5, "bytes": 640}
    assert legacy["iptables-legacy ip filter INPUT 1"] == {"packets": 5, "bytes": 640}
    assert native["nft inet t in 2"] == {"packets": 5, "bytes": 640}
    assert native["nft inet t in 8"] == {"packets": 5, "bytes": 640, "used": 640}
    assert native["nft inet t counter c1"] == {"packets": 5, "bytes": 640}
    assert native["nft inet t quota q1"] == {"used": 640}
    assert native["nft inet t set dyn"] == {"elements": 1}
    assert native["nft inet t set tmo"] == {"elements": 1}
    assert native["nft inet t set counted 127.0.0.1 . 9 counter"] == {"packets": 5, "bytes": 640}
    assert legacy["ipset run-out"] == {"elements": 1}
    assert "iptables-nft ip filter INPUT 0" not in iptables


def test_tables_that_several_tools_had_a_hand_in(host: Host) -> None:
    facts = host.of("mixed")
    tables = {(f["backend"], f["family"], f["table"], f["text"]) for f in facts if f["object"] == "table"}
    assert tables == {
        ("iptables-nft", "ip", "filter", ""),
        ("nft", "ip", "mangle", ""),
        ("iptables-nft", "ip", "raw", "flags dormant"),
        ("nft", "bridge", "own", ""),
    }
    assert [(f["backend"], f["text"]) for f in facts if f["table"] == "filter" and f["object"] == "element"] == [
        ("nft", "1.1.1.1")
    ]
    rules = [f for f in facts if f["table"] == "mangle" and f["object"] == "rule"]
    assert [f["position"] for f in sorted(rules, key=lambda f: f["position"])] == [0, 1]
    # What nft cannot put into words is kept as the kernel has it.
    (words,) = next(f["extra"]["xt"] for f in rules if f["position"] == 0)
    assert words.startswith("match statistic ")
    assert next(f["text"] for f in rules if f["position"] == 1) == "ct state new counter accept"


def test_a_namespace_without_rules_has_none(host: Host) -> None:
    assert host.of("plain") == []
    assert not [fact for fact in host.facts if fact["scope"] == "host"]


def test_dockers_own_rules() -> None:
    require_docker()
    with DockerHost() as host:
        host.docker("network", "create", "--subnet", "10.5.0.0/24", "front")
        host.container("web", "--network", "front", "-p", "127.0.0.1:8080:80")
        facts = host.bottle.show(host.capture(), "--kind", "firewall")
        theirs = firewalls.saved(host.bottle.run("iptables-save").stdout)
        assert any("DNAT" in rule for chain in theirs.values() for rule in chain.rules)
        assert firewalls.chains(firewalls.of(facts, "host"), "iptables-nft", "ip") == theirs
        inside = firewalls.saved(host.in_container("web", "iptables-save"))
        assert any("127.0.0.11" in rule for chain in inside.values() for rule in chain.rules)
        assert firewalls.chains(firewalls.of(facts, "container:web"), "iptables-nft", "ip") == inside
