"""Multicast database entries of bridges and vxlans: RTM_NEWMDB messages as facts (linux/if_bridge.h, bridge-mdb(8))."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from socket import AF_INET, AF_INET6, inet_ntop

from snapshot.collect.netlink.nests import chosen, header, listed, nest, read_nest, walk
from snapshot.collect.netlink.plans import BR_MSG
from snapshot.collect.netlink.readers import U8, U32, Table, ip, number, skip
from snapshot.collect.netlink.take import Attributes
from snapshot.collect.netlink.transport import NetlinkError
from snapshot.model.json import Json
from snapshot.model.mdb import MdbEntry
from snapshot.model.names import PROTOCOLS, bits, named

MDBA_MDB, MDBA_ROUTER, MDBA_MDB_ENTRY, MDBA_MDB_ENTRY_INFO = 1, 2, 1, 1
ENTRY = struct.Struct("=IBBH16s2sxx")
"""struct br_mdb_entry: ifindex, state, flags, vid, address, its protocol (an Ethernet type in network order)."""
ETH_P_IP, ETH_P_IPV6 = b"\x08\x00", b"\x86\xdd"
STATES = {0: "temp", 1: "permanent"}
FLAGS = ("offload", "fast_leave", "added_by_star_ex", "blocked")
"""MDB_FLAGS_* by bit, as bridge(8) spells them."""
MODES = ("include", "exclude")

SOURCE: Table = {1: ("address", ip), 2: ("timer", U32)}
ATTRIBUTES: Table = {
    1: ("timer", skip), 2: ("sources", listed("mdb", nest("mdb", SOURCE))), 3: ("filter_mode", chosen(MODES, U8)),
    4: ("source", ip), 5: ("protocol", U8), 6: ("dst", ip), 7: ("dst_port", number(2, ">")), 8: ("vni", U32),
    9: ("ifindex", U32), 10: ("src_vni", U32),
}  # fmt: skip
"""MDBA_MDB_EATTR_*."""


def entries(payloads: Iterable[bytes], names: Mapping[int, str]) -> Iterator[MdbEntry]:
    """The facts of the messages; ports behind which a router was heard are learnt and no entries. Raises ``NetlinkError``."""
    for payload in payloads:
        _, index = header("mdb", BR_MSG, payload)
        for what, value in walk("mdb", payload, BR_MSG.size):
            if what == MDBA_MDB:
                for _, entry in _only(MDBA_MDB_ENTRY, walk("mdb", value)):
                    for _, info in _only(MDBA_MDB_ENTRY_INFO, walk("mdb", entry)):
                        yield _entry(names.get(index, f"if{index}"), info, names)
            elif what != MDBA_ROUTER:
                raise NetlinkError("mdb", message=f"a message holds something unknown ({what})")


def _only(wanted: int, found: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    for number_, value in found:
        if number_ != wanted:
            raise NetlinkError("mdb", message=f"an entry holds something unknown ({number_})")
        yield number_, value


def _entry(dev: str, raw: bytes, names: Mapping[int, str]) -> MdbEntry:
    if len(raw) < ENTRY.size:
        raise NetlinkError("mdb: an entry is shorter than its header")
    port, state, flags, vlan, address, protocol = ENTRY.unpack_from(raw)
    left = Attributes("mdb", read_nest("mdb", ATTRIBUTES, raw, ENTRY.size))
    mode, via, who = left.text("filter_mode"), left.number("ifindex"), left.number("protocol")
    return MdbEntry(
        dev=dev,
        port=names.get(port, f"if{port}") if port else None,
        group=_group(address, protocol),
        source=left.text("source"),
        vlan=vlan or None,
        state=named(STATES, state),
        filter_mode=mode,
        sources=_sources(left.items("sources"), mode),
        protocol=named(PROTOCOLS, who) if who is not None else None,
        flags=bits(FLAGS, flags),
        dst=left.text("dst"),
        extra={**left.rest(), **({"via": names.get(via, f"if{via}")} if via else {})},
    )


def _group(address: bytes, protocol: bytes) -> str:
    if protocol == ETH_P_IP:
        return inet_ntop(AF_INET, address[:4])
    if protocol == ETH_P_IPV6:
        return inet_ntop(AF_INET6, address)
    return address[:6].hex(":")


def _sources(found: tuple[Json, ...], mode: str | None) -> tuple[Json, ...]:
    """The sources in order of address. Of a group that excludes sources, those whose timer does not run are blocked."""
    told = []
    for source in found:
        left = Attributes("mdb", source if isinstance(source, Mapping) else {"address": source})
        address, timer = left.text("address"), left.number("timer")
        told.append({"address": address, "blocked": mode == "exclude" and not timer, **left.rest()})
    return tuple(sorted(told, key=lambda source: str(source["address"])))
