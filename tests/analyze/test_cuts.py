"""What a firewall refuses that it let through before, by where packets come by: in the words of iptables and of nft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import NamedTuple, cast

import pytest

from analyze.compose import compose
from analyze.diff.cuts import Cuts
from analyze.diff.sides import Sides
from reports.model import Report
from snapshot.model.coverage import Coverage
from snapshot.model.firewall import FirewallEntry
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of
from tests.analyze.test_changes import classic, net_of

Wall = Mapping[str, Sequence[str]]
"""Rules by chain, which is told as "NAME", "NAME POLICY" (iptables), "name", "name hook policy" (nft)."""
SSH, WEB = "-p tcp -m tcp --dport 22 -j ACCEPT", "-p tcp -m tcp --dport 80 -j ACCEPT"
ANSWERS = "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
LO = "-i lo -j ACCEPT"


class Case(NamedTuple):
    """Two firewalls; the critical changes between them, as the chain (and rule) and the rule of severity."""

    before: Wall
    after: Wall
    critical: Mapping[str, str]


IPTABLES: dict[str, Case] = {
    "everything refused at the end": Case(
        {"FORWARD ACCEPT": ["-i br0 -j ACCEPT"]}, {"FORWARD ACCEPT": ["-i br0 -j ACCEPT", "-j DROP"]},
        {"FORWARD: -j DROP": "rule-refuses"},
    ),
    "rejected, with a word why": Case(
        {"INPUT ACCEPT": [SSH]},
        {"INPUT ACCEPT": [SSH, '-m comment --comment "no more" -j REJECT --reject-with icmp-port-unreachable']},
        {'INPUT: -m comment --comment "no more" -j REJECT --reject-with icmp-port-unreachable': "rule-refuses"},
    ),
    "refused already by the policy": Case(
        {"FORWARD DROP": ["-i br0 -j ACCEPT"]}, {"FORWARD DROP": ["-i br0 -j ACCEPT", "-j DROP"]}, {}
    ),
    "behind what accepts everything": Case({"FORWARD ACCEPT": ["-j ACCEPT"]}, {"FORWARD ACCEPT": ["-j ACCEPT", "-j DROP"]}, {}),
    "before what accepts everything": Case(
        {"FORWARD ACCEPT": ["-j ACCEPT"]}, {"FORWARD ACCEPT": ["-j DROP", "-j ACCEPT"]}, {"FORWARD: -j DROP": "rule-refuses"}
    ),
    "moved before what accepts everything": Case(
        {"FORWARD ACCEPT": [SSH, "-j ACCEPT", "-j DROP"]}, {"FORWARD ACCEPT": [SSH, "-j DROP", "-j ACCEPT"]},
        {"FORWARD: -j ACCEPT": "accept-lost"},
    ),
    "in a chain that everything goes through": Case(
        {"FORWARD DROP": ["-j USER", "-i br0 -j ACCEPT"], "USER": ["-j RETURN"]},
        {"FORWARD DROP": ["-j USER", "-i br0 -j ACCEPT"], "USER": ["-j DROP", "-j RETURN"]},
        {"USER: -j DROP": "rule-refuses"},
    ),
    "in a chain that everything goes through, twice below": Case(
        {"FORWARD ACCEPT": ["-j A"], "A": ["-m mark --mark 1 -j RETURN", "-g B"], "B": []},
        {"FORWARD ACCEPT": ["-j A"], "A": ["-m mark --mark 1 -j RETURN", "-g B"], "B": ["-j DROP"]},
        {"B: -j DROP": "rule-refuses"},
    ),
    "in a chain that only some go through": Case(
        {"FORWARD ACCEPT": ["-i br0 -j USER"], "USER": []}, {"FORWARD ACCEPT": ["-i br0 -j USER"], "USER": ["-j DROP"]}, {}
    ),
    "in a chain that nothing calls": Case(
        {"FORWARD ACCEPT": [], "USER": ["-s 10.0.0.1/32 -j DROP"]},
        {"FORWARD ACCEPT": [], "USER": ["-s 10.0.0.1/32 -j DROP", "-j DROP"]}, {},
    ),
    "behind a return": Case(
        {"FORWARD ACCEPT": ["-j USER"], "USER": ["-j RETURN"]},
        {"FORWARD ACCEPT": ["-j USER"], "USER": ["-j RETURN", "-j DROP"]}, {},
    ),
    "a return removed": Case(
        {"FORWARD ACCEPT": ["-j USER"], "USER": ["-j RETURN", "-j DROP"]}, {"FORWARD ACCEPT": ["-j USER"], "USER": ["-j DROP"]},
        {"USER: -j RETURN": "accept-lost"},
    ),
    "a jump to it": Case(
        {"INPUT ACCEPT": [SSH], "NO": ["-j DROP"]}, {"INPUT ACCEPT": [SSH, "-j NO"], "NO": ["-j DROP"]},
        {"INPUT: -j NO": "rule-refuses"},
    ),
    "between rules that accept": Case(
        {"INPUT DROP": [SSH, WEB]}, {"INPUT DROP": [SSH, "-j DROP", WEB]}, {"INPUT: -j DROP": "rule-refuses"}
    ),
    "a policy": Case({"INPUT ACCEPT": [SSH]}, {"INPUT DROP": [SSH]}, {"chain INPUT": "policy-drop"}),
    "a policy that nothing comes to": Case({"OUTPUT ACCEPT": ["-j ACCEPT"]}, {"OUTPUT DROP": ["-j ACCEPT"]}, {}),
    "a policy where all was refused": Case({"OUTPUT ACCEPT": [SSH, "-j DROP"]}, {"OUTPUT DROP": [SSH, "-j DROP"]}, {}),
    "a policy taken back": Case({"OUTPUT DROP": []}, {"OUTPUT ACCEPT": []}, {}),
    "all that accepted flushed": Case({"INPUT DROP": [SSH, WEB]}, {"INPUT DROP": []}, {"chain INPUT": "accept-lost"}),
    "the only one that accepted": Case(
        {"INPUT DROP": [LO, ANSWERS, SSH]}, {"INPUT DROP": [LO, ANSWERS]}, {f"INPUT: {SSH}": "accept-lost"}
    ),
    "answers, where nothing else passed": Case(
        {"OUTPUT DROP": [LO, ANSWERS]}, {"OUTPUT DROP": [LO]}, {f"OUTPUT: {ANSWERS}": "accept-lost"}
    ),
    "one of two that accepted": Case({"INPUT DROP": [SSH, WEB]}, {"INPUT DROP": [SSH]}, {}),
    "the last one that accepted, which accepted everything": Case(
        {"INPUT DROP": [SSH, "-j ACCEPT"]}, {"INPUT DROP": [SSH]}, {"INPUT: -j ACCEPT": "accept-lost"}
    ),
    "accepts less": Case(
        {"INPUT DROP": ["-j ACCEPT"]}, {"INPUT DROP": ["-s 10.0.0.0/8 -j ACCEPT"]},
        {"INPUT: -s 10.0.0.0/8 -j ACCEPT": "accept-lost"},
    ),
    "the jump to what accepted": Case(
        {"INPUT DROP": ["-p tcp -j OPEN", "-s 10.0.0.9/32 -j DROP"], "OPEN": [SSH]},
        {"INPUT DROP": ["-s 10.0.0.9/32 -j DROP"], "OPEN": [SSH]}, {"INPUT: -p tcp -j OPEN": "accept-lost"},
    ),
    "something accepted is dropped": Case(
        {"INPUT ACCEPT": [SSH, WEB]}, {"INPUT ACCEPT": [SSH, WEB.replace("ACCEPT", "DROP")]},
        {f"INPUT: {WEB.replace('ACCEPT', 'DROP')}": "rule-refuses"},
    ),
    "something accepted is dropped, behind all": Case(
        {"INPUT ACCEPT": ["-j DROP", WEB]}, {"INPUT ACCEPT": ["-j DROP", WEB.replace("ACCEPT", "DROP")]}, {}
    ),
    "conditions": Case(
        {"INPUT ACCEPT": [], "FORWARD ACCEPT": [], "OUTPUT ACCEPT": []},
        {"INPUT ACCEPT": ["-d 10.0.0.1/32 -j DROP", "-m limit --limit 3/min -j DROP", "-s 10.0.0.0/8 -j DROP",
                          "-i eth0 -j DROP"],
         "FORWARD ACCEPT": ["-m conntrack --ctstate INVALID -j DROP", "-m set --match-set bad src -j DROP", "! -o br0 -j DROP",
                            "-m mark --mark 1 -j DROP", "-m physdev --physdev-is-bridged -j DROP"],
         "OUTPUT ACCEPT": ["-p udp -j REJECT --reject-with icmp-port-unreachable", "-p tcp -m multiport --dports 1,2 -j DROP"]},
        {},
    ),
    "what new connections all are": Case(
        {"INPUT ACCEPT": []}, {"INPUT ACCEPT": ["-m conntrack --ctstate NEW -j DROP"]},
        {"INPUT: -m conntrack --ctstate NEW -j DROP": "rule-refuses"},
    ),
    "before what may accept everything": Case(
        {"INPUT DROP": ["-j NFQUEUE --queue-num 1"]}, {"INPUT DROP": ["-j DROP", "-j NFQUEUE --queue-num 1"]},
        {"INPUT: -j DROP": "rule-refuses"},
    ),
    "behind what may accept everything": Case(
        {"INPUT ACCEPT": ["-j NFQUEUE --queue-num 1"]}, {"INPUT ACCEPT": ["-j NFQUEUE --queue-num 1", "-j DROP"]}, {}
    ),
    "behind a target that we have no word for": Case(
        {"INPUT ACCEPT": ["-j TARPIT"]}, {"INPUT ACCEPT": ["-j TARPIT", "-j DROP"]}, {}
    ),
    "chains that lead back": Case(
        {"INPUT ACCEPT": ["-j A"], "A": ["-j B"], "B": ["-j A"]},
        {"INPUT ACCEPT": ["-j A", "-j DROP"], "A": ["-j B"], "B": ["-j A"]}, {},
    ),
}  # fmt: skip

NFT: dict[str, Case] = {
    "a chain of any name": Case(
        {"incoming input accept": ["tcp dport 22 accept"]}, {"incoming input accept": ["drop", "tcp dport 22 accept"]},
        {"incoming: drop": "rule-refuses"},
    ),
    "a chain that is called so, at no hook": Case({"input": ["accept"]}, {"input": ["drop", "accept"]}, {}),
    "a chain renamed": Case(
        {"one forward drop": ["ct state established accept", "ip saddr 10.0.0.0/8 accept"]},
        {"other forward drop": ["ct state established accept", "ip saddr 10.0.0.0/8 accept"]}, {},
    ),
    "one more chain, with a policy": Case(
        {"one forward accept": []}, {"one forward accept": [], "more forward drop": []}, {"chain more": "policy-drop"}
    ),
    "one more chain, that refuses all that another accepts": Case(
        {"one forward drop": ["ip saddr 10.0.0.0/8 accept"]},
        {"one forward drop": ["ip saddr 10.0.0.0/8 accept"], "more forward drop": []}, {"chain more": "policy-drop"},
    ),
    "one more chain, that refuses as another does": Case(
        {"one forward drop": ["ip saddr 10.0.0.0/8 accept"]},
        {"one forward drop": ["ip saddr 10.0.0.0/8 accept"], "more forward drop": ["ip daddr 10.0.0.0/8 accept"]}, {},
    ),
    "a policy that another chain refused by already": Case(
        {"one forward drop": [], "more forward accept": []}, {"one forward drop": [], "more forward drop": []}, {}
    ),
    "before anything is asked": Case(
        {"raw prerouting accept": []}, {"raw prerouting accept": ["counter drop"]}, {"raw: counter drop": "rule-refuses"}
    ),
    "a verdict map": Case(
        {"one input drop": ["tcp dport vmap @ports"]}, {"one input drop": ["tcp dport vmap @ports", "reject"]}, {}
    ),
    "the verdict map gone": Case(
        {"one input drop": ["tcp dport vmap @ports"]}, {"one input drop": []},
        {"one: tcp dport vmap @ports": "accept-lost"},
    ),
    "of one family": Case(
        {"one input accept": []}, {"one input accept": ["meta nfproto ipv4 drop", "iifname \"eth0\" drop"]}, {}
    ),
}  # fmt: skip


def iptables(host: Host, wall: Wall) -> None:
    """This and nothing else."""
    for told, texts in wall.items():
        name, *policy = told.split()
        extra = {"policy": policy[0]} if policy else {}
        _chain(host, "iptables-nft", "ip", name, f"policy {policy[0]}" if policy else "", extra, texts)


def nft(host: Host, wall: Wall) -> None:
    for told, texts in wall.items():
        name, *rest = told.split()
        extra = dict(zip(("hook", "policy"), rest, strict=True)) if rest else {}
        text = f"type filter hook {rest[0]} priority 0; policy {rest[1]};" if rest else ""
        _chain(host, "nft", "inet", name, text, extra, texts)


def _chain(
    host: Host, backend: str, family: str, name: str, text: str, extra: Mapping[str, str], texts: Sequence[str]
) -> None:
    def entry(kind: str, words: str, **more: object) -> FirewallEntry:
        return FirewallEntry(
            backend=backend, family=family, table="t", object=kind, chain=name, text=words, **more  # type: ignore[arg-type]
        )  # fmt: skip

    host.root.more.append(entry("chain", text, extra=extra))
    host.root.more += [entry("rule", words, position=place) for place, words in enumerate(texts)]


def bare() -> Host:
    """The classic host without a firewall."""
    host = classic()
    host.root.more = [row for row in host.root.more if not isinstance(row, FirewallEntry)]
    return host


def hosts(case: Case, build: object) -> tuple[Host, Host]:
    before, after = bare(), bare()
    build(before, case.before)  # type: ignore[operator]
    build(after, case.after)  # type: ignore[operator]
    return before, after


def critical(report: Report) -> dict[str, str | None]:
    """Without backend, family and table."""
    found = {change.name: change.severity_rule for change in report.changes if change.severity == "critical"}
    names = {name: name.replace("chain ip t ", "chain ").replace("chain inet t ", "chain ") for name in found}
    return {names[name].removeprefix("ip t ").removeprefix("inet t "): rule for name, rule in found.items()}


@pytest.mark.parametrize("case", IPTABLES.values(), ids=IPTABLES)
def test_of_iptables(case: Case) -> None:
    before, after = hosts(case, iptables)
    assert critical(compose(sides_of(before, after), "t")) == case.critical


@pytest.mark.parametrize("case", NFT.values(), ids=NFT)
def test_of_nft(case: Case) -> None:
    before, after = hosts(case, nft)
    assert critical(compose(sides_of(before, after), "t")) == case.critical


def test_what_is_not_critical_is_a_warning() -> None:
    for case in ("refused already by the policy", "behind what accepts everything", "one of two that accepted"):
        before, after = hosts(IPTABLES[case], iptables)
        assert {c.severity for c in compose(sides_of(before, after), "t").changes} == {"warning"}
    before, after = hosts(NFT["one more chain, that refuses as another does"], nft)
    assert {c.severity_rule for c in compose(sides_of(before, after), "t").changes if c.cause is None} == {
        "rule-may-refuse"
    }


def test_a_firewall_that_was_not_read_whole_is_not_judged() -> None:
    case = IPTABLES["a policy"]
    for side in (0, 1):
        pair = hosts(case, iptables)
        host = pair[side]
        host.coverage.append(Coverage(namespace=host.root.key, kinds=("firewall",), status="torn", error="x"))
        assert critical(compose(sides_of(*pair), "t")) == {}


def test_the_firewall_of_a_pod_is_judged_as_the_hosts_is() -> None:
    before, after = bare(), bare()
    for host, wall in ((before, {"INPUT ACCEPT": [SSH], "OUTPUT ACCEPT": ["-j ACCEPT"]}),
                       (after, {"INPUT DROP": [SSH], "OUTPUT DROP": ["-j ACCEPT"]})):  # fmt: skip
        iptables(host, wall)
        rows = [row for row in host.root.more if isinstance(row, FirewallEntry)]
        host.root.more = [row for row in host.root.more if not isinstance(row, FirewallEntry)]
        net_of(host, "web-1").more += rows
    assert critical(compose(sides_of(before, after), "t")) == {"chain INPUT": "policy-drop"}


def test_a_cut_of_one_namespace_is_not_taken_for_anothers() -> None:
    """Though what was compared is made anew each time, and may then be where that of another one was."""

    def wall(policy: str) -> tuple[FirewallEntry, ...]:
        host = bare()
        iptables(host, {f"FORWARD {policy}": []})
        return tuple(row for row in host.root.more if isinstance(row, FirewallEntry))

    class Namespaces:
        """Those of an even number drop now; the others did before."""

        before = after = SimpleNamespace(host=None)

        def firewall(self, side: str, key: str) -> tuple[FirewallEntry, ...]:
            return wall("DROP" if (int(key) % 2 == 0) == (side == "after") else "ACCEPT")

    cuts = Cuts(cast(Sides, Namespaces()))
    found = [cuts.of((str(number), str(number))) for number in range(100)]
    assert [bool(cut.refusing) for cut in found] == [number % 2 == 0 for number in range(100)]
