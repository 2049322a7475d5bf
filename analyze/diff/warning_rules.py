"""What may cut traffic, or is not known: the rules by which a change is a warning. docs/severity.md says why."""

from __future__ import annotations

from analyze.diff import refusals
from analyze.diff.losses import stays
from analyze.diff.restored import of_its_own, otherwise, stands_or_lost
from analyze.diff.severity_terms import (
    GONE_OR_OTHER,
    SeverityRule,
    configured,
    falls,
    has_flag,
    is_group_mac,
    is_temporary,
    main_default,
    moves,
    runtime_restarted,
    said,
    stopped_or_started,
    unpublished,
)
from analyze.ways_out import REFUSING

WARNING: tuple[SeverityRule, ...] = (
    SeverityRule(
        name="unknown", severity="warning", kinds=(), where="anywhere", applies=lambda d, x: d.action == "unknown"
    ),
    SeverityRule(
        name="default-route-changed", severity="warning", kinds=("route",), where="anywhere",
        applies=lambda d, x: main_default(d) and not refusals.respelled(d) and stays(d) and not of_its_own(d)
        and (d.cause is None or d.action != "added"),
    ),
    SeverityRule(
        name="route-changed", severity="warning", kinds=("route",), where="anew",
        applies=lambda d, x: d.action in GONE_OR_OTHER and not refusals.respelled(d) and stands_or_lost(d, x),
    ),
    SeverityRule(
        name="route-may-refuse", severity="warning", kinds=("route",),
        applies=lambda d, x: d.action == "added" and said(d.after, "type", *REFUSING),
    ),
    SeverityRule(
        name="policy-rule", severity="warning", kinds=("rule",), applies=lambda d, x: True
    ),
    SeverityRule(
        name="nexthop-changed", severity="warning", kinds=("nexthop",),
        applies=lambda d, x: d.action in GONE_OR_OTHER and d.touched != {"id"},
    ),
    SeverityRule(
        # Another name alone changes nothing.
        name="host-rebooted", severity="warning", kinds=("host",), applies=lambda d, x: bool(d.touched - {"hostname"}),
    ),
    SeverityRule(
        name="workload-gone", severity="warning", kinds=("pod", "container", "namespace"),
        applies=lambda d, x: d.action == "removed",
    ),
    SeverityRule(
        name="workload-state", severity="warning", kinds=("pod", "container"),
        applies=lambda d, x: d.action == "changed" and stopped_or_started(d),
    ),
    SeverityRule(
        name="workload-restarts", severity="warning", kinds=("container",), applies=lambda d, x: runtime_restarted(d)
    ),
    SeverityRule(
        name="port-unpublished", severity="warning", kinds=("container",), applies=lambda d, x: unpublished(d)
    ),
    SeverityRule(
        name="network-gone", severity="warning", kinds=("network",), applies=lambda d, x: d.action == "removed"
    ),
    SeverityRule(
        name="network-subnets", severity="warning", kinds=("network",), applies=lambda d, x: "subnets" in d.touched
    ),
    SeverityRule(
        name="veth-other-bridge", severity="warning", kinds=("veth",), where="anew",
        applies=lambda d, x: "bridge" in d.touched,
    ),
    SeverityRule(
        name="veth-mtu", severity="warning", kinds=("veth",), where="anew",
        applies=lambda d, x: any(name.endswith(".mtu") for name in d.touched),
    ),
    SeverityRule(name="link-moved", severity="warning", kinds=("link", "veth"), applies=lambda d, x: moves(d)),
    SeverityRule(
        name="bond-member-down", severity="warning", kinds=("link",), applies=lambda d, x: falls(d)
    ),
    SeverityRule(
        name="link-changed", severity="warning", kinds=("link",), where="anew",
        applies=lambda d, x: otherwise(d) or (d.cause is None and (
            d.action == "removed"
            or (d.action == "changed" and bool(d.touched & {"mtu", "master", "mac"}))
            or (d.action == "recreated" and bool(d.touched & {"mtu", "master"}))
        )),
    ),
    SeverityRule(
        name="address-moved", severity="warning", kinds=("address",),
        applies=lambda d, x: "address" in d.touched or (d.action == "removed" and x.is_elsewhere(d) and not is_temporary(d)),
    ),
    SeverityRule(
        name="address-link-local-lost", severity="warning", kinds=("address",),
        applies=lambda d, x: d.action == "removed" and not is_temporary(d),
    ),
    SeverityRule(
        name="address-deprecated", severity="warning", kinds=("address",),
        applies=lambda d, x: has_flag(d.after, "deprecated") and d.action == "changed" and not is_temporary(d)
        and not has_flag(d.before, "deprecated"),
    ),
    SeverityRule(
        name="neighbour-mac", severity="warning", kinds=("neighbour",), applies=lambda d, x: "mac" in d.touched
    ),
    SeverityRule(
        name="neighbour-failed", severity="warning", kinds=("neighbour",),
        applies=lambda d, x: d.action != "removed" and said(d.after, "state", "FAILED"),
    ),
    SeverityRule(
        name="configured-entry-lost", severity="warning", kinds=("fdb", "neighbour"), where="anew",
        applies=lambda d, x: d.action == "removed" and configured(d) and not is_group_mac(d)
        and stands_or_lost(d, x),
    ),
    SeverityRule(
        name="vlan-changed", severity="warning", kinds=("vlan",), where="anew",
        applies=lambda d, x: (d.action == "removed" or bool(d.touched & {"flags", "tunnel"})) and stands_or_lost(d, x),
    ),
    SeverityRule(
        name="socket-gone", severity="warning", kinds=("socket",), applies=lambda d, x: d.action == "removed"
    ),
    SeverityRule(
        name="firewall-changed", severity="warning", kinds=("firewall",), applies=lambda d, x: d.action in GONE_OR_OTHER
    ),
    SeverityRule(
        name="rule-may-refuse", severity="warning", kinds=("firewall",),
        applies=lambda d, x: d.action == "added" and refusals.refuses(d),
    ),
    SeverityRule(
        name="sysctl-changed", severity="warning", kinds=("sysctl",), where="anew",
        applies=lambda d, x: d.action in GONE_OR_OTHER and stands_or_lost(d, x),
    ),
    SeverityRule(
        name="traffic-control-changed", severity="warning", kinds=("qdisc", "class", "filter", "bpf"),
        where="anew",
        applies=lambda d, x: d.action in GONE_OR_OTHER and stands_or_lost(d, x),
    ),
    SeverityRule(
        name="service-changed", severity="warning", kinds=("ipvs", "wireguard"), applies=lambda d, x: d.action == "changed"
    ),
)  # fmt: skip
