"""What decides which packets pass: nftables, iptables, ebtables, ipsets; one row per object, rules in their order."""

from __future__ import annotations

from dataclasses import dataclass, field

from snapshot.model.json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallEntry:
    """A table, chain, rule, set, set element, ... of one namespace's firewall, without its counters and handle.

    backend   who reads it back: "nft" (native rules), "iptables-nft", "iptables-legacy" (ip6tables under family "ip6"),
              "ebtables-nft", "ebtables-legacy", "arptables-nft", "ipset"
    family    "ip", "ip6", "inet", "arp", "bridge", "netdev"
    table     "filter", "nat", ...; None for an ipset
    object    "table", "chain", "rule", "set", "map", "element", "flowtable", "counter", "quota", "ct helper", ..., "ipset"
    chain     name of a chain, or of the chain a rule is in
    name      name of a set, map, flowtable or stateful object, or of the set an element is in
    position  a rule's place in its chain, 0 first; None for all else
    text      a rule as its own tool writes it (iptables-save without "-A CHAIN" and counters, nft without handle and
              counter values), an element as the tool writes it, a chain's hook and policy ("type filter hook input
              priority filter; policy drop;" or "policy DROP"), a set's type and flags. Canonical: the same for equal objects
    comment   the rule's comment, which is also within ``text``
    extra     what else the tool tells of it, typed: a chain's ``hook``, ``type``, ``priority``, ``policy``, ``devices``;
              a native rule's ``expr`` as `nft -j` has it
    """

    backend: str
    family: str
    table: str | None = None
    object: str
    chain: str | None = None
    name: str | None = None
    position: int | None = None
    text: str = ""
    comment: str | None = None
    extra: JsonObject = field(default_factory=dict)
