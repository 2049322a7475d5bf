"""What links have counted: RTM_NEWSTATS messages as counters (linux/if_link.h: struct rtnl_link_stats64, ip-link(8))."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence

from snapshot.collect.netlink.dumps import Taken
from snapshot.collect.netlink.nests import header, walk
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.transport import NetlinkError, Requests
from snapshot.model.counter import Counter

RTM_GETSTATS = 94
IF_STATS_MSG = struct.Struct("=BxxxII")
"""struct if_stats_msg: family, ifindex, filter_mask."""
IFLA_STATS_LINK_64 = 1
COUNTED = (
    "rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "rx_errors", "tx_errors", "rx_dropped", "tx_dropped", "multicast",
    "collisions", "rx_length_errors", "rx_over_errors", "rx_crc_errors", "rx_frame_errors", "rx_fifo_errors",
    "rx_missed_errors", "tx_aborted_errors", "tx_carrier_errors", "tx_fifo_errors", "tx_heartbeat_errors",
    "tx_window_errors", "rx_compressed", "tx_compressed", "rx_nohandler", "rx_otherhost_dropped",
)  # fmt: skip


COUNTS = struct.Struct(f"={len(COUNTED)}Q")
NOTHING = bytes(COUNTS.size)
ONLY = struct.pack("=HH", 4 + COUNTS.size, IFLA_STATS_LINK_64)
WHOLE = struct.Struct(f"=4xI8x{len(COUNTED)}Q")
"""A message with the counts that this version knows and nothing else."""


def take(requests: Requests, _: Mapping[str, Reading]) -> Taken:
    """Dump the 64-bit statistics of all links. Raises ``NetlinkError``. No window: they change all the time."""
    asked = IF_STATS_MSG.pack(0, 0, 1 << (IFLA_STATS_LINK_64 - 1))
    return Taken(payloads=requests.dump("counter", RTM_GETSTATS, asked).payloads)


def statistics(payloads: Iterable[bytes], names: Mapping[int, str]) -> Iterator[Counter]:
    """The counts that are not zero, of links that have any. Raises ``NetlinkError``."""
    for payload in payloads:
        if len(payload) == WHOLE.size and payload[IF_STATS_MSG.size : WHOLE.size - COUNTS.size] == ONLY:
            # As this kernel sends them: nearly all of them.
            index, *found = WHOLE.unpack(payload)
            if payload[-COUNTS.size :] != NOTHING:
                yield Counter(of="link", dev=names.get(index) or f"if{index}", values=_named(found))
            continue
        _, index, _ = header("counter", IF_STATS_MSG, payload)
        for number, value in walk("counter", payload, IF_STATS_MSG.size):
            if number != IFLA_STATS_LINK_64 or len(value) % 8:
                raise NetlinkError("counter", message="a message holds something unknown")
            other = struct.unpack(f"={len(value) // 8}Q", value)
            if any(other):
                yield Counter(of="link", dev=names.get(index) or f"if{index}", values=_named(other))


def _named(found: Sequence[int]) -> dict[str, int]:
    """By name; counts of a newer kernel by their place in the structure."""
    return {COUNTED[at] if at < len(COUNTED) else f"count_{at}": count for at, count in enumerate(found) if count}
