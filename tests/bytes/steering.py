"""Messages of what the recording kernel lacks: VLANs, sources of multicast groups, filters with actions, WireGuard.

As in ``constructed``, put together as the kernel's own functions fill them: br_vlan_fill_vids, br_vlan_global_opts_fill,
__mdb_fill_info, fl_dump, mall_dump, tcf_action_dump_1, mpls_fill_encap_info, wg_get_device_dump.
"""

from __future__ import annotations

import struct
from socket import AF_INET, AF_INET6, htons, inet_pton

from tests.bytes.constructed import attribute, be16, text, u8, u16, u32

PF_BRIDGE = 7
NESTED = 0x8000


def nested(number: int, *attributes: bytes) -> bytes:
    """NLA_NESTED, with its flag."""
    return attribute(number | NESTED, b"".join(attributes))


def u64(number: int, value: int) -> bytes:
    """NLA_U64."""
    return attribute(number, struct.pack("=Q", value))


def vlan(index: int, *attributes: bytes) -> bytes:
    """One RTM_NEWVLAN payload: struct br_vlan_msg and its attributes."""
    return struct.pack("=BxxxI", PF_BRIDGE, index) + b"".join(attributes)


def entry(flags: int, vid: int, *attributes: bytes) -> bytes:
    """BRIDGE_VLANDB_ENTRY with its INFO (struct bridge_vlan_info)."""
    return nested(1, attribute(1, struct.pack("=HH", flags, vid)), *attributes)


PVID, UNTAGGED, BRENTRY = 2, 4, 0x20
PORT_VLANS = (
    # `bridge vlan show` of a port: 1 PVID Egress Untagged; 10-12 with tunnel ids; 20 blocking
    # INFO 1, RANGE 2, STATE 3, TUNNEL_INFO 4, STATS 5, MCAST_ROUTER 6, MCAST_N_GROUPS 7, MCAST_MAX_GROUPS 8, NEIGH_SUPPRESS 9
    vlan(
        3,
        entry(PVID | UNTAGGED, 1, u8(3, 3), u8(6, 1)),
        entry(0, 10, u16(2, 12), u8(3, 3), nested(4, u32(1, 1010)), u8(6, 1), u32(7, 4), u32(8, 9)),
        entry(0, 20, u8(3, 4), nested(5, u64(1, 77)), u8(9, 1)),
    ),
    # The bridge's own
    vlan(2, entry(PVID | UNTAGGED | BRENTRY, 1, u8(3, 3)), entry(BRENTRY, 10, u8(3, 3))),
)
GLOBAL_VLANS = (
    # GOPTS_ID 1, RANGE 2, MCAST_SNOOPING 3, IGMP_VERSION 4, LAST_MEMBER_CNT 6, LAST_MEMBER_INTVL 8, QUERIER 15,
    # ROUTER_PORTS 16, QUERIER_STATE 17, MSTI 18
    vlan(
        2,
        nested(2, u16(1, 1), u8(3, 1), u8(4, 2), u32(6, 2), u64(8, 100), u8(15, 0), nested(16), nested(17), u16(18, 0)),
    ),
    vlan(2, nested(2, u16(1, 10), u16(2, 11), u8(3, 0), u16(18, 4))),
)


def group(index: int, *entries: bytes) -> bytes:
    """One RTM_NEWMDB payload: struct br_port_msg, the entries, and the ports behind which a router was heard."""
    found = nested(1, *(nested(1, attribute(1, one)) for one in entries))
    return struct.pack("=BxxxI", PF_BRIDGE, index) + found + nested(2, nested(1, attribute(1, struct.pack("=I", 4))))


def mdb_entry(port: int, state: int, flags: int, vid: int, address: bytes, protocol: int, *attributes: bytes) -> bytes:
    """struct br_mdb_entry and its attributes."""
    return struct.pack("=IBBH16s2sxx", port, state, flags, vid, address, struct.pack(">H", protocol)) + b"".join(
        attributes
    )


