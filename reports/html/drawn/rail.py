"""The narrow layouts: a bridge above, a rail down from it, and what hangs on it to the right, one under the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from reports.drawing import Branch, Drawing, Hub, Told
from reports.html.drawn.card import BADGES_UP_TO, PAD, STEP, badge_words, card, linked, pill
from reports.html.drawn.heads import folded, hub_words, place_head, rest_words
from reports.html.drawn.overview import SQUARE, action_of, squares
from reports.html.drawn.shapes import (
    Box,
    Canvas,
    Group,
    Label,
    Line,
    Shape,
    cut_off,
    label,
    line,
    listed,
    sign,
    text_of,
)
from reports.html.view import anchor
from reports.safe import make_visible

WIDTH = 440
RAIL_X, CARD_X = 22, 78
GAP = 12
BLOCK = 25
"""So many namespaces are drawn under each other in one block of a big drawing; blocks flow side by side where there is room."""
BLOCK_WIDTH = 470
ROW = 25
LINE_X = CARD_X - 14
ADDRESS_W = 146


def narrow(drawing: Drawing, *, head: bool = True) -> Canvas:
    """All of a drawing, from above."""
    shapes: list[Shape | Group] = []
    y = 1
    for scope, hubs in groupby(drawing.hubs, key=lambda hub: hub.scope):
        y = _place(shapes, drawing, scope, y, head=head)
        for hub in folded(list(hubs)):
            if isinstance(hub, str):
                shapes.append(label(PAD, y + STEP, "quiet", hub, WIDTH - 2 * PAD))
                y += STEP + GAP
            else:
                y = _hub(shapes, hub, y, drawing.chosen)
    if not drawing.hubs:
        y = _place(shapes, drawing, drawing.host.scope, y, head=head)
    return Canvas(fits="narrow", width=WIDTH, height=y - GAP + 2, shapes=tuple(shapes))


def _place(shapes: list[Shape | Group], drawing: Drawing, scope: str, top: int, *, head: bool) -> int:
    at = len(shapes)
    home = drawing.host if head and scope == drawing.host.scope else None
    made, y = place_head(drawing, scope, home, 1 + PAD, top, WIDTH - 2 * PAD - 2)
    shapes += made
    y += 12
    shapes.insert(at, Box(x=1, y=top, width=WIDTH - 2, height=y - top, round=10, style="scope"))
    return y + GAP


def _hub(shapes: list[Shape | Group], hub: Hub, top: int, chosen: bool) -> int:
    y = _bridge(shapes, hub, top, WIDTH) if hub.bridge is not None else top
    rail_from = y
    for badge in hub.badges[:BADGES_UP_TO]:
        y += STEP + 6
        told = Told(text=badge_words(badge), action=badge.action)
        own = pill(badge, CARD_X, y, WIDTH - CARD_X - PAD)
        shapes.append(Group(href=anchor(badge.change), told=text_of(told), shapes=own))
    last = rail_from
    at = len(shapes)
    for branch in hub.branches:
        y += GAP
        last = max(last, _branch(shapes, hub, branch, y))
        y += card(branch, CARD_X, y, WIDTH - CARD_X - 1, ends=True).height
    if hub.unchanged:
        y += GAP + STEP
        last = y - 4
        shapes.append(Line(path=f"M{RAIL_X} {last}H{CARD_X}", style="wire unchanged"))
        shapes.append(label(CARD_X + PAD, y, "quiet", rest_words(hub, chosen=chosen), WIDTH - CARD_X - 2 * PAD))
        y += 4
    if hub.bridge is not None and last > rail_from:
        shapes.insert(at, Line(path=f"M{RAIL_X} {rail_from}V{last}", style="rail"))
    return y + GAP


def _branch(shapes: list[Shape | Group], hub: Hub, branch: Branch, top: int) -> int:
    """Draws it; returns where the rail may end."""
    made = card(branch, CARD_X, top, WIDTH - CARD_X - 1, ends=True)
    own: list[Shape] = []
    for wire, y in zip(branch.wires, made.wires, strict=True):
        start = RAIL_X if hub.bridge is not None else RAIL_X + 12
        if wire.taken_off:
            own.append(cut_off(start + 6, y))
            start += 14
        own.append(line(f"M{start} {y}H{CARD_X}", wire.action))
        if wire.action is not None:
            own.append(sign((RAIL_X + CARD_X) // 2 + (8 if wire.taken_off else 0), y, wire.action))
    own += made.shapes
    own += [Box(x=CARD_X - 4, y=y - 4, width=8, height=8, round=2, style="port") for y in made.wires]
    shapes.append(linked(branch, own, hub.bridge))
    return max(made.wires, default=top)


def _bridge(shapes: list[Shape | Group], hub: Hub, top: int, width: int, more: str = "") -> int:
    """A bridge as a bar; returns where it ends."""
    assert hub.bridge is not None
    height = 30
    name = f"{make_visible(hub.bridge)}{more}"
    own: list[Shape] = [
        Box(x=1, y=top, width=width - 2, height=height, round=7, style=f"bridge {hub.action or 'unchanged'}"),
        label(12, top + 20, "bridge-name", name, 150),
        listed(172, top + 20, "quiet", "", hub.addresses, width - 172 - 36),
    ]
    if hub.action is not None:
        own.append(sign(width - 18, top + 15, hub.action))
    shapes.append(Group(href=anchor(hub.change), told=hub_words(hub), shapes=tuple(own)))
    return top + height


def blocks(hub: Hub, branches: Sequence[Branch]) -> tuple[Canvas, ...]:
    """Many namespaces on one bridge, a line each, in blocks."""
    parts = [branches[i : i + BLOCK] for i in range(0, len(branches), BLOCK)]
    return tuple(_block(hub, part, number, len(parts)) for number, part in enumerate(parts, start=1))


def _block(hub: Hub, branches: Sequence[Branch], number: int, of: int) -> Canvas:
    shapes: list[Shape | Group] = []
    y = 0
    if hub.bridge is not None:
        y = _bridge(shapes, hub if number == 1 else _told(hub), 1, BLOCK_WIDTH, f" ({number}/{of})" if of > 1 else "")
    first = y + 6
    middles = [first + i * ROW + ROW // 2 for i in range(len(branches))]
    if hub.bridge is not None:
        shapes.append(Line(path=f"M{RAIL_X} {y}V{middles[-1]}", style="rail"))
    shapes += _wires(branches, middles)
    shapes += [_row(hub, branch, y - ROW // 2) for branch, y in zip(branches, middles, strict=True)]
    return Canvas(fits="any", width=BLOCK_WIDTH, height=first + len(branches) * ROW + 1, shapes=tuple(shapes))


def _wires(branches: Sequence[Branch], middles: Sequence[int]) -> list[Shape]:
    """The wires of all lines, those of one kind in one path, and the signs on them."""
    paths: dict[str | None, list[str]] = {}
    shapes: list[Shape] = []
    for branch, y in zip(branches, middles, strict=True):
        for wire in branch.wires[:1]:
            paths.setdefault(wire.action, []).append(f"M{RAIL_X + (14 if wire.taken_off else 0)} {y}H{LINE_X}")
            shapes += [cut_off(RAIL_X + 6, y)] if wire.taken_off else []
    half = SQUARE // 2
    places = [(b, (RAIL_X + LINE_X) // 2 + 2 - half, y - half) for b, y in zip(branches, middles, strict=True)]
    signs = squares([place for place in places if action_of(place[0]) != "unchanged"])
    return [*(line("".join(found), action) for action, found in paths.items()), *shapes, *signs]


def _told(hub: Hub) -> Hub:
    """A bridge that was told of already: its name is enough."""
    return Hub(scope=hub.scope, bridge=hub.bridge, action=hub.action, change=hub.change)


def _row(hub: Hub, branch: Branch, top: int) -> Group:
    y = top + ROW // 2
    right = BLOCK_WIDTH - 1
    frame = Box(
        x=LINE_X, y=top + 2, width=right - LINE_X, height=ROW - 4, round=5,
        style=f"home {branch.home.action or 'unchanged'}",
    )  # fmt: skip
    addresses = [told for w in branch.wires for told in w.addresses] or list(branch.home.addresses)
    now = [told for told in addresses if told.action != "removed"] or addresses
    room = right - LINE_X - 20 - (ADDRESS_W + 8 if now else 0)
    own: list[Shape] = [frame, label(LINE_X + 10, y + 4, "home-name", make_visible(branch.home.scope), room)]
    if now:
        own.append(listed(right - ADDRESS_W, y + 4, "quiet", "", now, ADDRESS_W - 4))
    # What was cut is told by the title of them all.
    own = [replace(s, whole=None) if isinstance(s, Label) and s.whole is not None else s for s in own]
    return linked(branch, own, hub.bridge)
