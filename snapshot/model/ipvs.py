"""A virtual service of IPVS with its destinations (/proc/net/ip_vs, ipvsadm(8))."""

from __future__ import annotations

from snapshot.model.frozen import frozen
from snapshot.model.json import Json


@frozen
class IpvsService:
    """One service.

    protocol      "TCP", "UDP", "SCTP", or "FWM" for a firewall mark
    address       of the service, None for a mark
    port          likewise; for a mark the mark itself
    scheduler     "rr", "wlc", ...
    flags         as the kernel prints them: "persistent 360", "ops", ...
    destinations  objects with ``address``, ``port``, ``forward`` ("Masq", "Route", "Tunnel", "Local") and ``weight``, in
                  order of address and port
    """

    protocol: str
    address: str | None = None
    port: int
    scheduler: str
    flags: str | None = None
    destinations: tuple[Json, ...] = ()
