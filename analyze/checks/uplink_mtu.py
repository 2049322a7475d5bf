"""uplink-mtu: containers send larger packets than the link takes by which the host leads them on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from analyze.checks.check import Check, Found, LinkAt, Part
from analyze.checks.host import Host
from analyze.checks.prefixes import Prefix, Prefixes, prefix
from analyze.checks.through_host import FAMILY, Senders, senders, sends_up_to, some, together, way_out
from snapshot.model.firewall import FirewallEntry
from snapshot.model.link import Link
from snapshot.model.rule import Rule
from snapshot.store.sections import EVERYWHERE

ALL = {4: Prefix("inet", 0, 0), 6: Prefix("inet6", 0, 0)}
PLAIN = frozenset({"main", "local", "default"})
CLAMPS = ("TCPMSS", "maxseg size set")
"""What makes TCP's segments small enough at the host: iptables-extensions(8), nft(8)."""


def find(host: Host) -> Iterator[Found]:
    """The host is a router between both, and what is too large for the way on it fragments, or tells the sender about (ICMP
    "fragmentation needed", net/ipv4/ip_forward.c; IPv6 "packet too big"). So it works as long as these messages pass, on the
    whole way and in both directions: a container says at the start of a connection that it takes segments as large as its own
    link's (the MSS), and what comes back is as large.

    One finding for each bridge and way on. Nothing is said where the host clamps the MSS, where policy rules or the halves of a
    default route may lead elsewhere, and where a filter at ingress or a BPF program may.
    """
    home = host.topology.host
    if home is None or _clamped(host, home):
        return
    told: set[tuple[Part, int]] = set()
    through = senders(host)
    for version in (4, 6):
        link = way_out(host, version)
        if link is None or link.mtu is None or (home, link.name) in host.steered:
            continue
        elsewhere = _led_elsewhere(host, home, version)
        large = [_larger(host, sent, link.mtu, elsewhere) for sent in through if sent.version == version]
        found = [sent for sent in large if sent is not None and (home, sent.link.name) not in host.steered]
        for sent in together(found):
            if (sent.part(home), link.ifindex) not in told:
                told.add((sent.part(home), link.ifindex))
                yield _found(host, home, sent, link)


def _clamped(host: Host, home: str) -> bool:
    entries = cast(tuple[FirewallEntry, ...], host.rows(home, "firewall"))
    return any(word in entry.text for entry in entries if entry.text for word in CLAMPS)


def _led_elsewhere(host: Host, home: str, version: int) -> Prefixes:
    """The sources of what may take another way to far away than the default route of the table main."""
    ways = [r for r in host.routes(home) if r.family == FAMILY[version] and r.dst in EVERYWHERE]
    if any(route.dst not in EVERYWHERE[:2] for route in ways):
        return Prefixes([ALL[version]])
    tables = {route.table for route in ways} - PLAIN
    found = []
    for rule in cast(tuple[Rule, ...], host.rows(home, "rule")):
        stays = rule.action in ("to_tbl", "nop") and rule.table not in tables
        if rule.family != FAMILY[version] or stays or rule.l3mdev or (rule.iif == "lo" and not rule.invert):
            continue
        source = prefix(rule.src) if rule.src is not None and not rule.invert else None
        found.append(source if source is not None else ALL[version])
    return Prefixes(found)


def _larger(host: Host, sent: Senders, most: int, elsewhere: Prefixes) -> Senders | None:
    """Those of the senders that send larger packets, and not elsewhere."""
    keys = frozenset(
        key
        for key in sent.namespaces
        if (sends_up_to(host, key, sent.version) or 0) > most
        and not any(elsewhere.covers(told) for _, _, told in host.borne[key])
    )
    if not keys:
        return None
    return replace(sent, scopes=tuple(sorted(host.scope(key) for key in keys)), namespaces=keys)


def _found(host: Host, home: str, sent: Senders, link: Link) -> Found:
    most = max(sends_up_to(host, key, sent.version) or 0 for key in sent.namespaces)
    number = len(sent.namespaces)
    return Found(
        namespace=home,
        subject=(sent.part(home), LinkAt(home, link.ifindex)),
        message=f"{some(sent.scopes)} {'sends' if number == 1 else 'send'} up to {most} bytes, and {link.name}, "
        f"the host's way on, takes {link.mtu}: what is larger is fragmented, "
        "or needs ICMP (fragmentation needed) to get through",
        evidence=(
            f"the default route of {some(sent.scopes)} is the host's {sent.link.name}: up to {most} bytes",
            f"{link.name}: mtu {link.mtu}",
        ),
        rests_on=sent.namespaces,
    )


CHECK = Check(
    id="uplink-mtu",
    title="Containers send larger packets than the way on takes",
    why="It works as long as ICMP passes both ways; where somebody drops it, connections hang as soon as they carry data.",
    severity="warning",
    confidence="weak",
    needs=("link", "address", "route", "rule", "firewall", "filter", "bpf"),
    place="host",
    find=find,
)
