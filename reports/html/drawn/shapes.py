"""What a picture is made of: a few shapes at places that the layouts work out, and text that is cut to fit.

Lengths are SVG user units (CSS pixels at 1:1); text is set in a monospaced font of known advance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reports.drawing import Told
from reports.safe import make_visible
from reports.width import cells, cut
from reports.words import SIGNS

ADVANCE = 7.25
"""Width of a character at 12 px in the widest of the usual monospaced fonts (DejaVu Sans Mono, Menlo: 0.602 em)."""
GAP = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of text; ``action`` colours it, and its sign stands in the text."""

    text: str
    action: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A line of text on the base line ``y``; ``whole`` is all of it for the tooltip where something was cut, else None."""

    form: str = "label"
    x: float
    y: float
    style: str
    parts: tuple[Part, ...]
    whole: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle with round corners."""

    form: str = "box"
    x: float
    y: float
    width: float
    height: float
    round: float
    style: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A path; one of something re-created is drawn double."""

    form: str = "line"
    path: str
    style: str
    double: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """The sign of an action in a circle."""

    form: str = "sign"
    x: float
    y: float
    action: str
    sign: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Shapes that belong together: ``told`` says what they show, ``href`` is the id of the change that they lead to."""

    form: str = "group"
    href: str | None
    told: str
    shapes: tuple[Label | Box | Line | Sign, ...]


Shape = Label | Box | Line | Sign
Shapes = tuple[Shape | Group, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """A drawing with its size. ``fits`` says where it is shown: "wide", "narrow", or "any"."""

    fits: str
    width: int
    height: int
    shapes: Shapes

    def flat(self) -> Iterator[tuple[str, Shape | Group]]:
        """All of it in the order in which it is drawn, each with its form; the end of a group has the form "end"."""
        for shape in self.shapes:
            yield shape.form, shape
            if isinstance(shape, Group):
                for inner in shape.shapes:
                    yield inner.form, inner
                yield "end", shape


def sign(x: float, y: float, action: str) -> Sign:
    """The sign of an action."""
    return Sign(x=x, y=y, action=action, sign=SIGNS[action])


def line(path: str, action: str | None, style: str = "wire") -> Line:
    """A wire, in the style of what happened to it."""
    return Line(path=path, style=f"{style} {action or 'unchanged'}", double=action == "recreated")


def cut_off(x: float, y: float) -> Line:
    """The mark of a wire that was cut off."""
    return Line(path=f"M{x - 5} {y - 5}l10 10m0 -10l-10 10", style="cut")


def label(x: float, y: float, style: str, text: str, room: float) -> Label:
    """A text of one style (already visible), cut in its middle to fit."""
    shown = cut(text, int(room / ADVANCE))
    return Label(x=x, y=y, style=style, parts=(Part(text=shown),), whole=text if shown != text else None)


def listed(x: float, y: float, style: str, lead: str, told: Sequence[Told], room: float, between: str = GAP) -> Label:
    """Several things after a word, those that came or went with their sign; what does not fit is counted."""
    limit = int(room / ADVANCE)
    head = f"{cut(lead, limit * 2 // 3)} " if lead else ""
    texts = [(text_of(item), item.action) for item in told]
    whole = (f"{lead} " if lead else "") + between.join(text for text, _ in texts)
    parts, used = [Part(text=head)] if head else [], cells(head)
    for number, (text, action) in enumerate(texts):
        left = len(texts) - number - 1
        more = f"{between}and {left:,} more" if left else ""
        gap = between if number else ""
        room_left = limit - used - cells(gap)
        if cells(text) + cells(more) > room_left and (number or left):
            if number:
                parts.append(Part(text=f"{between}and {left + 1:,} more"))
                break
            room_left -= cells(more)
        fitting = cut(text, max(room_left, 1))
        parts.append(Part(text=f"{gap}{fitting}", action=action))
        used += cells(gap) + cells(fitting)
    shown = "".join(part.text for part in parts)
    return Label(x=x, y=y, style=style, parts=tuple(parts), whole=whole if shown != whole else None)


def text_of(told: Told) -> str:
    """A thing with its sign."""
    visible = make_visible(told.text)
    return f"{SIGNS[told.action]} {visible}" if told.action is not None else visible


def in_words(told: Iterable[Told]) -> str:
    """The same for who does not see it."""
    return ", ".join(text_of(item) for item in told)
