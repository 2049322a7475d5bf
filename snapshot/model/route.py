"""A route (RTM_NEWROUTE, linux/rtnetlink.h, ip-route(8))."""

from __future__ import annotations

from dataclasses import field

from snapshot.model.frozen import frozen
from snapshot.model.json import Json, JsonObject


@frozen
class Route:
    """One entry of a routing table. Names are the kernel's own, never those of a machine's /etc/iproute2.

    family      "inet" or "inet6"
    table       "main", "local", "default", or the number as text
    type        "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit",
                "throw", "nat"
    dst         always a prefix: "0.0.0.0/0", "::/0", "10.1.27.5/32"
    src         source prefix (IPv6 subtrees), None when any
    tos         0 when any
    gateway     RTA_GATEWAY, or RTA_VIA as "inet6 fe80::1"
    dev         name of the outgoing link, "ifN" if no such link was there, None when none
    iif         name of the incoming link, None when any
    prefsrc     RTA_PREFSRC
    metric      RTA_PRIORITY, None when the kernel gave none
    protocol    "kernel", "boot", "static", "redirect", "ra", "dhcp", "bird", "zebra", ... or the number as text
    scope       "global", "site", "link", "host", "nowhere", or the number as text
    flags       RTNH_F_* and RTM_F_* in iproute2's spelling, sorted: "onlink", "linkdown", "dead", "offload", ...
    pref        RTA_PREF (RFC 4191): "low", "medium", "high"; IPv6 only
    nexthop_id  RTA_NH_ID: the nexthop object it uses
    nexthops    RTA_MULTIPATH in kernel order: objects with ``gateway``, ``dev``, ``weight`` (1 or more), ``flags``
    metrics     RTA_METRICS by lower-case name: {"mtu": 1400, "advmss": 1360}
    extra       every other configuration attribute (encap as hex, ...)
    """

    family: str
    table: str
    type: str
    dst: str
    src: str | None = None
    tos: int = 0
    gateway: str | None = None
    dev: str | None = None
    iif: str | None = None
    prefsrc: str | None = None
    metric: int | None = None
    protocol: str
    scope: str
    flags: tuple[str, ...] = ()
    pref: str | None = None
    nexthop_id: int | None = None
    nexthops: tuple[Json, ...] = ()
    metrics: JsonObject = field(default_factory=dict)
    extra: JsonObject = field(default_factory=dict)
