"""What filters match and do: TCA_OPTIONS of classifiers and of their actions (linux/pkt_cls.h, linux/tc_act/, tc(8)).

Without what only counts: statistics, ages, the references to an action, hits of a u32 key.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

from snapshot.collect.netlink.disciplines import rate
from snapshot.collect.netlink.nests import listed, nest, read_nest, walk
from snapshot.collect.netlink.plans import handle
from snapshot.collect.netlink.readers import (
    U8,
    U16,
    U32,
    U64,
    OtherwiseError,
    Reader,
    Table,
    ip,
    mac,
    number,
    raw_hex,
    skip,
    text,
)
from snapshot.model.json import Json

TCA_ACT_KIND, TCA_ACT_OPTIONS = 1, 2
B16, B32 = number(2, ">"), number(4, ">")
VERDICTS = {
    -1: "continue", 0: "pass", 1: "reclassify", 2: "drop", 3: "pipe", 4: "stolen", 5: "queued", 6: "repeat", 7: "redirect",
    8: "trap",
}  # fmt: skip
"""TC_ACT_*, as tc(8) spells most of them."""
GENERIC = struct.Struct("=IIiii")
"""tc_gen: index, capab, action, refcnt, bindcnt. Every action's own structure begins with it."""
MIRRED = ("egress_redirect", "egress_mirror", "ingress_redirect", "ingress_mirror")


def class_id(raw: bytes) -> Json:
    """TCA_*_CLASSID: where what matches goes."""
    if len(raw) != 4:
        raise OtherwiseError
    return handle(struct.unpack("=I", raw)[0])


def verdict(value: int) -> str:
    """What becomes of a packet: an extended one (goto chain, jump) with its value."""
    if value > 0 and value >> 28:
        return f"{ {1: 'jump', 2: 'goto_chain'}.get(value >> 28, str(value >> 28)) } {value & 0x0FFFFFFF}"
    return VERDICTS.get(value, str(value))


def _parms(more: Callable[[bytes], dict[str, Json]] = lambda raw: {"parms": raw.hex()} if raw else {}) -> Reader:
    """A reader of an action's structure: what all have, and ``more`` for what follows."""

    def read(raw: bytes) -> Json:
        if len(raw) < GENERIC.size:
            raise OtherwiseError
        index, _, action, _, _ = GENERIC.unpack_from(raw)
        return {"index": index, "action": verdict(action), **more(raw[GENERIC.size :])}

    return read


def _mirred(raw: bytes) -> dict[str, Json]:
    if len(raw) != 8:
        raise OtherwiseError
    what, ifindex = struct.unpack("=iI", raw)
    return {"mirred": MIRRED[what - 1] if 1 <= what <= len(MIRRED) else str(what), "ifindex": ifindex}


def _vlan(raw: bytes) -> dict[str, Json]:
    if len(raw) != 4:
        raise OtherwiseError
    what = struct.unpack("=i", raw)[0]
    return {"vlan": {1: "pop", 2: "push", 3: "modify", 4: "pop_eth", 5: "push_eth"}.get(what, str(what))}


def _tunnel_key(raw: bytes) -> dict[str, Json]:
    if len(raw) != 4:
        raise OtherwiseError
    what = struct.unpack("=i", raw)[0]
    return {"tunnel_key": {1: "set", 2: "release"}.get(what, str(what))}


def _police(raw: bytes) -> Json:
    """struct tc_police: bytes, bytes per second; burst in ticks (64 ns)."""
    if len(raw) < 56:
        raise OtherwiseError
    index, action, limit, burst, mtu = struct.unpack_from("=IiIII", raw)
    return {
        "index": index, "action": verdict(action), "limit": limit, "burst": burst, "mtu": mtu,
        "rate": rate(raw[20:32]), "peakrate": rate(raw[32:44]),
    }  # fmt: skip


POLICE: Table = {
    1: ("parms", _police), 2: ("rate_table", skip), 3: ("peakrate_table", skip), 4: ("avrate", U32), 5: ("result", U32),
    6: ("ages", skip), 7: ("pad", skip), 8: ("rate64", U64), 9: ("peakrate64", U64), 10: ("pktrate64", U64),
    11: ("pktburst64", U64),
}  # fmt: skip


def _action(parms: int, ages: int, read: Reader | None = None, more: Table | None = None) -> Table:
    """An action's attributes: the numbers of its structure and of its ages."""
    return {parms: ("parms", read or _parms()), ages: ("ages", skip), **(more or {})}


