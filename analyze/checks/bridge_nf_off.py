"""bridge-nf-off: rules of iptables that are meant for what passes between the ports of a bridge, which they do not see."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from analyze.checks.check import Check, Found, LinkAt
from analyze.checks.host import Host, Unknown
from analyze.checks.through_host import FAMILY, MOST_SUBNETS
from analyze.firewall.rule import LinkNames, Network, prefix
from analyze.firewall.ruleset import BaseChain, Rule
from analyze.firewall.walk import Packet, Walk, Way
from snapshot.model.frozen import frozen
from snapshot.model.link import Link

SWITCH = {4: "bridge-nf-call-iptables", 6: "bridge-nf-call-ip6tables"}
OWN_SWITCH = {4: "br_nf_call_iptables", 6: "br_nf_call_ip6tables"}
"""A bridge's own (IFLA_BR_NF_CALL_IPTABLES, ip-link(8)): one of the two is enough (net/bridge/br_netfilter_hooks.c)."""
RELEASE = re.compile(r"(\d+)\.(\d+)")
SINCE = (5, 3)
"""Linux from which every namespace has its own net.bridge; before, only the first one has."""
MOST = 500_000
"""Rules that are looked at, over all bridges together."""


def find(host: Host) -> Iterator[Found | Unknown]:
    """What one port of a bridge sends to another passes iptables and nft's IP tables only if br_netfilter is loaded and its
    switch is on (Documentation/networking/ip-sysctl.rst). Most rules do not need that: what goes between two bridges, or
    to elsewhere, is routed. Three kinds of rules do, and only these count: one that drops what goes from a bridge to itself
    (Docker's ``enable_icc=false``), one that asks for a bridge's ports (physdev) and does not merely accept, and a
    translation that leads containers on a bridge to others on the same bridge (a service): the answer comes by the bridge,
    with the wrong source. Where packets are marked for masquerading first (CNI's portmap) it comes by the host.

    Without net.bridge in a snapshot br_netfilter is not loaded, in a namespace that would have it.
    """
    home = host.topology.host
    if home is None:
        return
    told = host.sysctls.get("net.bridge")
    if told is None and not _would_be_told(host):
        yield Unknown(
            namespace=home, kind="sysctl", reason="before Linux 5.3 net.bridge is told in the first namespace only"
        )
        return
    looked = 0
    for version, switch in SWITCH.items():
        if told is not None and told.get(switch) != 0:
            continue
        for members in _bridges(host, home, version):
            if told is not None and members.bridge.kind_data.get(OWN_SWITCH[version]):
                continue
            search = _Search(host, version, members)
            relying = search.dropped() or search.translated()
            looked += search.looked
            if relying is not None:
                yield _found(home, members, switch, loaded=told is not None, relying=relying)
            if looked > MOST:
                yield Unknown(namespace=home, kind="firewall", reason="too many rules for so many bridges")
                return


def _would_be_told(host: Host) -> bool:
    release = RELEASE.match(host.topology.snapshot.header.kernel)
    return release is not None and (int(release[1]), int(release[2])) >= SINCE


@frozen
class Members:
    """A bridge of the host with the addresses and subnets of the containers on it."""

    bridge: Link
    addresses: frozenset[str]
    sources: tuple[Network, ...]


@frozen
class Relying:
    """A rule that relies on br_netfilter, and what becomes of traffic without it."""

    rule: Rule
    effect: str


def _bridges(host: Host, home: str, version: int) -> Iterator[Members]:
    """The bridges on which there are several containers."""
    on: dict[str, set[str]] = defaultdict(set)
    for veth in host.topology.veths:
        near, far = veth.near, veth.far
        if near is None or far is None or near.namespace != home or near.link.master is None:
            continue
        if far.namespace in host.workloads:
            on[near.link.master].add(far.namespace)
    for name, keys in sorted(on.items()):
        bridge = host.topology.by_name.get((home, name))
        if bridge is None or bridge.link_kind != "bridge" or len(keys) < 2:
            continue
        borne = [
            address.address
            for key in sorted(keys)
            for address in host.topology.namespaces[key].addresses
            if address.family == FAMILY[version] and address.scope == "global"
        ]
        subnets = dict.fromkeys(subnet for text in borne[:MOST_SUBNETS] if (subnet := prefix(text)) is not None)
        yield Members(
            bridge=bridge, addresses=frozenset(text.partition("/")[0] for text in borne), sources=tuple(subnets)
        )


