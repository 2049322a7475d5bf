"""netlapse's facts in the words of iproute2, so that both can be held against each other field by field.

A field that iproute2 tells must come out of our facts with the same value, or stand in ``NOT_COMPARED`` with a reason; and
every object has to be on both sides.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

Fact = Mapping[str, Any]

NOT_COMPARED = {
    "hello_timer": "a running timer (kind timer)",
    "tcn_timer": "a running timer (kind timer)",
    "topology_change_timer": "a running timer (kind timer)",
    "gc_timer": "a running timer (kind timer)",
    "hold_timer": "a running timer (kind timer)",
    "message_age_timer": "a running timer (kind timer)",
    "forward_delay_timer": "a running timer (kind timer)",
    "valid_life_time": "a remaining lifetime (kind timer)",
    "preferred_life_time": "a remaining lifetime (kind timer)",
    "group_fwd_mask_str": "the same number again, as text",
    "usedbcqueuelen": "counts what all macvlans of the lower link use",
    "addr_info": "compared as addresses",
}

LINK_PLAIN = {
    "ifindex": "ifindex", "ifname": "name", "mtu": "mtu", "qdisc": "qdisc", "operstate": "state", "link_type": "type",
    "address": "mac", "broadcast": "broadcast", "master": "master", "ifalias": "alias", "link_netnsid": "link_netnsid",
}  # fmt: skip
LINK_EXTRA = (
    "txqlen", "promiscuity", "allmulti", "min_mtu", "max_mtu", "num_tx_queues", "num_rx_queues", "gso_max_size", "gso_max_segs",
    "tso_max_size", "tso_max_segs", "gro_max_size",
)  # fmt: skip
PORT_NAMES = {
    "hairpin": "mode", "root_block": "protect", "fastleave": "fast_leave", "flood": "unicast_flood", "proxy_arp": "proxyarp",
    "proxy_arp_wifi": "proxyarp_wifi", "mcast_to_unicast": "mcast_to_ucast",
}  # fmt: skip
PORT_STATES = ("disabled", "listening", "learning", "forwarding", "blocking")
ADDRESS_MODES = ("eui64", "none", "stable_secret", "random")


def link_words(fact: Fact, local: Mapping[int, str]) -> dict[str, Any]:
    """A link as `ip -j -d link` tells it."""
    extra = fact["extra"]
    words = {word: fact[column] for word, column in LINK_PLAIN.items() if fact[column] is not None}
    words |= {word: extra[word] for word in LINK_EXTRA if word in extra}
    words["flags"] = set(fact["flags"])
    if "UP" in fact["flags"] and "RUNNING" not in fact["flags"]:
        words["flags"] |= {"NO-CARRIER"}
    words["flags"] -= {"RUNNING"}
    words["linkmode"] = ("DEFAULT", "DORMANT")[extra["linkmode"]]
    words["group"] = "default" if extra["group"] == 0 else str(extra["group"])
    if "inet6_addr_gen_mode" in extra:
        words["inet6_addr_gen_mode"] = ADDRESS_MODES[extra["inet6_addr_gen_mode"]]
    if fact["altnames"]:
        words["altnames"] = sorted(fact["altnames"])
    if fact["link_index"] is not None:
        here = fact["link_netnsid"] is None
        words["link" if here else "link_index"] = local[fact["link_index"]] if here else fact["link_index"]
    info: dict[str, Any] = {}
    if fact["link_kind"] is not None:
        info["info_kind"] = fact["link_kind"]
        data = kind_words(fact["link_kind"], fact["kind_data"], local)
        if data:
            info["info_data"] = data
    if fact["port_kind"] is not None:
        info["info_slave_kind"] = fact["port_kind"]
        info["info_slave_data"] = port_words({**fact["port_data"], **fact["port_ids"]})
    if info:
        words["linkinfo"] = info
    return words


def kind_words(kind: str, data: Fact, local: Mapping[int, str]) -> dict[str, Any]:
    """IFLA_INFO_DATA as iproute2 tells it."""
    match kind:
        case "bridge":
            words = {name.removeprefix("br_"): value for name, value in data.items()}
            words |= {name: bridge_id(words[name]) for name in ("bridge_id", "root_id")}
            words["group_fwd_mask"] = f"{words['group_fwd_mask']:#x}" if words["group_fwd_mask"] else "0"
            options = int.from_bytes(bytes.fromhex(data["attr_46"])[:4], "little")
            words |= {"no_linklocal_learn": options & 1, "mcast_vlan_snooping": options >> 1 & 1}
            return words
        case "vxlan":
            words = {name.removeprefix("vxlan_"): value for name, value in data.items()}
            words["remote"] = words.pop("group", None)
            words["link"] = local.get(words.get("link", 0))
            words["df"] = ("unset", "set", "inherit")[words["df"]]
            for name in ("learning", "udp_csum", "udp_zero_csum6_tx", "udp_zero_csum6_rx"):
                words[name] = bool(words[name])
            return words
        case "macvlan":
            words = {name.removeprefix("macvlan_"): value for name, value in data.items()}
            words["bcqueuelen"] = words.pop("bc_queue_len", None) or _hex_number(data, "attr_7")
            return words
        case "tun":
            words = {name.removeprefix("tun_"): value for name, value in data.items()}
            words["type"] = {1: "tun", 2: "tap", "tun": "tun", "tap": "tap"}[words["type"]]
            return {name: bool(value) if name in TUN_FLAGS else value for name, value in words.items()}
    return dict(data)


TUN_FLAGS = frozenset({"pi", "vnet_hdr", "multi_queue", "persist"})


def _hex_number(data: Fact, name: str) -> int | None:
    return int.from_bytes(bytes.fromhex(data[name]), "little") if name in data else None


def bridge_id(value: Fact) -> str:
    """struct ifla_bridge_id: two bytes of priority, then a MAC, which iproute2 prints without leading zeros."""
    mac = ":".join(f"{int(byte, 16):x}" for byte in value["addr"].split(":"))
    return f"{int(value['prio']).to_bytes(2, 'little').hex()}.{mac}"


def port_words(data: Fact) -> dict[str, Any]:
    """IFLA_INFO_SLAVE_DATA of a bridge port as iproute2 tells it."""
    words = {name.removeprefix("brport_"): value for name, value in data.items()}
    words |= {name: words[ours] for name, ours in PORT_NAMES.items() if ours in words}
    words["state"] = PORT_STATES[words["state"]]
    words |= {"id": f"{words['id']:#x}", "no": f"{words['no']:#x}"}
    words |= {name: bridge_id(words[name]) for name in ("bridge_id", "root_id")}
    words["group_fwd_mask"] = f"{words['group_fwd_mask']:#x}" if words["group_fwd_mask"] else "0"
    for name in (*PORT_NAMES, "guard", "learning", "mcast_flood", "bcast_flood", "neigh_suppress", "vlan_tunnel",
                 "isolated", "locked"):  # fmt: skip
        words[name] = bool(words[name])
    return words


def address_words(fact: Fact) -> dict[str, Any]:
    """An address as `ip -j -d addr` tells it."""
    local, _, length = fact["address"].partition("/")
    words: dict[str, Any] = {"family": fact["family"], "local": local, "prefixlen": int(length)}
    words["scope"] = fact["kernel_scope"]
    for name in ("label", "broadcast", "metric", "protocol"):
        if fact[name] is not None:
            words[name] = fact[name]
    if fact["peer"] is not None:
        words["address"] = fact["peer"]
    words |= {flag: True for flag in fact["flags"] if flag != "permanent"}
    if "permanent" not in fact["flags"]:
        words["dynamic"] = True
    # iproute2 6.1 does not know IFA_PROTO yet.
    words.pop("protocol", None)
    return words


def short(prefix: str) -> str:
    """A prefix as iproute2 prints it."""
    address, _, length = prefix.partition("/")
    if length == "0":
        return "default"
    return address if length == ("128" if ":" in address else "32") else prefix


def route_words(fact: Fact) -> dict[str, Any]:
    """A route as `ip -j -d route show table all` tells it."""
    words = {name: fact[name] for name in ("type", "table", "protocol")}
    words["scope"] = fact["kernel_scope"]
    words["dst"] = short(fact["dst"])
    words["flags"] = sorted(fact["flags"])
    for name in ("gateway", "dev", "prefsrc", "metric"):
        if fact[name] is not None:
            words[name] = fact[name]
    if fact["tos"]:
        words["tos"] = hex(fact["tos"])
    if fact["metrics"]:
        words["metrics"] = [dict(fact["metrics"])]
    if fact["family"] == "inet6":
        words["pref"] = fact["pref"] or "medium"
    if fact["nexthops"]:
        words["nexthops"] = [
            {name: sorted(v) if name == "flags" else v for name, v in hop.items() if v is not None}
            for hop in fact["nexthops"]
        ]
    return words


def rule_words(fact: Fact) -> dict[str, Any]:
    """A rule as `ip -j -d rule` tells it."""
    words = {"priority": fact["priority"], "protocol": fact["protocol"]}
    source, _, length = (fact["src"] or "all").partition("/")
    words["src"] = source
    if length and length not in ("32", "128"):
        words["srclen"] = int(length)
    if fact["dst"] is not None:
        words["dst"], _, length = fact["dst"].partition("/")
        if length not in ("32", "128"):
            words["dstlen"] = int(length)
    for name in ("iif", "oif", "table", "goto"):
        if fact[name] is not None:
            words[name] = fact[name]
    if fact["fwmark"] is not None:
        words["fwmark"] = hex(fact["fwmark"])
        if fact["fwmask"] not in (None, 0xFFFFFFFF):
            words["fwmask"] = hex(fact["fwmask"])
    if fact["action"] not in ("to_tbl", "goto"):
        words["action"] = fact["action"]
    if fact["invert"]:
        words["not"] = None
    if fact["suppress_prefixlength"] is not None:
        words["suppress_prefixlen"] = fact["suppress_prefixlength"]
    return words


def neighbour_words(fact: Fact) -> dict[str, Any]:
    """A neighbour as `ip -j -d neigh show nud all` (or `proxy`) tells it."""
    words = {"dst": fact["address"]}
    if fact["dev"] is not None:
        words["dev"] = fact["dev"]
    if fact["proxy"]:
        return {**words, "proxy": None}
    if fact["mac"] is not None:
        words["lladdr"] = fact["mac"]
    return {**words, "state": [fact["state"]], **dict.fromkeys(fact["flags"])}


def fdb_words(fact: Fact) -> dict[str, Any]:
    """An FDB entry as `bridge -j -d fdb show` tells it."""
    words = {"mac": fact["mac"], "ifname": fact["dev"], "flags": sorted(fact["flags"])}
    words["state"] = "" if fact["state"] == "reachable" else fact["state"]
    for word, column in (("master", "master"), ("vlan", "vlan"), ("dst", "dst"), ("viaIf", "via"), ("vni", "vni")):
        if fact[column] is not None:
            words[word] = fact[column]
    return words


def container_words(fact: Fact) -> dict[str, Any]:
    """A container as `docker inspect` tells it."""
    return {
        "Id": fact["id"], "Name": "/" + fact["name"], "Image": fact["image_id"], "Config.Image": fact["image"],
        "State.Status": fact["state"], "State.Pid": fact["pid"] or 0, "State.StartedAt": fact["started_at"],
        "RestartCount": fact["restarts"], "HostConfig.NetworkMode": fact["network_mode"],
        "addresses": sorted((n["network"], n["address"], n["gateway"], n["mac"]) for n in fact["networks"]),
    }  # fmt: skip


def inspected_words(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields of an inspect answer."""
    words = {}
    for path in ("Id", "Name", "Image", "Config.Image", "State.Status", "State.Pid", "State.StartedAt", "RestartCount",
                 "HostConfig.NetworkMode"):  # fmt: skip
        value: Any = answer
        for step in path.split("."):
            value = value[step]
        words[path] = value
    words["addresses"] = sorted(
        (name, f"{n['IPAddress']}/{n['IPPrefixLen']}", n["Gateway"], n["MacAddress"])
        for name, n in answer["NetworkSettings"]["Networks"].items()
        if n["IPAddress"]
    )
    return words


