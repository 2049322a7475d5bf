"""Namespaces that are not what the reader took them for.

It holds namespaces of one boot and key against each other, which is right for a cookie. An inode may have been given out
again, and a person may say otherwise: the rows of such namespaces have to be read whole.
"""

from __future__ import annotations

from collections.abc import Sequence

from analyze.match.boots import one_boot
from analyze.match.matches import match
from analyze.topology import resolve
from snapshot.store.loaded import Pair


def not_twins(pair: Pair, maps: Sequence[str]) -> frozenset[str]:
    """The keys that mean one namespace before and another after. Raises ``UsageError`` for ``maps`` that make no sense."""
    sure = all(place.namespace.key.startswith("cookie:") for place in pair.before.namespaces)
    if sure and not maps:
        return frozenset()
    before, after = resolve(pair.before), resolve(pair.after)
    if not one_boot(before, after):
        return frozenset()
    now = {m.before.key: m.after.key for m in match(before, after, maps).namespaces.matched}
    shared = before.namespaces.keys() & after.namespaces.keys() - {before.host, after.host}
    return frozenset(key for key in shared if now.get(key) != key)
