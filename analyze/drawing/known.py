"""The changes of a diff by what they are about, for the picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyze.diff.draft import Draft
from analyze.diff.sides import Sides
from analyze.drawing.badges import FALLBACK, OF_NO_ACCOUNT
from reports.model import Facts
from snapshot.model.address import Address
from snapshot.model.frozen import frozen
from snapshot.model.link import Link
from snapshot.model.route import Route

SIDES = ("before", "after")
Places = tuple[str | None, str | None]
"""The keys of one namespace on both sides."""
DEFAULTS = frozenset({"0.0.0.0/0", "::/0"})
WORKLOADS = ("host", "pod", "container", "namespace")


@frozen
class Known:
    """Look-ups from a side and a key to the change; ``touched`` has the namespaces that are drawn for it."""

    ids: Mapping[int, str]
    links: dict[tuple[str, str, str], Draft]
    veths: dict[tuple[str, str, int], Draft]
    containers: dict[tuple[str, str], Draft]
    workloads: dict[Places, Draft]
    touched: dict[Places, Draft]
    addressed: dict[tuple[str, str, str], Draft]
    twins: Mapping[str, Mapping[str, str]]
    host: Places

    @classmethod
    def of(cls, sides: Sides, drafts: tuple[Draft, ...], ids: Mapping[int, str]) -> Known:
        """All drafts of a diff; ``ids`` maps ``id(draft)`` to the change's id."""
        now = sides.now_called
        known = cls(
            ids=ids,
            links={},
            veths={},
            containers={},
            workloads={},
            touched={},
            addressed={},
            host=(sides.before.host, sides.after.host),
            twins={"before": now, "after": {new: old for old, new in now.items()}},
        )
        keys = [{scope: key for key, scope in topology.scopes.items()} for topology in (sides.before, sides.after)]
        for draft in drafts:
            known._add(draft, keys)
        return known

    def story(self, draft: Draft | None) -> str | None:
        """The id of the change that tells the whole story of one."""
        while draft is not None and draft.cause is not None:
            draft = draft.cause
        return self.ids.get(id(draft))

    def places(self, before: str | None, after: str | None) -> Places:
        """A namespace with its twin, of which one side is known."""
        if after is not None:
            return self.twins["after"].get(after), after
        return before, self.twins["before"].get(before) if before is not None else None

    def _add(self, draft: Draft, keys: list[dict[str, str]]) -> None:
        where = self.places(*draft.namespaces)
        match draft.kind:
            case "host" | "pod" | "container" | "namespace":
                if draft.kind == "container":
                    for side, facts in zip(SIDES, (draft.before, draft.after), strict=True):
                        if facts is not None:
                            self.containers[side, str(facts["id"])] = draft
                before, after = draft.namespaces
                for spot in dict.fromkeys((self.places(None, after), self.places(before, None))):
                    if spot == self.host and draft.kind != "host":
                        continue
                    # A pod comes before its containers.
                    self.workloads.setdefault(spot, draft)
                    self.touched.setdefault(spot, draft)
            case "veth":
                for side, facts, by_scope in zip(SIDES, (draft.before, draft.after), keys, strict=True):
                    for scope, index in _ends(facts):
                        self.veths[side, by_scope[scope], index] = draft
                self.touched.setdefault(where, draft)
            case "link":
                for side, key, row in zip(SIDES, draft.namespaces, (draft.old, draft.new), strict=True):
                    if key is not None and isinstance(row, Link):
                        self.links[side, key, row.name] = draft
                        if row.link_kind not in OF_NO_ACCOUNT and row.type != "loopback" and row.name not in FALLBACK:
                            self.touched.setdefault(where, draft)
            case "address" | "route":
                for side, key, row in zip(SIDES, draft.namespaces, (draft.old, draft.new), strict=True):
                    if key is None:
                        continue
                    if isinstance(row, Address) and row.scope not in ("host", "link"):
                        self.addressed.setdefault((side, key, row.dev or ""), draft)
                        self.touched.setdefault(where, draft)
                    if isinstance(row, Route) and row.dst in DEFAULTS and row.table == "main":
                        self.addressed.setdefault((side, key, "out"), draft)
                        self.touched.setdefault(where, draft)


def _ends(facts: Facts | None) -> Iterator[tuple[str, int]]:
    ends = facts["ends"] if facts is not None else ()
    for end in ends if isinstance(ends, list | tuple) else ():
        if isinstance(end, Mapping):
            yield str(end["scope"]), int(str(end["ifindex"]))
