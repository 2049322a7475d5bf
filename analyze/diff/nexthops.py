"""Where routes lead, by meaning and not by spelling: sets of next hops, and nexthop objects under other numbers.

Packets of a multipath route go to its next hops by hash and weight, whatever their order (net/ipv4/fib_semantics.c:
fib_select_multipath; net/ipv6/route.c: fib6_select_path). Weights are kept as they were given, so 1:1 is not 2:2.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import field, fields, replace

from reports.model import FieldChange, Json
from snapshot.model.frozen import frozen
from snapshot.model.json import canonical
from snapshot.model.nexthop import Nexthop
from snapshot.model.route import Route

MIRRORED = frozenset({"dead", "linkdown", "offload", "trap", "unresolved", "offload_failed", "rt_offload", "rt_trap"})
"""Flags by which the kernel tells the state of a link or of a driver (linux/rtnetlink.h: RTNH_F_*, RTM_F_*)."""
ROUNDS = 8
"""So often what was found under other numbers is reconsidered, then nothing is."""
LEADS = frozenset({"gateway", "dev", "nexthops"})
"""Columns that spell where a route leads."""

Hop = tuple[str, str, str, bool]
"""Gateway, link, weight, and whether the gateway is taken for on-link whatever the addresses say."""


@frozen
class Objects:
    """The nexthop objects in which two sides of a namespace differ; those in which they do not are not loaded.

    numbers        old id -> new one of objects that lead to the same under another number
    before, after  the objects by id, the old ones by their new numbers
    alike          both sides were read, and differ in none
    """

    numbers: Mapping[int, int] = field(default_factory=dict)
    before: Mapping[int, Nexthop] = field(default_factory=dict)
    after: Mapping[int, Nexthop] = field(default_factory=dict)
    alike: bool = False


def compare_objects(before: Sequence[Nexthop], after: Sequence[Nexthop]) -> Objects:
    """What became of nexthop objects; ``before`` calls links what they are called now.

    An object is found again under another number only where neither number is another object's on the other side: that is
    a routing daemon that numbers anew when it starts, and never ``ip nexthop replace``.
    """
    numbers = _found_again(before, after)
    return Objects(
        numbers=numbers,
        before={now.id: now for now in (renumbered(one, numbers) for one in before)},
        after={one.id: one for one in after},
    )


def _found_again(before: Sequence[Nexthop], after: Sequence[Nexthop]) -> dict[int, int]:
    olds, news = {one.id for one in before}, {one.id for one in after}
    doubted: set[int] = set()
    for _ in range(ROUNDS):
        numbers: dict[int, int] = {}
        for groups in (False, True):
            old = [one for one in before if bool(one.group) == groups and one.id not in doubted]
            numbers |= _alike(old, [one for one in after if bool(one.group) == groups], numbers)
        # A number that something else has, which was not found again itself, is that one's.
        sources, targets = numbers.keys(), set(numbers.values())
        wrong = {old for old, new in numbers.items() if old in news - targets or new in olds - sources}
        if not wrong:
            return {old: new for old, new in numbers.items() if old != new}
        doubted |= wrong
    return {}


def _alike(olds: list[Nexthop], news: list[Nexthop], numbers: Mapping[int, int]) -> dict[int, int]:
    by_content: dict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for one in olds:
        by_content[_content(renumbered(one, numbers))][0].append(one.id)
    for one in news:
        by_content[_content(one)][1].append(one.id)
    pairs = (zip(sorted(a), sorted(b), strict=True) for a, b in by_content.values() if len(a) == len(b))
    return {old: new for found in pairs for old, new in found}


def _content(one: Nexthop) -> Hashable:
    told = {f.name: getattr(one, f.name) for f in fields(one) if f.name not in ("id", "flags")}
    told["group"] = sorted(canonical(member) for member in one.group)
    return canonical(told), tuple(flag for flag in one.flags if flag not in MIRRORED)


def renumbered(one: Nexthop, numbers: Mapping[int, int]) -> Nexthop:
    """An object with its own and its members' new numbers."""
    return replace(one, id=numbers.get(one.id, one.id), group=tuple(_member(hop, numbers) for hop in one.group))


def _member(hop: Json, numbers: Mapping[int, int]) -> Json:
    if isinstance(hop, Mapping) and hop.get("id") in numbers:
        return {**hop, "id": numbers[int(str(hop["id"]))]}
    return hop


def meant_group(fields: tuple[FieldChange, ...], old: Nexthop, new: Nexthop) -> tuple[FieldChange, ...]:
    """The fields of an object; the order of a group's members is none."""
    same = sorted(canonical(member) for member in old.group) == sorted(canonical(member) for member in new.group)
    return tuple(change for change in fields if change.name != "group" or not same)


