"""Reports written down change by change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import count

from reports.model import (
    Action,
    Ambiguity,
    Change,
    FieldChange,
    Json,
    Report,
    Severity,
    SnapshotIdentity,
    SummaryRow,
    Verdict,
)

GENERATOR = "netlapse 0.1.0"


PROVENANCE: Mapping[str, Json] = {
    "build": "b1" * 32, "command": ("netlapse", "capture", "-o", "node 1.netlapse"), "uid": 0, "login_uid": 1000,
    "sudo_uid": 1000, "sudo_user": "alice", "distribution": "Debian GNU/Linux 12 (bookworm)", "started_monotonic_us": 1,
    "started_boottime_us": 2, "finished_monotonic_us": 3, "finished_boottime_us": 4, "synchronised": True,
    "clock_error_us": 12_400, "timeout_us": 60_000_000, "endpoints": ("unix:///run/docker.sock",),
}  # fmt: skip


def identity(number: int, provenance: Mapping[str, Json] = PROVENANCE, **more: str | None) -> SnapshotIdentity:
    return SnapshotIdentity(
        id=number,
        label=more.get("label", ("before-upgrade", "after-upgrade")[number - 1]),
        note=more.get("note"),
        host=more.get("host") or "node-1",
        started_at=f"2026-01-01T0{number + 1}:10:00.120000Z",
        finished_at=f"2026-01-01T0{number + 1}:10:00.482000Z",
        kernel=more.get("kernel") or "6.18.0",
        digest=f"{number}a7c39e0d5b2" + f"{number}f" * 26,
        status=more.get("status") or "complete",
        redacted_with=more.get("redacted_with"),
        provenance=provenance,
    )


class Draft:
    """Changes in pre-order, numbered as they are said."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self._numbers = count(1)

    def say(
        self,
        kind: str,
        action: Action,
        scope: str,
        name: str,
        *fields: tuple[str, Json, Json],
        cause: Change | None = None,
        facts: Mapping[str, Json] | None = None,
        severity: Severity = "info",
        matched: str | None = None,
        ambiguous: Ambiguity | None = None,
    ) -> Change:
        told = facts or {"name": name}
        change = Change(
            id=f"c{next(self._numbers)}",
            kind=kind,
            action=action,
            scope=scope,
            name=name,
            before=None if action == "added" else told,
            after=None if action == "removed" else told,
            fields=tuple(FieldChange(name=n, before=b, after=a) for n, b, a in fields),
            severity=severity,
            cause=cause.id if cause is not None else None,
            matched_by=matched,
            confidence="exact" if matched is not None else None,
            ambiguous=ambiguous,
        )
        self.changes.append(change)
        return change

    def pod(self, name: str, index: int, old: str, new: str) -> Change:
        """A pod that was re-created, with all that follows."""
        scope = f"pod:default/{name}"
        pod = self.say(
            "pod", "recreated", scope, f"default/{name}",
            ("uid", f"6f1c-{index}-1", f"6f1c-{index}-2"), ("addresses", (f"{old}/24",), (f"{new}/24",)),
            severity="warning", matched="pod identity",
        )  # fmt: skip
        for part in ("POD", "app"):
            ids = ("a1" * 32, "b2" * 32)
            self.say(
                "container", "recreated", scope, f"k8s_{part}_{name}", ("id", *ids), ("pid", 1000, 2000), cause=pod
            )
        near, far = f"veth{index:04x}b", "eth0"
        veth = self.say(
            "veth", "recreated", scope, f"{near} - {far}", ("host_end.name", f"veth{index:04x}a", near),
            ("host_end.ifindex", 10 + index, 90 + index), cause=pod, matched="same end of the same workload",
        )  # fmt: skip
        link = self.say(
            "link", "recreated", "host", near, ("ifindex", 10 + index, 90 + index),
            ("mac", "aa:00:00:00:00:0a", "aa:00:00:00:00:0e"), cause=veth,
        )  # fmt: skip
        self.say("fdb", "removed", "host", f"02:42:0a:01:1b:02 dev veth{index:04x}a", cause=link)
        self.say("fdb", "added", "host", f"02:42:0a:01:1b:09 dev {near}", cause=link)
        inner = self.say("link", "recreated", scope, far, ("mac", "02:42:0a:01:1b:02", "02:42:0a:01:1b:09"), cause=veth)
        gone = self.say("address", "removed", scope, f"{old}/24 dev eth0", cause=inner)
        self.say("route", "changed", scope, "10.1.27.0/24 dev eth0", ("prefsrc", old, new), cause=gone)
        self.say("route", "removed", scope, f"local {old}/32 dev eth0", cause=gone)
        come = self.say("address", "added", scope, f"{new}/24 dev eth0", cause=inner)
        self.say("route", "added", scope, f"local {new}/32 dev eth0", cause=come)
        return pod

    def report(self, verdict: Verdict = "different", **more: object) -> Report:
        counts = Counter((change.kind, change.action) for change in self.changes)
        kinds = dict.fromkeys(("veth", "pod", "route", "address", *(change.kind for change in self.changes)))
        summary = tuple(
            SummaryRow(
                kind=kind,
                added=counts[kind, "added"],
                removed=counts[kind, "removed"],
                changed=counts[kind, "changed"],
                recreated=counts[kind, "recreated"],
                unknown=counts[kind, "unknown"],
            )
            for kind in kinds
        )
        told: dict[str, object] = {"before": identity(1), "after": identity(2), **more}
        return Report(
            generator=GENERATOR, verdict=verdict, summary=summary, changes=tuple(self.changes), **told  # type: ignore[arg-type]
        )  # fmt: skip
