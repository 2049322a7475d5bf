"""The picture of what changed: for each bridge, its veth pairs to the namespaces at their other ends.

A plain table of rows, laid out here; the template draws it as SVG. Lengths are SVG user units (CSS pixels at 1:1);
text is set in a monospaced font of known advance, so what does not fit can be cut before it is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reports.html.view import anchor
from reports.model import Change, Report, Scene, SceneVeth
from reports.safe import make_visible
from reports.width import cut
from reports.words import ACTION_WORDS, SIGNS, plural, value_text

WIDTH = 1030
ADVANCE = 7.25
"""Width of a character at 12 px in the widest of the usual monospaced fonts (DejaVu Sans Mono, Menlo: 0.602 em)."""
ROOMY_UP_TO = 16
"""Scenes with more veths are drawn one line each."""
HEAD = 34
ROOMY, COMPACT, REST = 80, 26, 36
BRIDGE_X, BRIDGE_W = 16, 172
SCOPE_W = 340
HOME_X = 540
HOME_W = WIDTH - HOME_X - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that fits its place, and the whole of it for the tooltip (None: nothing was cut)."""

    shown: str
    whole: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VethRow:
    """One veth pair from left to right; ``y`` is the middle of its line.

    ``home_action`` is what happened to the namespace at its end: a pair may go and leave its pod behind.
    """

    y: int
    top: int
    height: int
    action: str
    home_action: str
    sign: str
    told: str
    href: str | None
    host_end: Text
    note: Text
    detached: bool
    scope: Text
    end: Text
    inside: Text
    way_out: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One scene, ready to be drawn."""

    id: str
    title: str
    description: str
    height: int
    compact: bool
    scope: Text
    bridge: Text | None
    bridge_addresses: tuple[Text, ...]
    bridge_action: str | None
    bridge_sign: str
    bridge_href: str | None
    rows: tuple[VethRow, ...]
    rest: str | None
    rest_y: int


def pictures(report: Report) -> tuple[Picture, ...]:
    """A picture for each scene of the report."""
    changes = {change.id: change for change in report.changes}
    return tuple(_picture(number, scene, changes) for number, scene in enumerate(report.scenes, start=1))


def _picture(number: int, scene: Scene, changes: Mapping[str, Change]) -> Picture:
    compact = len(scene.veths) > ROOMY_UP_TO
    step = COMPACT if compact else ROOMY
    rows = tuple(
        _row(veth, HEAD + 10 + i * step, step, scene, changes, compact=compact) for i, veth in enumerate(scene.veths)
    )
    below = HEAD + 10 + len(rows) * step
    rest = f"{plural(scene.unchanged, 'unchanged veth pair')}, not drawn" if scene.unchanged else None
    where = make_visible(scene.scope)
    name = f"Bridge {make_visible(scene.bridge)} in {where}" if scene.bridge is not None else f"On no bridge in {where}"
    state = f", {ACTION_WORDS[scene.action]}" if scene.action is not None else ""
    return Picture(
        id=f"picture-{number}",
        title=f"{name}{state}",
        description=f"{plural(len(rows), 'changed veth pair')} drawn; {scene.unchanged:,} unchanged.",
        height=max(below + (REST if rest else 12), HEAD + 76),
        compact=compact,
        scope=_text(where, SCOPE_W - 32),
        bridge=_text(make_visible(scene.bridge), BRIDGE_W - 44) if scene.bridge is not None else None,
        bridge_addresses=tuple(_text(make_visible(a), BRIDGE_W - 24) for a in scene.addresses[:2]),
        bridge_action=scene.action,
        bridge_sign=SIGNS[scene.action] if scene.action is not None else "",
        bridge_href=anchor(scene.change),
        rows=rows,
        rest=rest,
        rest_y=below + REST // 2 - 4,
    )


def _row(
    veth: SceneVeth, top: int, step: int, scene: Scene, changes: Mapping[str, Change], *, compact: bool
) -> VethRow:
    action = veth.action or "unchanged"
    change = changes.get(veth.change) if veth.change is not None else None
    fields = {field.name: field for field in change.fields} if change is not None and change.kind == "veth" else {}
    first = next(iter(fields.values()), None)
    note = (
        f"{make_visible(first.name)} {value_text(first.before)} → {value_text(first.after)}"
        if first is not None
        else ""
    )
    bridge = fields.get("bridge")
    scope, end = make_visible(veth.scope), make_visible(veth.end) if veth.end is not None else "end not seen"
    addresses = " ".join(map(make_visible, veth.addresses))
    unseen = action == "unknown"
    no_way, nobody = ("way out not seen", "containers not seen") if unseen else ("no way out", "no container")
    way_out = f"out {make_visible(veth.way_out)}" if veth.way_out is not None else no_way
    containers = ", ".join(map(make_visible, veth.containers)) or nobody
    half = HOME_W // 2
    line = SCOPE_W - BRIDGE_X - BRIDGE_W - 24 if scene.bridge is not None else SCOPE_W - 40
    return VethRow(
        y=top + step // 2,
        top=top,
        height=step,
        action=action,
        home_action="unchanged" if change is None or change.kind == "veth" else change.action,
        sign=SIGNS.get(action, ""),
        told=f"{_name(veth)} {ACTION_WORDS.get(action, action)}, {scope}",
        href=anchor(veth.change),
        host_end=_text(make_visible(veth.host_end) if veth.host_end is not None else "not seen", line),
        note=_text(note, HOME_X - SCOPE_W - 24),
        detached=bridge is not None and bridge.after is None,
        scope=_text(scope, half - 20 if compact else HOME_W - 32),
        end=_text(f"{end}  {addresses}".rstrip(), half - 24 if compact else HOME_W - 32),
        inside=_text(containers, half - 20),
        way_out=_text(way_out, half - 24),
    )


def _name(veth: SceneVeth) -> str:
    return " - ".join("?" if end is None else make_visible(end) for end in (veth.host_end, veth.end))


def _text(text: str, room: float) -> Text:
    shown = cut(text, int(room / ADVANCE))
    return Text(shown=shown, whole=text if shown != text else None)