def meant(fields: tuple[FieldChange, ...], old: Route, new: Route, objects: Objects) -> tuple[FieldChange, ...]:
    """The fields of a route without those in which only its spelling differs.

    Where one side has one next hop and the other several, ``nexthops`` tells both.
    """
    if not LEADS & {change.name for change in fields}:
        return fields
    if old.nexthops and new.nexthops and _in_order(old) == _in_order(new):
        return tuple(change for change in fields if change.name != "nexthops")
    if objects.alike and _told_by_object(old, new):
        return _without_spelling(fields, old, new)
    hops = _hops(old, objects.before), _hops(new, objects.after)
    if None not in hops and hops[0] == hops[1] and _spelt_otherwise(old, new):
        return _without_spelling(fields, old, new)
    if bool(old.nexthops) != bool(new.nexthops) and old.nexthop_id is None and new.nexthop_id is None:
        told = FieldChange(name="nexthops", before=_told(old), after=_told(new))
        return (*(change for change in fields if change.name not in LEADS), told)
    return fields


def _without_spelling(fields: tuple[FieldChange, ...], old: Route, new: Route) -> tuple[FieldChange, ...]:
    """Without what a route that leaves it to its object does not tell: the flags of a next hop go with that."""
    flags = _told_once(old, new) and {*old.flags} ^ {*new.flags} <= MIRRORED | {"onlink"}
    return tuple(change for change in fields if change.name not in LEADS and not (flags and change.name == "flags"))


def _in_order(route: Route) -> list[str]:
    return sorted(canonical(hop) for hop in route.nexthops)


def _spelt_otherwise(old: Route, new: Route) -> bool:
    return old.nexthop_id != new.nexthop_id or bool(old.nexthops) != bool(new.nexthops) or _told_once(old, new)


def _told_once(old: Route, new: Route) -> bool:
    """Does one side tell next hops, and the other leave that to its nexthop object (net.ipv4.nexthop_compat_mode)?"""
    return _tells(old) != _tells(new)


def _told_by_object(old: Route, new: Route) -> bool:
    """Does only one side tell where the same object leads? The kernel tells its link then, never a gateway alone."""
    same = old.nexthop_id is not None and old.nexthop_id == new.nexthop_id
    return same and _told_once(old, new) and any(route.nexthops or route.dev is not None for route in (old, new))


def _tells(route: Route) -> bool:
    return bool(route.nexthops) or route.gateway is not None or route.dev is not None


def _told(route: Route) -> tuple[Json, ...]:
    """A route's next hops as a multipath route has them."""
    if route.nexthops:
        return route.nexthops
    flags: list[Json] = [flag for flag in route.flags if flag in MIRRORED or flag == "onlink"]
    return ({"gateway": route.gateway, "dev": route.dev, "weight": 1, "flags": flags},)


def _hops(route: Route, objects: Mapping[int, Nexthop]) -> list[Hop] | None:
    """Where a route leads, without the state of the links there; None where that cannot be told."""
    if _tells(route):
        return _sorted(_told(route))
    one = objects.get(route.nexthop_id) if route.nexthop_id is not None else None
    if one is None:
        return None
    members = [(hop.get("id"), hop.get("weight")) for hop in one.group if isinstance(hop, Mapping)] or [(one.id, 1)]
    told: list[Json] = []
    for number, weight in members:
        member = objects.get(number) if isinstance(number, int) else None
        if member is None or member.group or member.encap or member.blackhole:
            return None
        told.append({"gateway": member.gateway, "dev": member.dev, "weight": weight, "flags": list(member.flags)})
    return _sorted(told)


def _sorted(hops: Sequence[Json]) -> list[Hop] | None:
    found: list[Hop] = []
    for hop in hops:
        if not isinstance(hop, Mapping) or set(hop) - {"gateway", "dev", "weight", "flags"}:
            return None
        flags = hop.get("flags")
        onlink = isinstance(flags, list | tuple) and "onlink" in flags
        found.append((str(hop.get("gateway")), str(hop.get("dev")), str(hop.get("weight")), onlink))
    return sorted(found)


def lead_alike(old: Route, new: Route) -> bool:
    """Do two routes that name their next hops lead to the same, whatever the state of the links there?"""
    hops = [_hops(route, {}) for route in (old, new)]
    return None not in hops and hops[0] == hops[1]


def gathered(rows: Sequence[Route], others: Sequence[Route]) -> list[Route]:
    """IPv6 routes that are one of several next hops, told one by one, as the one multipath route that ``others`` tell.

    Which of the two a kernel does depends on its version and on how they were set (net/ipv6/route.c: rt6_fill_node).
    """
    several = {_siblings(row) for row in others if row.family == "inet6" and row.nexthops}
    if not several:
        return list(rows)
    alone: dict[Hashable, list[Route]] = defaultdict(list)
    for row in rows:
        if row.family == "inet6" and row.gateway is not None and not row.nexthops and _siblings(row) in several:
            alone[_siblings(row)].append(row)
    into: dict[int, Route | None] = {}
    for found in alone.values():
        if len(found) > 1:
            hops = tuple(hop for row in found for hop in _told(row))
            into |= dict.fromkeys((id(row) for row in found[1:]), None)
            into[id(found[0])] = replace(found[0], gateway=None, dev=None, nexthops=hops)
    made = (into.get(id(row), row) for row in rows)
    return [row for row in made if row is not None]


def _siblings(route: Route) -> Hashable:
    alike = replace(route, gateway=None, dev=None, nexthops=(), flags=())
    return canonical({f.name: getattr(alike, f.name) for f in fields(alike)})