class _Search:
    """Looks for a rule that relies on seeing what passes between the ports of one bridge."""

    def __init__(self, host: Host, version: int, members: Members) -> None:
        self.ruleset = host.ruleset
        self.version = version
        self.members = members
        self.looked = 0

    def _walks(self, hook: str, outgoing: str | None) -> Iterator[tuple[Walk, Way, BaseChain]]:
        packet = Packet(incoming=self.members.bridge.name, outgoing=outgoing, sources=self.members.sources)
        for base in self.ruleset.base_chains(hook, self.version):
            walk = Walk(self.ruleset, packet)
            way = walk.through(base)
            self.looked += walk.looked
            yield walk, way, base

    def dropped(self) -> Relying | None:
        """A rule that keeps the containers of a bridge from each other, or asks for the bridge's ports."""
        for walk, way, _ in self._walks("forward", self.members.bridge.name):
            drop = way.drop
            if drop is not None and not way.accepts and _plain(drop.words.incoming) and _plain(drop.words.outgoing):
                return Relying(rule=drop, effect="does not keep the containers on it from each other")
            for rule in walk.met:
                if rule.words.physical and rule.words.verdict in ("drop", "jump", "goto"):
                    return Relying(rule=rule, effect="is never met by what passes between its ports")
        return None

    def translated(self) -> Relying | None:
        """A translation from a bridge to a container on the same bridge, of which no answer would come back by the host."""
        for walk, _, base in self._walks("prerouting", None):
            masqueraded: set[str] = set()
            for rule in walk.met:
                if self._marks(base, rule) and self._covers(rule):
                    masqueraded.add(rule.chain)
                leads_back = rule.words.verdict == "translate" and rule.words.to in self.members.addresses
                if leads_back and rule.chain not in masqueraded:
                    return Relying(rule=rule, effect="gets answers with the wrong source, which the caller drops")
        return None

    def _marks(self, base: BaseChain, rule: Rule) -> bool:
        """Does a rule mark packets, by itself or in the chain it jumps to?"""
        below = self.ruleset.chain(base.table, rule.words.target) if rule.words.verdict == "jump" else None
        return rule.words.marks or (below is not None and below.marks)

    def _covers(self, rule: Rule) -> bool:
        """Is a rule about all containers on the bridge, whatever else it asks for?"""
        asked = rule.words.source
        if asked is None:
            return True
        return not asked.negated and all(
            asked.network.version == subnet.version
            and asked.network.prefixlen <= subnet.prefixlen
            and asked.network.overlaps(subnet)
            for subnet in self.members.sources
        )


def _plain(named: LinkNames | None) -> bool:
    return named is not None and not named.negated


def _found(home: str, members: Members, switch: str, *, loaded: bool, relying: Relying) -> Found:
    why = f"net.bridge.{switch} is 0" if loaded else f"br_netfilter is not loaded (there is no net.bridge.{switch})"
    bridge, rule = members.bridge, relying.rule
    return Found(
        namespace=home,
        subject=(LinkAt(home, bridge.ifindex), switch),
        message=f'{why}: on {bridge.name}, "{rule.entry.text}" of chain {rule.chain} {relying.effect}',
        evidence=(
            f"net.bridge.{switch} = {0 if loaded else 'absent'}",
            f"{rule.entry.backend} {rule.entry.family} {rule.entry.table} {rule.chain}: {rule.entry.text}",
        ),
    )


CHECK = Check(
    id="bridge-nf-off",
    title="Rules that do not see what passes within a bridge",
    why="Isolation within a bridge is not there, or a service is not reached from the bridge its containers are on.",
    severity="warning",
    confidence="strong",
    needs=("link", "nsid", "address", "firewall", "sysctl"),
    place="host",
    find=find,
)