ACTIONS: Mapping[str, Table] = {
    "gact": _action(2, 1, more={3: ("probability", raw_hex), 4: ("pad", skip)}),
    "mirred": _action(2, 1, _parms(_mirred), {3: ("pad", skip), 4: ("block", U32)}),
    "bpf": _action(2, 1, more={
        3: ("ops_len", U16), 4: ("ops", raw_hex), 5: ("fd", U32), 6: ("name", text), 7: ("pad", skip), 8: ("tag", raw_hex),
        9: ("id", U32),
    }),
    "vlan": _action(2, 1, _parms(_vlan), {
        3: ("push_id", U16), 4: ("push_protocol", B16), 5: ("pad", skip), 6: ("push_priority", U8), 7: ("push_dst", mac),
        8: ("push_src", mac),
    }),
    "skbedit": _action(2, 1, more={
        3: ("priority", U32), 4: ("queue_mapping", U16), 5: ("mark", U32), 6: ("pad", skip), 7: ("ptype", U16),
        8: ("mask", U32), 9: ("flags", U64), 10: ("queue_mapping_max", U16),
    }),
    "tunnel_key": _action(2, 1, _parms(_tunnel_key), {
        3: ("src", ip), 4: ("dst", ip), 5: ("src6", ip), 6: ("dst6", ip), 7: ("key_id", B32), 8: ("pad", skip),
        9: ("dst_port", B16), 10: ("no_csum", U8), 11: ("options", raw_hex), 12: ("tos", U8), 13: ("ttl", U8),
    }),
    "ct": _action(1, 2, more={
        3: ("ct_action", U16), 4: ("zone", U16), 5: ("mark", U32), 6: ("mark_mask", U32), 7: ("labels", raw_hex),
        8: ("labels_mask", raw_hex), 9: ("nat_min", ip), 10: ("nat_max", ip), 11: ("nat_min6", ip), 12: ("nat_max6", ip),
        13: ("nat_port_min", B16), 14: ("nat_port_max", B16), 15: ("pad", skip),
    }),
    "sample": _action(2, 1, more={3: ("rate", U32), 4: ("truncate", U32), 5: ("group", U32), 6: ("pad", skip)}),
    "simple": _action(2, 1, more={3: ("data", text), 4: ("pad", skip)}),
    "pedit": _action(2, 1, more={3: ("pad", skip)}), "skbmod": _action(2, 1, more={6: ("pad", skip)}),
    "mpls": _action(2, 1, more={3: ("pad", skip)}), "gate": _action(2, 1, more={3: ("pad", skip)}),
    "csum": _action(1, 2, more={3: ("pad", skip)}), "nat": _action(1, 2, more={3: ("pad", skip)}),
    "connmark": _action(1, 2, more={3: ("pad", skip)}), "ife": _action(1, 2, more={7: ("pad", skip)}),
    "ctinfo": _action(3, 2, more={1: ("pad", skip), 8: ("sets", skip), 9: ("errors", skip), 10: ("marks", skip)}),
    "police": POLICE,
}  # fmt: skip

ACTION: Table = {
    1: ("kind", text), 2: ("options", raw_hex), 3: ("index", skip), 4: ("stats", skip), 5: ("pad", skip),
    6: ("cookie", raw_hex), 7: ("flags", raw_hex), 8: ("hw_stats", raw_hex), 9: ("used_hw_stats", raw_hex),
    10: ("in_hw_count", skip),
}  # fmt: skip
"""TCA_ACT_*. The index is told with the action's structure."""


def _one_action(raw: bytes) -> Json:
    told = read_nest("filter", ACTION, raw)
    kind = str(told.get("kind", ""))
    table = ACTIONS.get(kind)
    found = next((value for what, value in walk("filter", raw) if what == TCA_ACT_OPTIONS), None)
    if table is not None and found is not None:
        told["options"] = read_nest("filter", table, found)
    return told


ACTED = listed("filter", _one_action)
POLICED = nest("filter", POLICE)


def _u32_selector(raw: bytes) -> Json:
    """struct tc_u32_sel and its keys, in hex as tc(8) tells them."""
    if len(raw) < 16 or len(raw) != 16 + 16 * raw[2]:
        raise OtherwiseError
    (offmask,) = struct.unpack_from(">H", raw, 4)
    off, offoff, hoff = struct.unpack_from("=Hhh", raw, 6)
    keys = tuple(
        {"value": raw[at + 4 : at + 8].hex(), "mask": raw[at : at + 4].hex(),
         **dict(zip(("off", "offmask"), struct.unpack_from("=ii", raw, at + 8), strict=True))}
        for at in range(16, len(raw), 16)
    )  # fmt: skip
    return {
        "flags": raw[0], "offshift": raw[1], "offmask": offmask, "off": off, "offoff": offoff, "hoff": hoff,
        "hmask": raw[12:16].hex(), "keys": keys,
    }  # fmt: skip


