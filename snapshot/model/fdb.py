"""A forwarding database entry of a bridge, vxlan or macvlan (RTM_NEWNEIGH of PF_BRIDGE, bridge(8))."""

from __future__ import annotations

from dataclasses import field

from snapshot.model.frozen import frozen
from snapshot.model.json import JsonObject


@frozen
class FdbEntry:
    """One entry, without its ages.

    dev     link name: the port (or the bridge itself)
    mac     NDA_LLADDR
    vlan    NDA_VLAN
    master  name of the bridge that holds the entry (NDA_MASTER), None for the link's own ("self") table
    state   "permanent", "static", "stale", "reachable" as bridge(8) tells, or the number as text
    flags   NTF_* in bridge(8)'s spelling, sorted: "self", "master", "extern_learn", "offload", "sticky", ...
    dst     remote end of a tunnel (NDA_DST)
    port, vni, src_vni, nexthop_id   likewise; ``via`` the link towards it
    extra   every other configuration attribute
    """

    dev: str
    mac: str
    vlan: int | None = None
    master: str | None = None
    state: str
    flags: tuple[str, ...] = ()
    dst: str | None = None
    port: int | None = None
    vni: int | None = None
    src_vni: int | None = None
    nexthop_id: int | None = None
    via: str | None = None
    extra: JsonObject = field(default_factory=dict)
