"""Reports with findings: of two snapshots, and of one."""

from __future__ import annotations

from typing import Literal

from reports.model import CheckInfo, CheckReport, Finding, FindingStatus, Report, Severity, Unchecked
from tests.reports.drafting import GENERATOR, Draft, identity

WAY_OUT = CheckInfo(
    id="no-default-route", title="Workload without a default route", why="Whatever it calls elsewhere fails.",
    severity="critical", confidence="strong",
)  # fmt: skip
LEAK = CheckInfo(
    id="leaked-namespace", title="Namespace that nobody uses", why="It keeps its links and addresses for ever.",
    severity="warning", confidence="weak",
)  # fmt: skip


def found(
    check: CheckInfo,
    scope: str,
    message: str,
    status: FindingStatus,
    *evidence: str,
    seen_in: Literal["before", "after"] | None = None,
) -> Finding:
    severity: Severity = check.severity
    return Finding(check=check.id, severity=severity, scope=scope, message=message, status=status, evidence=evidence,
                   confidence=check.confidence, seen_in=seen_in)  # fmt: skip


def findings() -> Report:
    """A finding of each status (unknown on either side), and so many of one check that they are counted."""
    draft = Draft()
    draft.say("route", "removed", "pod:default/web-1", "0.0.0.0/0 via 10.1.27.1 dev eth0", severity="critical")
    lost = "10.1.27.2/24 and no default route: nothing beyond its own subnet can be reached"
    return draft.report(
        findings=(
            found(WAY_OUT, "pod:default/web-1", lost, "new", "route 10.1.27.0/24 dev eth0"),
            found(WAY_OUT, "pod:default/web-2", "10.1.27.3/24 and no default route", "persisting"),
            found(WAY_OUT, "pod:default/web-3", "10.1.27.4/24 and no default route", "unknown", seen_in="after"),
            found(WAY_OUT, "pod:default/web-4", "10.1.27.5/24 and no default route", "unknown", seen_in="before"),
            *(found(LEAK, f"netns:cni-{n}", "no process and no container uses it", "resolved") for n in range(8)),
        ),
        checks=(LEAK, WAY_OUT),
        checks_made=(LEAK, WAY_OUT),
    )


def sound() -> CheckReport:
    return CheckReport(generator=GENERATOR, snapshot=identity(1), checks=(LEAK, WAY_OUT))


def unsound() -> CheckReport:
    """Findings, and what could not be checked."""
    return CheckReport(
        generator=GENERATOR,
        snapshot=identity(2, status="partial"),
        findings=tuple(
            found(WAY_OUT, f"pod:default/web-{n}", f"10.1.27.{n + 2}/24 and no default route", "present", "no routes")
            for n in range(7)
        ),
        unchecked=(
            Unchecked(scope=None, kind="container", reason="not every container runtime told what it has", checks=(LEAK.id,)),
            Unchecked(scope="netns:blue", kind="route", reason="changed during each of 5 readings", checks=(WAY_OUT.id,)),
        ),
        checks=(LEAK, WAY_OUT),
    )  # fmt: skip


def unseen() -> CheckReport:
    """No finding, and a part that could not be checked."""
    gap = Unchecked(
        scope="host", kind="route", reason="1,000,010 rows, too many to be gone through", checks=(WAY_OUT.id,)
    )
    return CheckReport(generator=GENERATOR, snapshot=identity(1), unchecked=(gap,), checks=(LEAK, WAY_OUT))
