"""Links: the same interface, or the one that took its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping

from analyze.match.boots import one_boot
from analyze.match.moves import moved_links
from analyze.match.networks import ToldNetwork
from analyze.match.overrides import MAPPED, Overrides
from analyze.match.pairing import Identity, pair
from analyze.match.result import Ambiguous, Matched, Matching
from analyze.seen import sight_of
from analyze.topology import Topology
from analyze.veths import End, Veth
from snapshot.model.frozen import frozen
from snapshot.model.link import Link
from snapshot.model.namespace import Namespace

UNMOVED = "interface index and MAC"
NAMED = "interface index and name"


@frozen
class LinkMatches:
    """Links of matched namespaces, and those that could have been several."""

    matched: tuple[Matched[End], ...]
    ambiguous: tuple[Ambiguous[End], ...]


def match_links(
    before: Topology,
    after: Topology,
    namespaces: Matching[Namespace],
    veths: Matching[Veth],
    networks: Matching[ToldNetwork],
    overrides: Overrides,
) -> LinkMatches:
    """The links of matched namespaces that are the same to a person, and those that were moved to another namespace; ends of
    matched veths among them.

    ``same`` says that it is still the same kernel object (no interface index is given out twice within a boot unless
    somebody asks for it, so the kind has to agree, and the name or the MAC).
    """
    twins = {m.before.key: m.after.key for m in namespaces.matched}
    found = [m for veth in veths.matched for m in _matched_ends(veth, twins, overrides)]
    unclear: list[Ambiguous[End]] = []
    olds = {m.before.spot for m in found}
    news = {m.after.spot for m in found}
    said = overrides.links
    moved = moved_links(before, after, twins, olds | said.keys(), news | set(said.values()))
    found += moved
    olds |= {m.before.spot for m in moved}
    news |= {m.after.spot for m in moved}
    bridges = _bridges(networks)
    saw = sight_of(before.snapshot), sight_of(after.snapshot)
    for match in namespaces.matched:
        old_place, new_place = before.namespaces[match.before.key], after.namespaces[match.after.key]
        old = [End(namespace=match.before.key, link=link) for link in old_place.links]
        new = [End(namespace=match.after.key, link=link) for link in new_place.links]
        old = [end for end in old if end.spot not in olds]
        new = [end for end in new if end.spot not in news]
        if match.same and not overrides.links and _alike(old, new):
            # So it is in nearly every namespace of a host of thousands.
            found += [_unmoved(a, b) for a, b in zip(old, new, strict=True)]
            continue
        matching = pair(
            old,
            new,
            _identities(
                before,
                after,
                match,
                bridges,
                overrides,
                whole=saw[0].sees(match.before.key, "link") and saw[1].sees(match.after.key, "link"),
            ),
            lambda a, b, kept=match.same: kept and _one_object(a.link, b.link),  # type: ignore[misc]
        )
        found += matching.matched
        unclear += matching.ambiguous
    return LinkMatches(matched=tuple(found), ambiguous=tuple(unclear))


def _alike(old: list[End], new: list[End]) -> bool:
    """Are these the same links on both sides, each of an index of its own?"""
    if len(old) != len(new) or len({end.link.ifindex for end in old}) != len(old):
        return False
    return all(a.link is b.link or a.link == b.link for a, b in zip(old, new, strict=True))


def _unmoved(a: End, b: End) -> Matched[End]:
    """The match of a link that nothing happened to: what ``pair`` would find."""
    reason = UNMOVED if a.link.mac is not None else NAMED
    return Matched(before=a, after=b, same=True, reason=reason, confidence="exact")


def _identities(
    before: Topology,
    after: Topology,
    match: Matched[Namespace],
    bridges: Mapping[str, str],
    overrides: Overrides,
    *,
    whole: bool,
) -> list[Identity[End]]:
    """``whole``: all links of the namespace were seen on both sides. Else who had a name before may be one that was not."""
    new_mapped = frozenset(overrides.links.values())
    first: list[Identity[End]] = [
        Identity(
            reason=MAPPED, confidence="exact", key=lambda end: overrides.links.get(end.spot),
            after_key=lambda end: end.spot if end.spot in new_mapped else None,
        )
    ]  # fmt: skip
    if match.same:
        first += [
            Identity(reason=UNMOVED, confidence="exact", key=_index_and_mac),
            Identity(reason=NAMED, confidence="exact", key=_index_and_name),
            Identity(reason="interface index of a link without a MAC", confidence="strong", key=_index_alone),
        ]
    if match.before.host:
        names = frozenset(bridges.values())
        first.append(
            Identity(
                reason="bridge of the same network", confidence="strong", key=lambda end: bridges.get(_bridge(end) or ""),
                after_key=lambda end: _bridge(end) if _bridge(end) in names else None,
            )
        )  # fmt: skip
        if not one_boot(before, after):
            # What is plugged in is called anew in every boot (udev(7)), in another order if need be.
            first.append(Identity(reason="MAC of the hardware", confidence="strong", key=_hardware))
    olds, newer = _addresses(before, match.before.key), _addresses(after, match.after.key)
    last: list[Identity[End]] = [
        # What took a link's place under its name may be of another kind; but an end of a veth pair is known by its pair.
        Identity(
            reason="interface name", confidence="strong" if whole else "weak", key=lambda end: (end.link.name, _veth(end))
        ),
        Identity(reason="MAC", confidence="weak", key=_mac),
        Identity(
            reason="addresses", confidence="weak", key=lambda end: _with_addresses(end, olds),
            after_key=lambda end: _with_addresses(end, newer),
        ),
    ]  # fmt: skip
    if match.same:
        last.append(Identity(reason="interface index", confidence="weak", key=_index))
    return [*first, *last]


def _matched_ends(veth: Matched[Veth], twins: Mapping[str, str], overrides: Overrides) -> list[Matched[End]]:
    """The ends of a pair that is the same, each with its other self; one that was moved may have another index."""

    def same(a: End, b: End) -> bool:
        moved = twins.get(a.namespace) != b.namespace and a.link.mac == b.link.mac
        return veth.same and (a.link.ifindex == b.link.ifindex or moved)

    pairs = ((veth.before.near, veth.after.near), (veth.before.far, veth.after.far))
    if any(a is not None and b is not None and overrides.links.get(a.spot) == b.spot for a, b in _crossed(veth)):
        pairs = _crossed(veth)
    return [
        Matched(before=a, after=b, same=same(a, b), reason=veth.reason, confidence=veth.confidence)
        for a, b in pairs
        if a is not None and b is not None
    ]  # fmt: skip


def _crossed(veth: Matched[Veth]) -> tuple[tuple[End | None, End | None], tuple[End | None, End | None]]:
    return (veth.before.near, veth.after.far), (veth.before.far, veth.after.near)


def _bridges(networks: Matching[ToldNetwork]) -> dict[str, str]:
    """Old bridge -> new one of networks that were made anew, where each has one of its own."""
    pairs = [(m.before[1].bridge, m.after[1].bridge) for m in networks.matched]
    olds, news = Counter(old for old, _ in pairs), Counter(new for _, new in pairs)
    return {old: new for old, new in pairs if old is not None and new is not None and olds[old] == news[new] == 1}


def _one_object(a: Link, b: Link) -> bool:
    return a.ifindex == b.ifindex and a.link_kind == b.link_kind and (a.name == b.name or a.mac == b.mac)


def _index_and_mac(end: End) -> Hashable | None:
    return None if end.link.mac is None else (end.link.ifindex, end.link.link_kind, end.link.mac)


def _index_and_name(end: End) -> Hashable | None:
    return end.link.ifindex, end.link.link_kind, end.link.name


def _index_alone(end: End) -> Hashable | None:
    """A tunnel has no MAC to be known by; nor can it have got another one."""
    return (end.link.ifindex, end.link.link_kind) if end.link.mac is None else None


def _bridge(end: End) -> str | None:
    return end.link.name if end.link.link_kind == "bridge" else None


def _hardware(end: End) -> Hashable | None:
    """The MAC it was made with (IFLA_PERM_ADDRESS), which all its kin in a bond keep though they share one."""
    link = end.link
    made_with = link.extra.get("perm_address") or link.mac
    return str(made_with) if link.link_kind is None and link.type == "ether" and made_with else None


# A veth's end is known by its pair: Calico, for one, gives all host ends one MAC.


def _mac(end: End) -> Hashable | None:
    link = end.link
    return (link.link_kind, link.mac) if link.mac is not None and link.type == "ether" and not _veth(end) else None


def _index(end: End) -> Hashable | None:
    return (end.link.ifindex, end.link.link_kind) if not _veth(end) else None


def _addresses(topology: Topology, namespace: str) -> Mapping[str, frozenset[str]]:
    """The addresses of each link of a namespace by which others reach it."""
    found: dict[str, set[str]] = {}
    for address in topology.addresses(namespace):
        if address.scope not in ("host", "link"):
            found.setdefault(address.dev, set()).add(address.address)
    return {dev: frozenset(addresses) for dev, addresses in found.items()}


def _with_addresses(end: End, addresses: Mapping[str, frozenset[str]]) -> Hashable | None:
    found = addresses.get(end.link.name)
    return (end.link.link_kind, found) if found and not _veth(end) else None


def _veth(end: End) -> bool:
    return end.link.link_kind == "veth"
