"""Who answers for an address on a segment, when it is asked for by ARP or neighbour discovery."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from analyze.checks.gateways import Gateway
from analyze.checks.prefixes import Prefix, Prefixes, prefix
from analyze.checks.segments import Segment, Spot
from snapshot.model.address import Address
from snapshot.model.link import Link
from snapshot.model.route import Route
from snapshot.store.loaded import LoadedNamespace

FOR_OTHERS = ("proxy_arp", "proxy_arp_pvlan", "proxy_ndp")
"""Sysctls of links that answer for addresses of others."""


class Answering:
    """Look-ups made in one pass over a host's addresses, each question then answered in (all but) constant time.

    Linux answers for all of its addresses on all of its links (ip-sysctl.rst, arp_ignore), so an address anywhere in one of the
    segment's namespaces will do; a link-local one has to be on the segment itself.

    taken  by a namespace's key the IPv4 addresses that it takes for its own by a local route that somebody made (AnyIP): it
           answers for these too, as ARP asks the routing tables. Neighbour discovery does not ask them.
    """

    def __init__(
        self,
        namespaces: Iterable[LoadedNamespace],
        borne: Mapping[str, Sequence[tuple[Link, Address, Prefix]]],
        by_name: Mapping[tuple[str, str], Link],
        segment_of: Mapping[Spot, Segment],
    ) -> None:
        self._on_segment: set[tuple[int, int]] = set()
        self._bearing: dict[int, set[str]] = defaultdict(set)
        self._written: set[tuple[str, str | None, str]] = set()
        self._proxied: set[tuple[int, str]] = set()
        self._taken_on: dict[int, Prefixes] = {}
        self.taken: dict[str, Prefixes] = {}
        self._for_others: set[int] = set()
        for place in namespaces:
            key = place.namespace.key
            for address in place.addresses:
                told = prefix(address.address)
                if told is not None:
                    self._bearing[told.number].add(key)
            for link, _, told in borne[key]:
                self._on_segment.add((segment_of[key, link.ifindex].number, told.number))
            taken = [told for route in _rows(place, "local") if (told := _taken(route)) is not None]
            if taken:
                self.taken[key] = Prefixes(taken)

            def on(dev: str | None, place: LoadedNamespace = place, key: str = key) -> Iterator[int]:
                """The segments of a link, or of all."""
                for link in place.links if dev is None else (by_name.get((key, dev)),):
                    if link is not None and (key, link.ifindex) in segment_of:
                        yield segment_of[key, link.ifindex].number

            for entry in _rows(place, "neighbour"):
                if entry.proxy:
                    self._proxied.update((number, entry.address) for number in on(entry.dev))
                elif entry.state in ("PERMANENT", "NOARP"):
                    self._written.add((key, entry.dev, entry.address))
            for row in _rows(place, "sysctl"):
                if row.dev is not None and any(row.values.get(name) == 1 for name in FOR_OTHERS):
                    self._for_others.update(on(None if row.dev == "all" else row.dev))

    def borne(self, gateway: Gateway, segment: Segment) -> bool:
        """Has somebody there the gateway's address, or takes it for its own?"""
        number = gateway.address.number
        if (segment.number, number) in self._on_segment:
            return True
        if gateway.address.link_local:
            return False
        if not segment.namespaces.isdisjoint(self._bearing.get(number, ())):
            return True
        if segment.number not in self._taken_on:
            self._taken_on[segment.number] = Prefixes.merged(
                self.taken[k] for k in segment.namespaces & self.taken.keys()
            )
        return self._taken_on[segment.number].covers(gateway.address)

    def answered(self, gateway: Gateway, segment: Segment) -> bool:
        """Does a packet get to somebody by that gateway: has somebody its address, is its MAC written down, or is there a link
        that answers for addresses of others (proxy_arp, proxy_ndp, ``ip neigh add proxy``)?"""
        if self.borne(gateway, segment) or segment.number in self._for_others:
            return True
        if (segment.number, gateway.text) in self._proxied:
            return True
        return (gateway.namespace, gateway.dev, gateway.text) in self._written


def _taken(route: Route) -> Prefix | None:
    """What a local route leads to. Those of tables that only some packets are looked up in do not count (transparent proxies
    have one to everything there), nor those of the table main that a subnet's own route stands before."""
    told = prefix(route.dst)
    if told is None or route.family != "inet":
        return None
    return told if route.table == "local" or (route.table == "main" and told.single) else None


def _rows(place: LoadedNamespace, kind: str) -> tuple[Any, ...]:
    extract = place.extracts.get(kind)
    return () if extract is None else extract.rows
