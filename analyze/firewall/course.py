"""What becomes of new packets at a hook, whatever they are: refused for certain, or let pass by some rule.

A chain's *end* is where a packet leaves it to which no condition of any rule applies. Nothing is concluded from what is not
understood: a rule that may match or not may accept, and refuses nothing for certain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from analyze.firewall.rule import LinkNames
from analyze.firewall.ruleset import BaseChain, Chain, Rule, Ruleset, TableKey
from snapshot.model.firewall import FirewallEntry
from snapshot.model.frozen import frozen

Key: TypeAlias = tuple[str, str, str | None, str | None, int | None]
"""What a chain or rule is called in its namespace: backend, family, table, chain, and a rule's place."""
MOST = 2_000_000
"""Looks at rules, for all firewalls of a comparison: a stranger's could take for ever. Those of 50,000 rules take a tenth."""
ITSELF = LinkNames(names=frozenset({"lo"}))
"""What a host says to itself comes from nobody else."""


def key_of(entry: FirewallEntry) -> Key:
    """A chain's or rule's."""
    return entry.backend, entry.family, entry.table, entry.chain, entry.position


class TooManyError(Exception):
    """Going through takes too long."""


class Patience:
    """How many looks at rules are left."""

    def __init__(self, left: int = MOST) -> None:
        self._left = left

    def spend(self, looks: int = 1) -> None:
        """Raises ``TooManyError``."""
        self._left -= looks
        if self._left < 0:
            raise TooManyError


@frozen
class End:
    """Where a chain ends: by a rule (None: behind its last one, undecided or by a policy), and how many rules are reached."""

    verdict: Literal["accept", "drop", "return", "unclear"]
    rule: Rule | None
    reached: int


@frozen
class Accept:
    """A rule that may accept a packet from elsewhere: its chain's name, its text, and whether it accepts new ones."""

    chain: str
    text: str
    new: bool


@frozen
class Met:
    """The reached rules of a chain: what may accept, by key; jumps with their target and whether they are taken by all; and
    what accepts or drops whatever packet."""

    accepts: Mapping[Key, Accept]
    jumps: tuple[tuple[Key, str, bool], ...]
    accepting: frozenset[Key]
    dropping: frozenset[Key]


@frozen
class Course:
    """The way through a base chain.

    refuses    it refuses what no condition applies to
    path       the rules by which it does so, from the first jump to the verdict, or the chain with its policy
    turns      rules that end a chain which every packet goes through
    accepts    the rules that may accept a packet from elsewhere
    carriers   those, and the jumps that lead to them
    accepting, dropping   rules of the chains which every packet goes through
    """

    refuses: bool
    path: tuple[Key, ...]
    turns: frozenset[Key]
    accepts: Mapping[Key, Accept]
    carriers: frozenset[Key]
    accepting: frozenset[Key]
    dropping: frozenset[Key]

    @property
    def passes(self) -> bool:
        """May anything come through?"""
        return not self.refuses or bool(self.accepts)

    @property
    def passes_new(self) -> bool:
        """May anything new come through?"""
        return not self.refuses or any(accept.new for accept in self.accepts.values())


