"""forward-drop: a firewall that forwards nothing by default, and has no rule for containers whose way out is the host."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from analyze.checks.check import Check, Found
from analyze.checks.host import Host, Unknown
from analyze.checks.through_host import Senders, senders, some, together, ways_on
from analyze.firewall.ruleset import BaseChain
from analyze.firewall.walk import Packet, Walk

MOST = 500_000
"""Rules that are looked at, over all links together."""


def find(host: Host) -> Iterator[Found | Unknown]:
    """Each base chain at the hook "forward" decides by itself, and a drop in one is final (nft(8), iptables(8)).

    A rule counts for the containers if it may accept the first packet of a connection that they begin: what is limited to
    answers, to translated connections or to another bridge does not. Any condition that is not understood counts as met.
    Then the same for the answers. Docker sets the policy to DROP and accepts its own bridges. Links with filters at ingress
    or a BPF program, which may lead packets past all this, are left out.
    """
    home = host.topology.host
    if home is None:
        return
    through = senders(host)
    ways = {version: next(iter(ways_on(host, version)), None) for version in (4, 6)}
    dropped: dict[tuple[BaseChain, int, bool], list[tuple[Senders, Walk]]] = defaultdict(list)
    looked = 0
    for sent in through:
        way_on = ways[sent.version]
        if way_on is None or host.steered & {(home, sent.link.name), (home, way_on.name)}:
            continue
        there = Packet(incoming=sent.link.name, outgoing=way_on.name, sources=sent.sources)
        back = Packet(incoming=way_on.name, outgoing=sent.link.name, reply=True)
        for base in host.ruleset.base_chains("forward", sent.version):
            for packet in (there, back):
                walk = Walk(host.ruleset, packet, hasty=True)
                drops = walk.drops(base)
                looked += walk.looked
                if drops:
                    dropped[base, sent.version, packet.reply].append((sent, walk))
                    break
        if looked > MOST:
            yield Unknown(namespace=None, kind="firewall", reason="too many rules for so many links")
            break
    for (base, version, _), found in dropped.items():
        walks = {sent.link.ifindex: walk for sent, walk in found}
        way_on = ways[version]
        for sent in together([sent for sent, _ in found]):
            if way_on is not None:
                yield _found(home, sent, base, way_on.name, walks[sent.link.ifindex])


def _found(home: str, sent: Senders, base: BaseChain, way_on: str, walk: Walk) -> Found:
    drop = walk.through(base).drop
    by = f"the policy {base.chain.policy.upper()}"
    if drop is not None:
        by = f'"{drop.entry.text}" in chain {drop.chain}'
    what = f"what goes from {sent.link.name} to {way_on}"
    if walk.packet.reply:
        what = f"the answers from {way_on} to {sent.link.name}"
    return Found(
        namespace=home,
        subject=(*base.table, base.name, sent.version, sent.part(home)),
        message=f"no rule in {base.words} accepts {what}, and {by} drops it: nothing beyond the host is reached "
        f"by {some(sent.scopes)}",
        evidence=(
            f"{base.words}: policy {base.chain.policy}",
            f"the default route of {some(sent.scopes)} is the host's {sent.link.name}; the host leads on by {way_on}",
            *(f"{rule.chain}: {rule.entry.text}" for rule in walk.met[:10]),
        ),
        rests_on=sent.namespaces,
    )


CHECK = Check(
    id="forward-drop",
    title="The firewall drops what containers send",
    why="Containers reach each other on their bridge and nothing beyond the host, and every call times out.",
    severity="critical",
    confidence="strong",
    needs=("link", "address", "route", "firewall", "filter", "bpf"),
    place="host",
    find=find,
)
