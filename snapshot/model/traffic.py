"""Traffic control: queueing disciplines, their classes and filters (linux/rtnetlink.h: struct tcmsg, tc(8))."""

from __future__ import annotations

from dataclasses import field

from snapshot.model.frozen import frozen
from snapshot.model.json import JsonObject


@frozen
class Qdisc:
    """A queueing discipline (RTM_NEWQDISC), without its statistics.

    dev      link name
    handle   "1:" as tc(8) writes it, "0:" for one that the kernel made
    parent   "root", "ingress" or "clsact"'s "ffff:fff1", or a class "1:10"
    qdisc    TCA_KIND: "noqueue", "fq_codel", "clsact", "htb", ...
    blocks   shared filter blocks: ``ingress`` and ``egress`` (TCA_INGRESS_BLOCK, TCA_EGRESS_BLOCK)
    options  TCA_OPTIONS by lower-case attribute name; as hex under "raw" where no decoder is known
    extra    every other configuration attribute
    """

    dev: str
    handle: str
    parent: str
    qdisc: str
    blocks: JsonObject = field(default_factory=dict)
    options: JsonObject = field(default_factory=dict)
    extra: JsonObject = field(default_factory=dict)


@frozen
class TrafficClass:
    """A class of a classful discipline (RTM_NEWTCLASS): columns as in ``Qdisc``; ``leaf`` the handle of its qdisc."""

    dev: str
    handle: str
    parent: str
    qdisc: str
    leaf: str | None = None
    options: JsonObject = field(default_factory=dict)
    extra: JsonObject = field(default_factory=dict)


@frozen
class TrafficFilter:
    """A filter with its actions (RTM_NEWTFILTER).

    dev        link name, None for one of a shared block
    block      number of the shared block, None for a link's own
    parent     as in ``Qdisc``
    chain      TCA_CHAIN, 0 unless told
    priority, protocol   of its tcm_info: protocol "all", "ip", "ipv6", "arp", "802.1Q", or the number in hex
    handle     the filter's own, in hex ("0x1"), None when it has none
    classifier TCA_KIND: "bpf", "flower", "u32", "matchall", ...
    options    TCA_OPTIONS by lower-case attribute name, its actions in order under "actions", no counters
    extra      every other configuration attribute
    """

    dev: str | None = None
    block: int | None = None
    parent: str
    chain: int = 0
    priority: int
    protocol: str
    handle: str | None = None
    classifier: str
    options: JsonObject = field(default_factory=dict)
    extra: JsonObject = field(default_factory=dict)
