"""The last IPv4 address of a link: with it the kernel ends IPv4 there, routes and neighbours that somebody set included.

net/ipv4/fib_frontend.c (fib_inetaddr_event calls fib_disable_ip), net/ipv4/arp.c (arp_ifdown). Routes by several next hops
stay while one of these is alive, and those by a nexthop object as long as it does. There is no such rule for IPv6.
"""

from __future__ import annotations

from collections.abc import Mapping

from analyze.addresses import interface
from analyze.diff.draft import Draft
from analyze.diff.index import Index
from analyze.diff.steady import NOWHERE
from snapshot.model.address import Address
from snapshot.model.link import Link
from snapshot.model.neighbour import Neighbour
from snapshot.model.route import Route

Way = tuple[str, str | None]
"""A link, and who is reached through it: a gateway or a neighbour."""


def last_address(index: Index, draft: Draft, side: str, key: str, row: Route | Neighbour) -> Draft | None:
    """The removed address that took a removed route or neighbour along, because its link has no IPv4 address any more.

    Of several that went the one in whose subnet the gateway (or neighbour) is; then the primary one, the one of the
    larger subnet, of the link of the lowest index. None where that does not tell them apart.
    """
    after = draft.namespaces[1]
    if side != "before" or draft.action != "removed" or after is None or row.family != "inet":
        return None
    found: dict[Draft, tuple[bool, bool, int, int]] = {}
    for dev, other in _ways(row):
        lost = _lost(index, key, dev)
        if not lost or _now(index, key, dev) in _with_ipv4(index, after):
            return None
        link = index.topologies["before"].by_name.get((key, dev))
        for address, fact in lost:
            order = (*_order(fact, other), link.ifindex if link is not None else NOWHERE)
            found[address] = min(order, found.get(address, order))
    first = [address for address, order in found.items() if order == min(found.values())]
    return first[0] if len(first) == 1 else None


def _lost(index: Index, key: str, dev: str) -> list[tuple[Draft, Address]]:
    drafts = [draft for draft in index.rows_of_link("before", key, "address", dev) if draft.action == "removed"]
    return [(draft, draft.old) for draft in drafts if isinstance(draft.old, Address) and draft.old.family == "inet"]


def _with_ipv4(index: Index, key: str) -> frozenset[str]:
    """The links of a namespace that have an IPv4 address on the second side."""
    known = index.with_ipv4.get(key)
    if known is None:
        addresses = index.topologies["after"].addresses(key)
        known = index.with_ipv4[key] = frozenset(a.dev for a in addresses if a.family == "inet")
    return known


def _ways(row: Route | Neighbour) -> list[Way]:
    if isinstance(row, Neighbour):
        return [(row.dev, row.address)] if row.dev is not None else []
    if row.nexthop_id is not None:
        return []
    if row.dev is not None:
        return [(row.dev, row.gateway)]
    hops = [hop for hop in row.nexthops if isinstance(hop, Mapping)]
    return [(str(hop["dev"]), str(hop["gateway"]) if hop.get("gateway") else None) for hop in hops if hop.get("dev")]


def _now(index: Index, key: str, dev: str) -> str:
    """What the link is called on the second side: one that was renamed is a change."""
    link = index.link("before", key, dev)
    return link.new.name if link is not None and isinstance(link.new, Link) else dev


def _order(lost: Address, other: str | None) -> tuple[bool, bool, int]:
    own = interface(lost.address).network
    # A gateway of the other family is told as "inet6 fe80::1".
    outside = other is None or interface(other.rpartition(" ")[2]).ip not in own
    return outside, "secondary" in lost.flags, own.prefixlen
