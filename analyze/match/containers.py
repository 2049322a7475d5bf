"""Containers: the same to a person, in the same or a new instance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace

from analyze.match.boots import one_boot, rebooted
from analyze.match.overrides import MAPPED, Overrides
from analyze.match.owners import container_owner, is_one_off, swarm_slot
from analyze.match.pairing import Identity, pair, still_unclear
from analyze.match.pods import PodKey, pod_key
from analyze.match.replicas import Replica, pair_replicas
from analyze.match.result import Matched, Matching
from analyze.scopes import age
from analyze.topology import Pod, Topology
from reports.model import Confidence
from snapshot.model.container import Container

Told = tuple[str, Container]
"""A container with the endpoint of the runtime that told it."""


def match_containers(
    before: Topology, after: Topology, pods: Matching[Pod], overrides: Overrides
) -> Matching[Told]:  # fmt: skip
    """Match containers by id, then by their place in a pod or service, then by name, then by owner or what they serve.

    The same instance: same id, and still in the namespace it was in (a container that was restarted into a new
    namespace is re-created).
    """
    same_boot, another_boot = one_boot(before, after), rebooted(before, after)
    twins = {pod_key(match.before): match for match in pods.matched}
    in_place = _in_place(before), _in_place(after)
    newest = {id(told) for side in in_place for told in side.values()}
    handed_over = _handed_over(before, after, *in_place)

    def same(a: Told, b: Told) -> bool:
        if a[1].id != b[1].id:
            return False
        if a[1].namespace is None or b[1].namespace is None:
            return not (another_boot and a[1].state == b[1].state == "running")
        return same_boot and a[1].namespace == b[1].namespace

    def pod_twin(told: Told) -> Matched[Pod] | None:
        key = _pod_of(told[1])
        return twins.get(key) if key is not None else None

    def pod_place(told: Told, *, old: bool) -> Hashable | None:
        if id(told) not in newest:
            return None
        return _pod_place(told[1], pod_twin(told) if old else None)

    def attempt(told: Told, *, old: bool) -> Hashable | None:
        return (_pod_place(told[1], pod_twin(told) if old else None), told[1].attempt) if told[1].pod_name else None

    def in_pod(a: Told, _: Told) -> tuple[str, Confidence]:
        twin = pod_twin(a)
        if twin is None or twin.before.name == twin.after.name:
            return "pod and container name", "strong"
        return f"container name in a {twin.reason}", twin.confidence

    def handed(told: Told) -> Hashable | None:
        place = _place(told)
        return place if place in handed_over and id(told) in newest else None

    def service(told: Told) -> Hashable | None:
        return _service_slot(told) if id(told) in newest else None

    def by_id(a: Told, b: Told) -> tuple[str, Confidence]:
        """One that was restarted may be in another namespace, as another instance: where that was not found nobody knows."""
        restarted = a[1].state == b[1].state == "running" and a[1].pid != b[1].pid
        if restarted and not another_boot and None in (a[1].namespace, b[1].namespace):
            return "container id, its namespace was not found", "weak"
        return "container id", "exact"

    identities: list[Identity[Told]] = [
        Identity(
            reason=MAPPED, confidence="exact", key=lambda told: overrides.containers.get(told[1].id),
            after_key=lambda told: told[1].id if told[1].id in overrides.new_containers else None,
        ),
        Identity(reason="place whose container was replaced", confidence="strong", key=handed),
        Identity(reason="container id", confidence="exact", key=lambda told: (told[0], told[1].id), words=by_id),
        # Whoever told of it: where a runtime is silent the agent knows its containers' ids by their control groups.
        Identity(reason="container id", confidence="exact", key=lambda told: told[1].id, words=by_id),
        Identity(
            reason="pod and container name", confidence="strong", words=in_pod,
            key=lambda told: pod_place(told, old=True), after_key=lambda told: pod_place(told, old=False),
        ),
        Identity(
            reason="pod, container name and attempt", confidence="strong",
            key=lambda told: attempt(told, old=True), after_key=lambda told: attempt(told, old=False),
        ),
        Identity(reason="compose slot", confidence="strong", key=_compose_slot),
        Identity(reason="service and slot of the swarm", confidence="strong", key=service),
        Identity(reason="container name", confidence="strong", key=lambda told: (told[0], told[1].name)),
        Identity(reason="container name", confidence="strong", key=_lasting_name),
    ]  # fmt: skip
    matching = pair(before.containers, after.containers, identities, same)
    return _by_service(pair_replicas(matching, _replica, _replica), same)


def _by_service(matching: Matching[Told], same: Callable[[Told, Told], bool]) -> Matching[Told]:
    """At last: who does what the other did, under a name of no meaning."""
    served: Identity[Told] = Identity(reason="image and published ports", confidence="weak", key=_serves)
    left = pair(matching.removed, matching.added, [served], same)
    return Matching(
        matched=(*matching.matched, *left.matched),
        removed=left.removed,
        added=left.added,
        ambiguous=still_unclear(
            (*matching.ambiguous, *left.ambiguous), {id(t) for m in left.matched for t in (m.before, m.after)}
        ),
    )


def _in_place(topology: Topology) -> dict[Hashable, Told]:
    """Of those that took one place after the other, the one that is in it: engines keep the dead ones for a while.

    Where nothing tells which of two came last, none is taken.
    """
    found: dict[Hashable, list[Told]] = defaultdict(list)
    for told in topology.containers:
        place = _place(told)
        if place is not None:
            found[place].append(told)
    last = {place: max(_rank(told[1]) for told in rivals) for place, rivals in found.items()}
    newest = {place: [told for told in rivals if _rank(told[1]) == last[place]] for place, rivals in found.items()}
    return {place: rivals[0] for place, rivals in newest.items() if len(rivals) == 1}


def _handed_over(
    before: Topology, after: Topology, olds: Mapping[Hashable, Told], news: Mapping[Hashable, Told]
) -> frozenset[Hashable]:
    """The places in which one lives on both sides, but another: the one that did is there still, dead.

    Going by ids there, one container would seem to have stopped and another to have come.
    """

    def gave_way(place: Hashable, mine: Told, theirs: Mapping[Hashable, Told], ids: frozenset[str]) -> bool:
        other = theirs.get(place)
        living = other is not None and _lives(mine[1]) and _lives(other[1])
        return living and other is not None and other[1].id != mine[1].id and mine[1].id in ids

    known = [frozenset(told[1].id for told in side.containers) for side in (before, after)]
    return frozenset(place for place, told in olds.items() if gave_way(place, told, news, known[1])) | frozenset(
        place for place, told in news.items() if gave_way(place, told, olds, known[0])
    )


def _place(told: Told) -> Hashable | None:
    return _pod_place(told[1], None) or _service_slot(told)


def _lives(container: Container) -> bool:
    return container.state in ("running", "paused") or container.namespace is not None


def _rank(container: Container) -> tuple[bool, int, str, int]:
    return _lives(container), container.attempt or 0, container.started_at or "", container.pid or 0


def _pod_of(container: Container) -> PodKey | None:
    return (container.pod_namespace or "default", container.pod_name) if container.pod_name is not None else None


def _pod_place(container: Container, twin: Matched[Pod] | None) -> Hashable | None:
    """Its place in its pod; ``twin``: as what that pod is now called."""
    if container.pod_name is None:
        return None
    name = pod_key(twin.after) if twin is not None else (container.pod_namespace or "default", container.pod_name)
    return (*name, container.role, container.pod_container)


def _compose_slot(told: Told) -> Hashable | None:
    labels = told[1].labels
    slot = tuple(labels.get(f"com.docker.compose.{part}") for part in ("project", "service", "container-number"))
    if is_one_off(told[1]) or not all(isinstance(part, str) for part in slot):
        return None
    return (told[0], *map(str, slot))


def _service_slot(told: Told) -> Hashable | None:
    slot = swarm_slot(told[1])
    return (told[0], *slot) if slot is not None else None


def _lasting_name(told: Told) -> Hashable | None:
    """Whoever told of it, as when an engine's socket has moved; of a pod's container its place says more."""
    return told[1].name if told[1].pod_name is None else None


def _serves(told: Told) -> Hashable | None:
    container = told[1]
    ports = frozenset(
        (str(port.get("protocol")), str(port.get("host_address")), str(port["host_port"]))
        for port in container.ports
        if isinstance(port, Mapping) and port.get("host_port") is not None
    )
    return (told[0], _repository(container.image), ports) if ports and container.pod_name is None else None


def _repository(image: str | None) -> str | None:
    """An image without its tag or digest: a new version does what the old one did."""
    if image is None:
        return None
    name = image.partition("@")[0]
    path, colon, tag = name.rpartition(":")
    return path if colon and "/" not in tag else name


def _replica(told: Told) -> Replica[Told] | None:
    container = told[1]
    owner = container_owner(container)
    if owner is None:
        return None
    addresses = frozenset(str(network.get("address")) for network in container.networks if isinstance(network, Mapping))
    running = container.namespace is not None
    alike: tuple[Hashable | None, ...] = (
        (container.image, addresses) if addresses else None, (container.image, running), running
    )  # fmt: skip
    owner = replace(owner, place=f"{told[0]} {owner.place}")
    named = owner if not owner.told else None
    return Replica(
        thing=told, owner=owner, named=named, alike=alike,
        age=(*age(container.started_at, container.pid), container.name),
    )  # fmt: skip
