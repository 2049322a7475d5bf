"""What links are called now: a name can change with its bearer, and another link can bear it then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analyze.match.overrides import MAPPED
from analyze.match.result import Matched
from analyze.topology import Topology
from analyze.veths import End
from snapshot.model.namespace import Namespace

GONE = "{} (gone)"
"""How a link is called whose name is another's now, and that has none there itself. No link can be called so: dev_valid_name()
of net/core/dev.c allows no spaces."""

Names = Mapping[str, Mapping[str, str]]
"""Per old namespace, old link name -> new one, where they differ in what they mean."""


def names_now(
    before: Topology, after: Topology, namespaces: Iterable[Matched[Namespace]], links: Iterable[Matched[End]]
) -> Names:
    """What the links of each namespace are called now."""
    names: dict[str, dict[str, str]] = {}
    twins = {match.before.key: match for match in namespaces}
    stayed = set()
    for match in links:
        old, new = match.before, match.after
        twin = twins.get(old.namespace)
        # Of a namespace that is said to be another one, links are held against those that are called so there.
        if twin is None or (twin.after.key != new.namespace and twin.reason != MAPPED):
            continue  # it, or what it was made anew as, is in another namespace: here nothing is called so any more
        stayed.add(old.spot)
        if old.link.name != new.link.name:
            names.setdefault(old.namespace, {})[old.link.name] = new.link.name
    for (key, index), link in before.links.items():
        twin = twins.get(key)
        if twin is None or (key, index) in stayed:
            continue
        called = {link.name, names.get(key, {}).get(link.name, link.name)}
        if any((twin.after.key, name) in after.by_name for name in called):
            names.setdefault(key, {})[link.name] = GONE.format(link.name)
    return names


def taken_over(after: Topology, now_called: Mapping[str, str], names: Names) -> dict[str, frozenset[str]]:
    """Per old namespace the names that mean one link before and another after: rows that name them are not the same by
    reading the same."""
    found = {
        key: frozenset(name for name in of if (now_called.get(key, ""), name) in after.by_name)
        for key, of in names.items()
    }
    return {key: taken for key, taken in found.items() if taken}
