"""Messages for the kinds of link that the recording kernel lacks: vlan, bond, ipvlan, wireguard, vrf.

They were not recorded. They are put together here as the kernel's own functions fill them, attribute for attribute with the
numbers and sizes of linux/if_link.h: drivers' ``fill_info`` (vlan_fill_info, bond_fill_info, bond_fill_slave_info,
ipvlan_nl_fillinfo, vrf_fillinfo; wireguard has none) within rtnl_fill_ifinfo of net/core/rtnetlink.c.
"""

from __future__ import annotations

import struct

IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_LINK, IFLA_MASTER, IFLA_LINKINFO = 1, 3, 4, 5, 10, 18
IFLA_INFO_KIND, IFLA_INFO_DATA, IFLA_INFO_SLAVE_KIND, IFLA_INFO_SLAVE_DATA = 1, 2, 4, 5
ARPHRD_ETHER, ARPHRD_NONE = 1, 65534
UP_BROADCAST_RUNNING_MULTICAST_LOWER_UP = 0x11043


def attribute(number: int, value: bytes) -> bytes:
    """struct nlattr and its value, padded."""
    return struct.pack("=HH", 4 + len(value), number) + value + b"\0" * (-len(value) % 4)


def u8(number: int, value: int) -> bytes:
    """NLA_U8."""
    return attribute(number, struct.pack("=B", value))


def u16(number: int, value: int) -> bytes:
    """NLA_U16."""
    return attribute(number, struct.pack("=H", value))


def be16(number: int, value: int) -> bytes:
    """A 16-bit number in network byte order."""
    return attribute(number, struct.pack(">H", value))


def u32(number: int, value: int) -> bytes:
    """NLA_U32."""
    return attribute(number, struct.pack("=I", value))


def text(number: int, value: str) -> bytes:
    """NLA_NUL_STRING."""
    return attribute(number, value.encode() + b"\0")


def link(index: int, name: str, *attributes: bytes, info: bytes, hardware: int = ARPHRD_ETHER) -> bytes:
    """One RTM_NEWLINK payload: struct ifinfomsg and its attributes."""
    header = struct.pack("=BxHiII", 0, hardware, index, UP_BROADCAST_RUNNING_MULTICAST_LOWER_UP, 0)
    return b"".join((header, text(IFLA_IFNAME, name), u32(IFLA_MTU, 1500), *attributes, attribute(IFLA_LINKINFO, info)))


def kind(name: str, *data: bytes) -> bytes:
    """What a link is."""
    return text(IFLA_INFO_KIND, name) + (attribute(IFLA_INFO_DATA, b"".join(data)) if data else b"")


def port(name: str, *data: bytes) -> bytes:
    """What a link is a port of."""
    return text(IFLA_INFO_SLAVE_KIND, name) + attribute(IFLA_INFO_SLAVE_DATA, b"".join(data))


MAC = bytes.fromhex("020000000007")

LINKS = (
    # `ip link add link eth0 name eth0.27 type vlan id 27 ingress-qos-map 1:2`:
    # IFLA_VLAN_ID 1, FLAGS 2, INGRESS_QOS 4, PROTOCOL 5
    link(
        3,
        "eth0.27",
        u32(IFLA_LINK, 2),
        info=kind(
            "vlan",
            be16(5, 0x8100),
            u16(1, 27),
            attribute(2, struct.pack("=II", 1, 0xFFFFFFFF)),
            attribute(4, attribute(1, struct.pack("=II", 1, 2))),
        ),
    ),
    # `ip link add bond0 type bond mode 802.3ad miimon 100`: IFLA_BOND_MODE 1, ACTIVE_SLAVE 2, MIIMON 3, AD_INFO 23
    link(
        4,
        "bond0",
        attribute(IFLA_ADDRESS, MAC),
        info=kind(
            "bond",
            u8(1, 4),
            u32(3, 100),
            attribute(23, u16(1, 1) + u16(2, 1) + u16(3, 9) + u16(4, 1) + attribute(5, b"\0" * 6)),
        ),
    ),
    # One of its ports: IFLA_BOND_SLAVE_STATE 1, MII_STATUS 2, LINK_FAILURE_COUNT 3, PERM_HWADDR 4, QUEUE_ID 5
    link(
        2,
        "eth0",
        attribute(IFLA_ADDRESS, MAC),
        u32(IFLA_MASTER, 4),
        info=port("bond", u8(1, 0), u8(2, 0), u32(3, 0), attribute(4, MAC), u16(5, 0)),
    ),
    # `ip link add ipvl0 link eth0 type ipvlan mode l3 bridge`: IFLA_IPVLAN_MODE 1, FLAGS 2
    link(5, "ipvl0", u32(IFLA_LINK, 2), info=kind("ipvlan", u16(1, 1), u16(2, 0))),
    # `ip link add wg0 type wireguard`: it tells its kind and nothing else; its peers are generic netlink's
    link(6, "wg0", info=kind("wireguard"), hardware=ARPHRD_NONE),
    # `ip link add red type vrf table 100`: IFLA_VRF_TABLE 1
    link(7, "red", info=kind("vrf", u32(1, 100))),
    # A port of it: IFLA_VRF_PORT_TABLE 1
    link(8, "eth1", u32(IFLA_MASTER, 7), info=port("vrf", u32(1, 100))),
    # A kind and attributes that nobody here has heard of
    link(9, "new0", attribute(900, b"\1\2\3"), info=kind("newkind", u32(1, 5))),
)
