"""Runs the checks on one host, and lets none say what was not seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from analyze.checks.check import Check, Found
from analyze.checks.host import Host, Unknown
from analyze.checks.registry import CHECKS
from snapshot.model.frozen import frozen
from snapshot.model.kinds import KINDS
from snapshot.store.extracts import read_as


@frozen
class Judged:
    """What the checks say of one host.

    unknown  what could not be checked, each with the checks concerned
    blind    (check id, key of the namespace in which it could not be made; None: nowhere)
    """

    found: tuple[tuple[Check, Found], ...]
    unknown: Mapping[Unknown, tuple[str, ...]]
    blind: frozenset[tuple[str, str | None]]


def judge(host: Host, checks: Iterable[Check] = CHECKS) -> Judged:
    """Run checks on a host. What a check says of namespaces in which a kind it needs was not read whole is left out."""
    found: list[tuple[Check, Found]] = []
    unknown: dict[Unknown, list[str]] = {}
    blind: set[tuple[str, str | None]] = set()
    for check in checks:
        gaps = list(_gaps(host, check, check.needs))
        told = [] if any(gap.namespace is None for gap in gaps) else list(check.find(host))
        gaps += [said for said in told if isinstance(said, Unknown)]
        dark = {gap.namespace for gap in gaps}
        gaps += _gaps(host, check, check.also)
        for gap in gaps:
            unknown.setdefault(gap, []).append(check.id)
            blind.add((check.id, gap.namespace))
        found += [
            (check, said)
            for said in told
            if isinstance(said, Found) and said.namespace not in dark and not said.rests_on & dark
        ]
    return Judged(
        found=tuple(found),
        unknown={gap: tuple(dict.fromkeys(ids)) for gap, ids in unknown.items()},
        blind=frozenset(blind),
    )


def _gaps(host: Host, check: Check, kinds: Iterable[str]) -> Iterator[Unknown]:
    """What of these kinds was not seen, where a check looks."""
    for kind in kinds:
        asked = read_as(kind)
        if kind != "namespace" and asked not in host.sight.kinds:
            yield Unknown(namespace=None, kind=asked, reason="this capture was not asked for it")
        elif kind == "namespace":
            if not host.sight.namespaces:
                yield Unknown(namespace=None, kind=kind, reason="not every namespace of the host was found")
        elif KINDS[asked].owner == "runtime":
            if not host.hears:
                yield Unknown(namespace=None, kind=kind, reason="not every container runtime told what it has")
        elif check.place == "everywhere":
            yield from host.unread(kind)
        elif check.place == "workloads":
            yield from (gap for gap in host.unread(kind) if gap.namespace in host.workloads)
        elif host.topology.host is None:
            yield Unknown(namespace=None, kind=kind, reason="the host's own namespace is not in this snapshot")
        else:
            yield from (gap for gap in host.unread(kind) if gap.namespace == host.topology.host)
