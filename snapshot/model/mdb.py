"""A multicast database entry of a bridge or vxlan (RTM_NEWMDB, linux/if_bridge.h: struct br_mdb_entry, bridge-mdb(8))."""

from __future__ import annotations

from dataclasses import field

from snapshot.model.frozen import frozen
from snapshot.model.json import Json, JsonObject


@frozen
class MdbEntry:
    """One group on one port, without its timer.

    dev          name of the bridge or vxlan
    port         link name of the port that wants the group
    group        the group's IP address, or its MAC
    source       MDBA_MDB_EATTR_SOURCE of an (S, G) entry
    vlan         VLAN id, None when none
    state        "temp" or "permanent"
    filter_mode  "include" or "exclude", None where the kernel tells none
    sources      the source list: objects with ``address`` and ``blocked``, in order of address
    protocol     RTPROT_* of who added it
    flags        sorted: "offload", "fast_leave", "added_by_star_ex", "blocked", ...
    dst          remote end of a vxlan's entry; ``extra`` holds its other attributes
    """

    dev: str
    port: str | None = None
    group: str
    source: str | None = None
    vlan: int | None = None
    state: str
    filter_mode: str | None = None
    sources: tuple[Json, ...] = ()
    protocol: str | None = None
    flags: tuple[str, ...] = ()
    dst: str | None = None
    extra: JsonObject = field(default_factory=dict)
