"""Who takes an address of a segment for its own though another of its links bears it.

Linux is a weak host (RFC 1122, 3.3.4.2): an address belongs to a network namespace, not to the link that bears it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from analyze.checks.host import Host
from analyze.checks.prefixes import Prefix, Prefixes, prefix
from analyze.checks.segments import Segment
from snapshot.model.link import Link


class Bearer(NamedTuple):
    """One who has an address.

    link    the link that bears it
    text    the address as ``ip addr`` shows it, or the local route that leads to it
    scope   the address's
    by      the link by which it takes the address for its own, where it is another than the one that bears it
    asked   does it answer there when the address is asked for by ARP? Else it is a gateway that keeps what it should send on
    """

    namespace: str
    link: Link
    text: str
    told: Prefix
    scope: str
    by: Link | None = None
    asked: bool = True


class WeakHosts:
    """Look-ups over all addresses of a host, made once: each question looks at the few namespaces that have one address."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._stations: dict[int, Mapping[str, Sequence[Link]]] = {}

    def others(self, segment: Segment, borne: Sequence[Bearer]) -> Iterator[Bearer]:
        """Who else on the segment takes an address for its own that is borne by links of it."""
        told = borne[0].told
        here = {bearer.namespace for bearer in borne}
        for other in self._elsewhere(segment, told):
            if other.namespace in here:
                continue
            by = self._answering(segment, other)
            if by is not None:
                yield other._replace(by=by)
            elif (by := self._sending_on(segment, other, here)) is not None:
                yield other._replace(by=by, asked=False)

    def _elsewhere(self, segment: Segment, told: Prefix) -> Iterator[Bearer]:
        """Who in the segment's namespaces has an address on any link, loopback and links that are down among them, for the
        kernel keeps its local route; or has taken it by a local route."""
        for bearer in self._bearing.get((told.family, told.number), ()):
            if bearer.namespace in segment.namespaces:
                yield bearer
        keys, all_taken = self._taking.get(segment.number, ((), None))
        for key in keys if all_taken is not None and all_taken.covers(told) else ():
            if self._host.answering.taken[key].covers(told):
                loopback = next((k for k in self._host.topology.namespaces[key].links if k.type == "loopback"), None)
                if loopback is not None:
                    one = Prefix(told.family, told.number, 32)
                    yield Bearer(namespace=key, link=loopback, text="a local route to it", told=one, scope="")

    def _answering(self, segment: Segment, other: Bearer) -> Link | None:
        """The link by which it answers when the address is asked for (arp_process, ip-sysctl.rst on arp_ignore). Only where it
        has a subnet with the address there: otherwise it depends on where the asker is looked for (rp_filter)."""
        if other.told.family != "inet" or not self._host.saw(other.namespace, "sysctl"):
            return None
        for link in self._on(segment).get(other.namespace, ()):
            if "NOARP" in link.flags or link.link_kind == "ipvlan" or _vrf(link) != _vrf(other.link):
                continue
            ignored = max(self._arp_ignore.get((other.namespace, dev), 0) for dev in ("all", link.name))
            answers = ignored == 0 or (ignored == 3 and other.scope not in ("", "host"))
            if answers and self._has_subnet(other.namespace, link, other.told):
                return link
        return None

    def _sending_on(self, segment: Segment, other: Bearer, here: set[str]) -> Link | None:
        """The link of a namespace that is the default gateway of one that bears the address: what comes for that one stays
        there."""
        ways = {gateway for key in here for gateway in self._gateways.get((key, segment.number), ())}
        for link in self._on(segment).get(other.namespace, ()):
            borne = self._host.addresses.get((other.namespace, link.name), ())
            numbers = {(told.family, told.number) for a in borne if (told := prefix(a.address)) is not None}
            if _vrf(link) == _vrf(other.link) and not numbers.isdisjoint(ways):
                return link
        return None

    def _has_subnet(self, namespace: str, link: Link, told: Prefix) -> bool:
        borne = (prefix(a.address) for a in self._host.addresses.get((namespace, link.name), ()))
        return Prefixes(one.network for one in borne if one is not None and not one.single).covers(told)

    def _on(self, segment: Segment) -> Mapping[str, Sequence[Link]]:
        """A segment's stations that are up, by namespace."""
        if segment.number not in self._stations:
            found: dict[str, list[Link]] = defaultdict(list)
            for end in segment.stations:
                if "UP" in end.link.flags:
                    found[end.namespace].append(end.link)
            self._stations[segment.number] = found
        return self._stations[segment.number]

    @cached_property
    def _bearing(self) -> Mapping[tuple[str, int], Sequence[Bearer]]:
        """Family and number -> who has that address, of those that several namespaces have."""
        found: dict[tuple[str, int], list[Bearer]] = defaultdict(list)
        for place in self._host.namespaces:
            key = place.namespace.key
            for address in place.addresses:
                told, link = prefix(address.address), self._host.topology.by_name.get((key, address.dev))
                if told is not None and link is not None and not told.link_local and not told.loopback:
                    bearer = Bearer(namespace=key, link=link, text=address.address, told=told, scope=address.scope)
                    found[told.family, told.number].append(bearer)
        return {one: bearers for one, bearers in found.items() if len({b.namespace for b in bearers}) > 1}

    @cached_property
    def _taking(self) -> Mapping[int, tuple[Sequence[str], Prefixes]]:
        """By a segment's number its namespaces with local routes that somebody made, and what these lead to together."""
        taken = self._host.answering.taken
        found = {
            s.number: sorted(s.namespaces & taken.keys(), key=self._host.scope) for s in self._host.segments if taken
        }
        return {number: (keys, Prefixes.merged(taken[k] for k in keys)) for number, keys in found.items() if keys}

    @cached_property
    def _arp_ignore(self) -> Mapping[tuple[str, str], int]:
        return {
            (place.namespace.key, row.dev): value
            for place in self._host.namespaces
            for row in self._host.rows(place.namespace.key, "sysctl")
            if row.dev is not None and type(value := row.values.get("arp_ignore")) is int
        }

    @cached_property
    def _gateways(self) -> Mapping[tuple[str, int], Sequence[tuple[str, int]]]:
        """(namespace key, number of a segment) -> the default gateways there."""
        found: dict[tuple[str, int], list[tuple[str, int]]] = defaultdict(list)
        for gateway in self._host.gateways:
            link = self._host.topology.by_name.get((gateway.namespace, gateway.dev))
            segment = self._host.segment_of.get((gateway.namespace, link.ifindex)) if link is not None else None
            if gateway.default and segment is not None:
                found[gateway.namespace, segment.number].append((gateway.address.family, gateway.address.number))
        return found


def _vrf(link: Link) -> str | None:
    """The VRF a link belongs to; a VRF's own link is its loopback."""
    return link.name if link.link_kind == "vrf" else link.master if link.port_kind == "vrf" else None
