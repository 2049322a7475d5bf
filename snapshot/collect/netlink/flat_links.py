"""A fast decoder for the links that come by the thousand: plain ones, veths, and veths that are ports of a bridge.

The same bargain as in ``flat``: whatever is not in these tables leaves the message to pyroute2 as a whole, and a test holds
both against each other. Names are pyroute2's, in lower case without ``IFLA_`` (linux/if_link.h).
"""

from __future__ import annotations

import struct

from snapshot.collect.netlink.message import Message
from snapshot.collect.netlink.readers import (
    U8,
    U16,
    U32,
    U64,
    OtherwiseError,
    Table,
    ip,
    mac,
    number,
    raw_hex,
    read_attributes,
    skip,
    text,
)
from snapshot.collect.netlink.trim import COUNTERS
from snapshot.model.json import Json
from snapshot.model.names import LINK_STATES

IFINFOMSG = struct.Struct("=BxHiII")
FIELDS = ("family", "ifi_type", "index", "flags", "change")
NO_XDP = struct.pack("=HHBxxx", 5, 2, 0)
"""IFLA_XDP of a link without a program: IFLA_XDP_ATTACHED is XDP_ATTACHED_NONE."""


def _state(raw: bytes) -> Json:
    """IFLA_OPERSTATE (RFC 2863)."""
    if len(raw) != 1 or raw[0] >= len(LINK_STATES):
        raise OtherwiseError
    return LINK_STATES[raw[0]]


def _no_xdp(raw: bytes) -> Json:
    if raw not in (NO_XDP, NO_XDP[:5]):
        raise OtherwiseError
    return {"xdp_attached": None}


def _bridge_id(raw: bytes) -> Json:
    """struct ifla_bridge_id, whose priority pyroute2 reads in the host's byte order."""
    if len(raw) != 8:
        raise OtherwiseError
    return {"prio": struct.unpack_from("=H", raw)[0], "addr": raw[2:].hex(":")}


PORT: Table = {
    1: ("brport_state", U8), 2: ("brport_priority", U16), 3: ("brport_cost", U32), 4: ("brport_mode", U8),
    5: ("brport_guard", U8), 6: ("brport_protect", U8), 7: ("brport_fast_leave", U8), 8: ("brport_learning", U8),
    9: ("brport_unicast_flood", U8), 10: ("brport_proxyarp", U8), 12: ("brport_proxyarp_wifi", U8),
    13: ("brport_root_id", _bridge_id), 14: ("brport_bridge_id", _bridge_id), 15: ("brport_designated_port", U16),
    16: ("brport_designated_cost", U16), 17: ("brport_id", U16), 18: ("brport_no", U16),
    19: ("brport_topology_change_ack", U8), 20: ("brport_config_pending", U8), 21: ("brport_message_age_timer", U64),
    22: ("brport_forward_delay_timer", U64), 23: ("brport_hold_timer", U64), 25: ("brport_multicast_router", U8),
    27: ("brport_mcast_flood", U8), 28: ("brport_mcast_to_ucast", U8), 29: ("brport_vlan_tunnel", U8),
    30: ("brport_bcast_flood", U8), 31: ("brport_group_fwd_mask", U16), 32: ("brport_neigh_suppress", U8),
    33: ("brport_isolated", U8), 35: ("brport_mrp_ring_open", U8), 36: ("brport_mrp_in_open", U8),
    37: ("brport_mcast_eht_hosts_limit", U32), 38: ("brport_mcast_eht_hosts_cnt", U32), 39: ("brport_locked", U8),
    40: ("brport_mab", U8), 41: ("brport_mcast_n_groups", U32), 42: ("brport_mcast_max_groups", U32),
    43: ("brport_neigh_vlan_suppress", U8),
}  # fmt: skip
"""IFLA_BRPORT_*."""


def _port(raw: bytes) -> Json:
    return read_attributes(PORT, raw, 0)


