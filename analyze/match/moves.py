"""Links that were moved to another namespace: the kernel object lives on there, with its MAC and, if it is free, its index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping

from analyze.match.boots import one_boot
from analyze.match.result import Matched
from analyze.seen import sight_of
from analyze.topology import Topology
from analyze.veths import End
from reports.model import Confidence
from snapshot.model.link import Link

MAC_OF_ANOTHER = frozenset({"ipvlan", "ipvtap", "macsec", "vlan"})
"""Kinds that bear the MAC of the link they stand on."""

Spot = tuple[str, int]


def moved_links(
    before: Topology, after: Topology, twins: Mapping[str, str], taken: Collection[Spot], spoken_for: Collection[Spot]
) -> list[Matched[End]]:
    """Links that left their namespace for another one within a boot.

    ``twins`` maps old namespace to new one; ``taken`` and ``spoken_for`` are links of the first and the second snapshot
    that are known to be the same as others. The ends of veth pairs are known by their pairs.

    A link is known by its kind and a MAC that no other link of its kind has on either side. It counts as moved if it has
    its index still, if it is hardware, or if it could not keep its index, for another link has it (net/core/dev.c:
    __dev_change_net_namespace). Where the links of one of both namespaces were not read on the other side, it may be there
    as well as here: nothing is said.
    """
    if not one_boot(before, after):
        return []
    olds = list(_left(before, after, twins, taken))
    news = list(_left(after, before, {new: old for old, new in twins.items()}, spoken_for)) if olds else []
    if not news:
        return []
    by_key = {_key(end.link): end for end in news}
    alone = _borne_once(before) & _borne_once(after)
    saw_before, saw_after = sight_of(before.snapshot), sight_of(after.snapshot)
    back = {new: old for old, new in twins.items()}
    found = []
    for old in olds:
        key = _key(old.link)
        new = by_key.get(key)
        if new is None or key not in alone or twins.get(old.namespace) == new.namespace:
            continue
        if not saw_after.sees(twins.get(old.namespace), "link") or not saw_before.sees(back.get(new.namespace), "link"):
            continue
        told = _evidence(before, after, old, new, twins, back)
        if told is not None:
            found.append(Matched(before=old, after=new, same=True, reason=told[0], confidence=told[1]))
    return found


def _left(one: Topology, other: Topology, twins: Mapping[str, str], taken: Collection[Spot]) -> Iterator[End]:
    """The links of one side that are not in the same namespace on the other."""
    for key, place in one.namespaces.items():
        twin = other.namespaces.get(twins.get(key, ""))
        if twin is not None and twin.links is place.links:
            continue
        there = {link.ifindex: link for link in twin.links} if twin is not None else {}
        for link in place.links:
            end = End(namespace=key, link=link)
            if _key(link) is not None and end.spot not in taken and not _stayed(link, there.get(link.ifindex)):
                yield end


def _stayed(link: Link, there: Link | None) -> bool:
    return (
        there is not None and link.link_kind == there.link_kind and (link.mac == there.mac or link.name == there.name)
    )


def _key(link: Link) -> Hashable | None:
    """Kind and MAC; of hardware the MAC it was made with (IFLA_PERM_ADDRESS). None for what has none of its own."""
    if link.type != "ether" or link.link_kind in MAC_OF_ANOTHER or link.link_kind == "veth":
        return None
    mac = link.mac if link.link_kind is not None else link.extra.get("perm_address") or link.mac
    return (link.link_kind, str(mac)) if mac is not None else None


def _borne_once(topology: Topology) -> frozenset[Hashable]:
    counts = Counter(_keys(topology.links.values()))
    return frozenset(key for key, count in counts.items() if count == 1)


def _keys(links: Iterable[Link]) -> Iterator[Hashable]:
    return (key for link in links if (key := _key(link)) is not None)


def _evidence(
    before: Topology, after: Topology, old: End, new: End, twins: Mapping[str, str], back: Mapping[str, str]
) -> tuple[str, Confidence] | None:
    if old.link.ifindex == new.link.ifindex:
        return "kind, MAC and interface index, in another namespace", "strong"
    if old.link.link_kind is None:
        return "MAC of the hardware, in another namespace", "strong"
    # On the way back the other index was not free.
    there = ((before, back.get(new.namespace)), (after, new.namespace))
    here = ((before, old.namespace), (after, twins.get(old.namespace)))
    for index, places in ((old.link.ifindex, there), (new.link.ifindex, here)):
        if any(key is not None and (key, index) in topology.links for topology, key in places):
            return "kind and MAC, in another namespace", "weak"
    return None
