"""gateway-not-on-link: a route whose gateway is on no subnet of the link it goes by."""

from __future__ import annotations

from collections.abc import Iterator

from analyze.checks.check import Check, Found, LinkAt
from analyze.checks.gateways import Gateway
from analyze.checks.host import Host
from analyze.checks.prefixes import Prefixes

NOTHING = Prefixes(())


def find(host: Host) -> Iterator[Found]:
    """The kernel takes no route whose gateway is not on the link (net/ipv4/fib_semantics.c, fib_check_nh), unless it is told to
    (onlink). But a route stays when the address or on-link route goes by which its gateway was there.

    IPv6's link-local gateways are on any link by their nature (RFC 4291).
    """
    for gateway in host.gateways:
        link = host.topology.by_name.get((gateway.namespace, gateway.dev))
        if gateway.onlink or gateway.address.link_local or link is None:
            continue
        on_it = host.on_link.get((gateway.namespace, gateway.dev), NOTHING)
        if not on_it.covers(gateway.address):
            yield Found(
                namespace=gateway.namespace,
                subject=(LinkAt(gateway.namespace, link.ifindex), gateway.text),
                message=f"{gateway.words}: {gateway.dev} has no address or route that says {gateway.text} is on it",
                evidence=_evidence(host, gateway),
            )


def _evidence(host: Host, gateway: Gateway) -> tuple[str, ...]:
    spot, family = (gateway.namespace, gateway.dev), gateway.address.family
    addresses = [a for a in host.addresses.get(spot, ())[:10] if a.family == family]
    told = [f"address {a.address} dev {a.dev}" for a in addresses] or [f"no {family} address on {gateway.dev}"]
    routes = [route for route in host.plain_routes.get(spot, ())[:10] if route.family == family]
    return (*told, *(f"route {route.dst} dev {route.dev}" for route in routes))


CHECK = Check(
    id="gateway-not-on-link",
    title="Gateway that is on no subnet of its link",
    why="It is asked for its MAC from an address it does not know; most answer nothing, and the route leads nowhere.",
    severity="warning",
    confidence="strong",
    needs=("link", "address", "route", "nexthop"),
    also=("gateway",),
    find=find,
)
