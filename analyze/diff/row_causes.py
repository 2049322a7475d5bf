"""Causes of changed rows: the link they stand on, and what the kernel or a runtime does by itself, kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from analyze.addresses import interface, network
from analyze.diff.draft import BIRTH_AND_DEATH, Draft
from analyze.diff.firewall_causes import of_firewall, of_ipvs
from analyze.diff.index import Index
from analyze.diff.last_address import last_address
from analyze.diff.link_turns import turned
from analyze.diff.steering_causes import ipv6_switch, of_bpf, of_nexthop, of_socket, of_sysctl, of_traffic
from analyze.subjects import links_of
from snapshot.model.address import Address
from snapshot.model.fdb import FdbEntry
from snapshot.model.kinds import Fact
from snapshot.model.neighbour import Neighbour
from snapshot.model.route import Route

MOVES_ROUTES = frozenset({"address", "broadcast", "scope", "metric", "flags"})
"""Fields of an address by whose change its routes come, go or change."""

Causes = Callable[[Index, Draft, str, str, Any], Iterator[Draft]]
"""What could explain a row's change, seen from one side (with the namespace's key there), the closest first."""


def of_row(index: Index, draft: Draft) -> Iterator[Draft]:
    """The changes that could explain one of a row, the closest first."""
    for side, key, row in index.sides(draft):
        if row is not None:
            yield from _CAUSES.get(draft.kind, _of_links)(index, draft, side, key, row)
    yield from index.workloads(draft)


def _of_links(index: Index, draft: Draft, side: str, key: str, row: Fact) -> Iterator[Draft]:
    """The links a row stands on."""
    for name in links_of(row):
        yield from _link(index, draft, side, key, name)


def _link(index: Index, draft: Draft, side: str, key: str, name: str) -> Iterator[Draft]:
    """The link a row stands on, if the row came, went or changed with it, or it was moved; a network's bridge included."""
    link = index.link(side, key, name)
    if link is not None and (link.comes_or_goes or turned(link, draft)):
        yield link


def _also(*more: Causes) -> Causes:
    """The links a row stands on first, then what is particular to its kind."""

    def causes(index: Index, draft: Draft, side: str, key: str, row: Fact) -> Iterator[Draft]:
        for find in (_of_links, *more):
            yield from find(index, draft, side, key, row)

    return causes


def _of_address(index: Index, draft: Draft, side: str, key: str, address: Address) -> Iterator[Draft]:
    if address.family == "inet6":
        yield from ipv6_switch(index, side, key, address.dev)
    yield from index.readdressed(side, key, address.dev)


def _of_neighbour(index: Index, draft: Draft, side: str, key: str, entry: Neighbour) -> Iterator[Draft]:
    # A new MAC on its link ends configured neighbours too (net/core/neighbour.c, neigh_changeaddr).
    link = index.link(side, key, entry.dev) if entry.dev is not None else None
    if link is not None and "mac" in link.touched and entry.state == "PERMANENT" and draft.action != "changed":
        yield link
    yield from index.mac(entry.mac)
    yield from index.address_anywhere(side, entry.address)
    yield from _last_address(index, draft, side, key, entry)


def _last_address(index: Index, draft: Draft, side: str, key: str, row: Route | Neighbour) -> Iterator[Draft]:
    address = last_address(index, draft, side, key, row)
    if address is not None:
        yield address


def _of_fdb(index: Index, draft: Draft, side: str, key: str, entry: FdbEntry) -> Iterator[Draft]:
    yield from index.mac(entry.mac)
    yield from _listening_for(index, side, key, entry)
    if entry.nexthop_id is not None:
        nexthop = index.row(side, key, "nexthop", (entry.nexthop_id,))
        if nexthop is not None:
            yield nexthop
    if entry.mac.startswith("33:33:"):
        yield from ipv6_switch(index, side, key, entry.dev)


