"""overlapping-subnets: two links of one namespace whose subnets overlap."""

from __future__ import annotations

from collections.abc import Iterator

from analyze.checks.check import Check, Found, LinkAt
from analyze.checks.host import Host
from analyze.checks.prefixes import Prefix
from analyze.checks.segments import Segment
from snapshot.model.link import Link
from snapshot.store.loaded import LoadedNamespace

On = tuple[Prefix, Link, str]
"""A subnet, the link it is on, and the address that says so."""


def find(host: Host) -> Iterator[Found]:
    """Subnets of addresses whose on-link route is there. At least one of the two links leads to what this host alone has (a
    bridge or veth without a way out): two network cards on one LAN are another matter. Links in different VRFs do not meet, and
    two links of one segment lead to the same."""
    for place in host.namespaces:
        if len(place.links) <= 2:
            # Loopback and one more, as in most pods.
            continue
        vrfs: dict[str | None, list[On]] = {}
        for subnet, link, address in _subnets(host, place):
            vrfs.setdefault(link.master if link.port_kind == "vrf" else None, []).append((subnet, link, address))
        for found in vrfs.values():
            yield from _overlaps(host, place.namespace.key, found)


def _subnets(host: Host, place: LoadedNamespace) -> Iterator[On]:
    key = place.namespace.key
    seen: set[tuple[Prefix, int]] = set()
    for link, address, told in host.borne.get(key, ()):
        if told.single or told.link_local or address.peer is not None or (told.network, link.ifindex) in seen:
            continue
        on_it = host.on_link.get((key, address.dev))
        if on_it is not None and on_it.has(told.network):
            seen.add((told.network, link.ifindex))
            yield told.network, link, address.address


def _overlaps(host: Host, key: str, found: list[On]) -> Iterator[Found]:
    """Each subnet against the smallest one around it. Prefixes are nested or apart, so one pass in their order shows it."""
    around: list[On] = []
    for one in sorted(found, key=lambda on: (on[0].family, on[0].number, on[0].length, on[1].ifindex)):
        subnet, link, address = one
        while around and not (around[-1][0].family == subnet.family and subnet.number <= around[-1][0].last):
            around.pop()
        if around:
            _, other, its = around[-1]
            here, there = host.segment_of[key, link.ifindex], host.segment_of[key, other.ifindex]
            same = its.partition("/")[0] == address.partition("/")[0]
            if here.number != there.number and not same and (_own(here, link) or _own(there, other)):
                yield Found(
                    namespace=key,
                    subject=(LinkAt(key, other.ifindex), LinkAt(key, link.ifindex), subnet.family),
                    message=f"{link.name} with {address} and {other.name} with {its} overlap",
                    evidence=(f"{its} dev {other.name}", f"{address} dev {link.name}"),
                )
        around.append(one)


def _own(segment: Segment, link: Link) -> bool:
    return segment.closed and link.link_kind in ("bridge", "veth", "macvlan", "ipvlan")


CHECK = Check(
    id="overlapping-subnets",
    title="Subnets of two links overlap",
    why="The narrower one takes the other's packets; with equal ones the link that was there first takes all.",
    severity="warning",
    confidence="strong",
    needs=("link", "nsid", "address", "route"),
    find=find,
)
