"""Links that are no veths and join namespaces or leave the host: tunnels, macvlans, VLANs, bonds, hardware."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from analyze.facts import peer_words
from analyze.topology import Topology
from snapshot.model.frozen import frozen
from snapshot.model.json import JsonObject
from snapshot.model.link import Link

OF_NO_ACCOUNT = frozenset({"veth", "bridge", "dummy", "ifb", "nlmon", "netdevsim"})
"""Kinds that are drawn otherwise, or lead nowhere."""
FALLBACK = frozenset({"tunl0", "gre0", "gretap0", "erspan0", "sit0", "ip6tnl0", "ip6gre0", "ip_vti0", "ip6_vti0"})
"""What the kernel makes in every namespace once a kind of tunnel was used anywhere (net/ipv4/ip_tunnel.c)."""
HARDWARE = "device"
NAMED_UP_TO = 2


@frozen
class Seen:
    """A link to be shown as a badge; ``link`` None for the lower end of others' links."""

    name: str
    kind: str
    text: str
    link: Link | None = None


def badges_of(topology: Topology) -> Mapping[str, tuple[Seen, ...]]:
    """By namespace key, in the kernel's order; links that others stand on from elsewhere tell of them as well."""
    found: dict[str, list[Seen]] = defaultdict(list)
    upper: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for key, place in topology.namespaces.items():
        for link in place.links:
            if not _shown(link):
                continue
            found[key].append(
                Seen(name=link.name, kind=link.link_kind or HARDWARE, text=_text(topology, key, link), link=link)
            )
            lower = lower_of(topology, key, link)
            if lower is not None and lower[0] != key and link.link_kind is not None:
                upper[lower[0], lower[1], link.link_kind].append(f"{topology.scopes[key]}/{link.name}")
    for (key, name, kind), told in upper.items():
        words = ", ".join(sorted(told)) if len(told) <= NAMED_UP_TO else f"{len(told):,} links elsewhere"
        found[key].append(Seen(name=name, kind=kind, text=f"to {words}"))
    return {key: tuple(seen) for key, seen in found.items()}


def lower_of(topology: Topology, key: str, link: Link) -> tuple[str, str] | None:
    """Namespace key and name of the link that one stands on, if that is known."""
    if link.link_index is None or link.link_kind == "veth":
        return None
    where: str | None = key
    if link.link_netnsid is not None:
        nsids = topology.namespaces[key].nsids
        where = next((nsid.target for nsid in nsids if nsid.nsid == link.link_netnsid), None)
    lower = topology.links.get((where, link.link_index)) if where is not None else None
    return (where, lower.name) if lower is not None and where is not None else None


def _shown(link: Link) -> bool:
    if link.type == "loopback" or link.link_kind in OF_NO_ACCOUNT:
        return False
    return not (link.name in FALLBACK and link.state == "DOWN")


def _text(topology: Topology, key: str, link: Link) -> str:
    data = link.kind_data
    number, remote = data.get(f"{link.link_kind}_id"), _remote(data)
    mode = data.get(f"{link.link_kind}_mode")
    words = [f"id {number}"] if isinstance(number, int) else []
    words += [mode] if isinstance(mode, str) else []
    words += [f"to {remote}"] if remote is not None else []
    lower = peer_words(topology, key, link)
    if lower is not None:
        here = f"{topology.scopes[key]}/"
        words.append(f"on {lower.removeprefix(here)}")
    if link.master is not None and link.port_kind not in (None, "bridge"):
        words.append(f"port of {link.master}")
    if link.link_kind is None:
        words += [a.address for a in topology.addresses(key, link.name) if a.scope != "link"]
    return " ".join(words)


def _remote(data: JsonObject) -> str | None:
    """Where a tunnel leads: the one peer it has, or its multicast group."""
    for name, value in data.items():
        told = name.endswith(("_remote", "_remote6")) or name in ("vxlan_group", "vxlan_group6")
        if told and isinstance(value, str) and value not in ("0.0.0.0", "::"):  # noqa: S104  # no address is bound
            return value
    return None