def _flower() -> Table:
    """TCA_FLOWER_*: a key and its mask each."""
    pairs: list[tuple[int, str, Any, int]] = [
        (4, "eth_dst", mac, 5), (6, "eth_src", mac, 7), (10, "ipv4_src", ip, 11), (12, "ipv4_dst", ip, 13),
        (14, "ipv6_src", ip, 15), (16, "ipv6_dst", ip, 17), (18, "tcp_src", B16, 35), (19, "tcp_dst", B16, 36),
        (20, "udp_src", B16, 37), (21, "udp_dst", B16, 38), (27, "enc_ipv4_src", ip, 28), (29, "enc_ipv4_dst", ip, 30),
        (31, "enc_ipv6_src", ip, 32), (33, "enc_ipv6_dst", ip, 34), (41, "sctp_src", B16, 39), (42, "sctp_dst", B16, 40),
        (43, "enc_udp_src_port", B16, 44), (45, "enc_udp_dst_port", B16, 46), (47, "key_flags", B32, 48),
        (49, "icmpv4_code", U8, 50), (51, "icmpv4_type", U8, 52), (53, "icmpv6_code", U8, 54), (55, "icmpv6_type", U8, 56),
        (57, "arp_sip", ip, 58), (59, "arp_tip", ip, 60), (61, "arp_op", U8, 62), (63, "arp_sha", mac, 64),
        (65, "arp_tha", mac, 66), (71, "tcp_flags", B16, 72), (73, "ip_tos", U8, 74), (75, "ip_ttl", U8, 76),
        (80, "enc_ip_tos", U8, 81), (82, "enc_ip_ttl", U8, 83), (84, "enc_opts", raw_hex, 85), (91, "ct_state", U16, 92),
        (93, "ct_zone", U16, 94), (95, "ct_mark", U32, 96), (97, "ct_labels", raw_hex, 98), (100, "hash", U32, 101),
    ]  # fmt: skip
    table: Table = {
        1: ("classid", class_id), 2: ("indev", text), 3: ("actions", ACTED), 8: ("eth_type", B16), 9: ("ip_proto", U8),
        22: ("flags", U32), 23: ("vlan_id", U16), 24: ("vlan_prio", U8), 25: ("vlan_eth_type", B16), 26: ("enc_key_id", B32),
        67: ("mpls_ttl", U8), 68: ("mpls_bos", U8), 69: ("mpls_tc", U8), 70: ("mpls_label", U32), 77: ("cvlan_id", U16),
        78: ("cvlan_prio", U8), 79: ("cvlan_eth_type", B16), 86: ("in_hw_count", skip), 87: ("port_src_min", B16),
        88: ("port_src_max", B16), 89: ("port_dst_min", B16), 90: ("port_dst_max", B16), 102: ("num_of_vlans", U8),
        103: ("pppoe_sid", B16), 104: ("ppp_proto", B16), 105: ("l2tpv3_sid", B32),
    }  # fmt: skip
    for key, name, read, mask in pairs:
        table[key], table[mask] = (name, read), (f"{name}_mask", read)
    return table


CLASSIFIERS: Mapping[str, Reader] = {
    name: nest("filter", table)
    for name, table in {
        "bpf": {
            1: ("actions", ACTED), 2: ("police", POLICED), 3: ("classid", class_id), 4: ("ops_len", U16), 5: ("ops", raw_hex),
            6: ("fd", U32), 7: ("name", text), 8: ("flags", U32), 9: ("flags_gen", U32), 10: ("tag", raw_hex), 11: ("id", U32),
        },
        "u32": {
            1: ("classid", class_id), 2: ("hash", U32), 3: ("link", U32), 4: ("divisor", U32), 5: ("selector", _u32_selector),
            6: ("police", POLICED), 7: ("actions", ACTED), 8: ("indev", text), 9: ("hits", skip), 10: ("mark", raw_hex),
            11: ("flags", U32), 12: ("pad", skip),
        },
        "matchall": {
            1: ("classid", class_id), 2: ("actions", ACTED), 3: ("flags", U32), 4: ("hits", skip), 5: ("pad", skip),
        },
        "fw": {
            1: ("classid", class_id), 2: ("police", POLICED), 3: ("indev", text), 4: ("actions", ACTED), 5: ("mask", U32),
        },
        "basic": {
            1: ("classid", class_id), 2: ("ematches", raw_hex), 3: ("actions", ACTED), 4: ("police", POLICED),
            5: ("hits", skip), 6: ("pad", skip),
        },
        "cgroup": {1: ("actions", ACTED), 2: ("police", POLICED), 3: ("ematches", raw_hex)},
        "route": {
            1: ("classid", class_id), 2: ("to", U32), 3: ("from", U32), 4: ("iif", U32), 5: ("police", POLICED),
            6: ("actions", ACTED),
        },
        "flow": {
            1: ("keys", U32), 2: ("mode", U32), 3: ("baseclass", class_id), 4: ("rshift", U32), 5: ("addend", U32),
            6: ("mask", U32), 7: ("xor", U32), 8: ("divisor", U32), 9: ("actions", ACTED), 10: ("police", POLICED),
            11: ("ematches", raw_hex), 12: ("perturb", U32),
        },
        "flower": _flower(),
    }.items()
}  # fmt: skip
"""Classifier -> the reader of its TCA_OPTIONS. Those of others are kept as hex."""
