"""Veth pairs: the same pair, or the same place of the same workload in a new one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace

from analyze.match.namespaces import BY_ITS_LINKS, NamespaceTwins, untold
from analyze.match.overrides import MAPPED, Overrides
from analyze.match.pairing import Identity, pair
from analyze.match.result import Matched, Matching, weakest
from analyze.topology import Topology
from analyze.veths import End, Veth
from reports.model import Confidence

UNMOVED = "both ends' namespace, index and MAC"
ONE_END = "namespace, index and MAC of one end, and the other's MAC"


def match_veths(before: Topology, after: Topology, twins: NamespaceTwins, overrides: Overrides) -> Matching[Veth]:
    """Match pairs whose ends are the same kernel objects, then those that serve the same end of the same workload."""

    def now(end: End, *, old: bool) -> str | None:
        return twins.old(end.namespace) if old else end.namespace

    def spots(veth: Veth, *, old: bool) -> Hashable | None:
        found: list[Hashable] = []
        for end in veth.ends:
            key = now(end, old=old)
            if key is None or key not in twins.same:
                return None
            found.append((key, end.link.ifindex, end.link.mac))
        return frozenset(found) if len(found) > 1 else None

    def place(end: End | None, *, old: bool) -> Hashable | None:
        key = now(end, old=old) if end is not None else None
        return None if key is None or end is None else (key, end.link.name)

    def one_end(end: End | None, *, old: bool) -> Hashable | None:
        key = now(end, old=old) if end is not None else None
        return (key, end.link.ifindex) if end is not None and key is not None and key in twins.same else None

    def both_names(veth: Veth, *, old: bool) -> Hashable | None:
        names = [place(end, old=old) for end in veth.ends]
        return frozenset(names) if None not in names else None

    def mapped(veth: Veth, *, old: bool) -> Hashable | None:
        """What of its new self is said first: either end may be, or both, in either order."""
        ends = [end.spot for end in veth.ends]
        if not old:
            return first_end.get(ends[0])
        return next((first_end.get(overrides.links[spot]) for spot in ends if spot in overrides.links), None)

    news = frozenset(overrides.links.values())
    first_end = {end.spot: v.ends[0].spot for v in after.veths if any(e.spot in news for e in v.ends) for end in v.ends}
    peers = _Peers(before, after, twins)
    nobodys = untold(before, after), untold(after, before)
    there = frozenset(match.after.key for match in twins.before.values())

    def host_end(veth: Veth, *, old: bool) -> Hashable | None:
        """By the host's end alone, where nothing is known of the other: no namespace, or one of no workload or match."""
        far = veth.far.namespace if veth.far is not None else None
        known = far in (twins.before if old else there)
        open_end = far is None or (not known and far in nobodys[0 if old else 1])
        return place(veth.near, old=old) if open_end else None

    def confidence(a: Veth, _: Veth) -> Confidence:
        return weakest(("strong", *(twins.confidence(end.namespace) for end in a.ends if twins.old(end.namespace))))

    def by(
        reason: str, level: Confidence, key: Callable[..., Hashable | None], *, rests: bool = False, index: bool = False
    ) -> Identity[Veth]:
        def words(a: Veth, b: Veth) -> tuple[str, Confidence]:
            if index and peers.differ(a, b):
                return f"{reason}, its peer another one", "weak"
            return reason, confidence(a, b) if rests else level

        return Identity(
            reason=reason, confidence=level, key=lambda v: key(v, old=True), after_key=lambda v: key(v, old=False),
            words=words if rests or index else None,
        )  # fmt: skip

    unmoved = () if overrides.links else _unmoved(before, after, twins)
    done = {id(veth) for match in unmoved for veth in (match.before, match.after)}
    olds, newer = ([veth for veth in side.veths if id(veth) not in done] for side in (before, after))
    one_stayed = _one_stayed(olds, newer, twins)
    stayed_with = frozenset(one_stayed.values())
    identities: list[Identity[Veth]] = [
        by(MAPPED, "exact", mapped),
        by(UNMOVED, "exact", spots),
        Identity(
            reason=ONE_END,
            confidence="exact",
            key=lambda v: one_stayed.get(id(v)),
            after_key=lambda v: id(v) if id(v) in stayed_with else None,
        ),
        by("namespace and index of the workload's end", "exact", lambda v, old: one_end(v.far, old=old), index=True),
        by("namespace and index of the host's end", "exact", lambda v, old: one_end(v.near, old=old), index=True),
        Identity(
            reason="same end of the same workload",
            confidence="strong",
            key=lambda v: place(v.far, old=True),
            after_key=lambda v: place(v.far, old=False),
            words=lambda a, b: (_same_end(a, twins), confidence(a, b)),
        ),
        by("names of both ends", "strong", both_names, rests=True),
        by("name of the host's end", "weak", host_end),
    ]

    def same(a: Veth, b: Veth) -> bool:
        """One end that stayed is enough, but for a host's end whose peer is another one: an index that was asked for again.

        An end keeps its MAC when it is moved to another namespace.
        """
        if id(b) == one_stayed.get(id(a)):
            return True
        ends = [(x, y) for x, y in ((a.near, b.near), (a.far, b.far)) if x is not None and y is not None]
        kept = [one_end(x, old=True) is not None and one_end(x, old=True) == one_end(y, old=False) for x, y in ends]
        unmoved = all(stayed or x.link.mac == y.link.mac for stayed, (x, y) in zip(kept, ends, strict=True))
        return any(kept) and unmoved and not peers.differ(a, b)

    rest = pair(olds, newer, identities, same)
    return replace(rest, matched=(*unmoved, *(_turned(match, twins) for match in rest.matched)))


