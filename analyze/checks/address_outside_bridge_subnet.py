"""address-outside-bridge-subnet: a workload on a bridge with an address that the bridge's host does not look for there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from analyze.checks.check import Check, Found, LinkAt
from analyze.checks.host import Host
from analyze.checks.prefixes import Prefix, Prefixes, prefix
from analyze.checks.segments import Segment
from analyze.checks.words import listed
from analyze.veths import End


def find(host: Host) -> Iterator[Found]:
    """Bridges with an address, on segments that lead nowhere else: what neither their subnets nor a route by them covers, their
    host never sends there. A subnet that several workloads share among themselves is a network of its own; an address
    counts only where the workload has no other of that family which is covered."""
    for segment in host.segments:
        if not segment.closed or not segment.bridges or len(segment.members) == 1:
            continue
        families = {bridge.spot: {told.family for _, told in _global(host, bridge)} for bridge in segment.bridges}
        for family in sorted(frozenset().union(*families.values())):
            bridges = [bridge for bridge in segment.bridges if family in families[bridge.spot]]
            yield from _outside(host, segment, bridges, family)


def _outside(host: Host, segment: Segment, bridges: list[End], family: str) -> Iterator[Found]:
    subnets = Prefixes(told.network for bridge in bridges for _, told in _global(host, bridge))
    routes = (host.on_link.get((bridge.namespace, bridge.link.name)) for bridge in bridges)
    covered = Prefixes.merged((subnets, *routes))
    others = [end for end in segment.stations if end.link.link_kind != "bridge" and "UP" in end.link.flags]
    borne = [[(text, told) for text, told in _global(host, end) if told.family == family] for end in others]
    shared = Counter(network for found in borne for network in {told.network for _, told in found})
    evidence = _evidence(host, bridges, family)
    for end, mine in zip(others, borne, strict=True):
        if not mine or any(covered.covers(told) for _, told in mine):
            continue
        if any(not told.single and shared[told.network] > 1 for _, told in mine):
            continue
        bridge = bridges[0]
        known = listed([text for text, told in _global(host, bridge) if told.family == family])
        yield Found(
            namespace=end.namespace,
            subject=(LinkAt(*end.spot), family),
            message=f"{host.where(end.namespace, end.link.name)} has {listed([text for text, _ in mine])}, which is outside "
            f"of its bridge's {known} ({host.where(bridge.namespace, bridge.link.name)})",
            evidence=evidence,
            rests_on=segment.namespaces,
        )


def _global(host: Host, end: End) -> list[tuple[str, Prefix]]:
    """A link's addresses that are valid beyond it, as texts and as numbers."""
    addresses = host.addresses.get((end.namespace, end.link.name), ())
    told = [(address.address, prefix(address.address)) for address in addresses if address.scope == "global"]
    return [(text, one) for text, one in told if one is not None and not one.link_local]


def _evidence(host: Host, bridges: list[End], family: str) -> tuple[str, ...]:
    """What the routes by the bridges cover."""
    return tuple(
        f"route {route.dst} dev {route.dev} in {host.scope(bridge.namespace)}"
        for bridge in bridges[:5]
        for route in host.plain_routes.get((bridge.namespace, bridge.link.name), ())[:5]
        if route.family == family
    )


CHECK = Check(
    id="address-outside-bridge-subnet",
    title="Address outside of its bridge's subnet",
    why="The host has no route to it by that bridge: answers go elsewhere, and the workload cannot reach its gateway.",
    severity="warning",
    confidence="strong",
    needs=("link", "nsid", "address", "route"),
    find=find,
)
