"""One capture from beginning to end: its order, its time budget, its coverage.

The runtimes are asked in children while the kernel is read. Reading drains first and decodes after, so that each namespace's
moment is short. What could not be read is recorded with its reason; nothing that vanishes stops a capture.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from snapshot.collect import clocks
from snapshot.collect.budget import end_by
from snapshot.collect.coverage import of_finding, of_namespace
from snapshot.collect.host import identify
from snapshot.collect.namespaces.enter import tour
from snapshot.collect.namespaces.find import Census, Found, look_again, take_census
from snapshot.collect.netlink.dumps import REQUESTS
from snapshot.collect.nsids import Meanings
from snapshot.collect.provenance import provenance, without_secrets
from snapshot.collect.residents import settle
from snapshot.collect.runtimes.endpoints import find_endpoints
from snapshot.collect.runtimes.inquiry import Inquiry
from snapshot.collect.runtimes.untold import with_untold
from snapshot.collect.share import Outcome, Pack, Progress, read_all, unread
from snapshot.collect.sources import SOURCES
from snapshot.model.container import Runtime
from snapshot.model.coverage import Coverage
from snapshot.model.kinds import KINDS
from snapshot.model.namespace import Namespace, NamespaceId
from snapshot.model.snapshot import (
    Capture,
    CapturedNamespace,
    CapturedRuntime,
    Header,
    PackedSection,
    Section,
    Sections,
    verdict,
)
from snapshot.version import GENERATOR

READ = frozenset({*REQUESTS, *SOURCES})
"""Kinds that are read as such; nsids and timers come with them, and counters that are not those of links."""

OF_NAMESPACES = READ | {"nsid", "timer", "counter"}
NEEDED = {
    "class": ("qdisc",),
    "filter": ("qdisc", "class"),
    "bpf": ("qdisc", "class", "filter"),
    "timer": ("address", "route"),
    "counter": ("wireguard", "firewall", "ipvs", "sysctl"),
}
"""What else has to be read for a kind, beside the links, which all go by: it says where to look, or the kind comes with it."""
RUNTIME_BUDGET = 10.0
DEFAULT_TIMEOUT = 60.0
ROUNDS = 3
"""How often the namespaces are listed again at the end, at most: what appears between rounds is read as well."""


class CaptureRequest(NamedTuple):
    """What to capture, and the command line that says so. ``kinds`` None means all; ``timeout`` is in seconds, for all."""

    label: str | None = None
    note: str | None = None
    kinds: tuple[str, ...] | None = None
    timeout: float = DEFAULT_TIMEOUT
    docker_hosts: tuple[str, ...] = ()
    cri_sockets: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Place:
    """A namespace and what became of it."""

    found: Found
    outcome: Outcome

    @property
    def key(self) -> str:
        return self.outcome.key


def as_facts(_: str, section: Section) -> Section:
    """Sections as facts, not packed for the file."""
    return section if isinstance(section, PackedSection) else tuple(section)


def capture(request: CaptureRequest, progress: Progress = lambda _: None, pack: Pack = as_facts) -> Capture:
    """Capture this host. ``pack`` is applied to each section by the process that read it.

    Raises ``NoHomeError`` only if not even the agent's own namespace can be opened.
    """
    kinds = tuple(sorted(request.kinds or KINDS))
    wanted = with_needed(kinds)
    begun = clocks.now()
    started = begun.realtime
    deadline = time.monotonic() + request.timeout
    end_by(deadline)
    about_containers = bool({"container", "network"} & set(kinds))
    endpoints = find_endpoints(request.docker_hosts, request.cri_sockets) if about_containers else ()
    with Inquiry(endpoints, min(RUNTIME_BUDGET, request.timeout)) as inquiry:
        listed = time.time()
        census = take_census(deadline)
        try:
            places = _read(list(census.namespaces.values()), wanted, deadline, pack, progress)
            progress("asking the container runtimes" if endpoints else "")
            answers = inquiry.finish()
            if "container" in kinds:
                answers = with_untold(answers)
            places += _born_meanwhile(census, wanted, deadline, pack)
            listed_again = time.time()
            nsids = _nsids(places, deadline)
            runtimes, told = settle(census, {p.found.inode: p.key for p in places}, answers, kinds, started)
            namespaces = tuple(
                CapturedNamespace(namespace=_namespace(place), sections=_sections(place, nsids, kinds))
                for place in places
            )
            by_key = {place.key: place.found for place in places}
            coverage = of_finding(census, by_key, nsids, (listed, listed_again), started)
        finally:
            census.close()
    read = tuple(kind for kind in kinds if kind in READ)
    coverage += [record for place in places for record in of_namespace(place.outcome, read, started)]
    coverage += [_without_secrets(record) for record in told]
    ended = clocks.now()
    return Capture(
        header=_header(request, kinds, begun, ended, coverage),
        namespaces=namespaces,
        runtimes=tuple(
            _runtime(runtime.runtime, {k: rows for k, rows in runtime.sections.items() if k in kinds})
            for runtime in runtimes
        ),
        coverage=tuple(coverage),
        provenance=provenance(request.command, begun, ended, request.timeout, [endpoint.url for endpoint in endpoints]),
    )


def with_needed(kinds: Iterable[str]) -> tuple[str, ...]:
    """The kinds to read for those that are wanted, in the order of ``KINDS``. Names of links come from the link dump."""
    wanted = set(kinds) & OF_NAMESPACES
    needed = wanted.union(*(NEEDED.get(kind, ()) for kind in wanted), ("link",) if wanted else ())
    return tuple(kind for kind in KINDS if kind in needed & READ)


def _read(found: list[Found], kinds: tuple[str, ...], deadline: float, pack: Pack, progress: Progress) -> list[_Place]:
    """Read some namespaces."""
    outcomes = read_all(found, kinds, deadline, pack, progress)
    return [_Place(found=place, outcome=outcome) for place, outcome in zip(found, outcomes, strict=True)]


def _born_meanwhile(census: Census, kinds: tuple[str, ...], deadline: float, pack: Pack) -> list[_Place]:
    """List the namespaces again, and read those that appeared since, until there are none; those of the last round are not."""
    places: list[_Place] = []
    for round_ in range(ROUNDS):
        if time.monotonic() > deadline:
            census.cut("namespaces that appeared meanwhile")
            break
        born = look_again(census, deadline)
        if not born:
            break
        if round_ < ROUNDS - 1:
            places += _read(born, kinds, deadline, pack, lambda _: None)
        else:
            outcomes = unread(born, "it appeared during the capture; capture again")
            places += [_Place(found=place, outcome=outcome) for place, outcome in zip(born, outcomes, strict=True)]
    return places


def _nsids(places: list[_Place], deadline: float) -> dict[str, tuple[NamespaceId, ...]]:
    """What each namespace's nsids stand for."""
    handles = {place.key: place.found.handle for place in places}
    homes = {place.key for place in places if place.found.host}
    meanings = Meanings({place.key: place.outcome.ends for place in places}, handles)
    stops = [(None if key in homes else handles[key], partial(meanings.find_out, key)) for key in meanings.keys]
    tour(stops, max(0.1, deadline - time.monotonic()))
    return {key: meanings.told(key) for key in meanings.keys}


