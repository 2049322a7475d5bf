"""Which attributes differ, and which of them are changes of their own."""

from __future__ import annotations

from collections.abc import Mapping

from reports.model import Facts, FieldChange, Json

COUNTED_BY_THE_KERNEL = frozenset(
    {"carrier_changes", "carrier_up_count", "carrier_down_count", "promiscuity", "allmulti"}
)
"""Link attributes that the kernel counts: they move with any event and configure nothing (linux/if_link.h)."""

ELECTED = frozenset(
    {
        "br_bridge_id", "bridge_id", "br_root_id", "root_id", "br_root_port", "root_port", "br_root_path_cost",
        "root_path_cost", "br_topology_change", "topology_change", "br_topology_change_detected",
        "topology_change_detected", "br_fdb_n_learned", "fdb_n_learned", "brport_bridge_id", "brport_root_id",
        "brport_designated_port", "brport_designated_cost", "brport_topology_change_ack", "brport_config_pending",
    }
)  # fmt: skip
"""Bridge and port attributes that the spanning tree or the kernel derives (IFLA_BR_*, IFLA_BRPORT_*, linux/if_link.h)."""

RESTATED = {
    "link": frozenset({"link_index", "link_netnsid"}),
    "container": frozenset({"namespace", "networks", "joined", "labels"}),
    "firewall": frozenset({"comment", "extra.expr"}),
}
"""Columns that say again what a better one (``peer``, ``network_mode``, ``text``), or a change of its own, says."""


UNORDERED = frozenset({("pod", "addresses"), ("namespace", "addresses")})
"""Lists that stand in the order of the links' names, which says nothing."""


def differing(kind: str, before: Facts, after: Facts) -> tuple[FieldChange, ...]:
    """The attributes that differ, in column order; JSON columns are taken apart as ``column.attribute``."""
    changes: list[FieldChange] = []
    left_out = RESTATED.get(kind, frozenset())
    for name in (*before, *(n for n in after if n not in before)):
        old, new = before.get(name), after.get(name)
        if old == new or name in left_out or ((kind, name) in UNORDERED and _alike(old, new)):
            continue
        if isinstance(old, Mapping) or isinstance(new, Mapping):
            changes += _inside(name, old, new)
        else:
            changes.append(FieldChange(name=name, before=old, after=new))
    return tuple(change for change in changes if change.name not in left_out)


def _alike(old: Json, new: Json) -> bool:
    """Do two lists hold the same, in whatever order?"""
    if not isinstance(old, list | tuple) or not isinstance(new, list | tuple):
        return False
    return sorted(map(str, old)) == sorted(map(str, new))


def _inside(column: str, old: Json, new: Json) -> list[FieldChange]:
    olds: Mapping[str, Json] = old if isinstance(old, Mapping) else {}
    news: Mapping[str, Json] = new if isinstance(new, Mapping) else {}
    return [
        FieldChange(name=f"{column}.{name}", before=olds.get(name), after=news.get(name))
        for name in sorted({*olds, *news})
        if olds.get(name) != news.get(name) and name not in COUNTED_BY_THE_KERNEL and name not in ELECTED
    ]
