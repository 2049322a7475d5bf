"""A nexthop object or group that routes refer to by id (RTM_NEWNEXTHOP, linux/nexthop.h, ip-nexthop(8))."""

from __future__ import annotations

from dataclasses import field

from snapshot.model.frozen import frozen
from snapshot.model.json import Json, JsonObject


@frozen
class Nexthop:
    """One nexthop, or a group of them.

    id          NHA_ID
    family      "inet" or "inet6", None for a group or a nexthop without a gateway that serves both
    gateway     NHA_GATEWAY, None when on-link
    dev         link name of NHA_OIF
    blackhole   NHA_BLACKHOLE
    fdb         NHA_FDB: for forwarding entries of a vxlan, not for routes
    group       NHA_GROUP: objects with ``id`` and ``weight`` (1 and up, as ip-nexthop(8) shows it), empty for no group
    group_type  "mpath" or "resilient" (NHA_GROUP_TYPE), None for no group
    protocol    RTPROT_* as iproute2 spells it
    scope       RT_SCOPE_* likewise
    flags       RTNH_F_*, sorted
    encap       NHA_ENCAP with its type
    extra       every other configuration attribute
    """

    id: int
    family: str | None = None
    gateway: str | None = None
    dev: str | None = None
    blackhole: bool = False
    fdb: bool = False
    group: tuple[Json, ...] = ()
    group_type: str | None = None
    protocol: str
    scope: str
    flags: tuple[str, ...] = ()
    encap: JsonObject = field(default_factory=dict)
    extra: JsonObject = field(default_factory=dict)