def _listening_for(index: Index, side: str, key: str, entry: FdbEntry) -> Iterator[Draft]:
    """The IPv6 address for whose neighbour discovery a link listens to a multicast group (RFC 4291, 2.7.1)."""
    for draft in index.addresses(side, key):
        address = draft.row(side)
        if isinstance(address, Address) and address.dev == entry.dev and draft.action in BIRTH_AND_DEATH:
            ip = interface(address.address).ip
            if ip.version == 6 and entry.mac == f"33:33:ff:{ip.packed[13:].hex(':')}":
                yield draft


def _of_route(index: Index, draft: Draft, side: str, key: str, route: Route) -> Iterator[Draft]:
    if route.nexthop_id is not None:
        # The kernel shows a route with what its nexthop object says, and drops it with that (net/ipv4/nexthop.c).
        nexthop = index.row(side, key, "nexthop", (route.nexthop_id,))
        if nexthop is not None:
            yield nexthop
    made_by = []
    for address in index.addresses(side, key):
        if address.old is not None and address.new is not None and not address.touched & MOVES_ROUTES:
            continue
        fact = address.row(side)
        if isinstance(fact, Address) and makes(fact, route):
            made_by.append((fact.address.partition("/")[0] != route.prefsrc, address))
    # Of several addresses in a subnet its route names the one that it was made for.
    yield from (address for _, address in sorted(made_by, key=lambda found: found[0]))
    named = [route.dev, *(hop.get("dev") for hop in route.nexthops if isinstance(hop, Mapping))]
    found = [index.link(side, key, dev) for dev in named if isinstance(dev, str)]
    links = [link for link in found if link is not None]
    # A route goes with any link of its next hops, but is there until the last of them is down (fib_sync_down_dev).
    yield from (link for link in links if link.comes_or_goes)
    followed = [link for link in links if turned(link, draft)]
    yield from followed if draft.action == "changed" or len(followed) == len(found) else ()
    yield from _last_address(index, draft, side, key, route)
    if route.family == "inet6":
        yield from _of_ipv6_route(index, side, key, route)


def _of_ipv6_route(index: Index, side: str, key: str, route: Route) -> Iterator[Draft]:
    if route.type == "multicast":
        # All of multicast goes to every link that speaks IPv6, which its link-local address betrays.
        for address in index.addresses(side, key):
            fact = address.row(side)
            if not isinstance(fact, Address) or fact.dev != route.dev or address.action not in BIRTH_AND_DEATH:
                continue
            if interface(fact.address).ip.is_link_local:
                yield address
    if route.dev is not None and route.protocol == "kernel":
        yield from ipv6_switch(index, side, key, route.dev)


def makes(address: Address, route: Route) -> bool:
    """Does the kernel make this route because of that address (net/ipv4/fib_frontend.c, net/ipv6/addrconf.c)?

    The local, broadcast and anycast routes of the address and the on-link route of its prefix; a route that names the
    address as its source goes with it as well.
    """
    if address.family != route.family:
        return False
    own = interface(address.address)
    if route.prefsrc is not None and route.prefsrc == str(own.ip):
        return True
    if route.protocol != "kernel" or route.dev not in (address.dev, "lo", None):
        return False
    target = network(route.dst)
    if route.table == "local":
        inside = target.network_address in own.network
        alone = target.prefixlen == target.max_prefixlen and target.network_address == own.ip
        return alone or (route.type in ("anycast", "broadcast") and inside)
    return target == own.network


_CAUSES: Mapping[str, Causes] = {
    "address": _also(_of_address),
    "route": _of_route,
    "neighbour": _also(_of_neighbour),
    "fdb": _also(_of_fdb),
    "nexthop": _also(of_nexthop),
    "qdisc": _also(of_traffic),
    "class": _also(of_traffic),
    "filter": _also(of_traffic),
    "bpf": _also(of_bpf),
    "sysctl": _also(of_sysctl),
    "socket": _also(of_socket),
    "firewall": of_firewall,
    "ipvs": of_ipvs,
}
"""Kinds that are not here follow the links they stand on, and nothing else."""