IP, IPV6 = 0x0800, 0x86DD
SOURCES = nested(
    2,
    nested(1, attribute(1, inet_pton(AF_INET, "10.0.0.9")), u32(2, 0)),
    nested(1, attribute(1, inet_pton(AF_INET, "10.0.0.2")), u32(2, 2500)),
)
GROUPS = (
    # TIMER 1, SRC_LIST 2, GROUP_MODE 3, SOURCE 4, RTPROT 5; of a vxlan DST 6, DST_PORT 7, VNI 8, IFINDEX 9, SRC_VNI 10
    group(
        2,
        mdb_entry(3, 0, 2, 10, inet_pton(AF_INET, "239.1.1.1"), IP, u32(1, 9000), SOURCES, u8(3, 1), u8(5, 2)),
        mdb_entry(3, 0, 8, 10, inet_pton(AF_INET, "239.1.1.1"),
        IP, attribute(4, inet_pton(AF_INET, "10.0.0.9")), u8(3, 0), u8(5, 2)),
    ),
    group(
        5,
        mdb_entry(
            5, 1, 0, 0, inet_pton(AF_INET6, "ff0e::1"), IPV6, attribute(6, inet_pton(AF_INET, "192.0.2.7")), be16(7, 4789),
            u32(8, 10), u32(9, 2), u32(10, 20),
        ),
    ),
)  # fmt: skip


def filter_message(
    index: int, parent: int, priority: int, protocol: int, own: int, kind: str, *options: bytes
) -> bytes:
    """One RTM_NEWTFILTER payload: struct tcmsg, TCA_KIND 1, TCA_CHAIN 11, TCA_OPTIONS 2."""
    info = priority << 16 | htons(protocol)
    head = struct.pack("=BxxxiIII", 0, index, own, parent, info)
    return head + text(1, kind) + u32(11, 0) + nested(2, *options)


def action(order: int, kind: str, *options: bytes) -> bytes:
    """One of a list of actions: TCA_ACT_KIND 1, STATS 4, OPTIONS 2, COOKIE 6, IN_HW_COUNT 10."""
    stats = nested(4, attribute(1, bytes(16)), attribute(3, bytes(20)))
    return nested(order, text(1, kind), stats, nested(2, *options), u32(10, 0))


def generic(number: int, index: int, verdict: int, more: bytes = b"", references: int = 1) -> bytes:
    """An action's structure, which begins with tc_gen."""
    return attribute(number, struct.pack("=IIiii", index, 0, verdict, references, 1) + more)


def ages(number: int, since: int) -> bytes:
    """struct tcf_t."""
    return attribute(number, struct.pack("=QQQQ", since, since, 0, 0))


INGRESS = 0xFFFFFFF2


def flower(since: int = 5, references: int = 1) -> bytes:
    """`tc filter add dev v0 ingress prio 7 flower dst_ip 10.0.0.0/24 ip_proto tcp dst_port 80` and two actions.

    `action mirred egress redirect dev v1`, `action drop`; and an attribute that nobody has heard of.
    """
    return filter_message(
        3, INGRESS, 7, IP, 1, "flower",
        nested(
            3,
            action(1, "mirred", generic(2, 1, 4, struct.pack("=iI", 1, 4), references), ages(1, since)),
            action(2, "gact", generic(2, 1, 2, b"", references), ages(1, since)),
        ),
        be16(8, IP), u8(9, 6), attribute(12, inet_pton(AF_INET, "10.0.0.0")),
        attribute(13, inet_pton(AF_INET, "255.255.255.0")),
        be16(19, 80), be16(36, 0xFFFF), u32(22, 8), u32(86, 0), u32(200, 1),
    )  # fmt: skip


def policed(since: int = 5) -> bytes:
    """`tc filter add dev v0 ingress matchall action police rate 8mbit burst 10k`, after an action of a kind nobody knows."""
    rate = struct.pack("=BBHhHI", 0, 1, 0, -1, 0, 1_000_000)
    police = struct.pack("=IiIII", 1, 1, 0, 160_000, 2047) + rate + bytes(12) + struct.pack("=iiI", 1, 1, 0)
    return filter_message(
        3, INGRESS, 8, 3, 1, "matchall",
        nested(2, action(1, "odd", attribute(1, b"\1\2")), action(2, "police", attribute(1, police),
        ages(6, since))), u32(3, 8),
    )  # fmt: skip


