"""Changes of pods, containers, networks, and namespaces that are nobody's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, TypeVar

from analyze.diff.doubts import doubts
from analyze.diff.draft import Draft
from analyze.diff.fields import differing
from analyze.diff.sides import Sides
from analyze.facts import columns, container_facts, namespace_facts, pod_facts
from analyze.match.containers import Told
from analyze.match.networks import ToldNetwork
from analyze.match.result import Matched, Matching
from analyze.scopes import HOST, container_scope
from analyze.topology import Pod, Topology
from reports.model import Action, Facts
from snapshot.model.container import Container, Network
from snapshot.model.namespace import Namespace

T = TypeVar("T")

OF_ONE_INSTANCE = frozenset({"addresses", "containers"})
"""What a pod lists of its parts: their changes are told by the parts themselves."""

OF_A_START = frozenset({"id"})
"""Of a network that is the same: which number Docker gave its default one when it started (analyze/match/networks.py)."""

INCIDENTAL = frozenset({"addresses", "inode", "has_process"})
"""What comes and goes with whoever looks into a namespace, or is told by a change of its own."""


def workload_changes(sides: Sides) -> list[Draft]:
    """Pods first, then containers, networks and namespaces: the order in which they may cause each other."""
    drafts = [*_pods(sides), *_containers(sides)] if sides.both_asked("container") else []
    return [*drafts, *(_networks(sides) if sides.both_asked("network") else []), *_namespaces(sides)]


def _pods(sides: Sides) -> list[Draft]:
    runtimes = [
        {container.id: endpoint for endpoint, container in reversed(side.containers)}
        for side in (sides.before, sides.after)
    ]

    def make(action: Action, old: Pod | None, new: Pod | None, matched: Matched[Pod] | None) -> Draft:
        pod = new or old
        assert pod is not None
        before = pod_facts(sides.before, old) if old is not None else None
        after = pod_facts(sides.after, new) if new is not None else None
        return _draft(
            "pod", action, pod.scope, f"{pod.pod_namespace}/{pod.name}", before, after, matched,
            (old.namespace if old else None, new.namespace if new else None), OF_ONE_INSTANCE,
        )  # fmt: skip

    def gone(pod: Pod) -> Action:
        return sides.told("before", runtimes[0][pod.containers[0].id])

    def come(pod: Pod) -> Action:
        return sides.told("after", runtimes[1][pod.containers[0].id])

    return _changes(sides, sides.matches.pods, make, gone, come, lambda pod, _: pod.scope)


def _containers(sides: Sides) -> list[Draft]:
    def make(action: Action, old: Told | None, new: Told | None, matched: Matched[Told] | None) -> Draft:
        before = container_facts(old[1]) if old is not None else None
        after = container_facts(new[1]) if new is not None else None
        shown = (new or old or ("", None))[1]
        assert isinstance(shown, Container)
        scope = sides.after.scope_of(shown) if new is not None else sides.before.scope_of(shown)
        spot = (old[1].namespace if old else None, new[1].namespace if new else None)
        draft = _draft("container", action, scope, shown.name, before, after, matched, spot)
        if old is not None and new is not None and old[1].source != new[1].source:
            # What control groups and log folders do not tell has not changed.
            draft.fields = ()
        return draft

    return _changes(
        sides,
        sides.matches.containers,
        make,
        lambda told: sides.told("before", told[0]),
        lambda told: sides.told("after", told[0]),
        lambda told, _: container_scope(told[1]),
    )


def _networks(sides: Sides) -> list[Draft]:
    def make(
        action: Action,
        old: ToldNetwork | None,
        new: ToldNetwork | None,
        matched: Matched[ToldNetwork] | None,
    ) -> Draft:
        shown = (new or old or ("", None))[1]
        assert isinstance(shown, Network)
        before = columns(old[1]) if old is not None else None
        after = columns(new[1]) if new is not None else None
        hosts = (sides.before.host, sides.after.host)
        return _draft("network", action, HOST, shown.name, before, after, matched, hosts, OF_A_START)

    return _changes(
        sides,
        sides.matches.networks,
        make,
        lambda told: sides.told("before", told[0]),
        lambda told: sides.told("after", told[0]),
        lambda told, _: f"network:{told[1].name}",
    )


def _namespaces(sides: Sides) -> list[Draft]:
    """Only namespaces without containers, or of whose containers one side knows nothing: others are told by their pod or
    container."""

    def make(action: Action, old: Namespace | None, new: Namespace | None, matched: Matched[Namespace] | None) -> Draft:
        before = namespace_facts(sides.before, old) if old is not None else None
        after = namespace_facts(sides.after, new) if new is not None else None
        scope = sides.after.scopes[new.key] if new is not None else sides.before.scopes[old.key] if old else ""
        name = scope.partition(":")[2] or scope
        spot = (old.key if old else None, new.key if new else None)
        return _draft("namespace", action, scope, name, before, after, matched, spot, INCIDENTAL)

    matching = sides.matches.namespaces
    drafts = _changes(
        sides,
        # Of most nothing is told, which takes longer to find out by their facts.
        replace(matching, matched=tuple(match for match in matching.matched if not _untouched(sides, match))),
        make,
        lambda ns: sides.only("before", "namespace"),
        lambda ns: sides.only("after", "namespace"),
        lambda ns, topology: topology.scopes[ns.key],
    )
    heard = [_heard_of(sides, "before"), _heard_of(sides, "after")]
    return [
        draft
        for draft in drafts
        if draft.scope != HOST
        and all(
            key not in told or (draft.action in ("added", "removed") and key not in heard_of)
            for key, told, heard_of in zip(
                draft.namespaces, (sides.before.residents, sides.after.residents), heard, strict=True
            )
        )
    ]


def _heard_of(sides: Sides, side: Literal["before", "after"]) -> frozenset[str | None]:
    """The namespaces of one side of which the other's runtimes would have told a container."""
    told = sides.before.containers if side == "before" else sides.after.containers
    if not sides.both_asked("container"):
        return frozenset()
    return frozenset(c.namespace for endpoint, c in told if sides.told(side, endpoint) != "unknown")


