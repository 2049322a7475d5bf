"""A VLAN of a bridge or of one of its ports (RTM_NEWVLAN, linux/if_bridge.h: struct br_vlan_msg, bridge-vlan(8))."""

from __future__ import annotations

from dataclasses import field

from snapshot.model.frozen import frozen
from snapshot.model.json import JsonObject


@frozen
class Vlan:
    """One VLAN id on one port, or on the bridge itself; ranges of the kernel are told id by id.

    dev      link name: the port, or the bridge
    vlan     1 to 4094
    flags    BRIDGE_VLAN_INFO_* in bridge(8)'s spelling, sorted: "PVID", "Egress Untagged", ...
    state    the port's spanning tree state in this VLAN: "forwarding", ...; None where the kernel has none
    tunnel   BRIDGE_VLANDB_TINFO_ID: the tunnel id it is mapped to
    options  every other option of it, global ones of a bridge's VLAN under "global"
    """

    dev: str
    vlan: int
    flags: tuple[str, ...] = ()
    state: str | None = None
    tunnel: int | None = None
    options: JsonObject = field(default_factory=dict)
