"""What is left of a drawing when only some changes are shown."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from reports.drawing import Badge, Branch, Drawing, Home, Hub, Wire


def only(drawing: Drawing, shown: Set[str]) -> Drawing:
    """The drawing with nothing marked but by the changes of these ids, and nothing drawn but what they are about."""
    hubs = (_hub(hub, shown) for hub in drawing.hubs)
    return replace(drawing, host=_home(drawing.host, shown), hubs=tuple(hubs), chosen=True)


def _hub(hub: Hub, shown: Set[str]) -> Hub:
    branches = [Branch(home=_home(b.home, shown), wires=tuple(_wire(w, shown) for w in b.wires)) for b in hub.branches]
    drawn = tuple(b for b in branches if b.home.action is not None or any(w.action is not None for w in b.wires))
    left = sum(len(branch.wires) for branch in branches) - sum(len(branch.wires) for branch in drawn)
    told = hub.change in shown
    return replace(
        hub,
        action=hub.action if told else None,
        change=hub.change if told else None,
        addresses=hub.addresses if told else tuple(a for a in hub.addresses if a.action is None),
        badges=tuple(_badge(badge, shown) for badge in hub.badges),
        branches=drawn,
        unchanged=hub.unchanged + left,
    )


def _home(home: Home, shown: Set[str]) -> Home:
    badges = tuple(_badge(badge, shown) for badge in home.badges)
    if home.change in shown:
        return replace(home, badges=badges)
    kept = tuple(told for told in home.ways_out if told.action is None)
    return replace(
        home,
        action=None,
        change=None,
        containers=tuple(told for told in home.containers if told.action is None),
        addresses=tuple(told for told in home.addresses if told.action is None),
        ways_out=kept,
        without_ways="untold" if home.ways_out and not kept else home.without_ways,
        badges=badges,
    )


def _wire(wire: Wire, shown: Set[str]) -> Wire:
    if wire.change in shown:
        return wire
    return replace(
        wire, action=None, change=None, fields=(), addresses=tuple(a for a in wire.addresses if a.action is None)
    )


def _badge(badge: Badge, shown: Set[str]) -> Badge:
    return badge if badge.change in shown else replace(badge, action=None, change=None)
