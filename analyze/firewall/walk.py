"""The way of a packet through a base chain: whether anything may accept it, and what drops it for certain.

Nothing is concluded from what is not understood: a rule that may match or not lets a packet pass if it accepts, and does not
stop it if it drops. So *dropped* is true of every packet of the kind that was asked about, *accepted* only of some.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from analyze.firewall.rule import Addresses, Network, RuleWords
from analyze.firewall.ruleset import SERVICES_CHAIN, BaseChain, Chain, Rule, Ruleset, TableKey
from snapshot.model.frozen import frozen

DEEPEST = 40
"""Jumps within jumps: the kernel allows nft 16 (NFT_JUMP_STACK_SIZE)."""
NO, MAYBE, YES = 0, 1, 2


@frozen
class Packet:
    """Packets alike: by which links they come and go (None: not known), where from, and whether they answer others."""

    incoming: str | None
    outgoing: str | None
    sources: tuple[Network, ...] = ()
    reply: bool = False


@frozen
class Way:
    """What becomes of a packet in a chain.

    accepts  some rule may accept it, or may do something unclear
    falls    it may come to the chain's end (or return), undecided
    drop     the rule that drops it for certain, if one does
    """

    accepts: bool
    falls: bool
    drop: Rule | None = None


@dataclass(slots=True)
class Walk:
    """A walk of one packet through a ruleset, each chain once.

    hasty   it ends at the first rule that may accept
    met     the rules that it may match, as far as it may come
    looked  how many rules were looked at
    """

    ruleset: Ruleset
    packet: Packet
    hasty: bool = False
    met: list[Rule] = field(default_factory=list)
    looked: int = 0
    _known: dict[tuple[TableKey, str], Way] = field(default_factory=dict)

    def through(self, base: BaseChain) -> Way:
        """From a base chain's first rule to the end; its policy is not looked at."""
        return self._chain(base.table, base.name, base.chain, 0)

    def drops(self, base: BaseChain) -> bool:
        """Is every such packet dropped here, by a rule or by the policy?"""
        way = self.through(base)
        return not way.accepts and (not way.falls or base.chain.policy == "drop")

    def _chain(self, table: TableKey, name: str, chain: Chain, depth: int) -> Way:
        if depth > DEEPEST:
            return Way(accepts=True, falls=True)
        known = self._known.get((table, name))
        if known is not None:
            return known
        # A chain that leads back to itself is no kernel's: it ends here.
        self._known[table, name] = Way(accepts=True, falls=True)
        way = self._way(table, chain, depth)
        self._known[table, name] = way
        return way

    def _way(self, table: TableKey, chain: Chain, depth: int) -> Way:
        accepts = returns = False
        links = {name for name in (self.packet.incoming, self.packet.outgoing) if name is not None}
        for rule in chain.about(links):
            self.looked += 1
            match = matches(rule, self.packet)
            if match == NO:
                continue
            self.met.append(rule)
            words, sure = rule.words, match == YES
            if words.verdict in ("accept", "translate", "unclear"):
                accepts = True
                if sure or self.hasty:
                    return Way(accepts=True, falls=returns or not sure)
            elif words.verdict == "drop" and sure:
                return Way(accepts=accepts, falls=returns, drop=rule)
            elif words.verdict == "return":
                returns = True
                if sure:
                    return Way(accepts=accepts, falls=True)
            elif words.verdict in ("jump", "goto"):
                below = self._below(table, words, depth)
                accepts = accepts or below.accepts
                if accepts and self.hasty:
                    return Way(accepts=True, falls=True)
                if sure and (words.verdict == "goto" or not below.falls):
                    return Way(accepts=accepts, falls=returns or below.falls, drop=below.drop)
                returns = returns or (words.verdict == "goto" and below.falls)
        return Way(accepts=accepts, falls=True)

    def _below(self, table: TableKey, words: RuleWords, depth: int) -> Way:
        chain = self.ruleset.chain(table, words.target)
        if chain is None:
            # A target that we have no word for.
            return Way(accepts=True, falls=True)
        return self._chain(table, words.target or "", chain, depth + 1)


def matches(rule: Rule, packet: Packet) -> int:
    """``NO``, ``MAYBE`` or ``YES``."""
    words = rule.words
    sure = not (words.partial or words.ports or words.ports_unclear or words.protocol)
    for named, link in ((words.incoming, packet.incoming), (words.outgoing, packet.outgoing)):
        if named is not None:
            if link is None:
                sure = False
            elif not named.take(link):
                return NO
    if not (words.replies if packet.reply else words.new):
        return NO
    if words.marked and rule.chain == SERVICES_CHAIN:
        return NO
    if words.source is not None:
        found = _from(words.source, packet.sources)
        if found == NO:
            return NO
        sure = sure and found == YES
    return YES if sure else MAYBE


def _from(asked: Addresses, sources: tuple[Network, ...]) -> int:
    """Whether packets from these networks come from the one that is asked about."""
    if not sources:
        return MAYBE
    alike = [network for network in sources if network.version == asked.network.version]
    touched = any(asked.network.overlaps(network) for network in alike)
    covered = len(alike) == len(sources) and all(
        asked.network.prefixlen <= network.prefixlen and asked.network.overlaps(network) for network in alike
    )
    if asked.negated:
        return NO if covered else MAYBE if touched else YES
    return YES if covered else MAYBE if touched else NO
