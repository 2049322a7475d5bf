"""VLANs of bridges and their ports: RTM_NEWVLAN messages as facts, id by id (linux/if_bridge.h, bridge-vlan(8))."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from snapshot.collect.netlink.nests import chosen, header, nest, read_nest, walk
from snapshot.collect.netlink.plans import BR_MSG
from snapshot.collect.netlink.readers import U8, U16, U32, U64, Table, record, skip
from snapshot.collect.netlink.take import Attributes
from snapshot.collect.netlink.transport import NetlinkError
from snapshot.model.names import bits
from snapshot.model.vlan import Vlan

BRIDGE_VLANDB_ENTRY, BRIDGE_VLANDB_GLOBAL_OPTIONS = 1, 2
STATES = ("disabled", "listening", "learning", "forwarding", "blocking")
"""BR_STATE_*."""
FLAGS = ("Master", "PVID", "Egress Untagged", "range begin", "range end", "Bridge Entry", "Only Options")
"""BRIDGE_VLAN_INFO_* by bit."""
RANGE = 0x8 | 0x10
LAST_VLAN = 4095

TUNNEL: Table = {1: ("id", U32)}
ENTRY: Table = {
    1: ("info", record("=HH", ("flags", "vid"))), 2: ("range", U16), 3: ("state", chosen(STATES, U8)),
    4: ("tunnel", nest("vlan", TUNNEL)), 5: ("stats", skip), 6: ("mcast_router", U8), 7: ("mcast_n_groups", skip),
    8: ("mcast_max_groups", U32), 9: ("neigh_suppress", U8),
}  # fmt: skip
"""BRIDGE_VLANDB_ENTRY_*, without what only counts."""

GLOBAL: Table = {
    1: ("id", U16), 2: ("range", U16), 3: ("mcast_snooping", U8), 4: ("mcast_igmp_version", U8), 5: ("mcast_mld_version", U8),
    6: ("mcast_last_member_count", U32), 7: ("mcast_startup_query_count", U32), 8: ("mcast_last_member_interval", U64),
    9: ("pad", skip), 10: ("mcast_membership_interval", U64), 11: ("mcast_querier_interval", U64),
    12: ("mcast_query_interval", U64), 13: ("mcast_query_response_interval", U64), 14: ("mcast_startup_query_interval", U64),
    15: ("mcast_querier", U8), 16: ("router_ports", skip), 17: ("querier_state", skip), 18: ("msti", U16),
}  # fmt: skip
"""BRIDGE_VLANDB_GOPTS_*: intervals in USER_HZ; without learnt router ports and the querier that was elected."""


def vlans(payloads: Iterable[bytes], names: Mapping[int, str]) -> Iterable[Vlan]:
    """The facts of the messages, one for each id of a range. Raises ``NetlinkError``.

    A kernel older than global options answers the question for them with the VLANs again: they are told once.
    """
    found: dict[tuple[str, int], Vlan] = {}
    for payload in payloads:
        _, index = header("vlan", BR_MSG, payload)
        dev = names.get(index, f"if{index}")
        for number, value in walk("vlan", payload, BR_MSG.size):
            if number == BRIDGE_VLANDB_ENTRY:
                for vlan in _entries(dev, value):
                    found[dev, vlan.vlan] = vlan
            elif number == BRIDGE_VLANDB_GLOBAL_OPTIONS:
                left = Attributes("vlan", read_nest("vlan", GLOBAL, value))
                for vid in _range(left.needed("id"), left.number("range")):
                    vlan = found.get((dev, vid)) or Vlan(dev=dev, vlan=vid)
                    found[dev, vid] = replace(vlan, options={**vlan.options, "global": left.rest()})
            else:
                raise NetlinkError("vlan", message=f"a message holds something unknown ({number})")
    return found.values()


def _entries(dev: str, raw: bytes) -> Iterator[Vlan]:
    left = Attributes("vlan", read_nest("vlan", ENTRY, raw))
    info = Attributes("vlan", left.nested("info"))
    first, flags = info.needed("vid"), bits(FLAGS, info.needed("flags") & ~RANGE)
    last, state = left.number("range"), left.text("state")
    # Within a range the tunnel ids count along.
    tunnel = left.nested("tunnel").get("id")
    for vid in _range(first, last):
        yield Vlan(
            dev=dev,
            vlan=vid,
            flags=flags,
            state=state,
            tunnel=tunnel + vid - first if isinstance(tunnel, int) else None,
            options=left.rest(),
        )


def _range(first: int, last: int | None) -> range:
    last = first if last is None else last
    if not first <= last <= LAST_VLAN:
        raise NetlinkError("vlan", message=f"{first} to {last} is no range")
    return range(first, last + 1)
