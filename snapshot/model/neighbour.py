"""A neighbour: an ARP or NDP entry (RTM_NEWNEIGH, linux/neighbour.h, ip-neighbour(8))."""

from __future__ import annotations

from dataclasses import field

from snapshot.model.frozen import frozen
from snapshot.model.json import JsonObject


@frozen
class Neighbour:
    """One entry, without its ages and reference counts.

    family    "inet" or "inet6"
    dev       link name, None for a proxy entry on any link
    address   NDA_DST, without prefix length
    mac       NDA_LLADDR, None when not resolved
    state     NUD_*: "PERMANENT", "NOARP", "REACHABLE", "STALE", "DELAY", "PROBE", "INCOMPLETE", "FAILED", "NONE"
    proxy     an entry of the proxy table (NTF_PROXY)
    flags     NTF_* in iproute2's spelling, sorted: "router", "extern_learn", "managed", ...
    protocol  who installed it, as in a route
    extra     every other configuration attribute
    """

    family: str
    dev: str | None = None
    address: str
    mac: str | None = None
    state: str
    proxy: bool = False
    flags: tuple[str, ...] = ()
    protocol: str | None = None
    extra: JsonObject = field(default_factory=dict)
