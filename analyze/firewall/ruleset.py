"""The firewall of one namespace as a packet meets it: base chains at their hooks, and the chains they jump to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Literal, TypeAlias

from analyze.firewall import iptables, native
from analyze.firewall.rule import RuleWords
from snapshot.model.firewall import FirewallEntry
from snapshot.model.frozen import frozen

TableKey: TypeAlias = tuple[str, str, str | None]
"""Backend, family and name of a table."""

BUILT_IN = {
    "PREROUTING": "prerouting", "INPUT": "input", "FORWARD": "forward", "OUTPUT": "output", "POSTROUTING": "postrouting",
}  # fmt: skip
"""Chains of iptables' tables that the kernel calls, and at which hook."""
IPTABLES = ("iptables-nft", "iptables-legacy")
POLICY = re.compile(r"policy\s+(\w+)", re.IGNORECASE)
SERVICES_CHAIN = "KUBE-FORWARD"
"""Where kube-proxy accepts what it marked: packets to a service, not what a pod sends by itself."""


@frozen
class Rule:
    """One rule and what it says; ``chain`` is its chain's name."""

    entry: FirewallEntry
    words: RuleWords

    @property
    def chain(self) -> str:
        return self.entry.chain or ""


class Chain:
    """One chain. Its rules are read when a packet first comes by; those about one link only are found by its name."""

    def __init__(self, entry: FirewallEntry | None, rules: list[FirewallEntry]) -> None:
        self.entry = entry
        self._entries = sorted(rules, key=lambda rule: rule.position or 0)

    @property
    def policy(self) -> str:
        """What becomes of packets that no rule decides about, of a base chain: "accept" or "drop"."""
        return policy_of(self.entry) or "accept"

    @property
    def falls(self) -> Literal["accept", "drop", "return"]:
        """What becomes of packets that no rule decides about: they go back, but for chains of ebtables with another policy."""
        if self.entry is None or not self.entry.backend.startswith("ebtables") or self.entry.chain in BUILT_IN:
            return "return"
        told = policy_of(self.entry)
        return "drop" if told == "drop" else "accept" if told == "accept" else "return"

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Its rules, in order."""
        return tuple(Rule(entry=entry, words=_words(entry)) for entry in self._entries)

    @cached_property
    def marks(self) -> bool:
        """Does any of its rules mark packets?"""
        return any(rule.words.marks for rule in self.rules)

    @cached_property
    def _by_link(self) -> tuple[list[int], dict[str, list[int]]]:
        """Numbers of the rules about any link, and of those about one link by its name."""
        general: list[int] = []
        special: dict[str, list[int]] = defaultdict(list)
        for number, rule in enumerate(self.rules):
            for named in (rule.words.incoming, rule.words.outgoing):
                if named is not None and not named.negated and not named.patterns:
                    for name in named.names:
                        special[name].append(number)
                    break
            else:
                general.append(number)
        return general, special

    def about(self, links: Collection[str]) -> Iterator[Rule]:
        """The rules that may be about a packet which comes or goes by these links, in order."""
        general, special = self._by_link
        numbers = set(general).union(*(special.get(name, ()) for name in links))
        return (self.rules[number] for number in sorted(numbers))


@frozen
class BaseChain:
    """A chain that the kernel calls at a hook."""

    table: TableKey
    name: str
    chain: Chain

    @property
    def words(self) -> str:
        """As people say it: "chain FORWARD of iptables-nft's table ip filter"."""
        backend, family, table = self.table
        return f"chain {self.name} of {backend}'s table {family} {table}"


class Ruleset:
    """The tables of one namespace. A table that is switched off (``flags dormant``) is left out."""

    def __init__(self, entries: Iterable[FirewallEntry]) -> None:
        self._tables: dict[TableKey, dict[str, Chain]] = {}
        self._bases: dict[tuple[str, int], tuple[BaseChain, ...]] = {}
        dormant: set[TableKey] = set()
        chains: dict[tuple[TableKey, str], FirewallEntry] = {}
        rules: dict[tuple[TableKey, str], list[FirewallEntry]] = defaultdict(list)
        for entry in entries:
            key = (entry.backend, entry.family, entry.table)
            if entry.object == "table" and "dormant" in f"{entry.text} {entry.extra.get('flags') or ''}":
                dormant.add(key)
            elif entry.object == "chain" and entry.chain is not None:
                chains[key, entry.chain] = entry
            elif entry.object == "rule" and entry.chain is not None:
                rules[key, entry.chain].append(entry)
        for key, name in chains.keys() | rules.keys():
            if key not in dormant:
                table = self._tables.setdefault(key, {})
                table[name] = Chain(chains.get((key, name)), rules.get((key, name), []))

    def base_chains(self, hook: str, version: int) -> tuple[BaseChain, ...]:
        """The chains at a hook that see IPv4 or IPv6, in a fixed order."""
        if (hook, version) not in self._bases:
            self._bases[hook, version] = tuple(self._base_chains(hook, version))
        return self._bases[hook, version]

    def _base_chains(self, hook: str, version: int) -> list[BaseChain]:
        families = ("ip" if version == 4 else "ip6", "inet")
        found = [
            BaseChain(table=key, name=name, chain=chain)
            for key, chains in self._tables.items()
            if key[1] in families
            for name, chain in chains.items()
            if _hook(key[0], name, chain) == hook
        ]
        return sorted(found, key=lambda base: (tuple(map(str, base.table)), base.name))

    def hooks(self) -> Mapping[tuple[str, str], list[BaseChain]]:
        """All base chains by whose packets they see, which is a family's or a link's, and their hook."""
        found: dict[tuple[str, str], list[BaseChain]] = defaultdict(list)
        for key, chains in self._tables.items():
            for name, chain in chains.items():
                hook = _hook(key[0], name, chain)
                if hook is not None:
                    for whose in _whose(key[1], hook, chain.entry):
                        found[whose, hook].append(BaseChain(table=key, name=name, chain=chain))
        return found

    def chain(self, table: TableKey, name: str | None) -> Chain | None:
        """A chain by name."""
        return self._tables.get(table, {}).get(name or "")

    def rules(self) -> Iterator[Rule]:
        """Every rule of IP tables."""
        for key, chains in self._tables.items():
            if key[0] in (*IPTABLES, "nft"):
                for chain in chains.values():
                    yield from chain.rules


def policy_of(entry: FirewallEntry | None) -> str | None:
    """A chain's policy in lower case."""
    found = POLICY.search(entry.text) if entry is not None else None
    told = entry.extra.get("policy") if entry is not None else None
    return str(told).lower() if told else found[1].lower() if found is not None else None


def _words(entry: FirewallEntry) -> RuleWords:
    words: RuleWords = (native if entry.backend == "nft" else iptables).read_rule(entry.text)
    if entry.backend.startswith("arptables") and len(iptables.tokens(entry.text)) > len(("-j", "TARGET")):
        # Its rules tell the target first, and then what they are about.
        return replace(words, partial=True)
    return words


def _hook(backend: str, name: str, chain: Chain) -> str | None:
    if backend != "nft":
        return BUILT_IN.get(name)
    told = chain.entry.extra.get("hook") if chain.entry is not None else None
    return str(told) if told is not None else None


def _whose(family: str, hook: str, entry: FirewallEntry | None) -> tuple[str, ...]:
    if hook in ("ingress", "egress"):
        devices = entry.extra.get("devices") if entry is not None else None
        return tuple(map(str, devices)) if isinstance(devices, list | tuple) else ()
    return ("ip", "ip6") if family == "inet" else (family,)
