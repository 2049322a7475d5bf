"""What cuts traffic: the rules by which a change is critical. docs/severity.md says why."""

from __future__ import annotations

from analyze.diff.losses import stays
from analyze.diff.severity_terms import (
    FOR_ALL,
    SeverityRule,
    became,
    falls,
    forwarding_off,
    goes_down,
    has_dependents,
    has_flag,
    is_temporary,
    left_without_routes,
    no_destination,
    said,
    taken_away,
)
from analyze.ways_out import REFUSING

CRITICAL: tuple[SeverityRule, ...] = (
    SeverityRule(
        name="default-route-lost", severity="critical", kinds=("route",), where="anywhere",
        applies=lambda d, x: d.action == "removed" and not said(d.before, "type", *REFUSING) and x.ways.lost_by(d),
    ),
    SeverityRule(
        name="route-refuses", severity="critical", kinds=("route",), where="anywhere",
        applies=lambda d, x: d.action == "added" and said(d.after, "type", *REFUSING) and stays(d) and x.shadows(d),
    ),
    SeverityRule(
        name="gateway-unreachable", severity="critical", kinds=("neighbour",), where="alone",
        applies=lambda d, x: d.action != "removed" and said(d.after, "state", "FAILED") and x.is_gateway(d),
    ),
    SeverityRule(
        name="veth-lost", severity="critical", kinds=("veth",), where="anew",
        applies=lambda d, x: d.action == "removed" and (d.cause is None or x.came_back_without(d)),
    ),
    SeverityRule(
        name="veth-off-bridge", severity="critical", kinds=("veth",), where="anew",
        applies=lambda d, x: any(f.name == "bridge" and f.after is None for f in d.fields),
    ),
    SeverityRule(
        name="veth-down", severity="critical", kinds=("veth",), where="anew", applies=lambda d, x: goes_down(d)
    ),
    SeverityRule(
        name="bridge-lost", severity="critical", kinds=("link",),
        applies=lambda d, x: d.action == "removed" and said(d.before, "link_kind", "bridge"),
    ),
    SeverityRule(
        name="link-lost", severity="critical", kinds=("link",),
        applies=lambda d, x: d.action == "removed" and has_dependents(d, x),
    ),
    SeverityRule(
        name="link-taken-away", severity="critical", kinds=("link", "veth"), where="anywhere", applies=taken_away
    ),
    SeverityRule(
        # A move sets every link down.
        name="link-down", severity="critical", kinds=("link",),
        applies=lambda d, x: not d.moved and falls(d) and not x.is_one_of_several(d),
    ),
    SeverityRule(
        name="port-off-bridge", severity="critical", kinds=("link",),
        applies=lambda d, x: said(d.before, "port_kind", "bridge") and became("master", None)(d),
    ),
    SeverityRule(
        name="address-lost", severity="critical", kinds=("address",),
        applies=lambda d, x: (
            d.action == "removed" and not said(d.before, "scope", "link") and not is_temporary(d) and not x.is_elsewhere(d)
        ),
    ),
    SeverityRule(
        name="address-not-back", severity="critical", kinds=("address",), where="anew",
        applies=lambda d, x: (
            d.action == "removed" and stays(d) and not said(d.before, "scope", "host", "link") and not x.has_address(d)
            and not x.is_elsewhere(d)
        ),
    ),
    SeverityRule(
        name="address-duplicate", severity="critical", kinds=("address",), where="anew",
        applies=lambda d, x: has_flag(d.after, "dadfailed") and not has_flag(d.before, "dadfailed"),
    ),
    SeverityRule(
        name="policy-drop", severity="critical", kinds=("firewall",), where="anywhere",
        applies=lambda d, x: stays(d) and x.cuts.by_policy(d),
    ),
    SeverityRule(
        name="rule-refuses", severity="critical", kinds=("firewall",), where="anywhere",
        applies=lambda d, x: stays(d) and x.cuts.by_rule(d),
    ),
    SeverityRule(
        name="accept-lost", severity="critical", kinds=("firewall",), where="anywhere",
        applies=lambda d, x: stays(d) and x.loses_accept(d),
    ),
    SeverityRule(
        name="forwarding-off", severity="critical", kinds=("sysctl",),
        applies=lambda d, x: forwarding_off(d) and said(d.after, "path", *FOR_ALL),
    ),
    SeverityRule(
        name="policy-rule-refuses", severity="critical", kinds=("rule",),
        applies=lambda d, x: d.action != "removed" and said(d.after, "action", *REFUSING) and x.ways.refused_by(d),
    ),
    SeverityRule(
        name="policy-rule-way-out", severity="critical", kinds=("rule",), where="anywhere",
        applies=lambda d, x: x.ways.lost_by(d),
    ),
    SeverityRule(
        name="nexthop-lost", severity="critical", kinds=("nexthop",),
        applies=lambda d, x: d.action == "removed" and left_without_routes(d, x),
    ),
    SeverityRule(
        name="nexthop-blackhole", severity="critical", kinds=("nexthop",), applies=lambda d, x: became("blackhole", True)(d)
    ),
    SeverityRule(
        name="published-port-silent", severity="critical", kinds=("socket",), where="anywhere",
        applies=lambda d, x: d.action == "removed" and x.is_published(d),
    ),
    SeverityRule(
        name="service-lost", severity="critical", kinds=("ipvs",),
        applies=lambda d, x: d.action == "removed" or no_destination(d),
    ),
    SeverityRule(
        name="tunnel-peer-lost", severity="critical", kinds=("wireguard",), applies=lambda d, x: d.action == "removed"
    ),
)  # fmt: skip
