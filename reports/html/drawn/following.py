"""Where the parts of a picture lead to."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace

from reports.drawing import Badge, Branch, Drawing, Home, Hub, Wire


def leading_to(drawing: Drawing, there: Set[str]) -> Drawing:
    """The drawing whose parts lead only to changes of these ids."""
    if _led(drawing) <= there:
        return drawing
    return replace(drawing, host=_home(drawing.host, there), hubs=tuple(_hub(hub, there) for hub in drawing.hubs))


def _led(drawing: Drawing) -> Set[str | None]:
    """All ids that parts of it lead to."""
    homes = [drawing.host, *(branch.home for hub in drawing.hubs for branch in hub.branches)]
    led = {home.change for home in homes} | {hub.change for hub in drawing.hubs}
    led |= {wire.change for hub in drawing.hubs for branch in hub.branches for wire in branch.wires}
    led |= {badge.change for home in homes for badge in home.badges}
    led |= {badge.change for hub in drawing.hubs for badge in hub.badges}
    return led - {None}


def leading_home(drawing: Drawing, ids: Mapping[str, str]) -> Drawing:
    """The drawing of one snapshot whose cards lead to where their namespace is told of; ``ids`` by scope."""

    def led(home: Home) -> Home:
        return replace(home, change=ids.get(home.scope))

    hubs = (replace(h, branches=tuple(replace(b, home=led(b.home)) for b in h.branches)) for h in drawing.hubs)
    return replace(drawing, host=led(drawing.host), hubs=tuple(hubs))


def _hub(hub: Hub, there: Set[str]) -> Hub:
    branches = tuple(
        Branch(home=_home(branch.home, there), wires=tuple(_wire(wire, there) for wire in branch.wires))
        for branch in hub.branches
    )
    badges = tuple(_badge(badge, there) for badge in hub.badges)
    return replace(hub, change=_known(hub.change, there), badges=badges, branches=branches)


def _home(home: Home, there: Set[str]) -> Home:
    badges = tuple(_badge(badge, there) for badge in home.badges)
    return replace(home, change=_known(home.change, there), badges=badges)


def _wire(wire: Wire, there: Set[str]) -> Wire:
    return replace(wire, change=_known(wire.change, there))


def _badge(badge: Badge, there: Set[str]) -> Badge:
    return replace(badge, change=_known(badge.change, there))


def _known(change: str | None, there: Set[str]) -> str | None:
    return change if change in there else None
