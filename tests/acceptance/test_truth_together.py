"""Every kind against the kernel's own tools, in every namespace of a host where Docker, Podman and containerd run together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.acceptance.test_truth import asked, captured_still, hold
from tests.lab import firewalls
from tests.lab import truth_steering as steering
from tests.lab.together import BRIDGES, Host, together
from tests.requirements import require_containerd, require_docker, require_podman
from tests.snapshot.collect.test_sockets import listening, ours, ss

RULES = """
nft add table inet lab; nft add chain inet lab in '{ type filter hook input priority 5; policy accept; }'
nft add rule inet lab in tcp dport 8080 counter accept; nft add set inet lab names '{ type ipv4_addr; }'
ipset create nets hash:net; ipset add nets 10.99.0.0/16; iptables -A INPUT -m set --match-set nets src -j DROP
ip6tables -A FORWARD -s fd99::/64 -j DROP
"""
SHAPED = "tc qdisc replace dev eth0 root handle 1: htb default 10; ip nexthop add id 7 dev eth0"


NETWORK = r"^net\."
MOVING = re.compile(r"nf_conntrack_count|stable_secret")


def without_counts(saved: str) -> str:
    """A save tool's output without the time and what its chains counted."""
    return "\n".join(re.sub(r" \[\d+:\d+\]$", "", line) for line in saved.splitlines() if not line.startswith("#"))


class Seen(NamedTuple):
    """The snapshot's facts, and what the tools told of each namespace before and after it was taken."""

    host: Host
    facts: dict[str, Any]
    told: dict[str, dict[str, Any]]

    def of(self, scope: str, kind: str) -> list[dict[str, Any]]:
        return [fact for fact in self.facts[kind] if fact["scope"] == scope]


def inside(host: Host, scope: str) -> tuple[str, ...]:
    """The words that run a command in a namespace."""
    return () if scope == "host" else ("nsenter", "-t", str(host.pids[scope]), "-n", "--")


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    require_docker()
    require_podman()
    require_containerd()
    with together() as host, ExitStack() as open_ones:
        for scope in ("host", "pod:default/web-1"):
            host.bottle.run(*inside(host, scope), "sh", "-ec", RULES)
            open_ones.enter_context(listening(host.bottle, *inside(host, scope)))
        host.bottle.run(*inside(host, "pod:podman/shop"), "sh", "-ec", SHAPED)
        host.bottle.settle()

        def tools(scope: str) -> dict[str, Any]:
            def run(*command: str) -> str:
                return host.bottle.run(*inside(host, scope), *command).stdout

            return {
                **asked(run),
                "sockets": sorted(map(str, ss(host.bottle, *inside(host, scope)).items())),
                "ruleset": run("nft", "-s", "-t", "list", "ruleset"),
                "iptables": without_counts(run("iptables-save")),
                "ip6tables": without_counts(run("ip6tables-save")),
                "ipset": run("ipset", "list", "-o", "xml"),
                "qdisc": run("tc", "-j", "-d", "qdisc", "show"),
                "nexthop": run("ip", "-j", "-d", "nexthop"),
                "conntrack": run("conntrack", "-C").strip(),
                "sysctl": [line for line in run("sysctl", "-a", "-r", NETWORK).splitlines() if not MOVING.search(line)],
            }

        scopes = ("host", *BRIDGES)
        facts, told = captured_still(
            lambda: dict(host.bottle.show(host.bottle.capture("truth"))),
            lambda: {scope: tools(scope) for scope in scopes},
        )
        yield Seen(host, facts, told)


def test_no_namespace_is_left_out(seen: Seen) -> None:
    # Whoever runs the tests may hand a socket of the machine's own namespace down to the bottle.
    machine = f"netns:[{Path('/proc/self/ns/net').stat().st_ino}]"
    assert {namespace["scope"] for namespace in seen.facts["namespace"]} - {machine} == set(seen.told)


@pytest.mark.parametrize("scope", ["host", *BRIDGES])
def test_links_and_what_leads_over_them(seen: Seen, scope: str) -> None:
    hold(seen.facts, scope, seen.told[scope])


@pytest.mark.parametrize("scope", ["host", *BRIDGES])
def test_firewalls(seen: Seen, scope: str) -> None:
    facts, told = seen.of(scope, "firewall"), seen.told[scope]
    for family, tool in (("ip", "iptables"), ("ip6", "ip6tables")):
        theirs = firewalls.saved(told[tool])
        made = {key: chain for key, chain in theirs.items() if any(fact["family"] == family for fact in facts)}
        assert firewalls.chains(facts, "iptables-nft", family) == made
        assert made or not any(chain.rules for chain in theirs.values())
    native = {key: chain for key, chain in firewalls.listed(told["ruleset"]).items() if key[0] == "inet lab"}
    assert {key: chain.rules for key, chain in firewalls.chains(facts, "nft").items() if key[0] == "inet lab"} == {
        key: chain.rules for key, chain in native.items()
    }
    sets = {fact["name"]: (fact["extra"]["type"], set[str]()) for fact in facts if fact["object"] == "ipset"}
    for fact in facts:
        if (fact["backend"], fact["object"]) == ("ipset", "element"):
            sets[fact["name"]][1].add(fact["text"])
    assert sets == firewalls.ipsets(told["ipset"])
    assert bool(sets) == bool(native) == (scope in ("host", "pod:default/web-1"))


@pytest.mark.parametrize("scope", ["host", *BRIDGES])
def test_disciplines_and_nexthops(seen: Seen, scope: str) -> None:
    told = seen.told[scope]
    words: tuple[tuple[str, Callable[[Any], Any], list[Any]], ...] = (
        ("qdisc", steering.qdisc_words, [steering.discipline_told(one) for one in steering.parse(told["qdisc"])]),
        ("nexthop", steering.nexthop_words, steering.told(steering.parse(told["nexthop"]))),
    )
    for kind, put, theirs in words:
        assert steering.in_any_order(map(put, seen.of(scope, kind))) == steering.in_any_order(theirs)


@pytest.mark.parametrize("scope", ["host", *BRIDGES])
def test_sockets(seen: Seen, scope: str) -> None:
    theirs = seen.told[scope]["sockets"]
    assert sorted(map(str, ours(seen.of(scope, "socket")).items())) == theirs
    assert len(theirs) > 8 or scope not in ("host", "pod:default/web-1")


@pytest.mark.parametrize("scope", ["host", *BRIDGES])
def test_sysctls_and_what_is_tracked(seen: Seen, scope: str) -> None:
    theirs = dict(line.split(" = ", 1) for line in seen.told[scope]["sysctl"] if " = " in line)
    rows = seen.of(scope, "sysctl")
    assert len(rows) > 5
    for row in rows:
        if row["path"].endswith(".neigh.default"):
            # No file of this namespace has them: test_sysctls holds them against ip-ntable(8).
            continue
        for name, value in row["values"].items():
            assert theirs[f"{row['path']}.{name}"] == str(value), (row["path"], name)
    counted = [row["values"]["count"] for row in seen.of(scope, "counter") if row["of"] == "conntrack"]
    assert counted == [int(seen.told[scope]["conntrack"])] * (seen.told[scope]["conntrack"] != "0")
