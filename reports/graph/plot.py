"""A drawing as a graph, for languages that lay it out themselves: places with bridges in them, namespaces, wires."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from reports.drawing import Badge, Branch, Drawing, Home, Hub, Told, Wire
from reports.safe import make_visible
from reports.words import ACTION_WORDS, ACTIONS, SIGNS, value_text
from snapshot.model.plural import plural

MOST = 8
"""So many addresses, containers or links of one place are named; the rest is counted."""
FIELDS_UP_TO = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A bridge, a namespace, or so many of them. ``lines`` are visible text; ``action`` None: nothing happened to it."""

    id: str
    lines: tuple[str, ...]
    action: str | None
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A veth pair between two nodes; ``loose``: it hangs there no more."""

    start: str
    end: str
    lines: tuple[str, ...]
    action: str | None
    loose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A namespace that bridges are in, with the nodes drawn inside it."""

    id: str
    lines: tuple[str, ...]
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """The whole graph. ``left`` says what is not drawn one by one; empty if all is."""

    title: str
    places: tuple[Place, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    left: str = ""


def plot(drawing: Drawing, most: int | None = None) -> Plot:
    """The graph of a drawing. Of more than ``most`` wires those that do not fit are counted for each bridge."""
    places, nodes, edges = [], [], []
    homes: dict[str, str] = {}
    room = most if most is not None else sum(len(branch.wires) or 1 for hub in drawing.hubs for branch in hub.branches)
    counted = 0
    grouped = [(scope, list(hubs)) for scope, hubs in groupby(drawing.hubs, key=lambda hub: hub.scope)]
    for number, (scope, hubs) in enumerate(grouped or [(drawing.host.scope, [])]):
        home = drawing.host if scope == drawing.host.scope else Home(scope=scope)
        inside = []
        for at, hub in enumerate(hubs):
            name = f"b{number}_{at}"
            if hub.bridge is not None or hub.unchanged or any(branch.wires for branch in hub.branches):
                inside.append(_bridge(name, hub))
            drawn = hub.branches[: max(room, 0)]
            left = hub.branches[len(drawn) :]
            for branch in drawn:
                room -= len(branch.wires) or 1
                known = branch.home.scope in homes
                end = homes.setdefault(branch.home.scope, f"n{len(homes)}")
                nodes += [] if known else [_namespace(end, branch.home)]
                edges += [_edge(name, end, wire) for wire in branch.wires]
            counted += len(left)
            for action in (None, *ACTIONS):
                some = [branch for branch in left if _action(branch) == action]
                if some:
                    word = f" {ACTION_WORDS[action]}" if action is not None else ""
                    words = f"{_sign(action)}{plural(len(some), 'more namespace')}{word}"
                    nodes.append(Node(id=f"{name}_{action or 'more'}", lines=(words,), action=action, form="count"))
                    edges.append(Edge(start=name, end=f"{name}_{action or 'more'}", lines=(), action=action))
            if hub.unchanged:
                what = "other veth pair" if drawing.chosen else "unchanged veth pair"
                nodes.append(Node(id=f"{name}_rest", lines=(plural(hub.unchanged, what),), action=None, form="count"))
                edges.append(Edge(start=name, end=f"{name}_rest", lines=(), action=None))
        places.append(Place(id=f"p{number}", lines=tuple(_place(drawing, home)), nodes=tuple(inside)))
    title = f"{'What happened on' if drawing.before_and_after else 'The network of'} {make_visible(drawing.name)}"
    return Plot(
        title=title,
        places=tuple(places),
        nodes=tuple(nodes),
        edges=tuple(edges),
        left=f"{plural(counted, 'namespace')} counted, not drawn one by one" if counted else "",
    )


def _action(branch: Branch) -> str | None:
    return branch.home.action or next((wire.action for wire in branch.wires if wire.action is not None), None)


def _sign(action: str | None) -> str:
    return f"{SIGNS[action]} " if action is not None else ""


def _place(drawing: Drawing, home: Home) -> Iterator[str]:
    yield f"{_sign(home.action)}{make_visible(home.scope)}" + (
        f" {make_visible(drawing.name)}" if home.scope == "host" else ""
    )
    yield from _told("out ", home.ways_out)
    yield from _badges(home.badges)
    yield from _told("container ", [told for told in home.containers if told.action is not None])


def _bridge(name: str, hub: Hub) -> Node:
    if hub.bridge is None:
        return Node(id=name, lines=("on no bridge",), action=None, form="none")
    lines = (f"{_sign(hub.action)}{make_visible(hub.bridge)}", *_told("", hub.addresses), *_badges(hub.badges))
    return Node(id=name, lines=lines, action=hub.action, form="bridge")


def _namespace(name: str, home: Home) -> Node:
    lines = [f"{_sign(home.action)}{make_visible(home.scope)}"]
    if home.scope != "host":
        containers = [f"{_sign(told.action)}{make_visible(told.text)}" for told in home.containers]
        left = len(containers) - MOST
        lines += [", ".join(containers[:MOST]) + (f" and {left:,} more" if left > 0 else "")] if containers else []
        lines += [*_told("", home.addresses), *_told("out ", home.ways_out), *_badges(home.badges)]
    return Node(id=name, lines=tuple(lines), action=home.action, form="namespace")


def _edge(start: str, end: str, wire: Wire) -> Edge:
    name = " - ".join("?" if one is None else make_visible(one) for one in (wire.near, wire.far))
    lines = [f"{_sign(wire.action)}{name}", *_told("", wire.addresses)]
    lines += [f"{f.name} {value_text(f.before)} → {value_text(f.after)}" for f in wire.fields[:FIELDS_UP_TO]]
    lines += [f"now on {make_visible(wire.moved_to)}"] if wire.moved_to is not None else []
    left = len(wire.fields) - FIELDS_UP_TO
    lines += [f"and {left:,} more"] if left > 0 else []
    return Edge(start=start, end=end, lines=tuple(map(_flat, lines)), action=wire.action, loose=wire.taken_off)


def _flat(line: str) -> str:
    return line if line.isprintable() else make_visible(line)


def _told(lead: str, told: Sequence[Told]) -> Iterator[str]:
    for one in told[:MOST]:
        yield f"{_sign(one.action)}{lead}{make_visible(one.text)}"
    if len(told) > MOST:
        yield f"and {len(told) - MOST:,} more"


def _badges(badges: Sequence[Badge]) -> Iterator[str]:
    shown = sorted(badges, key=lambda badge: badge.action is None)
    for badge in shown[:MOST]:
        words = " ".join(make_visible(word) for word in (badge.kind, badge.name, badge.text) if word)
        yield f"{_sign(badge.action)}[{words}]"
    if len(shown) > MOST:
        yield f"and {plural(len(shown) - MOST, 'more link')}"
