"""Findings for a report: of one snapshot, or of two, in which the same trouble is one finding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import Literal

from analyze.checks.check import Check, ContainerOf, Found, LinkAt, NamespaceOf, Part
from analyze.checks.host import Host
from analyze.checks.registry import CHECKS
from analyze.checks.run import Judged, judge
from analyze.diff.sides import Sides
from analyze.seen import Sight, sight_of
from analyze.topology import resolve
from reports.model import CheckInfo, Finding, FindingStatus, Unchecked
from snapshot.model.frozen import frozen
from snapshot.store.loaded import Loaded, LoadedNamespace

SEVERITIES = ("critical", "warning", "info")
Identity = tuple[Hashable, ...]


@frozen
class _Translation:
    """Old -> new, of what subjects are made of. What has no new self keeps its own, marked as of the first snapshot."""

    namespaces: Mapping[str, str]
    links: Mapping[tuple[str, int], tuple[str, int]]
    containers: Mapping[str, str]

    @classmethod
    def of(cls, sides: Sides) -> _Translation:
        return cls(
            namespaces=sides.now_called,
            links={m.before.spot: m.after.spot for m in sides.matches.links},
            containers=sides.matches.container_ids,
        )

    def part(self, part: Part) -> Hashable:
        match part:
            case LinkAt(namespace, ifindex):
                spot = self.links.get((namespace, ifindex))
                return LinkAt(*spot) if spot is not None else ("before", part)
            case NamespaceOf(key):
                return NamespaceOf(self.namespaces[key]) if key in self.namespaces else ("before", part)
            case ContainerOf(number):
                return ContainerOf(self.containers.get(number, number))
        return part


def findings_of(host: Host) -> tuple[tuple[Finding, ...], tuple[Unchecked, ...]]:
    """What the checks find on one host, and what they could not be made for."""
    judged = judge(host)
    findings = [_finding(host, check, found, "present") for check, found in judged.found]
    return _in_order(findings), _unchecked(host, judged)


def _unchecked(host: Host, judged: Judged) -> tuple[Unchecked, ...]:
    gaps = [
        Unchecked(
            scope=None if gap.namespace is None else host.scope(gap.namespace),
            kind=gap.kind,
            reason=gap.reason,
            checks=tuple(sorted(ids)),
        )
        for gap, ids in judged.unknown.items()
    ]
    return tuple(sorted(gaps, key=lambda u: (u.scope or "", u.kind, u.reason)))


def judged_pair(before: Loaded, after: Loaded) -> tuple[Judged, Judged]:
    """What the checks say of two hosts, which have what they go by."""
    return judge(Host(resolve(before), sight_of(before))), judge(Host(resolve(after), sight_of(after)))


def compared(
    sides: Sides, judged: tuple[Judged, Judged] | None = None
) -> tuple[tuple[Finding, ...], tuple[Unchecked, ...]]:
    """The findings of two hosts: new, resolved, persisting, or unknown where one of them could not be checked.

    With them comes what could not be checked on the second. ``judged``: what the checks say of either, where that was found
    already.
    """
    hosts = Host(sides.before, sides.saw_before), Host(sides.after, sides.saw_after)
    before, after = judged if judged is not None else (judge(hosts[0]), judge(hosts[1]))
    now = _Translation.of(sides)
    then = {new: old for old, new in now.namespaces.items()}
    earlier = _Other(before, sides.saw_before, sides.after.namespaces, now.namespaces)
    later = _Other(after, sides.saw_after, sides.before.namespaces, then)
    olds = _by_identity(before, now)
    findings: list[Finding] = []
    for identity, news in _by_identity(after, None).items():
        kept = olds.pop(identity, [])
        findings += [_finding(hosts[1], *new, "persisting") for new in news[: len(kept)]]
        for check, found in news[len(kept) :]:
            findings.append(_finding(hosts[1], check, found, earlier.status("new", check, found), "after"))
        if len(kept) > len(news):
            olds[identity] = kept[len(news) :]
    for check, found in (old for left in olds.values() for old in left):
        findings.append(_finding(hosts[0], check, found, later.status("resolved", check, found), "before"))
    return _in_order(findings), _unchecked(hosts[1], after)


def infos(used: Iterable[str] | None = None) -> tuple[CheckInfo, ...]:
    """The checks as a report tells of them; only those ``used``, if that is given."""
    wanted = None if used is None else set(used)
    return tuple(
        CheckInfo(id=c.id, title=c.title, why=c.why, severity=c.severity, confidence=c.confidence)
        for c in sorted(CHECKS, key=lambda check: check.id)
        if wanted is None or c.id in wanted
    )


def _by_identity(judged: Judged, now: _Translation | None) -> dict[Identity, list[tuple[Check, Found]]]:
    """Findings by what they are about, in the words of the second snapshot."""
    by: dict[Identity, list[tuple[Check, Found]]] = {}
    for check, found in judged.found:
        identity = (check.id, *(found.subject if now is None else map(now.part, found.subject)))
        by.setdefault(identity, []).append((check, found))
    return by


class _Other:
    """The other snapshot, asked whether it could be checked for what only this one has."""

    def __init__(
        self, judged: Judged, sight: Sight, here: Mapping[str, LoadedNamespace], called: Mapping[str, str]
    ) -> None:
        """``here``: this snapshot's namespaces; ``called``: the other's words for them -> this one's."""
        gone = frozenset(here) - frozenset(called.values())
        # A namespace that the other has not: it was not there, if the other found all there were.
        unseen = frozenset() if sight.namespaces else gone
        self._dark: dict[str, set[str]] = defaultdict(lambda: set(unseen))
        self._nowhere: set[str] = set()
        for check, namespace in judged.blind:
            if namespace is None:
                self._nowhere.add(check)
            elif namespace in called:
                self._dark[check].add(called[namespace])

    def status(self, told: FindingStatus, check: Check, found: Found) -> FindingStatus:
        """The status of what one snapshot alone has: as told, if the other could be checked for it."""
        dark = self._dark[check.id]
        blind = check.id in self._nowhere or found.namespace in dark or not found.rests_on.isdisjoint(dark)
        return "unknown" if blind else told


def _finding(
    host: Host, check: Check, found: Found, status: FindingStatus, side: Literal["before", "after"] | None = None
) -> Finding:
    """A finding in words; ``side`` is the snapshot that alone has it, where one alone has."""
    return Finding(
        check=check.id,
        severity=found.severity or check.severity,
        scope=host.scope(found.namespace),
        message=found.message,
        status=status,
        evidence=found.evidence,
        confidence=check.confidence,
        seen_in=side if status == "unknown" else None,
    )


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), f.check, f.scope, f.message, f.status)))