class Courses:
    """The ways through one namespace's firewall. Raises ``TooManyError``."""

    def __init__(self, ruleset: Ruleset, patience: Patience) -> None:
        self._ruleset = ruleset
        self._patience = patience
        self._ends: dict[tuple[TableKey, str], End] = {}
        self._met: dict[tuple[TableKey, str], Met] = {}

    def through(self, base: BaseChain) -> Course:
        """From a base chain's first rule to the end and its policy."""
        table = base.table
        end = self._end(table, base.name)
        refuses = end.verdict == "drop" or (end.verdict == "return" and base.chain.policy == "drop")
        for_all = self._reached(table, base.name, for_all=True)
        chains = self._reached(table, base.name, for_all=False)
        for name in chains:
            met = self._meets(table, name)
            self._patience.spend(1 + len(met.accepts) + len(met.accepting) + len(met.dropping))
        accepts = {key: told for name in chains for key, told in self._meets(table, name).accepts.items()}
        return Course(
            refuses=refuses,
            path=tuple(self._path(base)) if refuses else (),
            turns=frozenset(
                key_of(end.rule.entry) for name in for_all if (end := self._end(table, name)).rule is not None
            ),
            accepts=accepts,
            carriers=frozenset(self._carriers(table, chains) | accepts.keys()),
            accepting=frozenset().union(*(self._meets(table, name).accepting for name in for_all)),
            dropping=frozenset().union(*(self._meets(table, name).dropping for name in for_all)),
        )

    def _path(self, base: BaseChain) -> Iterator[Key]:
        end = self._end(base.table, base.name)
        if end.verdict == "return" and base.chain.entry is not None:
            yield key_of(base.chain.entry)
        while end.verdict == "drop":
            if end.rule is None:
                return
            yield key_of(end.rule.entry)
            if end.rule.words.verdict == "drop":
                return
            end = self._end(base.table, end.rule.words.target or "")

    def _reached(self, table: TableKey, name: str, *, for_all: bool) -> list[str]:
        """The chains that packets come to from this one; with ``for_all`` those that every packet goes through."""
        found = {name: None}
        waiting = [name]
        while waiting:
            for _, target, always in self._meets(table, waiting.pop()).jumps:
                self._patience.spend()
                if target not in found and (always or not for_all):
                    found[target] = None
                    waiting.append(target)
        return list(found)

    def _carriers(self, table: TableKey, chains: list[str]) -> set[Key]:
        """The jumps that lead to a rule which accepts."""
        into: dict[str, list[tuple[Key, str]]] = defaultdict(list)
        for name in chains:
            for key, target, _ in self._meets(table, name).jumps:
                into[target].append((key, name))
        waiting = [name for name in chains if self._meets(table, name).accepts]
        known, found = set(waiting), set[Key]()
        while waiting:
            for key, name in into[waiting.pop()]:
                self._patience.spend()
                found.add(key)
                if name not in known:
                    known.add(name)
                    waiting.append(name)
        return found

    def _meets(self, table: TableKey, name: str) -> Met:
        if (table, name) not in self._met:
            chain = self._ruleset.chain(table, name)
            reached = chain.rules[: self._end(table, name).reached] if chain is not None else ()
            self._met[table, name] = self._of(table, reached)
        return self._met[table, name]

    def _of(self, table: TableKey, reached: tuple[Rule, ...]) -> Met:
        accepts: dict[Key, Accept] = {}
        jumps: list[tuple[Key, str, bool]] = []
        accepting, dropping = set[Key](), set[Key]()
        for rule in reached:
            self._patience.spend()
            key, verdict, target = key_of(rule.entry), verdict_of(rule), rule.words.target or ""
            if verdict == "drop":
                dropping.add(key)
            elif verdict == "accept":
                accepting.add(key)
            if verdict in ("jump", "goto") and self._ruleset.chain(table, target) is None:
                # A target that we have no word for.
                verdict = "unclear"
            if ITSELF in (rule.words.incoming, rule.words.outgoing):
                continue
            if verdict in ("accept", "unclear"):
                accepts[key] = Accept(chain=rule.chain, text=rule.entry.text, new=rule.words.new)
            elif verdict in ("jump", "goto") and rule.words.new:
                jumps.append((key, target, takes_all(rule)))
        return Met(accepts=accepts, jumps=tuple(jumps), accepting=frozenset(accepting), dropping=frozenset(dropping))

    def _end(self, table: TableKey, name: str) -> End:
        """Gone through as the kernel does it, each chain once; one that leads back to itself is no kernel's, and unclear."""
        under_way: dict[str, int] = {name: 0}
        while under_way:
            current, place = next(reversed(under_way.items()))
            if (table, current) not in self._ends:
                chain = self._ruleset.chain(table, current)
                found = self._step(table, chain, place, under_way)
                if isinstance(found, tuple):
                    below, under_way[current] = found
                    under_way[below] = 0
                    continue
                self._ends[table, current] = found
            del under_way[current]
        return self._ends[table, name]

    def _step(
        self, table: TableKey, chain: Chain | None, place: int, under_way: Mapping[str, int]
    ) -> End | tuple[str, int]:
        """A chain's end, looked for from a place on; or the chain below that has to be known first, and the place that asks."""
        rules = chain.rules if chain is not None else ()
        for number, rule in enumerate(rules[place:], start=place):
            self._patience.spend()
            verdict = verdict_of(rule) if takes_all(rule) else "none"
            if verdict in ("accept", "drop", "return", "unclear"):
                return End(verdict=verdict, rule=rule, reached=number + 1)  # type: ignore[arg-type]
            if verdict in ("jump", "goto"):
                target = rule.words.target or ""
                if self._ruleset.chain(table, target) is None or target in under_way:
                    return End(verdict="unclear", rule=rule, reached=number + 1)
                below = self._ends.get((table, target))
                if below is None:
                    return target, number
                if below.verdict != "return" or verdict == "goto":
                    return End(verdict=below.verdict, rule=rule, reached=number + 1)
        ends = chain.falls if chain is not None else "return"
        return End(verdict=ends, rule=None, reached=len(rules))


def verdict_of(rule: Rule) -> str:
    """What a rule does, as far as it is known; translation is no refusal."""
    if rule.entry.extra.get("xt"):
        # nft has no words for some of it.
        return "unclear"
    verdict = rule.words.verdict
    return "accept" if verdict == "translate" else verdict


def takes_all(rule: Rule) -> bool:
    """Does it match every new packet?"""
    words = rule.words
    asks = words.partial or words.ports or words.ports_unclear or words.protocol or words.marked or words.physical
    links = (words.incoming, words.outgoing)
    any_link = all(named is None or ("" in named.patterns and not named.negated) for named in links)
    return words.new and not asks and any_link and words.source is None and not rule.entry.extra.get("xt")
