"""The heads of pictures: the host with its ways out and its links, and a bridge with its addresses and ports."""

from __future__ import annotations

from collections.abc import Iterator

from reports.drawing import Drawing, Home, Hub, Told
from reports.html.drawn.card import STEP, WITHOUT_WAYS, badge_words, pill
from reports.html.drawn.shapes import Group, Shape, in_words, label, listed, sign, text_of
from reports.html.view import anchor
from reports.safe import make_visible
from reports.words import ACTION_WORDS
from snapshot.model.plural import plural

UNTOUCHED_UP_TO = 5
ADDRESSES_UP_TO = 3
BADGES_UP_TO = 3
LINKS_UP_TO = 5


def place_head(
    drawing: Drawing, scope: str, home: Home | None, x: float, top: int, room: float
) -> tuple[list[Shape | Group], int]:
    """The head of a namespace with bridges in it, and where it ends; ``home`` is told of, where there is one."""
    y = top + 22
    name = f"{make_visible(scope)} {make_visible(drawing.name)}" if scope == "host" else make_visible(scope)
    shapes: list[Shape | Group] = [label(x, y, "scope-name", name, room)]
    if home is None:
        return shapes, y - 6
    told = [way for way in home.ways_out if way.action is not None]
    if home.ways_out or home.without_ways != "untold":
        lead, ways = ("out", home.ways_out) if home.ways_out else ("", (Told(text=WITHOUT_WAYS[home.without_ways]),))
        y += STEP
        words = f"{make_visible(scope)}: {lead}{' ' if lead else ''}{in_words(ways)}"
        line = listed(x, y, "plain", lead, ways, room)
        shapes.append(Group(href=anchor(home.change) if told else None, told=words, shapes=(line,)))
    changed = [badge for badge in home.badges if badge.action is not None]
    badges = [*changed, *(badge for badge in home.badges if badge.action is None)]
    shown = badges if len(badges) <= LINKS_UP_TO else badges[: max(LINKS_UP_TO - 1, len(changed))]
    for badge in shown:
        y += STEP + 4
        told_badge = Told(text=badge_words(badge), action=badge.action)
        shapes.append(Group(href=anchor(badge.change), told=text_of(told_badge), shapes=pill(badge, x, y, room)))
    if len(shown) < len(badges):
        y += STEP
        shapes.append(label(x, y, "quiet", f"and {plural(len(badges) - len(shown), 'unchanged link')}", room))
    running = [told for told in home.containers if told.action is not None]
    if running:
        y += STEP
        shapes.append(listed(x, y, "plain", "containers", running, room))
    return shapes, y + 4


def hub_head(hub: Hub, x: int, top: int, width: int) -> list[Shape | Group]:
    """A bridge's name, addresses and other ports, as a link to what happened to it."""
    assert hub.bridge is not None
    room = width - 24
    signed = 26 if hub.action is not None else 0
    own: list[Shape] = [label(x + 12, top + 21, "bridge-name", make_visible(hub.bridge), room - signed)]
    y = top + 21
    left = len(hub.addresses) - ADDRESSES_UP_TO
    shown = hub.addresses[: ADDRESSES_UP_TO - 1] if left > 0 else hub.addresses
    for address in shown:
        y += STEP
        own.append(listed(x + 12, y, "quiet", "", (address,), room))
    if left > 0:
        y += STEP
        own.append(label(x + 12, y, "quiet", f"and {left + 1:,} more", room))
    if hub.action is not None:
        own.append(sign(x + width - 18, top + 17, hub.action))
    shapes: list[Shape | Group] = [Group(href=anchor(hub.change), told=hub_words(hub), shapes=tuple(own))]
    for badge in hub.badges[:BADGES_UP_TO]:
        y += STEP + 4
        told = Told(text=badge_words(badge), action=badge.action)
        shapes.append(Group(href=anchor(badge.change), told=text_of(told), shapes=pill(badge, x + 10, y, width - 20)))
    return shapes


def folded(hubs: list[Hub]) -> Iterator[Hub | str]:
    """The bridges, and one line for those that nothing happened to, if these are many."""
    still = [hub for hub in hubs if not hub.branches and not hub.touched]
    left = still[UNTOUCHED_UP_TO - 1 :] if len(still) > UNTOUCHED_UP_TO else []
    yield from (hub for hub in hubs if hub not in left)
    if left:
        wires = sum(hub.unchanged for hub in left)
        yield f"{plural(len(left), 'more bridge')} with {plural(wires, 'veth pair')}, not drawn"


def head_height(hub: Hub) -> int:
    """How much room a bridge's head takes."""
    addresses, badges = min(len(hub.addresses), ADDRESSES_UP_TO), min(len(hub.badges), BADGES_UP_TO)
    return 32 + STEP * addresses + (STEP + 4) * badges


def hub_words(hub: Hub) -> str:
    """A bridge in words: "Bridge docker0 in host, changed"."""
    where = make_visible(hub.scope)
    name = f"Bridge {make_visible(hub.bridge)} in {where}" if hub.bridge is not None else f"On no bridge in {where}"
    state = f", {ACTION_WORDS[hub.action]}" if hub.action is not None else ""
    addresses = f", {in_words(hub.addresses)}" if any(a.action is not None for a in hub.addresses) else ""
    return f"{name}{state}{addresses}"


def rest_words(hub: Hub, *, chosen: bool = False) -> str:
    """What of a bridge is not drawn."""
    return f"{plural(hub.unchanged, 'other veth pair' if chosen else 'unchanged veth pair')}"
