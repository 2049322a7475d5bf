"""Who answers for an address on a segment, when it is asked for by ARP or neighbour discovery."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analyze.checks.gateways import Gateway
from analyze.checks.prefixes import Prefix, prefix
from analyze.checks.segments import Segment, Spot
from snapshot.model.address import Address
from snapshot.model.link import Link
from snapshot.store.loaded import LoadedNamespace


class Answering:
    """Look-ups made in one pass over a host's addresses, each question then answered in (all but) constant time.

    Linux answers for all of its addresses on all of its links (ip-sysctl.rst, arp_ignore), so an address anywhere in one of the
    segment's namespaces will do; a link-local one has to be on the segment itself.
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
        self._for_others: set[int] = set()
        for place in namespaces:
            key = place.namespace.key
            for address in place.addresses:
                told = prefix(address.address)
                if told is not None:
                    self._bearing[told.number].add(key)
            for link, _, told in borne[key]:
                self._on_segment.add((segment_of[key, link.ifindex].number, told.number))
            for entry in _rows(place, "neighbour"):
                if entry.state == "PERMANENT":
                    self._written.add((key, entry.dev, entry.address))
            for row in _rows(place, "sysctl"):
                if row.dev is not None and (row.values.get("proxy_arp") == 1 or row.values.get("proxy_ndp") == 1):
                    links = place.links if row.dev == "all" else (by_name.get((key, row.dev)),)
                    spots = [(key, link.ifindex) for link in links if link is not None]
                    self._for_others.update(segment_of[spot].number for spot in spots if spot in segment_of)

    def borne(self, gateway: Gateway, segment: Segment) -> bool:
        """Has somebody there the gateway's address?"""
        number = gateway.address.number
        if (segment.number, number) in self._on_segment:
            return True
        if gateway.address.link_local:
            return False
        return not segment.namespaces.isdisjoint(self._bearing.get(number, ()))

    def answered(self, gateway: Gateway, segment: Segment) -> bool:
        """Does a packet get to somebody by that gateway: has somebody its address, is its MAC written down, or is there a link
        that answers for addresses of others (proxy_arp, proxy_ndp)?"""
        if self.borne(gateway, segment) or segment.number in self._for_others:
            return True
        return (gateway.namespace, gateway.dev, gateway.text) in self._written


def _rows(place: LoadedNamespace, kind: str) -> tuple[Any, ...]:
    extract = place.extracts.get(kind)
    return () if extract is None else extract.rows
