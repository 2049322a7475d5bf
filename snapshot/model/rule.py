"""A policy routing rule (RTM_NEWRULE, linux/fib_rules.h, ip-rule(8))."""

from __future__ import annotations

from dataclasses import field

from snapshot.model.frozen import frozen
from snapshot.model.json import JsonObject


@frozen
class Rule:
    """One rule: which packets look into which table.

    family       "inet" or "inet6"
    priority     FRA_PRIORITY, 0 first
    src, dst     prefixes, None when any
    iif, oif     link names, None when any
    tos          0 when any
    fwmark       FRA_FWMARK with ``fwmask``, None when any
    action       "to_tbl", "goto", "nop", "blackhole", "unreachable", "prohibit", or the number as text
    table        as in a route; None unless the action is "to_tbl"
    goto         priority of the rule it jumps to
    invert       FIB_RULE_INVERT ("not")
    ipproto      IP protocol number, None when any
    sport, dport port or range as "80" or "80-90", None when any
    uid_range    "0-1000", None when any
    l3mdev       true for the VRF rule
    suppress_prefixlength, suppress_ifgroup   None when none
    protocol     who installed it, as in a route
    extra        every other attribute
    """

    family: str
    priority: int
    src: str | None = None
    dst: str | None = None
    iif: str | None = None
    oif: str | None = None
    tos: int = 0
    fwmark: int | None = None
    fwmask: int | None = None
    action: str
    table: str | None = None
    goto: int | None = None
    invert: bool = False
    ipproto: int | None = None
    sport: str | None = None
    dport: str | None = None
    uid_range: str | None = None
    l3mdev: bool = False
    suppress_prefixlength: int | None = None
    suppress_ifgroup: int | None = None
    protocol: str | None = None
    extra: JsonObject = field(default_factory=dict)