PROGRAM_TAG = bytes.fromhex("614b434cd8324ecc")
PROGRAMS = (
    # A classifier with a program of its own (NAME 7, FLAGS 8 direct-action, FLAGS_GEN 9, TAG 10, ID 11), and one as an action
    # (TM 1, PARMS 2, NAME 6, TAG 8, ID 9)
    filter_message(
        3, INGRESS, 1, 3, 1, "bpf", text(7, "cil_from_container"), u32(11, 4_000_000_001),
        attribute(10, PROGRAM_TAG), u32(8, 1),
        u32(9, 8),
    ),
    filter_message(
        3, 0xFFFFFFF3, 1, 3, 1, "matchall",
        nested(2, action(1, "bpf", generic(2, 1, 0), text(6, "count"), attribute(8, PROGRAM_TAG),
        u32(9, 4_000_000_002), ages(1, 9))),
    ),
)  # fmt: skip

MPLS_NEXTHOP = (
    # `ip nexthop add id 17 encap mpls 100/200 via 10.0.0.3 dev br0`: ID 1, OIF 5, GATEWAY 6, ENCAP 8, ENCAP_TYPE 7
    struct.pack("=BBBxI", AF_INET, 253, 4, 0)
    + u32(1, 17)
    + u32(5, 2)
    + attribute(6, inet_pton(AF_INET, "10.0.0.3"))
    + nested(8, attribute(1, struct.pack(">II", 100 << 12, 200 << 12 | 0x100)))
    + u16(7, 1)
)

PRIVATE, PRESHARED = b"\xaa" * 32, b"\xbb" * 32
PUBLIC, ONE, TWO = b"\x01" * 32, b"\x02" * 32, b"\x03" * 32


def allowed(address: str, length: int) -> bytes:
    """One allowed address: FAMILY 1, IPADDR 2, CIDR_MASK 3."""
    family = AF_INET6 if ":" in address else AF_INET
    return nested(0, u16(1, family), attribute(2, inet_pton(family, address)), u8(3, length))


def peer(key: bytes, *attributes: bytes) -> bytes:
    """One peer: PUBLIC_KEY 1, PRESHARED_KEY 2, LAST_HANDSHAKE 6, ..."""
    return nested(0, attribute(1, key), *attributes)


def endpoint(address: str, port: int) -> bytes:
    """WGPEER_A_ENDPOINT: struct sockaddr_in or sockaddr_in6."""
    if ":" in address:
        return attribute(
            4, struct.pack("=H2sI16sI", AF_INET6, struct.pack(">H", port), 0, inet_pton(AF_INET6, address), 0)
        )
    return attribute(4, struct.pack("=H2s4s8x", AF_INET, struct.pack(">H", port), inet_pton(AF_INET, address)))


SECRET = attribute(2, PRESHARED)
WIREGUARD = (
    # LISTEN_PORT 6, FWMARK 7, IFINDEX 1, IFNAME 2, PRIVATE_KEY 3, PUBLIC_KEY 4, PEERS 8
    struct.pack("=BBxx", 0, 1)
    + u16(6, 51820)
    + u32(7, 0)
    + u32(1, 6)
    + text(2, "wg0")
    + attribute(3, PRIVATE)
    + attribute(4, PUBLIC)
    + nested(
        8,
        peer(
            ONE, SECRET, attribute(6, bytes(16)), u16(5, 25), u64(8, 4096), u64(7, 512), u32(10, 1),
            endpoint("192.0.2.1", 51820),
            nested(9, allowed("10.9.0.0", 24), allowed("fd09::", 64)),
        ),
        peer(TWO, SECRET, u16(5, 0), u64(8, 0), u64(7, 0), endpoint("2001:db8::1", 51821), nested(9, allowed("10.8.0.1", 32))),
    ),
    # What did not fit: no settings, no index, the second peer's other address
    struct.pack("=BBxx", 0, 1) + nested(8, peer(TWO, nested(9, allowed("10.7.0.0", 16)))),
)  # fmt: skip
