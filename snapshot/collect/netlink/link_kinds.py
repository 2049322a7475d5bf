"""Kinds of link that pyroute2 does not know, or tells wrongly, and addresses of links that are no MACs.

Names are as pyroute2 makes them: the kernel's in lower case without ``IFLA_`` (linux/if_link.h, linux/if_tunnel.h).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from socket import AF_INET, AF_INET6, inet_ntop

from snapshot.collect.netlink.nests import chosen, flag, read_nest, walk
from snapshot.collect.netlink.readers import U8, U16, U32, OtherwiseError, Table, ip, mac, number, skip
from snapshot.model.json import Json

IFINFOMSG = struct.Struct("=BxHiII")
IFLA_LINKINFO, IFLA_INFO_KIND, IFLA_INFO_DATA, IFLA_INFO_SLAVE_KIND, IFLA_INFO_SLAVE_DATA = 18, 1, 2, 4, 5
ADDRESSES = {1: "address", 2: "broadcast", 54: "perm_address"}
"""IFLA_ADDRESS, IFLA_BROADCAST, IFLA_PERM_ADDRESS."""
MAC = 6
OF_TUNNELS = {768: 4, 776: 4, 778: 4, 769: 16, 823: 16}
"""ARPHRD_TUNNEL, SIT, IPGRE, TUNNEL6, IP6GRE: their addresses are IP addresses of so many bytes (linux/if_arp.h)."""
POLICY = chosen(("pass", "1", "drop"), U32)
"""NETKIT_PASS and NETKIT_DROP."""
B16, B32 = number(2, ">"), number(4, ">")


def _identifier(raw: bytes) -> Json:
    """A secure channel's identifier: a MAC and a port (IEEE 802.1AE)."""
    if len(raw) != 8:
        raise OtherwiseError
    return f"{raw[:6].hex(':')}/{int.from_bytes(raw[6:], 'big')}"


def _suite(raw: bytes) -> Json:
    """A cipher suite's number, which is written in hex (IEEE 802.1AE)."""
    if len(raw) != 8:
        raise OtherwiseError
    return f"{struct.unpack('=Q', raw)[0]:016x}"


def _gre(prefix: str) -> Table:
    return _named(prefix, {
        1: ("link", U32), 2: ("iflags", B16), 3: ("oflags", B16), 4: ("ikey", B32), 5: ("okey", B32), 6: ("local", ip),
        7: ("remote", ip), 8: ("ttl", U8), 9: ("tos", U8), 10: ("pmtudisc", U8), 11: ("encap_limit", U8), 12: ("flowinfo", B32),
        13: ("flags", U32), 14: ("encap_type", U16), 15: ("encap_flags", U16), 16: ("encap_sport", B16),
        17: ("encap_dport", B16), 18: ("collect_metadata", flag), 19: ("ignore_df", U8), 20: ("fwmark", U32),
        21: ("erspan_index", U32), 22: ("erspan_ver", U8), 23: ("erspan_dir", U8), 24: ("erspan_hwid", U16),
    })  # fmt: skip


def _named(prefix: str, table: Table) -> Table:
    return {at: (f"{prefix}_{name}", read) for at, (name, read) in table.items()}


