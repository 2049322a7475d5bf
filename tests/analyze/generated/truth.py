"""The hosts as they really were, against what a report says that saw less of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analyze.facts import columns
from analyze.topology import resolve
from reports.model import Change, Facts
from snapshot.model.json import canonical
from snapshot.model.link import Link
from snapshot.store.naming import columns_of
from tests.analyze.hosts import Host, Net

KNOWN_BY = {"pod": ("namespace", "name"), "container": ("id",), "network": ("id",), "namespace": ("inode",)}
"""By what a thing is the same whatever else was seen of it."""


def told(change: Change) -> tuple[object, ...]:
    """A statement, without what other rows tell within it."""
    return change.kind, change.action, _facts(change.kind, change.before), _facts(change.kind, change.after)


def _facts(kind: str, facts: Facts | None) -> str | None:
    if facts is None:
        return None
    if kind in KNOWN_BY:
        return canonical({name: facts[name] for name in KNOWN_BY[kind]})
    if kind == "veth":
        return canonical([end and {n: v for n, v in end.items() if n != "scope"} for end in _ends(facts)])
    return canonical({name: value for name, value in facts.items() if name not in ("peer", "position")})


def _ends(facts: Facts) -> Any:
    return facts["ends"]


@dataclass(frozen=True, kw_only=True)
class Truth:
    """Two hosts, and as much of them as was seen."""

    before: Host
    after: Host
    seen_before: Host
    seen_after: Host

    @property
    def recognises(self) -> bool:
        """Nothing is missing by which things are recognised."""
        seen = (self.seen_before, self.seen_after)
        gaps = [record for host in seen for record in host.coverage]
        return all(g.namespace is not None and "link" not in g.kinds for g in gaps) and all(
            {"link", "container", "network"} <= set(host.kinds) for host in seen
        )

    def belies(self, change: Change) -> bool:
        """Is a thing that is said to have come or gone there on the other side, the very same?"""
        if change.action == "removed":
            return self._there(change, change.before, self.before, self.after)
        if change.action == "added":
            return self._there(change, change.after, self.after, self.before)
        return False

    def _there(self, change: Change, facts: Facts | None, mine: Host, other: Host) -> bool:
        assert facts is not None
        match change.kind:
            case "pod":
                return any(
                    (c.pod_namespace, c.pod_name) == (facts["namespace"], facts["name"]) for c in other.containers
                )
            case "container":
                return any(c.id == facts["id"] for c in other.containers)
            case "network":
                return any(n.id == facts["id"] for n in other.networks)
            case "veth":
                ends = _ends(facts)
                return all(
                    self._link_there(end, self._twin(place, other))
                    for end in ends
                    if end is not None
                    for place in self._places(end["scope"], mine) or (None,)
                )
        places = self._places(change.scope, mine)
        return bool(places) and all(self._is_in(place, change, facts, other) for place in places)

    def _is_in(self, place: Net, change: Change, facts: Facts, other: Host) -> bool:
        twin = self._twin(place, other)
        if change.kind == "namespace":
            return twin is not None
        if twin is None:
            return False
        if change.kind == "link":
            return self._link_there(facts, twin)
        if not _one_meaning(change.kind, facts, place, twin, self.before.boot_id == self.after.boot_id):
            return False
        return _count(twin, change.kind, facts) >= _count(place, change.kind, facts)

    def _link_there(self, facts: Mapping[str, Any], twin: Net | None) -> bool:
        """An index is given out once in a boot; in another boot a pair of equal names is the same to a person."""
        if twin is None:
            return False
        if self.before.boot_id != self.after.boot_id:
            return "link_kind" not in facts and any(
                (link.ifindex, link.name) == (facts["ifindex"], facts["name"]) for link in twin.links
            )
        return any(
            link.ifindex == facts["ifindex"] and (link.name == facts["name"] or link.mac == facts["mac"])
            for link in twin.links
        )

    def _places(self, scope: str, mine: Host) -> tuple[Net, ...]:
        """The namespace on this side; a row's scope is the one that its namespace has on the second side.

        Two where one of them got the name of another that is gone: either may be meant.
        """
        seen = (self.seen_before, self.seen_after)
        keys = [{name: key for key, name in resolve(host.loaded()).scopes.items()} for host in seen]
        own = keys[0 if mine is self.before else 1]
        found = dict.fromkeys(key for key in (keys[1].get(scope), own.get(scope)) if key is not None)
        return tuple(mine.nets[key] for key in found if key in mine.nets)

    def _twin(self, place: Net | None, other: Host) -> Net | None:
        """The same kernel object on the other side."""
        if place is None:
            return None
        if place.host:
            return other.root
        return other.nets.get(place.key) if self.before.boot_id == self.after.boot_id else None


def _one_meaning(kind: str, facts: Facts, place: Net, twin: Net, one_boot: bool) -> bool:
    """A row that reads the same is the same if the links that it names are."""
    hops = _hops(facts)
    named = {str(row[column]) for row in (facts, *hops) for column in ("dev", *columns_of(kind)) if row.get(column)}
    had, has = ({link.name: link for link in net.links} for net in (place, twin))
    return all(_one_link(had[name], has[name], one_boot) for name in named & had.keys() & has.keys())


def _one_link(old: Link, new: Link, one_boot: bool) -> bool:
    """An index may be given out again, by a move too: MAC or peer are the same then. A pair of another boot is not."""
    if not one_boot:
        return old.link_kind != "veth" and old.ifindex == new.ifindex
    return old.ifindex == new.ifindex and (old.mac == new.mac or old.link_index == new.link_index)


def _hops(facts: Facts) -> Any:
    return facts.get("nexthops") or ()


def _count(net: Net, kind: str, facts: Facts) -> int:
    wanted = _facts(kind, facts)
    return sum(_facts(kind, columns(row)) == wanted for row in net.rows()[kind])
