"""The kernel's numbers by the names iproute2 gives them: never those of a machine's own /etc/iproute2."""

from __future__ import annotations

from collections.abc import Mapping

FAMILIES = {2: "inet", 10: "inet6", 7: "bridge"}
SCOPES = {0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}
TABLES = {253: "default", 254: "main", 255: "local"}
"""Reserved tables (linux/rtnetlink.h: enum rt_class_t)."""

PROTOCOLS = {
    0: "unspec", 1: "redirect", 2: "kernel", 3: "boot", 4: "static", 8: "gated", 9: "ra", 10: "mrt", 11: "zebra",
    12: "bird", 13: "dnrouted", 14: "xorp", 15: "ntk", 16: "dhcp", 17: "mrouted", 18: "keepalived", 42: "babel",
    84: "ovn", 99: "openr", 186: "bgp", 187: "isis", 188: "ospf", 189: "rip", 192: "eigrp",
}  # fmt: skip
"""RTPROT_* (linux/rtnetlink.h)."""

ROUTE_TYPES = {
    0: "unspec", 1: "unicast", 2: "local", 3: "broadcast", 4: "anycast", 5: "multicast", 6: "blackhole",
    7: "unreachable", 8: "prohibit", 9: "throw", 10: "nat", 11: "xresolve",
}  # fmt: skip
"""RTN_* (linux/rtnetlink.h)."""

LINK_TYPES = {
    1: "ether", 24: "ieee1394", 32: "infiniband", 256: "slip", 280: "can", 512: "ppp", 768: "ipip", 769: "tunnel6",
    772: "loopback", 776: "sit", 778: "gre", 779: "irda", 801: "ieee802.11", 803: "ieee802.11/radiotap",
    820: "phonet_pipe", 823: "gre6", 824: "netlink", 825: "6lowpan", 826: "vsockmon", 65534: "none", 65535: "void",
}  # fmt: skip
"""ARPHRD_* as iproute2 prints them (linux/if_arp.h)."""

LINK_STATES = ("UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP")
"""IF_OPER_* (linux/if.h, RFC 2863). A state that is not among them makes a capture's links failed."""

LINK_FLAGS = (
    "UP", "BROADCAST", "DEBUG", "LOOPBACK", "POINTOPOINT", "NOTRAILERS", "RUNNING", "NOARP", "PROMISC", "ALLMULTI",
    "MASTER", "SLAVE", "MULTICAST", "PORTSEL", "AUTOMEDIA", "DYNAMIC", "LOWER_UP", "DORMANT", "ECHO",
)  # fmt: skip
"""IFF_* by bit (linux/if.h)."""

ADDRESS_FLAGS = (
    "secondary", "nodad", "optimistic", "dadfailed", "home", "deprecated", "tentative", "permanent", "mngtmpaddr",
    "noprefixroute", "autojoin", "stable-privacy",
)  # fmt: skip
"""IFA_F_* by bit (linux/if_addr.h); bit 0 means "temporary" for IPv6."""

ADDRESS_PROTOCOLS = {1: "kernel_lo", 2: "kernel_ra", 3: "kernel_ll"}
"""IFAPROT_* (linux/if_addr.h)."""

NEXTHOP_FLAGS = ("dead", "pervasive", "onlink", "offload", "linkdown", "unresolved", "trap")
"""RTNH_F_* by bit (linux/rtnetlink.h)."""

ROUTE_FLAGS = {
    0x100: "notify", 0x200: "cloned", 0x400: "equalize", 0x800: "prefix", 0x1000: "lookup_table", 0x2000: "fib_match",
    0x4000: "rt_offload", 0x8000: "rt_trap", 0x20000000: "rt_offload_failed",
}  # fmt: skip
"""RTM_F_* (linux/rtnetlink.h)."""

RULE_ACTIONS = {1: "to_tbl", 2: "goto", 3: "nop", 6: "blackhole", 7: "unreachable", 8: "prohibit"}
"""FR_ACT_* (linux/fib_rules.h)."""

NEIGHBOUR_STATES = {
    0x00: "NONE", 0x01: "INCOMPLETE", 0x02: "REACHABLE", 0x04: "STALE", 0x08: "DELAY", 0x10: "PROBE", 0x20: "FAILED",
    0x40: "NOARP", 0x80: "PERMANENT",
}  # fmt: skip
"""NUD_* (linux/neighbour.h)."""

FDB_STATES = {0x80: "permanent", 0x40: "static", 0x04: "stale", 0x02: "reachable", 0x00: "none"}
"""NUD_* as bridge(8) tells them of an FDB entry, the first that is set."""

NEIGHBOUR_FLAGS = ("use", "self", "master", "proxy", "extern_learn", "offload", "sticky", "router")
"""NTF_* by bit (linux/neighbour.h)."""

NEIGHBOUR_EXT_FLAGS = ("managed", "locked", "ext_validated")
"""NTF_EXT_* by bit."""

ROUTE_PREFERENCES = {0: "medium", 1: "high", 3: "low"}
"""RFC 4191; "medium" is what every route has and is left out."""


def named(names: Mapping[int, str], number: int) -> str:
    """A number's name, or the number as text."""
    return names.get(number, str(number))


def bits(names: tuple[str, ...], value: int) -> tuple[str, ...]:
    """The names of the bits that are set, sorted; a bit without a name is shown as ``bitN``."""
    return tuple(sorted(names[i] if i < len(names) else f"bit{i}" for i in range(value.bit_length()) if value >> i & 1))
