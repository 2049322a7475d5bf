"""A namespace as a card: its scope, what its wires bear, its containers, its ways out, its badges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reports.drawing import Badge, Branch, Home, Told, Wire
from reports.html.drawn.shapes import ADVANCE, Box, Group, Label, Part, Shape, in_words, label, listed, sign, text_of
from reports.html.view import anchor
from reports.safe import make_visible
from reports.width import cells
from reports.words import ACTION_WORDS, SIGNS, value_text
from snapshot.model.plural import plural

STEP = 18
"""From one base line to the next."""
PAD = 12
BADGES_UP_TO = 3
FIELDS_UP_TO = 2
WAYS_UP_TO = 3
TITLES_UP_TO = 3
WITHOUT_WAYS = {"none": "no way out", "unseen": "way out not seen"}
"""What stands in the place of ways out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card that is laid out: ``wires`` are the heights at which its wires reach it."""

    height: int
    shapes: tuple[Shape, ...]
    wires: tuple[int, ...]


def card(branch: Branch, x: int, y: int, width: int, *, ends: bool) -> Card:
    """A branch's namespace with its top left corner there. ``ends``: the wires' near ends are told in it too."""
    home = branch.home
    room = width - 2 * PAD
    left = x + PAD
    base = y + PAD + 9
    shapes: list[Shape] = []
    action = ACTION_WORDS[home.action] if home.action is not None else ""
    told = f"{SIGNS[home.action]} {action}" if home.action is not None else ""
    shapes.append(label(left, base, "home-name", make_visible(home.scope), room - (len(told) + 2) * ADVANCE))
    if home.action is not None:
        shapes.append(Label(x=x + width - PAD, y=base, style="act", parts=(Part(text=told, action=home.action),)))
    heights = []
    for wire in branch.wires:
        base += STEP
        heights.append(base - 4)
        lead = wire_name(wire) if ends else end_name(wire.far)
        if ends and wire.addresses:
            shapes.append(label(left, base, "plain", lead, room))
            base += STEP
            lead = ""
        shapes.append(listed(left, base, "plain", lead, wire.addresses, room))
        for words in _fields(wire):
            base += STEP
            shapes.append(listed(left, base, "plain", "", (Told(text=words, action="changed"),), room))
    for style, lead, things in _inside(home, bool(branch.wires), room) if not branch.moved_away else ():
        base += STEP
        shapes.append(listed(left, base, style, lead, things, room, ", " if lead == "containers" else "  "))
    for badge in home.badges[:BADGES_UP_TO] if not branch.moved_away else ():
        base += STEP + 4
        shapes += pill(badge, left, base, room)
    if len(home.badges) > BADGES_UP_TO and not branch.moved_away:
        base += STEP
        shapes.append(label(left, base, "quiet", f"and {plural(len(home.badges) - BADGES_UP_TO, 'more link')}", room))
    height = base + PAD - 2 - y
    frame = Box(x=x, y=y, width=width, height=height, round=7, style=f"home {home.action or 'unchanged'}")
    return Card(height=height, shapes=(frame, *shapes), wires=tuple(heights))


def _inside(home: Home, wired: bool, room: float) -> Iterator[tuple[str, str, tuple[Told, ...]]]:
    if home.addresses:
        yield "plain", "", home.addresses
    if home.containers:
        yield "quiet", "containers", home.containers
    if home.ways_out:
        wide = sum(cells(text_of(way)) + 2 for way in home.ways_out) + cells("out ")
        own_lines = wide * ADVANCE > room and len(home.ways_out) <= WAYS_UP_TO
        yield from (
            ("quiet", "out", ways) for ways in ([(w,) for w in home.ways_out] if own_lines else [home.ways_out])
        )
    elif wired and home.scope != "host" and home.without_ways != "untold":
        yield "quiet", WITHOUT_WAYS["unseen" if home.action == "unknown" else home.without_ways], ()


def _fields(wire: Wire) -> Iterator[str]:
    if wire.moved_to is not None:
        yield f"now on {wire.moved_to}"
    for field in wire.fields[:FIELDS_UP_TO]:
        yield f"{field.name} {value_text(field.before)} → {value_text(field.after)}"
    if len(wire.fields) > FIELDS_UP_TO:
        yield f"and {len(wire.fields) - FIELDS_UP_TO:,} more"


def pill(badge: Badge, x: float, base: float, room: float) -> tuple[Shape, ...]:
    """A badge on its base line."""
    text = listed(x + 7, base, "pill-text", "", (Told(text=badge_words(badge), action=badge.action),), room - 14)
    wide = sum(cells(part.text) for part in text.parts) * ADVANCE + 14
    return Box(x=x, y=base - 13, width=wide, height=18, round=9, style=f"pill {badge.action or 'unchanged'}"), text


def badge_words(badge: Badge) -> str:
    """A badge in one line, not made visible yet: what it is, what it is called, where it leads."""
    return " ".join(word for word in (badge.kind, badge.name, badge.text) if word)


def end_name(name: str | None) -> str:
    """The name of an end of a wire."""
    return make_visible(name) if name is not None else "end not seen"


def wire_name(wire: Wire) -> str:
    """A pair's name: its ends' names, the one at the bridge first."""
    return " - ".join("?" if end is None else make_visible(end) for end in (wire.near, wire.far))


def linked(branch: Branch, shapes: list[Shape], bridge: str | None) -> Group:
    """A branch's shapes as one link to its story."""
    changes = [branch.home.change, *(wire.change for wire in branch.wires)]
    href = next((found for change in changes if (found := anchor(change)) is not None), None)
    return Group(href=href, told=branch_words(branch, bridge), shapes=tuple(shapes))


def branch_words(branch: Branch, bridge: str | None) -> str:
    """A branch in words, for who does not see it."""
    home = branch.home
    told = [make_visible(home.scope) + (f" {ACTION_WORDS[home.action]}" if home.action is not None else "")]
    for wire in branch.wires[:TITLES_UP_TO]:
        action = f" {ACTION_WORDS[wire.action]}" if wire.action is not None else ""
        place = f" {'off' if wire.taken_off else 'on'} {make_visible(bridge)}" if bridge is not None else ""
        addresses = f" with {in_words(wire.addresses)}" if wire.addresses else ""
        told.append(f"{wire_name(wire)}{action}{place}{addresses}")
        told += [make_visible(words) for words in _fields(wire)]
    told += [plural(len(branch.wires) - TITLES_UP_TO, "more veth pair")] if len(branch.wires) > TITLES_UP_TO else []
    if any(way.action is not None for way in home.ways_out):
        told.append(f"out {in_words(home.ways_out)}")
    told += [text_of(Told(text=badge_words(b), action=b.action)) for b in home.badges if b.action is not None][
        :TITLES_UP_TO
    ]
    return "; ".join(told)


def wire_sign(wire: Wire, x: float, y: float) -> tuple[Shape, ...]:
    """The sign of what happened to a wire."""
    return (sign(x, y, wire.action),) if wire.action is not None else ()
