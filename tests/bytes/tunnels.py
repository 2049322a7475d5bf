"""Messages of tunnels and stacked links that the recording kernel lacks, put together as the kernel's own functions fill them.

As in ``constructed``: ipgre_fill_info, ip6gre_fill_info, ipip_fill_info, ipip6_fill_info, ip6_tnl_fill_info, vti_fill_info,
geneve_fill_info, bareudp_fill_info, gtp_fill_info, macsec_fill_info, hsr_fill_info, netkit_fill_info, xfrmi_fill_info; team has
none.
Numbers of linux/if_tunnel.h and linux/if_link.h.
"""

from __future__ import annotations

import struct
from socket import AF_INET, AF_INET6, inet_pton

from tests.bytes.constructed import ARPHRD_NONE, IFLA_ADDRESS, IFLA_LINK, attribute, be16, kind, link, u8, u16, u32

ARPHRD_IPGRE, ARPHRD_IP6GRE, ARPHRD_TUNNEL, ARPHRD_TUNNEL6, ARPHRD_SIT = 778, 823, 768, 769, 776
IFLA_BROADCAST = 2
HERE, THERE = inet_pton(AF_INET, "10.0.0.1"), inet_pton(AF_INET, "10.0.0.9")
HERE6, THERE6 = inet_pton(AF_INET6, "fd00::1"), inet_pton(AF_INET6, "fd00::9")
ENDS = (attribute(IFLA_ADDRESS, HERE), attribute(IFLA_BROADCAST, THERE))
ENDS6 = (attribute(IFLA_ADDRESS, HERE6), attribute(IFLA_BROADCAST, THERE6))


def be32(number: int, value: int) -> bytes:
    """A 32-bit number in network byte order."""
    return attribute(number, struct.pack(">I", value))


def u64(number: int, value: int) -> bytes:
    """NLA_U64."""
    return attribute(number, struct.pack("=Q", value))


def _gre(here: bytes, there: bytes) -> tuple[bytes, ...]:
    """IFLA_GRE_LINK 1, IFLAGS 2 and OFLAGS 3 (GRE_KEY), IKEY 4, OKEY 5, LOCAL 6, REMOTE 7, TTL 8, TOS 9."""
    return (
        u32(1, 0),
        be16(2, 0x2000),
        be16(3, 0x2000),
        be32(4, 5),
        be32(5, 6),
        attribute(6, here),
        attribute(7, there),
        u8(8, 64),
        u8(9, 0),
    )


def _ipip(here: bytes, there: bytes) -> tuple[bytes, ...]:
    """IFLA_IPTUN_LINK 1, LOCAL 2, REMOTE 3, TTL 4, TOS 5, PROTO 9, PMTUDISC 10, FWMARK 20."""
    return u32(1, 0), attribute(2, here), attribute(3, there), u8(4, 64), u8(5, 0), u8(9, 4), u8(10, 1), u32(20, 7)


