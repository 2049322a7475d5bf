"""netlapse's facts of nexthops, multicast groups, traffic control and statistics in the words of ip(8), bridge(8) and tc(8).

As in ``truth``: what a tool tells must come out of our facts; what is not compared is named here with the reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

Fact = Mapping[str, Any]

NOT_COMPARED = frozenset({"refcnt", "direct_packets_stat", "unbalanced_time"})
"""References and counts."""
NOT_TOLD = {"tbf": ("burst", "lat"), "htb": ()}
"""What tc(8) works out of its own clock: a burst from the buffer's ticks, a latency from the limit."""
TICK = 64
"""Nanoseconds."""
RX = {
    "bytes": "rx_bytes", "packets": "rx_packets", "errors": "rx_errors", "dropped": "rx_dropped",
    "multicast": "multicast", "length_errors": "rx_length_errors", "crc_errors": "rx_crc_errors",
    "frame_errors": "rx_frame_errors", "fifo_errors": "rx_fifo_errors", "missed_errors": "rx_missed_errors",
}  # fmt: skip
TX = {
    "bytes": "tx_bytes", "packets": "tx_packets", "errors": "tx_errors", "dropped": "tx_dropped",
    "carrier_errors": "tx_carrier_errors", "collisions": "collisions", "aborted_errors": "tx_aborted_errors",
    "fifo_errors": "tx_fifo_errors", "window_errors": "tx_window_errors", "heartbeat_errors": "tx_heartbeat_errors",
}  # fmt: skip


