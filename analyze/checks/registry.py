"""All checks, in the order of docs/checks.md."""

from __future__ import annotations

from analyze.checks import end_down, no_default_route, orphan_veth
from analyze.checks.check import Check

CHECKS: tuple[Check, ...] = (
    orphan_veth.CHECK,
    end_down.CHECK,
    no_default_route.CHECK,
)
