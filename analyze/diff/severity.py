"""How much a change matters, by written rules: docs/severity.md lists each of them."""

from __future__ import annotations

from analyze.diff.draft import Draft
from reports.model import Severity

DEFAULT_ROUTES = ("0.0.0.0/0", "::/0")


def settle_severities(drafts: list[Draft]) -> None:
    """Judge every draft by itself; what hangs under a re-created or removed workload is as that workload is."""
    for draft in drafts:
        draft.severity = _severity(draft)


def _severity(draft: Draft) -> Severity:
    if draft.action == "unknown":
        return "warning"
    if draft.cause is not None:
        return _hanging(draft)
    match draft.kind:
        case "route":
            return _route(draft)
        case "veth":
            return _veth(draft)
        case "link":
            return _link(draft)
        case "address":
            return "critical" if draft.action == "removed" else "info"
        case "pod" | "container" | "namespace":
            return "warning" if draft.action in ("removed", "recreated") or "state" in draft.touched else "info"
        case "rule":
            return "warning"
        case "neighbour" if "mac" in draft.touched:
            return "warning"
    return "info"


def _hanging(draft: Draft) -> Severity:
    """What hangs under a workload or network that came, went or was re-created is told by that one; elsewhere a way out
    that is gone or leads elsewhere is never hidden in a list."""
    root = draft.cause
    while root is not None and root.cause is not None:
        root = root.cause
    if root is not None and root.kind in ("pod", "container", "namespace", "network") and root.action != "changed":
        return "info"
    facts = draft.before or {}
    way_out = facts.get("table") == "main" and facts.get("dst") in DEFAULT_ROUTES
    return _route(draft) if draft.kind == "route" and way_out else "info"


def _route(draft: Draft) -> Severity:
    facts = draft.before or draft.after or {}
    if facts.get("table") == "main" and facts.get("dst") in DEFAULT_ROUTES:
        if draft.action == "removed":
            return "critical"
        return "warning"
    return "warning" if draft.action in ("removed", "changed") else "info"


def _veth(draft: Draft) -> Severity:
    off_bridge = any(f.name == "bridge" and f.after is None for f in draft.fields)
    down = any(f.name.endswith(".state") and f.after in ("DOWN", "LOWERLAYERDOWN") for f in draft.fields)
    if draft.action == "removed" or off_bridge or down:
        return "critical"
    mtu = any(f.name.endswith(".mtu") for f in draft.fields)
    return "warning" if mtu or draft.action == "recreated" or "bridge" in draft.touched else "info"


def _link(draft: Draft) -> Severity:
    down = any(f.name == "state" and f.after in ("DOWN", "LOWERLAYERDOWN") for f in draft.fields)
    if draft.action == "removed" or down:
        return "critical" if (draft.before or {}).get("link_kind") == "bridge" or down else "warning"
    return "warning" if draft.touched & {"mtu", "master", "mac"} else "info"
