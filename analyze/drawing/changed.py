"""The drawing of a diff: before and after in one, as far as something happened; the rest is counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from analyze.diff.draft import BIRTH_AND_DEATH, Draft
from analyze.diff.sides import Sides
from analyze.drawing.homes import Homes
from analyze.drawing.known import Known, Places
from analyze.drawing.places import Spot, addresses_of, spot_of, turned
from analyze.drawing.whole import order
from analyze.topology import Topology
from analyze.veths import End, Veth
from reports.drawing import Branch, Drawing, Hub, Told, Wire


def draw_changes(sides: Sides, drafts: tuple[Draft, ...], ids: Mapping[int, str]) -> Drawing:
    """The picture of a diff; ``ids`` maps ``id(draft)`` to the change's id. Every bridge of the host is in it."""
    return _Pen(sides, Known.of(sides, drafts, ids)).drawing()


class _Pen:
    def __init__(self, sides: Sides, known: Known) -> None:
        self.sides = sides
        self.known = known
        self.host: Places = (sides.before.host, sides.after.host)
        self.homes = Homes(sides, known)
        self.old_end = {
            new.spot: old
            for m in sides.matches.veths.matched
            for old, new in ((m.before.near, m.after.near), (m.before.far, m.after.far))
            if new is not None
        }
        self.shown: dict[Spot, dict[Places, list[Wire]]] = defaultdict(lambda: defaultdict(list))
        self.still: dict[Spot, int] = defaultdict(int)

    def drawing(self) -> Drawing:
        for veth in self.sides.after.veths:
            self._wire("after", veth)
        for veth in self.sides.before.veths:
            draft = self._draft("before", veth)
            if draft is not None and draft.after is None:
                self._wire("before", veth)
        drawn = {where for found in self.shown.values() for where in found} | {self.host}
        bridges = self._bridges()
        switching = {self.known.places(None, key) for key, _ in bridges if key in self.sides.after.namespaces}
        for where in self.known.touched:
            if where not in drawn and where not in switching and where != (None, None):
                _ = self.shown[self._key(self.host), None][where]
        spots = sorted({*self.shown, *bridges, *self.still}, key=lambda spot: order(self._topology(spot[0]), spot))
        return Drawing(
            name=self.sides.after.snapshot.header.hostname,
            host=self.homes.home(self.host),
            hubs=tuple(self._hub(spot, bridges.get(spot)) for spot in spots),
        )

    # --- wires ---

    def _wire(self, side: str, veth: Veth) -> None:
        draft = self._draft(side, veth)
        near, far = turned(veth)
        taken = _taken_from(draft)
        if taken is not None and self._was_port(far):
            near, far = far, near
        end = far or near
        assert end is not None
        where = self._places(side, end.namespace)
        spot = spot_of(veth)
        if draft is None and (where == self.host or where not in self.known.touched):
            self.still[self._now(side, spot)] += 1
            return
        if taken is not None and near is not None and spot[1] is None:
            spot = near.namespace, taken
        self.shown[self._now(side, spot)][where].append(
            Wire(
                near=near.link.name if near is not None else None,
                far=far.link.name if far is not None else None,
                action=draft.action if draft is not None else None,
                change=self.known.story(draft),
                addresses=self._on_wire(side, where, far),
                fields=draft.fields if draft is not None and draft.action == "changed" else (),
                taken_off=taken is not None,
            )
        )
        self._where_it_was(draft, where, spot, near, far)

    def _where_it_was(self, draft: Draft | None, where: Places, spot: Spot, near: End | None, far: End | None) -> None:
        """A pair that hangs on another bridge now is shown on its old one too, cut off."""
        bridges = _bridges_of(draft)
        if draft is None or bridges is None or None in bridges:
            return
        old, new = bridges
        self.shown[self._now("before", (spot[0], old))][where].append(
            Wire(
                near=near.link.name if near is not None else None,
                far=far.link.name if far is not None else None,
                action="changed",
                change=self.known.story(draft),
                taken_off=True,
                moved_to=new,
            )
        )

    def _was_port(self, end: End | None) -> bool:
        """Was an end of today on a bridge before?"""
        old = self.old_end.get(end.spot) if end is not None else None
        return old is not None and old.link.master is not None

    def _on_wire(self, side: str, where: Places, far: End | None) -> tuple[Told, ...]:
        if far is None:
            return ()
        before, after = where
        name = far.link.name
        if side == "before":
            return self.homes.merge(where, "address", addresses_of(self.sides.before, before, name), [])
        end = self.old_end.get(far.spot)
        was = addresses_of(self.sides.before, end.namespace, end.link.name) if end is not None else []
        return self.homes.merge(where, "address", was, addresses_of(self.sides.after, after, name))

    def _draft(self, side: str, veth: Veth) -> Draft | None:
        return next((d for e in veth.ends if (d := self.known.veths.get((side, *e.spot))) is not None), None)

    # --- bridges ---

    def _bridges(self) -> dict[Spot, tuple[str | None, str | None]]:
        """Every bridge, by where it is now, with its name on each side."""
        found: dict[Spot, tuple[str | None, str | None]] = {}
        for (key, _), link in self.sides.after.links.items():
            if link.link_kind == "bridge":
                draft = self.known.links.get(("after", key, link.name))
                old = draft.before["name"] if draft is not None and draft.before is not None else None
                found[key, link.name] = (
                    str(old) if old is not None else None if draft is not None else link.name,
                    link.name,
                )
        for (key, _), link in self.sides.before.links.items():
            draft = self.known.links.get(("before", key, link.name)) if link.link_kind == "bridge" else None
            if draft is not None and draft.after is None:
                found.setdefault(self._now("before", (key, link.name)), (link.name, None))
        return found

    def _hub(self, spot: Spot, names: tuple[str | None, str | None] | None) -> Hub:
        key, name = spot
        where = self._places("after" if key in self.sides.after.namespaces else "before", key)
        draft: Draft | None = None
        addresses: tuple[Told, ...] = ()
        if names is not None:
            was, is_now = names
            draft = self.known.links.get(("after", where[1] or "", is_now or "")) or self.known.links.get(
                ("before", where[0] or "", was or "")
            )
            old = addresses_of(self.sides.before, where[0], was) if was is not None else []
            new = addresses_of(self.sides.after, where[1], is_now) if is_now is not None else []
            alone = draft is not None and None in (draft.before, draft.after)
            plain = tuple(Told(text=text) for text in old or new)
            addresses = plain if alone else self.homes.merge(where, "address", old, new)
        cause = draft
        if cause is None and any(told.action is not None for told in addresses):
            named = [
                (side, k or "", n or "") for side, k, n in zip(("before", "after"), where, names or (), strict=False)
            ]
            cause = next((d for spot in reversed(named) if (d := self.known.addressed.get(spot)) is not None), None)
        return Hub(
            scope=self._topology(key).scopes[key],
            bridge=name,
            addresses=addresses,
            action=draft.action if draft is not None else "changed" if cause is not None else None,
            change=self.known.story(cause),
            badges=self.homes.badges(where, name) if name is not None else (),
            branches=tuple(
                Branch(home=self.homes.home(inside), wires=tuple(wires))
                for inside, wires in self.shown.get(spot, {}).items()
            ),
            unchanged=self.still.get(spot, 0),
        )

    # --- where things are ---

    def _places(self, side: str, key: str) -> Places:
        return self.known.places(key, None) if side == "before" else self.known.places(None, key)

    def _key(self, where: Places) -> str:
        return where[1] or where[0] or ""

    def _now(self, side: str, spot: Spot) -> Spot:
        """A spot of the first snapshot as the second calls it."""
        if side == "after":
            return spot
        key, name = spot
        names = self.sides.matches.names.get(key, {})
        return self.sides.now_called.get(key, key), names.get(name, name) if name is not None else None

    def _topology(self, key: str) -> Topology:
        return self.sides.after if key in self.sides.after.namespaces else self.sides.before


def _taken_from(draft: Draft | None) -> str | None:
    """The bridge that a pair was taken off, if it is on none now."""
    bridges = _bridges_of(draft)
    return bridges[0] if bridges is not None and bridges[1] is None else None


def _bridges_of(draft: Draft | None) -> tuple[str | None, str | None] | None:
    """The bridges that a pair was and is on, if they are not one."""
    if draft is None or draft.action in BIRTH_AND_DEATH:
        return None
    off = next((f for f in draft.fields if f.name == "bridge"), None)
    if off is None:
        return None
    return str(off.before) if off.before is not None else None, str(off.after) if off.after is not None else None
