"""The overview of a big host: each bridge with how many hang on it and what happened to them, one square for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from reports.drawing import Branch, Drawing, Hub
from reports.html.drawn.card import PAD, STEP, branch_words
from reports.html.drawn.heads import folded, head_height, hub_head, hub_words, place_head, rest_words
from reports.html.drawn.shapes import Box, Canvas, Group, Label, Line, Part, Shape, label, sign
from reports.html.view import anchor
from reports.words import ACTION_WORDS, SIGNS
from snapshot.model.plural import plural

WIDE, NARROW = 1030, 440
BRIDGE_W = 190
CHIP = 20
"""From one square to the next."""
SQUARE = 16
LINKED_UP_TO = 200
"""So many squares of a bridge lead to their story each; more are drawn as one, which leads to the drawing of the bridge."""
GAP = 12
ORDER = ("removed", "added", "changed", "unknown", "recreated", "unchanged")
"""What is rarer is seen first."""
GLYPHS = {
    "removed": "m4 8h8",
    "added": "m4 8h8m-4 -4v8",
    "changed": "m4 9q2 -4 4 -1t4 -1",
    "unknown": "m6 6q2 -3 4 0q0 2 -2 3m0 2v1",
    "recreated": "m4 6h8m-4 -3v6m-4 4h8",
}


def action_of(branch: Branch) -> str:
    """What happened to a namespace or on its wires, in one word."""
    found = branch.home.action or next((wire.action for wire in branch.wires if wire.action is not None), None)
    return found or "unchanged"


def ordered(branches: Sequence[Branch]) -> list[Branch]:
    """What is rarer comes first."""
    return sorted(branches, key=lambda branch: ORDER.index(action_of(branch)))


def overview(drawing: Drawing, fits: str, details: Mapping[tuple[str, str | None], str]) -> Canvas:
    """Counts and squares for each bridge; ``fits`` is "wide" or "narrow", ``details`` the ids of the bridges' own drawings."""
    width = WIDE if fits == "wide" else NARROW
    shapes: list[Shape | Group] = []
    y = 1
    for scope, hubs in groupby(drawing.hubs, key=lambda hub: hub.scope):
        at, top = len(shapes), y
        home = drawing.host if scope == drawing.host.scope else None
        made, y = place_head(drawing, scope, home, 1 + PAD, top, width - 2 * PAD - 2)
        shapes += made
        for hub in folded(list(hubs)):
            y += GAP
            if isinstance(hub, str):
                shapes.append(label(1 + PAD, y + 14, "quiet", hub, width - 2 * PAD))
                y += STEP
            else:
                y = _hub(shapes, hub, y, width, drawing, details.get((hub.scope, hub.bridge)))
        y += PAD
        shapes.insert(at, Box(x=1, y=top, width=width - 2, height=y - top, round=10, style="scope"))
        y += GAP
    return Canvas(fits=fits, width=width, height=y - GAP + 1, shapes=tuple(shapes))


def _hub(shapes: list[Shape | Group], hub: Hub, top: int, width: int, drawing: Drawing, detail: str | None) -> int:
    beside = width == WIDE and hub.bridge is not None
    if hub.bridge is not None:
        bridge_w = BRIDGE_W if beside else width - 2 * PAD - 2
        style = f"bridge {hub.action or 'unchanged'}"
        shapes.append(Box(x=1 + PAD, y=top, width=bridge_w, height=head_height(hub), round=7, style=style))
        shapes += hub_head(hub, 1 + PAD, top, bridge_w)
    x = 1 + PAD + (BRIDGE_W + 36 if beside else 0)
    if beside:
        shapes.append(Line(path=f"M{1 + PAD + BRIDGE_W} {top + 16}h24", style="wire unchanged"))
    y = top if beside or hub.bridge is None else top + head_height(hub) + 8
    branches = ordered(hub.branches)
    counts = Counter(map(action_of, branches))
    y = _legend(shapes, hub, counts, x, y, width - x - PAD, drawing)
    columns = max((width - x - PAD) // CHIP, 1)
    places = [(branch, x + i % columns * CHIP, y + i // columns * CHIP) for i, branch in enumerate(branches)]
    if len(places) > LINKED_UP_TO:
        told = f"{plural(len(places), 'namespace')}: each is in the drawing of {hub_words(hub)}"
        shapes.append(Group(href=detail, told=told, shapes=tuple(squares(places))))
    else:
        shapes += [_square(branch, hub, left, above) for branch, left, above in places]
    y += (len(places) + columns - 1) // columns * CHIP
    return max(y, top + head_height(hub)) if hub.bridge is not None else y


def _legend(
    shapes: list[Shape | Group], hub: Hub, counts: Counter[str], x: int, y: int, room: int, drawing: Drawing
) -> int:
    at = x
    base = y + 20
    words = [(a, f"{counts[a]:,} {ACTION_WORDS[a]}") for a in ORDER if counts[a] and a != "unchanged"]
    still = counts["unchanged"]
    if not drawing.before_and_after:
        words.append(("unchanged", plural(still, "namespace")))
    elif hub.unchanged or not words:
        words.append(("unchanged", rest_words(hub, chosen=drawing.chosen)))
    for action, told in words:
        wide = len(told) * 7.25 + (30 if action != "unchanged" else 14)
        if at > x and at + wide > x + room:
            at, base = x, base + STEP + 2
        if action != "unchanged":
            shapes.append(sign(at + 8, base - 4, action))
            at += 22
        shapes.append(
            Label(x=at, y=base, style="plain" if action != "unchanged" else "quiet", parts=(Part(text=told),))
        )
        at += int(len(told) * 7.25) + 16
    return base + 12


def squares(places: list[tuple[Branch, int, int]]) -> Iterator[Shape]:
    """Squares with their signs, those of one kind in one path."""
    by: dict[str, list[tuple[int, int]]] = {}
    for branch, x, y in places:
        by.setdefault(action_of(branch), []).append((x, y))
    for action, found in by.items():
        yield Line(path="".join(f"M{x} {y}h{SQUARE}v{SQUARE}h-{SQUARE}z" for x, y in found), style=f"chip {action}")
        if action in GLYPHS:
            yield Line(path="".join(f"M{x} {y}{GLYPHS[action]}" for x, y in found), style=f"glyph {action}")


def _square(branch: Branch, hub: Hub, x: int, y: int) -> Group:
    action = action_of(branch)
    changes = [branch.home.change, *(wire.change for wire in branch.wires)]
    href = next((found for change in changes if (found := anchor(change)) is not None), None)
    own: list[Shape] = [Box(x=x, y=y, width=SQUARE, height=SQUARE, round=3, style=f"chip {action}")]
    if action != "unchanged":
        own.append(Label(x=x + SQUARE / 2, y=y + 12.5, style=f"chip-sign {action}", parts=(Part(text=SIGNS[action]),)))
    return Group(href=href, told=branch_words(branch, hub.bridge), shapes=tuple(own))
