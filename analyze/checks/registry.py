"""All checks, in the order of docs/checks.md."""

from __future__ import annotations

from analyze.checks import (
    address_outside_bridge_subnet,
    bridge_without_address,
    bridge_without_carrier,
    duplicate_address,
    duplicate_mac,
    end_down,
    gateway_nobody,
    gateway_not_on_link,
    leaked_namespace,
    mtu_mismatch,
    no_default_route,
    orphan_veth,
    overlapping_subnets,
    veth_without_way,
)
from analyze.checks.check import Check

CHECKS: tuple[Check, ...] = (
    orphan_veth.CHECK,
    leaked_namespace.CHECK,
    veth_without_way.CHECK,
    end_down.CHECK,
    bridge_without_carrier.CHECK,
    bridge_without_address.CHECK,
    no_default_route.CHECK,
    gateway_nobody.CHECK,
    gateway_not_on_link.CHECK,
    address_outside_bridge_subnet.CHECK,
    duplicate_address.CHECK,
    duplicate_mac.CHECK,
    overlapping_subnets.CHECK,
    mtu_mismatch.CHECK,
)