LINKS = (
    # `ip link add gre1 type gre local 10.0.0.1 remote 10.0.0.9 ikey 5 okey 6 ttl 64`
    link(3, "gre1", *ENDS, info=kind("gre", *_gre(HERE, THERE), u8(10, 1), u32(20, 0)), hardware=ARPHRD_IPGRE),
    # The same as an Ethernet device, and with erspan: IFLA_GRE_ERSPAN_INDEX 21, ERSPAN_VER 22
    link(4, "tap1", info=kind("gretap", *_gre(HERE, THERE), u8(10, 1), u8(19, 0), u32(20, 0))),
    link(5, "span1", info=kind("erspan", *_gre(HERE, THERE), u8(22, 1), u32(21, 123))),
    # Over IPv6: ENCAP_LIMIT 11, FLOWINFO 12, FLAGS 13
    link(
        6,
        "gre6",
        *ENDS6,
        info=kind("ip6gre", *_gre(HERE6, THERE6), u8(11, 4), be32(12, 0), u32(13, 0)),
        hardware=ARPHRD_IP6GRE,
    ),
    link(7, "tap6", info=kind("ip6gretap", *_gre(HERE6, THERE6), u8(11, 4), be32(12, 0), u32(13, 0))),
    # `ip link add ipip1 type ipip local 10.0.0.1 remote 10.0.0.9`
    link(8, "ipip1", *ENDS, info=kind("ipip", *_ipip(HERE, THERE)), hardware=ARPHRD_TUNNEL),
    # `ip link add sit1 type sit ...`: its FLAGS 8 are 16 bits; 6RD_PREFIX 11, 6RD_PREFIXLEN 13
    link(
        9,
        "sit1",
        *ENDS,
        info=kind("sit", *_ipip(HERE, THERE), u16(8, 0), attribute(11, b"\x20\x02" + bytes(14)), u16(13, 16)),
        hardware=ARPHRD_SIT,
    ),
    # `ip link add tnl6 type ip6tnl ...`: ENCAP_LIMIT 6, FLOWINFO 7, FLAGS 8
    link(
        10,
        "tnl6",
        *ENDS6,
        info=kind(
            "ip6tnl",
            u32(1, 0),
            attribute(2, HERE6),
            attribute(3, THERE6),
            u8(4, 64),
            u8(6, 4),
            be32(7, 0),
            u32(8, 0),
            u8(9, 41),
            u32(20, 0),
        ),
        hardware=ARPHRD_TUNNEL6,
    ),
    # `ip link add vti1 type vti local ... remote ... ikey 5 okey 6`:
    # IFLA_VTI_LINK 1, IKEY 2, OKEY 3, LOCAL 4, REMOTE 5, FWMARK 6
    link(
        11,
        "vti1",
        *ENDS,
        info=kind("vti", u32(1, 0), be32(2, 5), be32(3, 6), attribute(4, HERE), attribute(5, THERE), u32(6, 0)),
        hardware=ARPHRD_TUNNEL,
    ),
    link(
        12,
        "vti6",
        *ENDS6,
        info=kind("vti6", u32(1, 0), attribute(4, HERE6), attribute(5, THERE6), be32(2, 5), be32(3, 6), u32(6, 0)),
        hardware=ARPHRD_TUNNEL6,
    ),
    # `ip link add gnv1 type geneve id 5 remote 10.0.0.9`:
    # ID 1, REMOTE 2, TTL 3, TOS 4, PORT 5, LABEL 11, DF 13, REMOTE6 7
    link(
        13,
        "gnv1",
        info=kind("geneve", u32(1, 5), attribute(2, THERE), u8(3, 0), u8(4, 0), be32(11, 0), u8(13, 0), be16(5, 6081)),
    ),
    link(14, "gnv6", info=kind("geneve", u32(1, 6), attribute(7, THERE6), u8(10, 0), be16(5, 6081))),
    # `ip link add vx1 type vxlan id 7 local fd00::1 remote fd00::9 dstport 4789`:
    # ID 1, GROUP6 16, LOCAL6 17, PORT 15, PORT_RANGE 10
    link(
        15,
        "vx1",
        info=kind(
            "vxlan", u32(1, 7), attribute(16, THERE6), attribute(17, HERE6), be16(15, 4789), attribute(10, bytes(4))
        ),
    ),
    # `ip link add bud1 type bareudp dstport 6635 ethertype mpls_uc`:
    # PORT 1, ETHERTYPE 2, SRCPORT_MIN 3, MULTIPROTO_MODE 4
    link(
        16,
        "bud1",
        info=kind("bareudp", be16(1, 6635), be16(2, 0x8847), u16(3, 0x8000), attribute(4, b"")),
        hardware=ARPHRD_NONE,
    ),
    # A GTP tunnel's: PDP_HASHSIZE 3, ROLE 4 (SGSN), RESTART_COUNT 6
    link(17, "gtp1", info=kind("gtp", u32(3, 1024), u32(4, 1), u8(6, 0)), hardware=ARPHRD_NONE),
    # `ip link add link eth0 mac1 type macsec port 11 encrypt on`: SCI 1, ICV_LEN 3, CIPHER_SUITE 4, ENCODING_SA 6,
    # ENCRYPT 7, PROTECT 8, INC_SCI 9, ES 10, SCB 11, REPLAY_PROTECT 12, VALIDATION 13, OFFLOAD 15
    link(
        18,
        "mac1",
        u32(IFLA_LINK, 2),
        info=kind(
            "macsec",
            attribute(1, bytes.fromhex("020000000007000b")),
            u8(3, 16),
            u64(4, 0x0080C20001000001),
            u8(6, 0),
            u8(7, 1),
            u8(8, 1),
            u8(9, 1),
            u8(10, 0),
            u8(11, 0),
            u8(12, 0),
            u8(13, 2),
            u8(15, 0),
        ),
    ),
    # `ip link add team0 type team`: it tells its kind and nothing else
    link(19, "team0", info=kind("team")),
    # `ip link add hsr0 type hsr slave1 eth0 slave2 eth1 version 1`:
    # SLAVE1 1, SLAVE2 2, SUPERVISION_ADDR 4, SEQ_NR 5, PROTOCOL 7
    link(
        20,
        "hsr0",
        info=kind("hsr", u32(1, 2), u32(2, 3), attribute(4, bytes.fromhex("01154e000100")), u16(5, 4711), u8(7, 0)),
    ),
    # `ip link add nk0 type netkit`: PRIMARY 2, POLICY 3, PEER_POLICY 4, MODE 5, SCRUB 6, PEER_SCRUB 7
    link(
        21,
        "nk0",
        u32(IFLA_LINK, 3),
        info=kind("netkit", u8(2, 1), u32(3, 0), u32(5, 1), u32(6, 1), u32(4, 2), u32(7, 1)),
    ),
    # `ip link add xfrm1 type xfrm dev eth0 if_id 42`: LINK 1, IF_ID 2
    link(22, "xfrm1", info=kind("xfrm", u32(1, 2), u32(2, 42)), hardware=ARPHRD_NONE),
    # A tunnel with an attribute that nobody here has heard of
    link(23, "gre9", info=kind("gre", *_gre(HERE, THERE), u32(99, 5)), hardware=ARPHRD_IPGRE),
)
