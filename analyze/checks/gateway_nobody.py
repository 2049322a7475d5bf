"""gateway-nobody: a route by a gateway whose address nobody on its segment has."""

from __future__ import annotations

from collections.abc import Iterator

from analyze.checks.check import Check, Found, LinkAt
from analyze.checks.gateways import Gateway
from analyze.checks.host import Host
from analyze.checks.segments import Segment
from snapshot.model.neighbour import Neighbour


def find(host: Host) -> Iterator[Found]:
    """Only where the link leads to what the snapshot contains entirely: bridges, veths and macvlans without a way out.

    A host answers for all of its addresses on all of its links (ip-sysctl.rst, arp_ignore), so an address anywhere in one of
    the segment's namespaces will do; a link-local one has to be on the segment. Calico's 169.254.1.1 is nobody's by design: the
    host's end answers for everything (proxy_arp).
    """
    for gateway in host.gateways:
        link = host.topology.by_name.get((gateway.namespace, gateway.dev))
        segment = host.segments.get((gateway.namespace, link.ifindex)) if link is not None else None
        if link is None or segment is None or not segment.closed or len(segment.members) == 1:
            continue
        if "UP" not in link.flags or "NOARP" in link.flags or _somebody(host, gateway, segment):
            continue
        yield Found(
            namespace=gateway.namespace,
            subject=(LinkAt(gateway.namespace, link.ifindex), gateway.text),
            message=f"{gateway.words}: none of the {len(segment.stations)} links on that segment has {gateway.text}",
            evidence=_evidence(host, segment),
            rests_on=segment.namespaces,
            severity="critical" if gateway.default else None,
        )


def _somebody(host: Host, gateway: Gateway, segment: Segment) -> bool:
    address = gateway.address
    if address.family == "inet" and address.link_local:
        return True
    if address.link_local:
        return any((end.namespace, end.link.name, address.number) in host.bearers for end in segment.members)
    if any((namespace, None, address.number) in host.bearers for namespace in segment.namespaces):
        return True
    return _answered_for(host, gateway, segment)


def _answered_for(host: Host, gateway: Gateway, segment: Segment) -> bool:
    """Is the gateway's MAC written down, or does some link answer for addresses that are not its own?"""
    for entry in host.rows(gateway.namespace, "neighbour"):
        if isinstance(entry, Neighbour) and (entry.dev, entry.address) == (gateway.dev, gateway.text):
            return True
    names = {(end.namespace, end.link.name) for end in segment.members}
    everywhere = {(namespace, "all") for namespace in segment.namespaces}
    return bool(host.answering & (names | everywhere))


def _evidence(host: Host, segment: Segment) -> tuple[str, ...]:
    """The addresses that are on the segment, bridges' first."""
    told = []
    for end in sorted(segment.stations, key=lambda end: end.link.link_kind != "bridge")[:50]:
        addresses = [a.address for a in host.addresses.get((end.namespace, end.link.name), ()) if a.scope != "link"]
        told.append(f"{host.where(end.namespace, end.link.name)}: {', '.join(addresses) or 'no address'}")
    return tuple(told[:10])


CHECK = Check(
    id="gateway-nobody",
    title="Gateway whose address nobody has",
    why='Packets by that route end with "No route to host": nobody answers when the gateway is asked for its MAC.',
    severity="warning",
    confidence="strong",
    needs=("link", "nsid", "address", "route", "gateway", "nexthop", "neighbour", "sysctl"),
    find=find,
)