class _Peers:
    """What an end that was seen tells of one that was not: its index and its namespace (IFLA_LINK, IFLA_LINK_NETNSID)."""

    def __init__(self, before: Topology, after: Topology, twins: NamespaceTwins) -> None:
        self._before, self._after, self._twins = before, after, twins

    def differ(self, a: Veth, b: Veth) -> bool:
        """Of two pairs with one end in common, whose other one only one side saw, or none: is that another link?

        It may have been moved to another namespace, where it got another index because its own was taken; most likely the
        pair is another one, one of whose ends was given the index of one before.
        """
        if None not in (a.near, a.far, b.near, b.far):
            return False
        ends = ((x, y) for x, y in ((a.near, b.near), (a.far, b.far)) if x is not None and y is not None)
        return any(self._another(x, y) for x, y in ends)

    def _another(self, x: End, y: End) -> bool:
        if None not in (x.link.link_index, y.link.link_index) and x.link.link_index != y.link.link_index:
            return True
        then, now = _peers_namespace(self._before, x), _peers_namespace(self._after, y)
        return (
            then is not None and now is not None and self._twins.old(then) is not None and self._twins.old(then) != now
        )


def _peers_namespace(topology: Topology, end: End) -> str | None:
    """Where the other end is, as far as its namespace was found."""
    if end.link.link_netnsid is None:
        return end.namespace
    nsids = topology.namespaces[end.namespace].nsids
    return next((known.target for known in nsids if known.nsid == end.link.link_netnsid), None)


def _unmoved(before: Topology, after: Topology, twins: NamespaceTwins) -> tuple[Matched[Veth], ...]:
    """The pairs both of whose ends are the same kernel objects, in the same order: nearly all of a host of thousands.

    No two pairs of a snapshot have an end in common, so these are what ``pair`` would find.
    """
    news = {ends: veth for veth in after.veths if (ends := _ends(veth, twins)) is not None}
    found = []
    for veth in before.veths:
        ends = _ends(veth, twins)
        if ends is not None and ends in news:
            found.append(Matched(before=veth, after=news[ends], same=True, reason=UNMOVED, confidence="exact"))
    return tuple(found)


def _ends(veth: Veth, twins: NamespaceTwins) -> Hashable | None:
    """Namespace, index and MAC of either end, where both are in namespaces that are still the same."""
    near, far = veth.near, veth.far
    if near is None or far is None or near.namespace not in twins.same or far.namespace not in twins.same:
        return None
    return near.namespace, near.link.ifindex, near.link.mac, far.namespace, far.link.ifindex, far.link.mac


def _one_stayed(before: Sequence[Veth], after: Sequence[Veth], twins: NamespaceTwins) -> Mapping[int, int]:
    """Old pair -> new one (by ``id``) with an end that is the same kernel object, and another with the MAC of the other.

    Which end is called the host's goes by where both are: one that was moved may have changed that.
    """
    news = {(end.spot, end.link.mac): veth for veth in after for end in veth.ends if end.namespace in twins.same}
    found: dict[int, int] = {}
    for veth in before:
        for here, there in ((veth.near, veth.far), (veth.far, veth.near)):
            if here is None or there is None or there.link.mac is None:
                continue
            new = news.get(((twins.old(here.namespace) or "", here.link.ifindex), here.link.mac))
            other = next((e for e in new.ends if e.spot != _now(here, twins)), None) if new is not None else None
            if new is not None and other is not None and other.link.mac == there.link.mac:
                found[id(veth)] = id(new)
    return found


def _same_end(veth: Veth, twins: NamespaceTwins) -> str:
    """Of a namespace that is known by its links alone nobody told whose it is."""
    match = twins.before.get(veth.far.namespace) if veth.far is not None else None
    if match is not None and match.reason.startswith(BY_ITS_LINKS):
        return f"same end of a namespace matched by {match.reason}"
    return "same end of the same workload"


def _now(end: End, twins: NamespaceTwins) -> tuple[str, int]:
    return twins.old(end.namespace) or "", end.link.ifindex


def _turned(match: Matched[Veth], twins: NamespaceTwins) -> Matched[Veth]:
    """With the end that stayed as the workload's on both sides, where it is called the host's on one."""
    if not match.reason.startswith(ONE_END):
        return match
    (near, far), (new_near, new_far) = ((veth.near, veth.far) for veth in (match.before, match.after))
    if near is not None and new_far is not None and _now(near, twins) == new_far.spot:
        return replace(match, before=replace(match.before, near=far, far=near))
    if far is not None and new_near is not None and _now(far, twins) == new_near.spot:
        return replace(match, after=replace(match.after, near=new_far, far=new_near))
    return match
