"""The host itself: whether it was started anew between the snapshots, runs another kernel, or has another name."""

from __future__ import annotations

from analyze.diff.draft import Draft
from analyze.diff.fields import differing
from analyze.diff.sides import Sides
from analyze.scopes import HOST
from reports.model import Confidence, Facts
from snapshot.store.loaded import Loaded


def host_changes(sides: Sides) -> list[Draft]:
    """One change, or none. A reboot explains what was made anew since: settle_causes asks for it."""
    before, after = host_facts(sides.before.snapshot), host_facts(sides.after.snapshot)
    told = frozenset(name for name in before if before[name] is not None and after[name] is not None)
    fields = tuple(field for field in differing("host", before, after) if field.name in told)
    if not fields:
        return []
    reason, confidence = _match(before, after)
    return [
        Draft(
            kind="host",
            action="changed",
            scope=HOST,
            name=str(after["hostname"]),
            before=before,
            after=after,
            fields=fields,
            matched_by=reason,
            confidence=confidence,
            namespaces=(sides.before.host, sides.after.host),
        )
    ]


def _match(before: Facts, after: Facts) -> tuple[str, Confidence]:
    if before["machine_id"] is not None and before["machine_id"] == after["machine_id"]:
        return "machine id", "exact"
    if None in (before["machine_id"], after["machine_id"]) and before["hostname"] == after["hostname"]:
        return "host name", "strong"
    # Snapshots of two hosts are compared only where somebody insists (analyze/identity.py).
    return "--force", "weak"


def host_facts(snapshot: Loaded) -> Facts:
    """A host as its snapshot's header tells it."""
    header = snapshot.header
    return {
        "hostname": header.hostname,
        "machine_id": header.machine_id,
        "boot_id": header.boot_id,
        "kernel": header.kernel,
    }