def told(theirs: Any, *, addresses: bool = False) -> Any:
    """What iproute2 told, without what is not compared, and with sets where order means nothing.

    ``addresses``: with those that stand under their links.
    """
    if isinstance(theirs, dict):
        return {
            k: sorted(v) if k in ("flags", "altnames") else told(v, addresses=addresses)
            for k, v in theirs.items()
            if k not in NOT_COMPARED or (addresses and k == "addr_info")
        }
    return [told(v, addresses=addresses) for v in theirs] if isinstance(theirs, list) else theirs


def answered(ours: Any, theirs: Any) -> Any:
    """Of ours, what iproute2 told too: it leaves out what is zero or new to it."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return {k: answered(ours.get(k, "<netlapse has no such field>"), v) for k, v in theirs.items()}
    return sorted(ours) if isinstance(ours, set) else ours


def same_objects(ours: Iterable[dict[str, Any]], theirs: Iterable[dict[str, Any]]) -> None:
    """Both sides have the same objects with the same fields, in whatever order."""
    mine, other = ([json.dumps(thing, sort_keys=True) for thing in side] for side in (ours, theirs))
    missing = [line for line in other if line not in mine]
    extra = [line for line in mine if line not in other]
    assert not missing and not extra, "\n".join(["only the kernel's tool:", *missing, "only netlapse:", *extra])
    assert len(mine) == len(other), "an object stands twice"


def leaves(thing: Any, path: str = "") -> dict[str, Any]:
    """A nested value as path -> value, so that a difference is shown where it is."""
    if isinstance(thing, dict):
        return {p: v for name, value in thing.items() for p, v in leaves(value, f"{path}.{name}").items()}
    return {path: thing}
