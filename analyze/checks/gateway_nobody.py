"""gateway-nobody: a route by a gateway whose address nobody on its segment has."""

from __future__ import annotations

from collections.abc import Iterator

from analyze.checks.check import Check, Found, LinkAt
from analyze.checks.host import Host
from analyze.checks.segments import Segment


def find(host: Host) -> Iterator[Found]:
    """Only where the link leads to what the snapshot contains entirely: bridges, veths and macvlans without a way out.

    Calico's 169.254.1.1 is nobody's by design: the host's end answers for everything.
    """
    shown: dict[int, tuple[str, ...]] = {}
    for gateway in host.gateways:
        link = host.topology.by_name.get((gateway.namespace, gateway.dev))
        if link is None or "UP" not in link.flags or "NOARP" in link.flags:
            continue
        segment = host.segment_of.get((gateway.namespace, link.ifindex))
        if (
            segment is None
            or not segment.closed
            or len(segment.members) == 1
            or host.answering.answered(gateway, segment)
        ):
            continue
        if gateway.address.family == "inet" and gateway.address.link_local:
            continue
        if segment.number not in shown:
            shown[segment.number] = _evidence(host, segment)
        yield Found(
            namespace=gateway.namespace,
            subject=(LinkAt(gateway.namespace, link.ifindex), gateway.text),
            message=f"{gateway.words}: {_nobody(segment)} {gateway.text}",
            evidence=shown[segment.number],
            rests_on=segment.namespaces,
            severity="critical" if gateway.default else None,
        )


def _nobody(segment: Segment) -> str:
    number = len(segment.stations)
    return f"none of the {number:,} links on that segment has" if number != 1 else "the only link on that segment lacks"


def _evidence(host: Host, segment: Segment) -> tuple[str, ...]:
    """The addresses that are on the segment, bridges' first."""
    told = []
    for end in sorted(segment.stations, key=lambda end: end.link.link_kind != "bridge")[:10]:
        addresses = [a.address for a in host.addresses.get((end.namespace, end.link.name), ()) if a.scope != "link"]
        told.append(f"{host.where(end.namespace, end.link.name)}: {', '.join(addresses[:10]) or 'no address'}")
    return tuple(told)


CHECK = Check(
    id="gateway-nobody",
    title="Gateway whose address nobody has",
    why='Packets by that route end with "No route to host": nobody answers when the gateway is asked for its MAC.',
    severity="warning",
    confidence="strong",
    needs=("link", "nsid", "address", "route", "local", "nexthop", "neighbour", "sysctl"),
    also=("gateway",),
    find=find,
)
