"""How each kind was read in each namespace, and whether all namespaces were found."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from snapshot.collect.namespaces.census import Census, Found
from snapshot.collect.share import Outcome
from snapshot.model.coverage import Coverage, Status
from snapshot.model.namespace import NamespaceId

COUNTING = ("firewall", "wireguard", "ipvs", "sysctl")
"""Kinds that come with counts of theirs."""

ENDED = "ended during the capture"


def of_namespace(outcome: Outcome, kinds: Collection[str], started: float) -> list[Coverage]:
    """How the kinds were read in one namespace: one record per outcome, kinds with the same outcome share it."""
    records: dict[tuple[Status, str | None, int], list[str]] = {}
    raw = outcome.raw
    for kind in kinds:
        reading = raw.readings.get(kind) if raw is not None else None
        attempts = reading.attempts if reading is not None else 0
        failure = outcome.failures.get(kind) or (reading.error if reading is not None else None)
        told: tuple[Status, str | None, int] = ("complete", None, attempts)
        uncounted = (
            [other for other in COUNTING if other in kinds and _failed(outcome, other)] if kind == "counter" else []
        )
        if outcome.skipped is not None:
            told = ("skipped", outcome.skipped, attempts)
        elif failure is not None:
            told = ("failed", failure, attempts)
        elif reading is None:
            told = ("failed", "it was not read", 0)
        elif uncounted:
            told = ("torn", f"without the counts of {', '.join(uncounted)}, which could not be read", attempts)
        elif reading.torn:
            told = ("torn", "it kept changing while it was read", attempts)
        records.setdefault(told, []).append(kind)
    begun, ended = (raw.started, raw.finished) if raw is not None else (started, started)
    return [
        Coverage(
            namespace=outcome.key,
            kinds=tuple(found),
            status=status,
            error=error,
            attempts=attempts,
            started_us=microseconds(begun, started),
            finished_us=microseconds(ended, started),
        )
        for (status, error, attempts), found in records.items()
    ]


def _failed(outcome: Outcome, kind: str) -> bool:
    reading = outcome.raw.readings.get(kind) if outcome.raw is not None else None
    return kind in outcome.failures or reading is None or reading.error is not None


def of_finding(
    census: Census,
    places: Mapping[str, Found],
    nsids: Mapping[str, tuple[NamespaceId, ...]],
    listed: tuple[float, float],
    started: float,
) -> list[Coverage]:
    """Whether all namespaces were found. ``places`` are those in the file, by key; ``listed`` is when listing began and ended.

    One record says that they were; or there is one for each thing that may be a namespace and was not read.
    """
    gaps = [_gap(unread.place, unread.error) for unread in census.unread]
    gaps += [
        _gap(f"nsid {nsid.nsid} of {_called(place)}", "a link's other end is in a namespace that was not found")
        for key, place in places.items()
        for nsid in nsids.get(key, ())
        if nsid.target is None
    ]
    if not gaps:
        begun, ended = (microseconds(moment, started) for moment in listed)
        whole = Coverage(
            kinds=("namespace",), status="complete", attempts=census.rounds, started_us=begun, finished_us=ended
        )
        gaps = [whole]
    ended_meanwhile = {found.inode for found in census.ended()}
    return gaps + [
        Coverage(namespace=key, kinds=("namespace",), status="torn", error=ENDED, attempts=census.rounds)
        for key, place in places.items()
        if place.inode in ended_meanwhile
    ]


def _gap(place: str, error: str) -> Coverage:
    return Coverage(place=place, kinds=("namespace",), status="skipped", error=error, attempts=0)


def _called(place: Found) -> str:
    return "the host" if place.host else next(iter(sorted(place.names)), f"net:[{place.inode}]")


def microseconds(moment: float, started: float) -> int:
    """A moment as microseconds after the capture's start."""
    return max(0, round((moment - started) * 1_000_000))
