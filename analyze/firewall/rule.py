"""A firewall rule understood as far as a packet's way goes: whom it is about, and what becomes of what it matches.

``analyze/firewall/iptables.py`` and ``native.py`` read it out of a rule's text, which is iptables-save(8)'s or nft(8)'s.
What they do not understand makes a rule *partial* (it may match or not) or *unclear* (it may let a packet pass or not):
no conclusion is drawn from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal, TypeAlias

from snapshot.model.frozen import frozen

Network: TypeAlias = IPv4Network | IPv6Network
Verdict = Literal["accept", "drop", "return", "jump", "goto", "translate", "none", "unclear"]


@frozen
class LinkNames:
    """Names of links that a rule is about, or not about. A ``pattern`` stands for all names that begin with it."""

    names: frozenset[str] = frozenset()
    patterns: tuple[str, ...] = ()
    negated: bool = False

    def take(self, name: str) -> bool:
        """Is the rule about this link?"""
        return (name in self.names or any(name.startswith(pattern) for pattern in self.patterns)) != self.negated


@frozen
class Addresses:
    """A prefix that a rule is about, or not about."""

    network: Network
    negated: bool = False


@frozen
class RuleWords:
    """What a rule says.

    verdict      what becomes of a packet: "none" goes on to the next rule, "translate" is NAT
    target       the chain it jumps to
    incoming, outgoing   links, None for any
    source       prefix, None for any
    new, replies whether it takes the first packet of a connection, and those that come back
    protocol     "tcp", "udp", ..., None for any
    ports        destination ports as (first, last), None for any; ``ports_unclear`` where they stand in a set or a map
    to, to_port  what the destination is translated to, None where it is not or where that is not told plainly
    marks        it sets a mark on the packet
    marked       it asks for a mark
    physical     it asks by which port of a bridge a packet came or goes (physdev)
    partial      it has conditions beyond those above, or some that are not understood
    """

    verdict: Verdict = "none"
    target: str | None = None
    incoming: LinkNames | None = None
    outgoing: LinkNames | None = None
    source: Addresses | None = None
    new: bool = True
    replies: bool = True
    protocol: str | None = None
    ports: tuple[tuple[int, int], ...] | None = None
    ports_unclear: bool = False
    to: str | None = None
    to_port: int | None = None
    marks: bool = False
    marked: bool = False
    physical: bool = False
    partial: bool = False

    def takes_port(self, number: int) -> bool:
        """Is the rule about this destination port, as far as it says?"""
        return self.ports is None or any(first <= number <= last for first, last in self.ports)


@dataclass(slots=True, kw_only=True)
class Draft:
    """A rule's words while they are read."""

    words: dict[str, object] = field(default_factory=dict)

    def links(self, which: str, names: list[str], wildcard: str, *, negated: bool) -> None:
        """Note links by name, where a name that ends in ``wildcard`` is a pattern."""
        patterns = tuple(name[: -len(wildcard)] for name in names if name.endswith(wildcard))
        plain = frozenset(name for name in names if not name.endswith(wildcard))
        self.words[which] = LinkNames(names=plain, patterns=patterns, negated=negated)

    def source(self, text: str, *, negated: bool) -> None:
        """Note where packets come from; what is no plain prefix is only partly understood."""
        network = prefix(text)
        if network is None:
            self.words["partial"] = True
        else:
            self.words["source"] = Addresses(network=network, negated=negated)

    def states(self, states: set[str], *, negated: bool) -> None:
        """Note the states of connections (conntrack's: new, established, related, untracked, invalid; dnat, snat).

        What replies to a translated connection is translated (snat), but not every connection is; few packets are not tracked.
        """
        self.words["new"] = "new" not in states if negated else bool(states & {"new", "untracked"})
        self.words["replies"] = ("established" in states) != negated or "snat" in states
        if (self.words["new"] and "untracked" in states and (negated or "new" not in states)) or (
            self.words["replies"] and "snat" in states and (negated or "established" not in states)
        ):
            self.words["partial"] = True

    def statuses(self, bits: set[str], *, negated: bool) -> None:
        """Note what a connection has come to (nft(8), ct_status): a first packet's nothing yet, but it may be translated.

        ``dnat`` is what a connection need not be. It is *assured* some packets later than its first answer.
        """
        sure, maybe = bits & {"confirmed", "seen-reply"}, bits & {"assured", "snat"}
        others = bits - sure - maybe - {"dnat"}
        self.words["new"] = negated or bool(others)
        self.words["replies"] = not sure if negated else bool(sure or maybe or others)
        if others or (maybe and not sure):
            self.words["partial"] = True

    def ports(self, texts: list[str], *, negated: bool) -> None:
        """Note destination ports, as "80", "80:90" or "80-90"."""
        found = [span(text) for text in texts]
        known = tuple(one for one in found if one is not None)
        if negated or len(known) != len(found):
            self.words["ports_unclear"] = True
        else:
            self.words["ports"] = known

    def destination(self, text: str) -> None:
        """Note what the destination becomes: "10.1.27.3", "10.1.27.3:80", "[fd00::1]:80", a range is not told plainly."""
        host, _, port = text[1:].partition("]") if text.startswith("[") else text.rpartition(":")[::1]
        if text.startswith("["):
            port = port.lstrip(":")
        elif not host or ":" in host:
            host, port = text, ""
        if prefix(host) is not None:
            self.words["to"] = host
            self.words["to_port"] = int(port) if port.isdecimal() and len(port) < 6 else None

    def done(self) -> RuleWords:
        """The rule."""
        return RuleWords(**self.words)  # type: ignore[arg-type]


def prefix(text: str) -> Network | None:
    """A prefix or an address as a network, None for anything else."""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def span(text: str) -> tuple[int, int] | None:
    """Ports, None for what is none. Names of services are not looked up: they are another machine's."""
    first, _, last = text.replace("-", ":").partition(":")
    if first.isdecimal() and len(first) < 6 and (not last or (last.isdecimal() and len(last) < 6)):
        return int(first), int(last or first)
    return None
