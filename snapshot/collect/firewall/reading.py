"""Having a namespace's firewall listed by its own tools, and telling what they wrote. Loaded where there is one."""

from __future__ import annotations

from collections.abc import Iterator

from snapshot.collect.firewall import ipsets, legacy_lists, listed, saved
from snapshot.collect.firewall.legacy import read_bridge_tables, read_legacy
from snapshot.collect.firewall.look import Seen
from snapshot.collect.firewall.native import read_tables
from snapshot.collect.firewall.payload import unpack
from snapshot.collect.netlink.netfilter import Netfilter
from snapshot.model.counter import Counter
from snapshot.model.firewall import FirewallEntry


def read(netfilter: Netfilter | None, seen: Seen) -> tuple[list[bytes], bool]:
    """The listings, and whether they are of different moments. Raises ``NetlinkError`` and ``OSError``."""
    payloads = read_tables(netfilter, seen.tables) if netfilter is not None and seen.tables else []
    payloads += read_legacy(seen.legacy)
    payloads += read_bridge_tables(seen.bridges)
    torn = False
    if seen.ipsets:
        payload, torn = ipsets.read_ipsets(seen.ipsets)
        payloads.append(payload)
    return payloads, torn


def told(payload: bytes) -> Iterator[FirewallEntry | Counter]:
    """The facts of one listing, and the counters apart. Raises ``NetlinkError``."""
    header, text = unpack(payload)
    if header.backend == "nft":
        yield from listed.told(header, text)
    elif header.backend == "ipset":
        yield from ipsets.told(header, text)
    elif header.backend in ("arptables-legacy", "ebtables-legacy"):
        yield from legacy_lists.told(header, text)
    else:
        yield from saved.told(header, text)
