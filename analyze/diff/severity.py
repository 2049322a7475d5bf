"""How much a change matters, by written rules: docs/severity.md lists each of them."""

from __future__ import annotations

import re

from analyze.diff.draft import Draft
from reports.model import Facts, Severity

DEFAULT_ROUTES = ("0.0.0.0/0", "::/0")
POLICY = re.compile(r"policy\s+(?P<policy>\w+)", re.IGNORECASE)
REFUSES = re.compile(r"(?:^|\s)(?:-j\s+(?:DROP|REJECT)|drop|reject)(?:\s|$)")
FORWARDING = frozenset({"values.ip_forward", "values.forwarding"})


def settle_severities(drafts: list[Draft]) -> None:
    """Judge every draft by itself; what hangs under a re-created or removed workload is as that workload is."""
    used = {id(draft.cause) for draft in drafts if draft.kind == "route" and draft.action == "removed"}
    for draft in drafts:
        draft.severity = _severity(draft)
        if draft.kind == "nexthop" and draft.action == "removed" and draft.cause is None and id(draft) in used:
            draft.severity = "critical"


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
        case "firewall":
            return _firewall(draft)
        case "sysctl":
            return _sysctl(draft)
        case "socket" | "vlan":
            return "warning" if draft.action == "removed" or draft.touched & {"flags", "tunnel"} else "info"
        case "wireguard" | "ipvs":
            return {"removed": "critical", "changed": "warning"}.get(draft.action, "info")  # type: ignore[return-value]
        case "nexthop" | "qdisc" | "class" | "filter" | "bpf":
            return "warning" if draft.action in ("removed", "changed") else "info"
    return "info"


def _firewall(draft: Draft) -> Severity:
    """A base chain that now drops what no rule lets through cuts traffic; any rule may."""
    facts = draft.after or {}
    if facts.get("object") == "chain":
        policies = [_policy(side) for side in (draft.before, draft.after)]
        if policies[1] == "drop" != policies[0]:
            return "critical"
    if draft.action in ("removed", "changed"):
        return "warning"
    refuses = REFUSES.search(str(facts.get("text"))) if facts.get("object") == "rule" else None
    return "warning" if refuses else "info"


def _policy(facts: Facts | None) -> str | None:
    if facts is None:
        return None
    found = POLICY.search(str(facts.get("text")))
    return found["policy"].lower() if found else None


def _sysctl(draft: Draft) -> Severity:
    if any(f.name in FORWARDING and f.before not in (0, None) and f.after == 0 for f in draft.fields):
        everywhere = str((draft.after or {}).get("path")) in ("net.ipv4", "net.ipv4.conf.all", "net.ipv6.conf.all")
        return "critical" if everywhere else "warning"
    return "warning" if draft.action in ("removed", "changed") else "info"


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
