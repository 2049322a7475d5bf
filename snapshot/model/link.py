"""A link: a network interface of one namespace (RTM_NEWLINK, linux/if_link.h, rtnetlink(7))."""

from __future__ import annotations

from dataclasses import field

from snapshot.model.frozen import frozen
from snapshot.model.json import JsonObject


@frozen
class Link:
    """One interface as the kernel tells it, without its counters.

    ifindex       IFLA index, unique within its namespace
    name          IFLA_IFNAME; bytes that are not UTF-8 are shown as ``\\xNN`` and kept in ``extra["ifname_hex"]``
    type          ARPHRD_* as iproute2 spells it: "ether", "loopback", "none", "sit", ... or the number as text
    link_kind     IFLA_INFO_KIND: "veth", "bridge", "vxlan", "macvlan", ... None for plain hardware and loopback
    port_kind     IFLA_INFO_SLAVE_KIND: what it is a port of ("bridge", "bond", "vrf")
    mac           IFLA_ADDRESS in colon hex (tunnels: an IP address as iproute2 prints it), None when it has none
    broadcast     IFLA_BROADCAST, likewise
    mtu           bytes
    state         IFLA_OPERSTATE as iproute2 spells it: "UP", "DOWN", "UNKNOWN", "LOWERLAYERDOWN", ...
    flags         IFF_* names without the prefix, sorted; "NO-CARRIER" is not added (it is UP without LOWER_UP)
    master        name of the bridge, bond or VRF it is a port of (IFLA_MASTER), None when none
    link_index    IFLA_LINK: an ifindex, counted in namespace ``link_netnsid`` if that is given, else in this one
    link_netnsid  IFLA_LINK_NETNSID: this namespace's id for the namespace of ``link_index``
    alias         IFLA_IFALIAS: free text written by strangers
    altnames      IFLA_ALT_IFNAME, sorted
    qdisc         IFLA_QDISC: the root qdisc's kind
    kind_data     IFLA_INFO_DATA by lower-case attribute name, without timers
    port_data     IFLA_INFO_SLAVE_DATA likewise, which the ports of one bridge mostly have alike
    port_ids      of IFLA_INFO_SLAVE_DATA what no two ports of a bridge have alike: brport_no, brport_id, brport_designated_port
    extra         every other configuration attribute (txqlen, group, queues, ...), unknown ones as hex
    """

    ifindex: int
    name: str
    type: str
    link_kind: str | None = None
    port_kind: str | None = None
    mac: str | None = None
    broadcast: str | None = None
    mtu: int | None = None
    state: str | None = None
    flags: tuple[str, ...] = ()
    master: str | None = None
    link_index: int | None = None
    link_netnsid: int | None = None
    alias: str | None = None
    altnames: tuple[str, ...] = ()
    qdisc: str | None = None
    kind_data: JsonObject = field(default_factory=dict)
    port_data: JsonObject = field(default_factory=dict)
    port_ids: JsonObject = field(default_factory=dict)
    extra: JsonObject = field(default_factory=dict)
