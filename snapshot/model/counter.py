"""What only counts: packets, bytes, errors, drops, use; kept apart from configuration."""

from __future__ import annotations

from snapshot.model.frozen import frozen
from snapshot.model.json import JsonObject


@frozen
class Counter:
    """The counts of one object that are not zero.

    of      the kind it belongs to: "link", "wireguard", "firewall", "ipvs"; or "conntrack"
    dev     link name, None when none
    key     the object within that kind: a rule's "backend family table chain position", a peer's public key, "PROTOCOL SERVICE
            DESTINATION" for a destination of IPVS, "" for a link
    values  counts by name: "rx_packets", "tx_bytes" (linux/if_link.h: struct rtnl_link_stats64), "packets", "count", ...
    """

    of: str
    dev: str | None = None
    key: str = ""
    values: JsonObject