def parse(answer: str) -> list[dict[str, Any]]:
    """A tool's JSON. tc(8) tells each match of a u32 filter under the same name: they become a list."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        told = dict(found)
        if "match" in told:
            told["match"] = [value for name, value in found if name == "match"]
        return told

    return list(json.loads(answer.strip() or "[]", object_pairs_hook=pairs))


def told(theirs: Any) -> Any:
    """Without what is not compared."""
    if isinstance(theirs, dict):
        return {name: told(value) for name, value in theirs.items() if name not in NOT_COMPARED}
    return [told(value) for value in theirs] if isinstance(theirs, list) else theirs


def nexthop_words(fact: Fact) -> dict[str, Any]:
    """A nexthop as `ip -j -d nexthop` tells it."""
    words = {
        "id": fact["id"],
        "scope": fact["kernel_scope"],
        "protocol": fact["protocol"],
        "flags": list(fact["flags"]),
    }
    words |= {name: fact[name] for name in ("gateway", "dev") if fact[name] is not None}
    words |= {name: None for name in ("blackhole", "fdb") if fact[name]}
    if fact["group"]:
        words["group"] = [
            {"id": one["id"], **({"weight": one["weight"]} if one["weight"] != 1 else {})} for one in fact["group"]
        ]
    if fact["group_type"] == "resilient":
        words["type"] = "resilient"
        words["resilient_args"] = {
            name: value if name == "buckets" else value // 100 for name, value in fact["extra"]["resilient"].items()
        }
    return words


def mdb_words(fact: Fact, index: Mapping[str, int]) -> dict[str, Any]:
    """A group as `bridge -j -d mdb show` tells it."""
    words = {
        "index": index[fact["dev"]],
        "dev": fact["dev"],
        "port": fact["port"],
        "grp": fact["group"],
        "state": fact["state"],
    }
    words |= {
        word: fact[column]
        for word, column in (("src", "source"), ("vid", "vlan"), ("protocol", "protocol"))
        if fact[column] is not None
    }
    return {**words, "flags": list(fact["flags"])}


def vlan_words(fact: Fact) -> dict[str, Any]:
    """A VLAN as ``vlans_told`` tells it."""
    told_flags = [flag for flag in fact["flags"] if flag in ("PVID", "Egress Untagged")]
    return {"dev": fact["dev"], "vlan": fact["vlan"], "flags": sorted(told_flags)}


def vlans_told(answer: str) -> list[dict[str, Any]]:
    """What `bridge -j vlan show` tells, VLAN by VLAN; a kernel that has none ends it in the middle of nothing."""
    try:
        ports = parse(answer)
    except json.JSONDecodeError:
        return []
    return [
        {"dev": port["ifname"], "vlan": vid, "flags": sorted(one.get("flags", []))}
        for port in ports
        for one in port["vlans"]
        for vid in range(one["vlan"], one.get("vlanEnd", one["vlan"]) + 1)
    ]


def qdisc_words(fact: Fact) -> dict[str, Any]:
    """A discipline as `tc -j -d qdisc show` tells it."""
    words = {"kind": fact["qdisc"], "handle": fact["handle"], "dev": fact["dev"]}
    words |= {"root": True} if fact["parent"] == "root" else {"parent": fact["parent"]}
    words |= {f"{name}_block": block for name, block in fact["blocks"].items()}
    options = dict(fact["options"])
    if fact["qdisc"] == "htb":
        init = options.pop("init")
        version = init["version"]
        options = {
            "r2q": init["rate2quantum"], "default": hex(init["defcls"]), "ver": f"{version >> 16}.{version & 0xFFFF}",
            **options,
        }  # fmt: skip
    if fact["qdisc"] == "tbf":
        rate = options["parms"]["rate"]
        options = {
            "rate": rate["rate"],
            "mpu": rate.get("mpu", 0),
            "linklayer": ("", "ethernet", "atm")[rate["linklayer"]],
        }
    return {**words, "options": options}


def discipline_told(theirs: Mapping[str, Any]) -> dict[str, Any]:
    """A discipline of tc(8), without what it works out."""
    options = {k: v for k, v in theirs["options"].items() if k not in NOT_TOLD.get(theirs["kind"], ())}
    return dict(told({**theirs, "options": options}))


def class_words(fact: Fact) -> dict[str, Any]:
    """A class as `tc -d class show` tells it, as far as ``class_told`` reads that."""
    words = {"kind": fact["qdisc"], "handle": fact["handle"], "parent": fact["parent"]}
    words |= {"leaf": fact["leaf"]} if fact["leaf"] else {}
    if fact["qdisc"] == "htb":
        parms = fact["options"]["parms"]
        words |= {name: parms[name]["rate"] for name in ("rate", "ceil")}
        # At 64 ns a tick, the bytes that may go at once at that rate.
        words["burst"] = round(parms["buffer"] * TICK * parms["rate"]["rate"] / 1e9)
        words |= {name: parms[name] for name in ("prio", "quantum") if fact["options"]["parms"]["level"] == 0}
    return words


UNITS = {"bit": 1, "Kbit": 1000, "Mbit": 1000_000}


def class_told(line: str) -> dict[str, Any]:
    """A line of `tc -d class show`, which knows no JSON in iproute2 6.1."""
    head = re.fullmatch(r"class (\S+) (\S+) (?:(root)|parent (\S+))(?: leaf (\S+))?(.*)", line.strip())
    assert head is not None, line
    kind, handle, root, parent, leaf, rest = head.groups()
    words: dict[str, Any] = {"kind": kind, "handle": handle, "parent": root or parent}
    words |= {"leaf": leaf} if leaf else {}
    for name in ("rate", "ceil"):
        rate = re.search(rf" {name} (\d+)(\w*bit)", rest)
        if rate:
            words[name] = int(rate[1]) * UNITS[rate[2]] // 8
    burst = re.search(r" burst (\d+)b", rest)
    words |= {"burst": int(burst[1])} if burst else {}
    words |= {name: int(found[1]) for name in ("prio", "quantum") if (found := re.search(rf" {name} (\d+)", rest))}
    return words


def filter_words(fact: Fact) -> dict[str, Any]:
    """A filter as `tc -j -d filter show` of its own parent tells it."""
    words = {"protocol": fact["protocol"], "pref": fact["priority"], "kind": fact["classifier"], "chain": fact["chain"]}
    options = fact["options"]
    if fact["handle"] is None:
        return words
    handle = int(fact["handle"], 16)
    flowid = {"flowid": options["classid"]} if "classid" in options else {}
    if fact["classifier"] == "bpf":
        raw = bytes.fromhex(options["ops"])
        instructions = [
            {"code": raw[at], "jt": raw[at + 2], "jf": raw[at + 3], "k": int.from_bytes(raw[at + 4 : at + 8], "little")}
            for at in range(0, len(raw), 8)
        ]
        hardware = {"not_in_hw": True} if options["flags_gen"] & 8 else {}
        code = {"length": options["ops_len"], "insns": instructions}
        return {**words, "options": {"handle": hex(handle), **hardware, "bytecode": code}}
    table = f"{handle >> 20:x}"
    if "divisor" in options:
        return {**words, "options": {"fh": f"{table}:", "ht_divisor": options["divisor"]}}
    keys = [
        {"value": f"{int(key['value'], 16):x}", "mask": f"{int(key['mask'], 16):x}", "offmask": "", "off": key["off"]}
        for key in options["selector"]["keys"]
    ]
    return {
        **words,
        "options": {
            "fh": f"{table}::{handle & 0xFFF:x}", "order": handle & 0xFFF, "key_ht": f"{options['hash'] >> 20:x}",
            "bkt": f"{options['hash'] >> 12 & 0xFF:x}", **flowid, "not_in_hw": bool(options["flags"] & 8), "match": keys,
        },
    }  # fmt: skip


def counted(link: Mapping[str, Any]) -> dict[str, int]:
    """What `ip -s -s -j link` tells a link counted, by our names, without zeros."""
    stats = link.get("stats64") or link["stats"]
    found = {ours: stats["rx"][theirs] for theirs, ours in RX.items()} | {
        ours: stats["tx"][theirs] for theirs, ours in TX.items()
    }
    return {name: count for name, count in found.items() if count}


def in_any_order(things: Iterable[Mapping[str, Any]]) -> list[str]:
    """Things as sorted text."""
    return sorted(json.dumps(thing, sort_keys=True) for thing in things)