KINDS: Mapping[str, Table] = {
    "erspan": _gre("gre"), "ip6gre": _gre("ip6gre"), "ip6gretap": _gre("ip6gre"), "ip6erspan": _gre("ip6gre"),
    "vti": _named("vti", {
        1: ("link", U32), 2: ("ikey", B32), 3: ("okey", B32), 4: ("local", ip), 5: ("remote", ip), 6: ("fwmark", U32),
    }),
    "bareudp": _named("bareudp", {
        1: ("port", B16), 2: ("ethertype", B16), 3: ("srcport_min", U16), 4: ("multiproto_mode", flag),
    }),
    "gtp": _named("gtp", {
        1: ("fd0", U32), 2: ("fd1", U32), 3: ("pdp_hashsize", U32), 4: ("role", chosen(("ggsn", "sgsn"), U32)),
        5: ("create_sockets", U8), 6: ("restart_count", U8), 7: ("local", ip), 8: ("local6", ip),
    }),
    "macsec": _named("macsec", {
        1: ("sci", _identifier), 2: ("port", B16), 3: ("icv_len", U8), 4: ("cipher_suite", _suite), 5: ("window", U32),
        6: ("encoding_sa", U8), 7: ("encrypt", U8), 8: ("protect", U8), 9: ("inc_sci", U8), 10: ("es", U8), 11: ("scb", U8),
        12: ("replay_protect", U8), 13: ("validation", chosen(("disabled", "check", "strict"), U8)), 14: ("pad", skip),
        15: ("offload", chosen(("off", "phy", "mac"), U8)),
    }),
    "hsr": _named("hsr", {
        1: ("slave1", U32), 2: ("slave2", U32), 3: ("multicast_spec", U8), 4: ("supervision_addr", mac), 5: ("seq_nr", skip),
        6: ("version", U8), 7: ("protocol", chosen(("hsr", "prp"), U8)), 8: ("interlink", U32),
    }),
    "netkit": _named("netkit", {
        2: ("primary", U8), 3: ("policy", POLICY), 4: ("peer_policy", POLICY), 5: ("mode", chosen(("l2", "l3"), U32)),
        6: ("scrub", U32), 7: ("peer_scrub", U32), 8: ("headroom", U16),
        9: ("tailroom", U16),
    }),
    "ipvlan": _named("ipvlan", {1: ("mode", U16), 2: ("flags", U16)}),
    "xfrm": _named("xfrm", {1: ("link", U32), 2: ("if_id", U32), 3: ("collect_metadata", flag)}),
    "amt": _named("amt", {
        1: ("mode", U32), 2: ("relay_port", B16), 3: ("gateway_port", B16), 4: ("link", U32), 5: ("local_ip", ip),
        6: ("remote_ip", ip), 7: ("discovery_ip", ip), 8: ("max_tunnels", U32),
    }),
}  # fmt: skip
"""IFLA_INFO_DATA by IFLA_INFO_KIND. The sequence number of an hsr counts what it sends."""

PORTS: Mapping[str, Table] = {"vrf": {1: ("vrf_port_table", U32)}}
"""IFLA_INFO_SLAVE_DATA by IFLA_INFO_SLAVE_KIND."""


def completed(payload: bytes, attributes: Mapping[str, Json]) -> dict[str, Json]:
    """The attributes of a link message with what is known better here. Raises ``NetlinkError``."""
    told = dict(attributes)
    hardware = IFINFOMSG.unpack_from(payload)[1]
    for at, value in walk("link", payload, IFINFOMSG.size):
        if at in ADDRESSES and len(value) != MAC:
            told[ADDRESSES[at]] = _address(hardware, value)
        elif at == IFLA_LINKINFO and isinstance(info := told.get("linkinfo"), Mapping):
            told["linkinfo"] = {**info, **_info(dict(walk("link", value)))}
    return told


def _info(parts: Mapping[int, bytes]) -> dict[str, Json]:
    known: dict[str, Json] = {}
    for kind, data, tables, name in (
        (IFLA_INFO_KIND, IFLA_INFO_DATA, KINDS, "info_data"),
        (IFLA_INFO_SLAVE_KIND, IFLA_INFO_SLAVE_DATA, PORTS, "info_slave_data"),
    ):
        table = tables.get(parts.get(kind, b"").rstrip(b"\0").decode("ascii", "replace"))
        if table is not None and data in parts:
            known[name] = read_nest("link", table, parts[data])
    return known


def _address(hardware: int, raw: bytes) -> str | None:
    """An address as iproute2 writes it: those of tunnels are IP addresses, others colon hex of any length."""
    if OF_TUNNELS.get(hardware) == len(raw):
        return inet_ntop(AF_INET if len(raw) == 4 else AF_INET6, raw)
    return raw.hex(":") or None
