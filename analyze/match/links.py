"""Veth pairs and links: the same interface, or the same place of the same workload in a new instance."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from analyze.match.pairing import Identity, pair
from analyze.match.result import Matched, Matching
from analyze.topology import Topology
from analyze.veths import End, Veth
from snapshot.model.link import Link
from snapshot.model.namespace import Namespace


@dataclass(frozen=True, slots=True, kw_only=True)
class NamespaceTwins:
    """Matched namespaces as look-ups: ``before`` old key -> new key, ``same`` the keys still of the same object."""

    before: Mapping[str, str]
    same: frozenset[str]

    @classmethod
    def of(cls, matching: Matching[Namespace]) -> NamespaceTwins:
        """From a matching of namespaces."""
        return cls(
            before={m.before.key: m.after.key for m in matching.matched},
            same=frozenset(m.after.key for m in matching.matched if m.same),
        )

    def old(self, key: str) -> str | None:
        """The new key of an old namespace, None if it is gone."""
        return self.before.get(key)


def match_veths(before: Topology, after: Topology, twins: NamespaceTwins) -> Matching[Veth]:
    """Match pairs whose ends are the same kernel objects, then those that serve the same end of the same workload."""

    def spots(veth: Veth, *, old: bool) -> frozenset[Hashable] | None:
        found: list[Hashable] = []
        for end in veth.ends:
            key = twins.old(end.namespace) if old else end.namespace
            if key is None or key not in twins.same:
                return None
            found.append((key, end.link.ifindex, end.link.mac))
        return frozenset(found)

    def place(end: End | None, *, old: bool) -> Hashable | None:
        if end is None:
            return None
        key = twins.old(end.namespace) if old else end.namespace
        return None if key is None else (key, end.link.name)

    def one_end(end: End | None, *, old: bool) -> Hashable | None:
        if end is None:
            return None
        key = twins.old(end.namespace) if old else end.namespace
        return (key, end.link.ifindex) if key is not None and key in twins.same else None

    def both_names(veth: Veth, *, old: bool) -> Hashable | None:
        names = [place(end, old=old) for end in veth.ends]
        return frozenset(names) if None not in names else None

    identities: list[Identity[Veth]] = [
        Identity(
            reason="both ends' namespace, index and MAC",
            confidence="exact",
            key=lambda v: spots(v, old=True),
            after_key=lambda v: spots(v, old=False),
        ),
        Identity(
            reason="namespace and index of the workload's end",
            confidence="exact",
            key=lambda v: one_end(v.far, old=True),
            after_key=lambda v: one_end(v.far, old=False),
        ),
        Identity(
            reason="namespace and index of the host's end",
            confidence="exact",
            key=lambda v: one_end(v.near, old=True),
            after_key=lambda v: one_end(v.near, old=False),
        ),
        Identity(
            reason="same end of the same workload",
            confidence="strong",
            key=lambda v: place(v.far, old=True),
            after_key=lambda v: place(v.far, old=False),
        ),
        Identity(
            reason="names of both ends",
            confidence="strong",
            key=lambda v: both_names(v, old=True),
            after_key=lambda v: both_names(v, old=False),
        ),
    ]

    def same(a: Veth, b: Veth) -> bool:
        return any(
            one_end(x, old=True) is not None and one_end(x, old=True) == one_end(y, old=False)
            for x, y in ((a.near, b.near), (a.far, b.far))
        )

    return pair(before.veths, after.veths, identities, same)


def match_links(
    before: Topology,
    after: Topology,
    namespaces: Matching[Namespace],
    veths: Matching[Veth],
) -> tuple[Matched[End], ...]:
    """The links of matched namespaces that are the same to a person; ends of matched veths among them.

    ``same`` says that it is still the same kernel object (no interface index is given out twice within a boot unless
    somebody asks for it, so the kind has to agree, and the name or the MAC).
    """
    found = [m for veth in veths.matched for m in _matched_ends(veth)]
    olds = {m.before.spot for m in found}
    news = {m.after.spot for m in found}
    for match in namespaces.matched:
        old_place, new_place = before.namespaces[match.before.key], after.namespaces[match.after.key]
        old = [End(namespace=match.before.key, link=link) for link in old_place.links]
        new = [End(namespace=match.after.key, link=link) for link in new_place.links]
        identities: list[Identity[End]] = [
            Identity(reason="interface name", confidence="strong", key=lambda end: end.link.name),
        ]
        if match.same:
            identities = [
                Identity(reason="interface index and MAC", confidence="exact", key=_index_and_mac),
                Identity(reason="interface index and name", confidence="exact", key=_index_and_name),
                *identities,
            ]
        found += pair(
            [end for end in old if end.spot not in olds],
            [end for end in new if end.spot not in news],
            identities,
            lambda a, b, kept=match.same: kept and _one_object(a.link, b.link),  # type: ignore[misc]
        ).matched
    return tuple(found)


def _matched_ends(veth: Matched[Veth]) -> list[Matched[End]]:
    pairs = ((veth.before.near, veth.after.near), (veth.before.far, veth.after.far))
    return [
        Matched(before=a, after=b, same=veth.same and a.link.ifindex == b.link.ifindex, reason=veth.reason,
                confidence=veth.confidence)
        for a, b in pairs
        if a is not None and b is not None
    ]  # fmt: skip


def _one_object(a: Link, b: Link) -> bool:
    return a.ifindex == b.ifindex and a.link_kind == b.link_kind and (a.name == b.name or a.mac == b.mac)


def _index_and_mac(end: End) -> Hashable | None:
    return None if end.link.mac is None else (end.link.ifindex, end.link.link_kind, end.link.mac)


def _index_and_name(end: End) -> Hashable | None:
    return end.link.ifindex, end.link.link_kind, end.link.name
