"""The pictures of a report: one whole drawing of what changed where, or an overview and one drawing for each bridge.

``reports/html/drawn`` lays them out, the template draws them as SVG.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from reports.drawing import Badge, Branch, Drawing, Home, Hub, Told, Wire
from reports.html.drawn.following import leading_to
from reports.html.drawn.heads import hub_words, rest_words
from reports.html.drawn.overview import action_of, ordered, overview
from reports.html.drawn.rail import blocks, narrow
from reports.html.drawn.shapes import Canvas
from reports.html.drawn.wide import wide
from reports.model import Report
from reports.safe import make_visible
from reports.words import ACTION_WORDS, ACTIONS, SIGNS
from snapshot.model.plural import plural

WHOLE_UP_TO = 16
"""So many namespaces are drawn as cards in one picture; of more there is an overview, and a drawing for each bridge."""
ROOMY_UP_TO = 12
"""So many on one bridge are drawn as cards, more are drawn a line each."""
LINES_UP_TO = 1000
OPEN_UP_TO = 60
STORIES_UP_TO = 12
"""So many stories, the worst first, have a small picture of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One figure: its canvases show the same for windows of different widths, or follow each other ("any").

    ``folded``: it is long, and is shown when it is asked for. ``note`` says what is not drawn.
    """

    id: str
    title: str
    description: str
    canvases: tuple[Canvas, ...]
    folded: bool = False
    note: str | None = None


def pictures(report: Report, there: Set[str] | None = None) -> tuple[Picture, ...]:
    """The pictures of a diff; none where nothing happened that could be drawn.

    They lead to the changes whose ids are ``there`` in the page; None: to all.
    """
    if report.drawing is None:
        return ()
    return pictures_of(report.drawing if there is None else leading_to(report.drawing, there))


def pictures_of(drawing: Drawing) -> tuple[Picture, ...]:
    """The pictures of one drawing."""
    touched = [hub for hub in drawing.hubs if hub.branches or hub.touched]
    if drawing.before_and_after and not touched and drawing.host.action is None and not _badges(drawing):
        return ()
    if sum(len(hub.branches) for hub in drawing.hubs) <= WHOLE_UP_TO:
        return (_whole("picture-1", drawing),)
    ids = {(hub.scope, hub.bridge): f"picture-{n}" for n, hub in enumerate(touched, start=2) if hub.branches}
    details = [_detail(ids[hub.scope, hub.bridge], drawing, hub) for hub in touched if hub.branches]
    return (_overview("picture-1", drawing, ids), *details)


def story_pictures(report: Report) -> Mapping[str, Picture]:
    """A small picture for each of the first stories that one place tells, by the change's id.

    Where the one picture of the report is small enough to be read, none.
    """
    drawing = report.drawing
    if drawing is None or sum(len(hub.branches) for hub in drawing.hubs) <= ROOMY_UP_TO:
        return {}
    found: dict[str, list[tuple[Hub, Branch]]] = {}
    for hub in drawing.hubs:
        for branch in hub.branches:
            if branch.moved_away:
                continue
            for change in {branch.home.change, *(wire.change for wire in branch.wires)} - {None}:
                found.setdefault(str(change), []).append((hub, branch))
    severe = [c for c in report.changes if c.cause is None and c.id in found and len(found[c.id]) == 1]
    severe.sort(key=lambda change: ("critical", "warning", "info").index(change.severity))
    return {c.id: _story(c.id, drawing, *found[c.id][0]) for c in severe[:STORIES_UP_TO]}


def legend(drawing: Drawing | None) -> list[tuple[str, str, str]]:
    """The actions that a drawing shows, each with its sign and word."""
    found = set(_actions(drawing)) if drawing is not None else set()
    return [(action, SIGNS[action], ACTION_WORDS[action]) for action in ACTIONS if action in found]


def _actions(drawing: Drawing) -> Iterator[str | None]:
    yield from _of_home(drawing.host)
    for hub in drawing.hubs:
        yield hub.action
        yield from _each(hub.addresses, hub.badges)
        for branch in hub.branches:
            yield from _of_home(branch.home)
            yield from _each(branch.wires, *(wire.addresses for wire in branch.wires))


def _of_home(home: Home) -> Iterator[str | None]:
    yield home.action
    yield from _each(home.containers, home.addresses, home.ways_out, home.badges)


def _each(*told: Sequence[Told | Badge | Wire]) -> Iterator[str | None]:
    return (one.action for things in told for one in things)


def _badges(drawing: Drawing) -> bool:
    return any(badge.action is not None for badge in drawing.host.badges)


def _whole(name: str, drawing: Drawing) -> Picture:
    return Picture(
        id=name,
        title=_title(drawing),
        description=_description(drawing),
        canvases=(wide(drawing), narrow(drawing)),
    )


def _overview(name: str, drawing: Drawing, details: Mapping[tuple[str, str | None], str]) -> Picture:
    return Picture(
        id=name,
        title=f"{_title(drawing)}: overview",
        description=_description(drawing),
        canvases=(overview(drawing, "wide", details), overview(drawing, "narrow", details)),
    )


def _detail(name: str, drawing: Drawing, hub: Hub) -> Picture:
    title, words = hub_words(hub), _counts(hub, drawing)
    if len(hub.branches) <= ROOMY_UP_TO:
        alone = replace(drawing, hubs=(hub,))
        canvases: tuple[Canvas, ...] = (wide(alone, head=False), narrow(alone, head=False))
        return Picture(id=name, title=title, description=words, canvases=canvases)
    branches = ordered(hub.branches)
    left = len(branches) - LINES_UP_TO
    notes = [f"{rest_words(hub, chosen=drawing.chosen)}, not drawn"] if hub.unchanged else []
    verb = "is" if left == 1 else "are"
    notes += [f"{left:,} more {verb} not drawn here: the list below has them all"] if left > 0 else []
    return Picture(
        id=name,
        title=f"{title}: {words}",
        description=words,
        canvases=blocks(hub, branches[:LINES_UP_TO]),
        folded=len(branches) > OPEN_UP_TO,
        note=". ".join(notes) + "." if notes else None,
    )


def _story(change: str, drawing: Drawing, hub: Hub, branch: Branch) -> Picture:
    alone = replace(drawing, hubs=(replace(hub, branches=(branch,), unchanged=0),))
    return Picture(
        id=f"picture-{change}",
        title=hub_words(hub),
        description=_counts(hub, drawing),
        canvases=(wide(alone, head=False), narrow(alone, head=False)),
    )


def _title(drawing: Drawing) -> str:
    what = "What happened on" if drawing.before_and_after else "The network of"
    return f"{what} {make_visible(drawing.name)}"


def _description(drawing: Drawing) -> str:
    return ". ".join(f"{hub_words(hub)}: {_counts(hub, drawing)}" for hub in drawing.hubs[:20]) + "."


def _counts(hub: Hub, drawing: Drawing) -> str:
    counts = Counter(map(action_of, hub.branches))
    if not drawing.before_and_after:
        return plural(len(hub.branches), "namespace")
    told = [f"{counts[action]:,} {ACTION_WORDS[action]}" for action in ACTIONS if counts[action]]
    told += [f"{hub.unchanged:,} {'other' if drawing.chosen else 'unchanged'}"] if hub.unchanged else []
    return ", ".join(told) or "nothing hangs on it"