def _untouched(sides: Sides, match: Matched[Namespace]) -> bool:
    old, new = sides.before.namespaces[match.before.key], sides.after.namespaces[match.after.key]
    return match.same and old.addresses is new.addresses and match.before == match.after


def _changes(
    sides: Sides,
    matching: Matching[T],
    make: Callable[[Action, T | None, T | None, Matched[T] | None], Draft],
    gone: Callable[[T], Action],
    come: Callable[[T], Action],
    name: Callable[[T, Topology], str],
) -> list[Draft]:
    drafts = []
    for match in matching.matched:
        draft = make("changed" if match.same else "recreated", match.before, match.after, match)
        if not match.same or draft.fields:
            drafts.append(draft)
    unclear = doubts(matching.ambiguous, lambda t: name(t, sides.before), lambda t: name(t, sides.after))
    alone = [(thing, make(gone(thing), thing, None, None)) for thing in matching.removed]
    alone += [(thing, make(come(thing), None, thing, None)) for thing in matching.added]
    for thing, draft in alone:
        draft.ambiguous = unclear.get(id(thing))
    return [*drafts, *(draft for _, draft in alone)]


def _draft(
    kind: str,
    action: Action,
    scope: str,
    name: str,
    before: Facts | None,
    after: Facts | None,
    matched: Matched[T] | None,
    namespaces: tuple[str | None, str | None],
    left_out: frozenset[str] = frozenset(),
) -> Draft:
    fields = differing(kind, before, after) if before is not None and after is not None else ()
    return Draft(
        kind=kind,
        action=action,
        scope=scope,
        name=name,
        before=before,
        after=after,
        fields=tuple(f for f in fields if f.name not in left_out) if action == "changed" else fields,
        matched_by=matched.reason if matched else None,
        confidence=matched.confidence if matched else None,
        namespaces=namespaces,
    )
