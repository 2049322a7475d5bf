"""An IP address on a link (RTM_NEWADDR, linux/if_addr.h)."""

from __future__ import annotations

from dataclasses import field

from snapshot.model.frozen import frozen
from snapshot.model.json import JsonObject


@frozen
class Address:
    """One address, without its remaining lifetimes (those are timers).

    dev        name of the link that bears it
    family     "inet" or "inet6"
    address    IFA_LOCAL (or IFA_ADDRESS) with the prefix length: "10.1.27.2/24"
    peer       IFA_ADDRESS where it differs from the local address (point to point), without prefix length
    scope      "global", "site", "link", "host", or the number as text
    label      IFA_LABEL: IPv4 only, the link's name or "name:something"
    broadcast  IFA_BROADCAST
    flags      IFA_F_* in iproute2's spelling, sorted: "permanent", "secondary", "temporary", "tentative", "dadfailed",
               "deprecated", "noprefixroute", "mngtmpaddr", "nodad", "home", "autojoin", "stable-privacy", ...
    protocol   IFA_PROTO as iproute2 spells it ("kernel_lo", "kernel_ra", "kernel_ll"), or the number as text
    metric     IFA_RT_PRIORITY of the prefix route
    extra      every other configuration attribute
    """

    dev: str
    family: str
    address: str
    peer: str | None = None
    scope: str
    label: str | None = None
    broadcast: str | None = None
    flags: tuple[str, ...] = ()
    protocol: str | None = None
    metric: int | None = None
    extra: JsonObject = field(default_factory=dict)
