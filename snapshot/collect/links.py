"""Links: RTM_NEWLINK messages as facts (linux/if_link.h, ip-link(8))."""

from __future__ import annotations

from collections.abc import Mapping

from snapshot.collect.netlink.message import Message
from snapshot.collect.netlink.take import Attributes
from snapshot.collect.slots import PORT_NUMBERS
from snapshot.model.json import Json
from snapshot.model.link import Link
from snapshot.model.names import LINK_FLAGS, LINK_TYPES, bits, named
from snapshot.model.timer import Timer

TIMERS = {
    "bridge": ("br_hello_timer", "br_tcn_timer", "br_topology_change_timer", "br_gc_timer"),
    "port": ("brport_message_age_timer", "brport_forward_delay_timer", "brport_hold_timer"),
}
LEARNT = {
    "bridge": frozenset({"br_fdb_n_learned", "attr_48", "br_mcast_querier_state", "attr_47"}),
    "port": frozenset({"brport_mcast_n_groups", "brport_mcast_eht_hosts_cnt", "bond_slave_link_failure_count"}),
}
"""Counts of what is learnt or failed, and the election of a multicast querier with its timers (IFLA_BR_FDB_N_LEARNED is 48,
IFLA_BR_MCAST_QUERIER_STATE 47)."""


def link(message: Message, names: Mapping[int, str]) -> tuple[Link, tuple[Timer, ...]]:
    """The fact of a message, and the timers that run."""
    fields = message.fields
    left = Attributes("link", message.attributes)
    index = fields["index"]
    name = left.text("ifname") or f"if{index}"
    info = left.nested("linkinfo")
    # Of kinds that pyroute2 has never heard of it gives bytes: they stay in ``extra``.
    kind_data, port_data = (
        _object(info.pop(key)) if isinstance(info.get(key), dict) else {} for key in ("info_data", "info_slave_data")
    )
    info.pop("info_xstats", None)
    link_kind, port_kind = info.pop("info_kind", None), info.pop("info_slave_kind", None)
    master = left.number("master")
    timers = tuple(
        Timer(of="link", dev=name, name=timer, value=value)
        for data, known in ((kind_data, TIMERS["bridge"]), (port_data, TIMERS["port"]))
        for timer in known
        if isinstance(value := data.pop(timer, 0), int) and value
    )
    families = _object(message.attributes.get("af_spec"))
    inet6 = _object(families.pop("af_inet6", None))
    families.pop("af_inet", None)
    properties = left.nested("prop_list")
    altnames = properties.pop("alt_ifname", ())
    xdp = _object(message.attributes.get("xdp"))
    left.drop(("xdp", "af_spec"))
    fact = Link(
        ifindex=index,
        name=name,
        type=named(LINK_TYPES, fields["ifi_type"]),
        link_kind=str(link_kind) if link_kind is not None else None,
        port_kind=str(port_kind) if port_kind is not None else None,
        mac=left.text("address"),
        broadcast=left.text("broadcast"),
        mtu=left.number("mtu"),
        state=left.text("operstate"),
        flags=bits(LINK_FLAGS, fields["flags"]),
        master=names.get(master, f"if{master}") if master else None,
        link_index=left.number("link") or None,
        link_netnsid=left.number("link_netnsid"),
        alias=left.text("ifalias"),
        altnames=tuple(sorted(map(str, altnames if isinstance(altnames, tuple | list) else (altnames,)))),
        qdisc=left.text("qdisc"),
        kind_data=_without(kind_data, LEARNT["bridge"] if link_kind == "bridge" else frozenset()),
        port_data=_without(port_data, LEARNT["port"].union(PORT_NUMBERS)),
        port_ids={name: port_data[name] for name in PORT_NUMBERS if name in port_data},
        extra={
            **{key: value for key, value in left.rest().items() if value not in ("", None)},
            **{key: inet6[key] for key in ("inet6_addr_gen_mode", "inet6_token") if key in inet6},
            **({"af_spec": families} if families else {}),
            **({"xdp": xdp} if any(value is not None for value in xdp.values()) else {}),
            **info,
            **properties,
        },
    )
    return fact, timers


def _without(data: dict[str, Json], names: frozenset[str]) -> dict[str, Json]:
    return {key: value for key, value in data.items() if key not in names}


def _object(value: Json) -> dict[str, Json]:
    return dict(value) if isinstance(value, dict) else {}