def _namespace(place: _Place) -> Namespace:
    found = place.found
    return Namespace(
        key=place.key,
        inode=found.inode,
        host=found.host,
        names=tuple(sorted(found.names)),
        has_process=found.has_process,
    )


def _sections(place: _Place, nsids: dict[str, tuple[NamespaceId, ...]], kinds: tuple[str, ...]) -> dict[str, Section]:
    sections: dict[str, Section] = {kind: rows for kind, rows in place.outcome.sections.items() if kind in kinds}
    if "link" in place.outcome.sections and "nsid" in kinds:
        sections["nsid"] = nsids.get(place.key, ())
    return sections


def _runtime(runtime: Runtime, sections: Sections) -> CapturedRuntime:
    """Under a URL that can be shown: it may have been given with a password."""
    return CapturedRuntime(runtime=replace(runtime, endpoint=without_secrets(runtime.endpoint)), sections=sections)


def _without_secrets(record: Coverage) -> Coverage:
    """An engine's client repeats the URL in its errors."""
    return replace(
        record,
        runtime=without_secrets(record.runtime) if record.runtime is not None else None,
        error=without_secrets(record.error) if record.error is not None else None,
    )


def _header(
    request: CaptureRequest,
    kinds: tuple[str, ...],
    begun: clocks.Moment,
    ended: clocks.Moment,
    coverage: list[Coverage],
) -> Header:
    host = identify()
    return Header(
        label=request.label,
        note=request.note,
        hostname=host.hostname,
        machine_id=host.machine_id,
        boot_id=host.boot_id,
        kernel=host.kernel,
        tool=GENERATOR,
        started_at=timestamp(begun.realtime),
        finished_at=timestamp(ended.realtime),
        kinds=kinds,
        status=verdict(coverage),
    )


def timestamp(seconds: float) -> str:
    """RFC 3339 UTC with microseconds."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
