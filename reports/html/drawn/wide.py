"""The wide layout: the host on the left with its bridges, wires to the right, a card for each namespace at their ends."""

from __future__ import annotations

from itertools import groupby

from reports.drawing import Branch, Drawing, Hub
from reports.html.drawn.card import PAD, STEP, card, end_name, linked, wire_sign
from reports.html.drawn.heads import folded, head_height, hub_head, place_head, rest_words
from reports.html.drawn.shapes import Box, Canvas, Group, Line, Shape, cut_off, label, line

WIDTH = 1030
FRAME = 452
"""Width of the frame of the namespace that the bridges are in."""
BRIDGE_X, BRIDGE_W = 14, 190
HOME_X = 560
SIGN_X = 506
GAP = 12
SMALL = 44


def wide(drawing: Drawing, *, head: bool = True) -> Canvas:
    """All of a drawing from left to right. ``head``: with the host's own ways out and links."""
    shapes: list[Shape | Group] = []
    y = 1
    for scope, hubs in groupby(drawing.hubs, key=lambda hub: hub.scope):
        y = _place(shapes, drawing, scope, list(hubs), y, head=head) + GAP
    if not drawing.hubs:
        y = _place(shapes, drawing, drawing.host.scope, [], y, head=head) + GAP
    return Canvas(fits="wide", width=WIDTH, height=y - GAP + 1, shapes=tuple(shapes))


def _place(shapes: list[Shape | Group], drawing: Drawing, scope: str, hubs: list[Hub], top: int, *, head: bool) -> int:
    """A namespace with its bridges; returns where it ends."""
    frame_at = len(shapes)
    home = drawing.host if head and scope == drawing.host.scope else None
    made, y = place_head(drawing, scope, home, 1 + PAD, top, FRAME - 2 * PAD)
    shapes += made
    for hub in folded(hubs):
        y = _hub(shapes, hub, y + GAP, drawing.chosen) if isinstance(hub, Hub) else _rest(shapes, hub, y + GAP)
    y = max(y + PAD, top + 40)
    shapes.insert(frame_at, Box(x=1, y=top, width=FRAME, height=y - top, round=10, style="scope"))
    return y


def _rest(shapes: list[Shape | Group], words: str, top: int) -> int:
    shapes.append(label(1 + BRIDGE_X, top + 14, "quiet", words, FRAME - 2 * PAD))
    return top + STEP


def _hub(shapes: list[Shape | Group], hub: Hub, top: int, chosen: bool) -> int:
    box_at = len(shapes)
    shapes += hub_head(hub, 1 + BRIDGE_X, top, BRIDGE_W) if hub.bridge is not None else []
    least = top + (head_height(hub) if hub.bridge is not None else 32)
    y = top
    for branch in hub.branches:
        y = _branch(shapes, hub, branch, y) + GAP
    if hub.unchanged:
        y = _unchanged(shapes, hub, y, chosen) + GAP
    bottom = max(y - GAP, least)
    if hub.bridge is not None:
        style = f"bridge {hub.action or 'unchanged'}"
        shapes.insert(box_at, Box(x=1 + BRIDGE_X, y=top, width=BRIDGE_W, height=bottom - top, round=7, style=style))
    return bottom


def _branch(shapes: list[Shape | Group], hub: Hub, branch: Branch, top: int) -> int:
    made = card(branch, HOME_X, top, WIDTH - HOME_X - 1, ends=False)
    own: list[Shape] = []
    start = 1 + BRIDGE_X + BRIDGE_W if hub.bridge is not None else 1 + BRIDGE_X
    for wire, y in zip(branch.wires, made.wires, strict=True):
        if wire.taken_off:
            own += [line(f"M{start} {y}h20", "removed"), line(f"M{start + 36} {y}H{HOME_X}", wire.action)]
            own.append(cut_off(start + 28, y))
        else:
            own.append(line(f"M{start} {y}H{HOME_X}", wire.action))
        own.append(Box(x=start - 4, y=y - 4, width=8, height=8, round=2, style="port"))
        name_at = start + (44 if wire.taken_off else 14)
        own.append(label(name_at, y - 7, "plain", end_name(wire.near), FRAME - name_at - 8))
        own += wire_sign(wire, SIGN_X, y)
    own += made.shapes
    own += [Box(x=HOME_X - 4, y=y - 4, width=8, height=8, round=2, style="port") for y in made.wires]
    shapes.append(linked(branch, own, hub.bridge))
    return top + made.height


def _unchanged(shapes: list[Shape | Group], hub: Hub, top: int, chosen: bool) -> int:
    start = 1 + BRIDGE_X + BRIDGE_W if hub.bridge is not None else 1 + BRIDGE_X
    y = top + SMALL // 2
    shapes.append(Line(path=f"M{start} {y}H{HOME_X}", style="wire unchanged"))
    shapes += [
        Box(x=HOME_X + offset, y=top + 4 + offset, width=300, height=SMALL - 16, round=7, style="home unchanged")
        for offset in (8, 4, 0)
    ]
    shapes.append(label(HOME_X + PAD, y, "quiet", rest_words(hub, chosen=chosen), 300 - PAD))
    return top + SMALL
