"""Which hosts a plan is for."""

from __future__ import annotations

from analyze.identity import NotComparableError
from analyze.plan.rules import Plan


def check_host(plan: Plan, hostname: str) -> None:
    """Raise ``NotComparableError`` unless the plan is for the host of that name."""
    if plan.hosts and not any(pattern.matches(hostname) for pattern in plan.hosts):
        wanted = ", ".join(pattern.text for pattern in plan.hosts)
        raise NotComparableError(
            f"the plan {plan.name!r} is for hosts {wanted}, and the later snapshot is of {hostname!r}: "
            "use that host's plan, or judge by this one anyway with --force"
        )
