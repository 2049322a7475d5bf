"""Namespaces and links that are not what the reader took them for.

It holds namespaces of one boot and key against each other, which is right for a cookie. An inode may have been given out
again, and a person may say otherwise: the rows of such namespaces have to be read whole. And it takes rows that read the
same for the same, which they are not where the name of a link is another's now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analyze.match.boots import one_boot
from analyze.match.matches import match
from analyze.match.renames import taken_over
from analyze.topology import resolve
from snapshot.model.link import Link
from snapshot.store.loaded import LoadedNamespace, Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Misread:
    """What the reader has to be told.

    namespaces  keys that mean one namespace before and another after
    names       by old namespace, names that mean one link before and another after
    """

    namespaces: frozenset[str] = frozenset()
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)


def misread(pair: Pair, maps: Sequence[str]) -> Misread:
    """What is not what it was taken for. Raises ``UsageError`` for ``maps`` that make no sense."""
    sure = all(place.namespace.key.startswith("cookie:") for place in pair.before.namespaces)
    if sure and not maps and not _suspect(pair):
        return Misread()
    before, after = resolve(pair.before), resolve(pair.after)
    matches = match(before, after, maps)
    now = {m.before.key: m.after.key for m in matches.namespaces.matched}
    shared = before.namespaces.keys() & after.namespaces.keys() - {before.host, after.host}
    others = (key for key in shared if now.get(key) != key) if one_boot(before, after) else ()
    return Misread(namespaces=frozenset(others), names=taken_over(after, now, matches.names))


def _suspect(pair: Pair) -> bool:
    """Is there a namespace in which a name is perhaps another link's? Matching would tell, but takes its time."""
    boot = pair.before.header.boot_id
    one = boot is not None and boot == pair.after.header.boot_id
    now = {_twin(place): place for place in pair.after.namespaces}
    for place in pair.before.namespaces:
        new = now.get(_twin(place))
        if new is None or new.links is place.links:
            continue
        had = {link.name: _which(link, one_boot=one) for link in place.links}
        if any(had.get(link.name, which) != which for link in new.links for which in (_which(link, one_boot=one),)):
            return True
    return False


def _twin(place: LoadedNamespace) -> str:
    return "" if place.namespace.host else place.namespace.key


def _which(link: Link, *, one_boot: bool) -> tuple[object, ...]:
    """What, where it stayed as it was under one name, leaves no doubt that it is the same link."""
    kept = (link.ifindex, link.link_kind, link.link_index)
    return kept if one_boot else (*kept, link.mac, link.extra.get("perm_address"))
