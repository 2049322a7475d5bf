"""How many neighbours the kernel keeps, for an agent that is not in the host's first namespace.

Only that one has the files (net/ipv4/neigh/default/gc_thresh3), but the limits are one for all, and RTM_GETNEIGHTBL tells them
everywhere (ip-ntable(8), linux/neighbour.h).
"""

from __future__ import annotations

import struct

from snapshot.collect.link_sysctls import AF_INET, AF_INET6, attributes
from snapshot.collect.netlink.transport import Requests

RTM_GETNEIGHTBL = 66
NDTMSG = struct.Struct("=Bxxx")
THRESHOLDS = {2: b"gc_thresh1", 3: b"gc_thresh2", 4: b"gc_thresh3"}
"""NDTA_THRESH1 and its sisters -> the file of that name."""
FAMILIES = {"ipv4": AF_INET, "ipv6": AF_INET6}


def neighbour_limits(version: str) -> list[bytes]:
    """The limits of "ipv4" or "ipv6" as names and values by turns. Raises ``NetlinkError``.

    A table is told first, and then each link's own parameters, by the thousand: nobody waits for these.
    """
    with Requests() as own:
        told = own.first("sysctl", RTM_GETNEIGHTBL, NDTMSG.pack(FAMILIES[version]))
    values: list[bytes] = []
    for number, start, end in attributes(told, NDTMSG.size, len(told)):
        if number in THRESHOLDS and end - start == 4:
            values += THRESHOLDS[number], str(struct.unpack_from("=I", told, start)[0]).encode()
    return values
