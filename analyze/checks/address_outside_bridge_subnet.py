"""address-outside-bridge-subnet: a workload on a bridge with an address that the bridge's host does not look for there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from analyze.checks.check import Check, Found, LinkAt
from analyze.checks.host import Host
from analyze.checks.prefixes import Prefix, prefix
from analyze.checks.segments import Segment
from analyze.veths import End


def find(host: Host) -> Iterator[Found]:
    """Bridges that have an address, on segments that lead nowhere else: what the routes by the bridge do not cover, its host
    never sends there. A subnet that several workloads share among themselves is a network of its own; an address counts only
    where the workload has no other of that family which is covered."""
    done: set[int] = set()
    for segment in host.segments.values():
        if id(segment) in done or not segment.closed or len(segment.members) == 1:
            continue
        done.add(id(segment))
        for bridge in segment.bridges:
            for family in sorted({told.family for told in _told(host, bridge)}):
                yield from _outside(host, segment, bridge, family)


def _outside(host: Host, segment: Segment, bridge: End, family: str) -> Iterator[Found]:
    on_it = host.on_link.get((bridge.namespace, bridge.link.name))
    if on_it is None:
        return
    others = [end for end in segment.stations if end.spot != bridge.spot and "UP" in end.link.flags]
    borne = {end.spot: [told for told in _told(host, end) if told.family == family] for end in others}
    shared = Counter(told.network for found in borne.values() for told in {*found})
    for end in others:
        mine = borne[end.spot]
        if not mine or any(on_it.covers(told) for told in mine):
            continue
        if any(not told.single and shared[told.network] > 1 for told in mine):
            continue
        words = ", ".join(a.address for a in host.addresses[end.namespace, end.link.name] if prefix(a.address) in mine)
        known = ", ".join(a.address for a in host.addresses[bridge.namespace, bridge.link.name] if a.family == family)
        yield Found(
            namespace=end.namespace,
            subject=(LinkAt(*end.spot), family),
            message=f"{host.where(end.namespace, end.link.name)} has {words}, which is outside of its bridge's {known} "
            f"({host.where(bridge.namespace, bridge.link.name)})",
            evidence=tuple(
                f"route {route.dst} dev {route.dev} in {host.scope(bridge.namespace)}"
                for route in host.routes(bridge.namespace)
                if route.dev == bridge.link.name and route.family == family and route.gateway is None
            )[:10],
            rests_on=segment.namespaces,
        )


def _told(host: Host, end: End) -> list[Prefix]:
    addresses = host.addresses.get((end.namespace, end.link.name), ())
    told = [prefix(address.address) for address in addresses if address.scope == "global"]
    return [one for one in told if one is not None and not one.link_local]


CHECK = Check(
    id="address-outside-bridge-subnet",
    title="Address outside of its bridge's subnet",
    why="The host has no route to it by that bridge: answers go elsewhere, and the workload cannot reach its gateway.",
    severity="warning",
    confidence="strong",
    needs=("link", "nsid", "address", "route"),
    find=find,
)