BRIDGE: Table = {
    **{number: (f"br_{name}", U32) for number, name in (
        (1, "forward_delay"), (2, "hello_time"), (3, "max_age"), (4, "ageing_time"), (5, "stp_state"),
        (13, "root_path_cost"), (26, "mcast_hash_elasticity"), (27, "mcast_hash_max"), (28, "mcast_last_member_cnt"),
        (29, "mcast_startup_query_cnt"),
    )},
    **{number: (f"br_{name}", U16) for number, name in (
        (6, "priority"), (9, "group_fwd_mask"), (12, "root_port"), (39, "vlan_default_pvid"),
    )},
    **{number: (f"br_{name}", U8) for number, name in (
        (7, "vlan_filtering"), (14, "topology_change"), (15, "topology_change_detected"), (22, "mcast_router"),
        (23, "mcast_snooping"), (24, "mcast_query_use_ifaddr"), (25, "mcast_querier"), (36, "nf_call_iptables"),
        (37, "nf_call_ip6tables"), (38, "nf_call_arptables"), (41, "vlan_stats_enabled"), (42, "mcast_stats_enabled"),
        (43, "mcast_igmp_version"), (44, "mcast_mld_version"),
    )},
    **{number: (f"br_{name}", U64) for number, name in (
        (16, "hello_timer"), (17, "tcn_timer"), (18, "topology_change_timer"), (19, "gc_timer"),
        (30, "mcast_last_member_intvl"), (31, "mcast_membership_intvl"), (32, "mcast_querier_intvl"),
        (33, "mcast_query_intvl"), (34, "mcast_query_response_intvl"), (35, "mcast_startup_query_intvl"),
    )},
    8: ("br_vlan_protocol", number(2, ">")), 10: ("br_root_id", _bridge_id), 11: ("br_bridge_id", _bridge_id),
    20: ("br_group_addr", mac), **{number: (f"attr_{number}", raw_hex) for number in range(45, 50)},
}  # fmt: skip
"""IFLA_BR_*; those from 45 on are newer than pyroute2 0.9, which hands them on as they are."""

INFO: Table = {
    1: ("info_kind", text), 2: ("info_data", raw_hex), 4: ("info_slave_kind", text), 5: ("info_slave_data", _port),
}  # fmt: skip
"""IFLA_INFO_*. Of the kinds with data of their own only bridges are read here: there are few of the others on any host."""


def _info(raw: bytes) -> Json:
    found = read_attributes(INFO, raw, 0)
    if "info_slave_data" in found and found.get("info_slave_kind") != "bridge":
        raise OtherwiseError
    data = found.get("info_data")
    if data is not None:
        if found.get("info_kind") != "bridge" or not isinstance(data, str):
            raise OtherwiseError
        found["info_data"] = read_attributes(BRIDGE, bytes.fromhex(data), 0)
    return found


INET6: Table = {
    **{number: (f"counts {number}", skip) for number in (1, 2, 3, 4, 5, 6, 9)},
    7: ("inet6_token", ip),
    8: ("inet6_addr_gen_mode", U8),
}
"""IFLA_INET6_*: of what repeats sysctls and statistics, only how addresses are made is kept (``trim.KEPT_OF_INET6``)."""


AF_UNSPEC = b"\0"


def _inet6(raw: bytes) -> Json:
    return read_attributes(INET6, raw, 0)


AF_SPEC: Table = {2: ("af_inet", skip), 10: ("af_inet6", _inet6)}


def _af_spec(raw: bytes) -> Json:
    return read_attributes(AF_SPEC, raw, 0)


COUNTING: Table = {number: (f"counts {number}", skip) for number in COUNTERS["link"]}


LINK: Table = {
    1: ("address", mac), 2: ("broadcast", mac), 3: ("ifname", text), 4: ("mtu", U32), 5: ("link", U32), 6: ("qdisc", text),
    10: ("master", U32), 13: ("txqlen", U32), 16: ("operstate", _state), 17: ("linkmode", U8), 18: ("linkinfo", _info),
    20: ("ifalias", text), 26: ("af_spec", _af_spec), 27: ("group", U32), 30: ("promiscuity", U32),
    31: ("num_tx_queues", U32), 32: ("num_rx_queues", U32), 33: ("carrier", U8), 37: ("link_netnsid", U32),
    39: ("proto_down", U8), 40: ("gso_max_segs", U32), 41: ("gso_max_size", U32), 43: ("xdp", _no_xdp),
    50: ("min_mtu", U32), 51: ("max_mtu", U32), 58: ("gro_max_size", U32), 59: ("tso_max_size", U32),
    60: ("tso_max_segs", U32), 61: ("allmulti", U32),
    **{number: (f"attr_{number}", raw_hex) for number in range(62, 70)}, **COUNTING,
}  # fmt: skip
"""IFLA_*; those from 62 on are newer than pyroute2 0.9, which hands them on as they are."""


def decode_link(payload: bytes) -> Message | None:
    """A link message, None if it is one for pyroute2."""
    if payload[:1] != AF_UNSPEC:
        # IFLA_AF_SPEC means something else in the messages of a family.
        return None
    try:
        attributes = read_attributes(LINK, payload, IFINFOMSG.size)
    except OtherwiseError:
        return None
    if not attributes.get("af_spec", True):
        del attributes["af_spec"]
    return Message(fields=dict(zip(FIELDS, IFINFOMSG.unpack_from(payload), strict=True)), attributes=attributes)
