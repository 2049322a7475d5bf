"""What decides which packets pass: nftables, iptables, ebtables, ipsets; one row per object, rules in their order."""

from __future__ import annotations

from dataclasses import field

from snapshot.model.frozen import frozen
from snapshot.model.json import JsonObject


@frozen
class FirewallEntry:
    """A table, chain, rule, set, set element, ... of one namespace's firewall, without its counters and handle.

    backend   who reads it back: "nft" (native rules), "iptables-nft", "iptables-legacy" (ip6tables under family "ip6"),
              "ebtables-nft", "ebtables-legacy", "arptables-nft", "arptables-legacy", "ipset"
    family    "ip", "ip6", "inet", "arp", "bridge", "netdev"
    table     "filter", "nat", ...; None for an ipset
    object    "table", "chain", "rule", "set", "map", "element", "flowtable", "counter", "quota", "ct helper", ..., "ipset"
    chain     name of a chain, or of the chain a rule is in
    name      name of a set, map, flowtable or stateful object, or of the set an element is in
    position  a rule's place in its chain, an entry's in an ipset of type list:set, 0 first; None for all else
    text      a rule as its own tool writes it (iptables-save without "-A CHAIN" and counters, nft without handle and
              counter values), an element as the tool writes it, a chain's hook and policy ("type filter hook input
              priority filter; policy drop;" or "policy DROP"), a set's type and flags. Canonical: the same for equal objects
    comment   its comment, which is also within ``text``
    extra     the same typed, where that helps: a chain's ``hook``, ``type``, ``priority``, ``policy``, ``devices``, a set's and
              a table's ``flags``, an ipset's ``type``; and what a native rule has of iptables' own (``xt``, as hex), which nft
              cannot put into words
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
