"""Which instance a report says became which, held against what the whole truth says of the same two."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from analyze.diff.draft import Draft
from analyze.diff.engine import explain
from analyze.diff.ignoring import Ignores
from analyze.diff.sides import Sides
from snapshot.model.namespace import Namespace
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of

KINDS = ("namespace", "pod", "container", "veth", "link")
Known = tuple[str, Hashable]
"""A kind, and what one of it is known by on one side whatever else was seen: for a pair, each of its ends."""

Statement = tuple[str, list[Known]]
"""An action, and what the thing is known by on the other side."""


def contradictions(before: Host, after: Host, seen_before: Host, seen_after: Host) -> list[str]:
    """Statements that something changed, or was made anew, that are not so.

    A *weak* one may be wrong: it says that only circumstances speak for it.
    """
    whole = _Statements(sides_of(before, after))
    less = _Statements(sides_of(seen_before, seen_after))
    return [
        f"{draft.action} {draft.kind} {draft.name!r} of {draft.scope!r} by {draft.matched_by} ({draft.confidence}): {wrong}"
        for draft in less.drafts
        if draft.action in ("changed", "recreated") and draft.confidence != "weak"
        for wrong in _wrong(draft, less, whole)
    ]


def _wrong(draft: Draft, less: _Statements, whole: _Statements) -> Iterator[str]:
    olds, news = less.known(draft)
    for side, mine, others in (("before", olds, news), ("after", news, olds)):
        for known in mine:
            true = whole.about(side, known)
            if true is None:
                if draft.action == "recreated" or known not in others or not _only_told_otherwise(draft):
                    yield f"{known} of {side} is as it was"
                continue
            action, twins = true
            if action in ("removed", "added") and draft.action == "recreated":
                continue  # Of what was made anew it may also be said that one went and another came.
            if action not in (draft.action, "unknown"):
                yield f"{known} of {side} was {action}"
            elif draft.action == "changed" and not set(others) & set(twins):
                yield f"{known} of {side} belongs to another"


def _only_told_otherwise(draft: Draft) -> bool:
    """Of what is as it was only something else is told: which names a workload's namespace is bound under, which the whole
    truth tells of the workload; where the link is on which another one stands, which was moved."""
    return draft.kind == "namespace" or (draft.kind == "link" and draft.touched == {"peer"})


class _Statements:
    """The changes between two hosts, by what they are about."""

    def __init__(self, sides: Sides) -> None:
        topologies = sides.before, sides.after
        self._places = [{scope: key for key, scope in topology.scopes.items()} for topology in topologies]
        self.drafts = [draft for draft in explain(sides, Ignores(default=False)).drafts if draft.kind in KINDS]
        self._about: dict[tuple[str, Known], Statement] = {}
        for draft in self.drafts:
            if draft.kind != "namespace":
                self._say(draft.action, *self.known(draft))
        # What became of a workload's namespace its pod or container tells.
        matching = sides.matches.namespaces
        for match in matching.matched:
            if not match.same:
                self._say("recreated", _namespaces(match.before), _namespaces(match.after))
        for namespace in matching.removed:
            self._say("removed", _namespaces(namespace), [])
        for namespace in matching.added:
            self._say("added", [], _namespaces(namespace))

    def _say(self, action: str, olds: list[Known], news: list[Known]) -> None:
        self._about |= {("before", known): (action, news) for known in olds}
        self._about |= {("after", known): (action, olds) for known in news}

    def about(self, side: str, known: Known) -> Statement | None:
        """What is told of a thing: what happened to it, and what it is on the other side. None: nothing happened to it."""
        return self._about.get((side, known))

    def known(self, draft: Draft) -> tuple[list[Known], list[Known]]:
        """What is said to have changed into what."""
        return self._known(draft, 0), self._known(draft, 1)

    def _known(self, draft: Draft, side: int) -> list[Known]:
        facts = draft.after if side else draft.before
        if facts is None:
            return []
        key = draft.namespaces[side]
        match draft.kind:
            case "link":
                return [("link", (key, str(facts["ifindex"])))]
            case "veth":
                ends = facts["ends"]
                assert isinstance(ends, list | tuple)
                places = self._places[side]
                return [("veth", (places[str(e["scope"])], str(e["ifindex"]))) for e in ends if isinstance(e, dict)]
            case "namespace":
                return [("namespace", key)]
            case "pod":
                return [("pod", (str(facts["namespace"]), str(facts["name"])))]
        return [("container", str(facts["id"]))]


def _namespaces(namespace: Namespace) -> list[Known]:
    return [("namespace", namespace.key)]
