"""Namespaces and links that are not what the reader took them for.

It holds namespaces of one boot and key against each other, which is right for a cookie. An inode may have been given out
again, and a person may say otherwise: the rows of such namespaces have to be read whole. And it takes rows that read the
same for the same, which they are not where the name of a link is another's now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from analyze.match.boots import one_boot
from analyze.match.matches import Matches
from analyze.match.renames import taken_over
from analyze.topology import Topology
from snapshot.model.frozen import frozen


@frozen
class Misread:
    """What the reader has to be told.

    namespaces  keys that mean one namespace before and another after
    names       by old namespace, names that mean one link before and another after
    """

    namespaces: frozenset[str] = frozenset()
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)


def misread(before: Topology, after: Topology, matches: Matches) -> Misread:
    """What is not what it was taken for."""
    now = {m.before.key: m.after.key for m in matches.namespaces.matched}
    shared = before.namespaces.keys() & after.namespaces.keys() - {before.host, after.host}
    others = (key for key in shared if now.get(key) != key) if one_boot(before, after) else ()
    return Misread(namespaces=frozenset(others), names=taken_over(after, now, matches.names))
