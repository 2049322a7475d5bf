"""The namespaces in the drawing of a diff: what is in each, before and after in one."""

from __future__ import annotations

from collections.abc import Iterator

from analyze.diff.draft import Draft
from analyze.diff.sides import Sides
from analyze.drawing.badges import Seen, badges_of
from analyze.drawing.known import Known, Places
from analyze.drawing.places import called, merged, off_the_wires
from analyze.drawing.ways import ways_out
from analyze.drawing.whole import on_bridge
from reports.drawing import Badge, Home, Told
from reports.model import Action


class Homes:
    """Draws each namespace once."""

    def __init__(self, sides: Sides, known: Known) -> None:
        self._sides = sides
        self._known = known
        self._host: Places = (sides.before.host, sides.after.host)
        self._anew = {m.after.key for m in sides.matches.namespaces.matched if not m.same}
        self._seen = badges_of(sides.before), badges_of(sides.after)
        self._homes: dict[Places, Home] = {}

    def home(self, where: Places) -> Home:
        """A namespace, by its keys in both snapshots; the same one each time."""
        if where not in self._homes:
            self._homes[where] = self._make(where)
        return self._homes[where]

    def _make(self, where: Places) -> Home:
        before, after = where
        old, new = self._sides.before, self._sides.after
        ways = self.merge(
            where,
            "route",
            ways_out(old, before) if before is not None else [],
            ways_out(new, after) if after is not None else [],
        )
        addresses = self.merge(where, "address", off_the_wires(old, before), off_the_wires(new, after))
        key, sight = (after, self._sides.saw_after) if after is not None else (before, self._sides.saw_before)
        badges = self.badges(where, None)
        containers = tuple(self._containers(where))
        cause = self._known.workloads.get(where) or self._known.touched.get(where)
        action = self._action(
            where, (*ways, *addresses, *badges, *containers) if where != self._host else (*ways, *badges)
        )
        if action is None and where == self._host:
            cause = None
        return Home(
            scope=new.scopes[after] if after is not None else old.scopes[before] if before is not None else "not seen",
            action=action,
            change=self._known.story(cause) if action is not None else None,
            containers=containers,
            addresses=addresses if where != self._host else (),
            ways_out=ways,
            without_ways="none" if key is not None and sight.sees(key, "route") else "unseen",
            badges=badges,
        )

    def _action(self, where: Places, told: tuple[Told | Badge, ...]) -> Action | None:
        before, after = where
        draft = self._known.workloads.get(where)
        if draft is not None and draft.kind in ("pod", "namespace"):
            return draft.action
        if after is None:
            return self._sides.only("before", "namespace")
        if before is None:
            return self._sides.only("after", "namespace")
        if after in self._anew:
            return "recreated"
        return "changed" if draft is not None or any(t.action is not None for t in told) else None

    def _whole(self, where: Places) -> bool:
        """Is it on one side only? Then it says so itself, and not each thing in it once more."""
        draft = self._known.workloads.get(where)
        alone = draft is not None and draft.kind in ("pod", "namespace") and None in (draft.before, draft.after)
        return None in where or alone

    def merge(self, where: Places, kind: str, before: list[str], after: list[str]) -> tuple[Told, ...]:
        """Addresses or ways out of a namespace in one list; ``kind`` is theirs."""
        if before == after or self._whole(where):
            return tuple(Told(text=text) for text in after or before)
        gone = self._sides.only("before", kind, where[0], where[1])
        return merged(before, after, gone, self._sides.only("after", kind, where[1], where[0]))

    def _containers(self, where: Places) -> Iterator[Told]:
        whole = self._whole(where)
        anew = where[1] in self._anew
        topologies = self._sides.before, self._sides.after
        for side, topology, key in zip(("before", "after"), topologies, where, strict=True):
            for container in topology.residents.get(key, ()) if key is not None else ():
                draft = self._known.containers.get((side, container.id)) if not whole else None
                if side == "before" and where[1] is not None and (draft is None or draft.after is not None):
                    continue
                same = draft is None or (anew and draft.action == "recreated")
                yield Told(text=called(container), action=None if same or draft is None else draft.action)

    def badges(self, where: Places, bridge: str | None) -> tuple[Badge, ...]:
        """The badges of a namespace that are on a bridge in it, or on none."""
        whole = self._whole(where)
        before, after = (
            [seen for seen in told.get(key or "", ()) if on_bridge(seen) == bridge]
            for told, key in zip(self._seen, where, strict=True)
        )
        lower = {(seen.name, seen.kind): seen.text for seen in before if seen.link is None}
        found = []
        for seen in after:
            draft = self._known.links.get(("after", where[1] or "", seen.name)) if seen.link is not None else None
            action: Action | None = draft.action if draft is not None else None
            if seen.link is None and lower.get((seen.name, seen.kind)) != seen.text:
                action = "changed" if (seen.name, seen.kind) in lower else "added"
            found.append(self._badge(seen, None if whole else action, draft))
        for seen in before:
            draft = self._known.links.get(("before", where[0] or "", seen.name)) if seen.link is not None else None
            if draft is not None and draft.after is None:
                found.append(self._badge(seen, None if whole else draft.action, draft))
        return tuple(found)

    def _badge(self, seen: Seen, action: Action | None, draft: Draft | None) -> Badge:
        return Badge(name=seen.name, kind=seen.kind, text=seen.text, action=action, change=self._known.story(draft))
