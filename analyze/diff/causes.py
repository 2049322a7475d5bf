"""Causes: which change explains which. Every rule here is something the kernel or the runtime does by itself."""

from __future__ import annotations

from collections.abc import Iterator

from analyze.diff.draft import BIRTH_AND_DEATH, Draft
from analyze.diff.index import POD_PLACE, Index
from analyze.diff.row_causes import of_row
from analyze.diff.sides import Sides
from snapshot.model.link import Link

PORT_STATE = frozenset({"port_data.brport_state"})
TOLD_BY_ROWS = frozenset({"qdisc", "extra.txqlen", "extra.xdp"})
DERIVED_BY_A_BRIDGE = frozenset({"mtu", "mac", "state", "flags", "extra"})
"""What a bridge takes from its ports unless told otherwise (net/bridge/br_if.c: br_mtu_auto_adjust,
br_stp_recalculate_bridge_id)."""


def settle_causes(sides: Sides, drafts: list[Draft]) -> None:
    """Give every draft its cause, where there is one."""
    index = Index.of(sides, drafts)
    for draft in drafts:
        cause = next((c for c in _candidates(sides, index, draft) if c is not draft and _may_explain(c, draft)), None)
        if cause is not None and not _leads_to(cause, draft):
            draft.cause = cause
    for draft in drafts:
        if draft.cause is None:
            cause = _port_of(index, draft)
            if cause is not None and _may_explain(cause, draft) and not _leads_to(cause, draft):
                draft.cause = cause
    _reboot(drafts)


def _may_explain(cause: Draft, draft: Draft) -> bool:
    """What one side could not see is nothing that happened: no change that both saw follows from it."""
    return cause.action != "unknown" or draft.action == "unknown"


def _reboot(drafts: list[Draft]) -> None:
    """A boot makes everything anew: what is the same to a person but in a new instance follows from it."""
    boot = next((draft for draft in drafts if draft.kind == "host" and "boot_id" in draft.touched), None)
    for draft in drafts:
        if boot is not None and draft.cause is None and draft.action == "recreated":
            draft.cause = boot


def _leads_to(cause: Draft, draft: Draft) -> bool:
    step: Draft | None = cause
    while step is not None:
        if step is draft:
            return True
        step = step.cause
    return False


def _candidates(sides: Sides, index: Index, draft: Draft) -> Iterator[Draft]:
    """The changes that could explain one, the closest first."""
    match draft.kind:
        case "container":
            yield from _of_container(sides, index, draft)
        case "veth":
            yield from index.workloads(draft)
            yield from _lost_bridge(index, draft)
        case "host" | "pod" | "network" | "namespace":
            return
        case "link":
            yield from _of_link(index, draft)
        case _:
            yield from of_row(index, draft)


def _of_container(sides: Sides, index: Index, draft: Draft) -> Iterator[Draft]:
    for side, facts in (("after", draft.after), ("before", draft.before)):
        if facts is None:
            continue
        pod = index.pods.get((side, str(facts["pod_namespace"] or "default"), str(facts["pod_name"])))
        if pod is not None and (pod.action in BIRTH_AND_DEATH or "state" in pod.touched):
            yield pod
        if facts["state"] != "running":
            # What is left of the one before, until the runtime clears it away.
            successor = index.places.get((side, *(facts[word] for word in POD_PLACE)))
            if successor is not None:
                yield successor
        maker = index.containers.get(str(facts["joined"])) if facts["joined"] is not None else None
        if maker is not None and maker.action in BIRTH_AND_DEATH:
            yield maker


def _lost_bridge(index: Index, draft: Draft) -> Iterator[Draft]:
    """A pair that is on no bridge any more because that bridge is gone."""
    if draft.action == "changed" and draft.touched == {"bridge"} and draft.before is not None:
        for namespace in index.veth_namespaces(draft):
            link = index.link("before", namespace, str(draft.before["bridge"]))
            if link is not None and link.action in BIRTH_AND_DEATH:
                yield link


def _of_link(index: Index, draft: Draft) -> Iterator[Draft]:
    for side, key, link in index.sides(draft):
        if isinstance(link, Link):
            veth = index.veth(side, key, link.ifindex)
            if veth is not None:
                yield veth
    yield from index.workloads(draft)
    for side, key, link in index.sides(draft):
        if isinstance(link, Link):
            network = index.network(side, key, link.name)
            if network is not None:
                yield network
            # A macvlan or vxlan dies with the link it stands on (NETDEV_UNREGISTER).
            lower = index.lower(side, key, link)
            if lower is not None and lower.action in BIRTH_AND_DEATH:
                yield lower
            bridge = index.link(side, key, link.master) if link.master is not None else None
            if bridge is not None and draft.touched and draft.touched <= PORT_STATE and _set_up_or_down(bridge):
                yield bridge
            if bridge is not None and bridge.action in BIRTH_AND_DEATH and _as_a_port(draft):
                yield bridge
            if draft.action == "changed" and draft.touched <= TOLD_BY_ROWS:
                # What a link says of its root discipline and of its XDP program, these say better.
                yield from index.rows_of_link(side, key, "qdisc", link.name)
                yield from index.rows_of_link(side, key, "bpf", link.name)


def _as_a_port(draft: Draft) -> bool:
    """It changed in nothing but what a bridge knows of a port, which a bridge made anew knows anew (its number, say)."""
    return bool(draft.touched) and all(name.startswith(("port_data.", "port_ids.")) for name in draft.touched)


def _set_up_or_down(bridge: Draft) -> bool:
    """Somebody set the link up or down, which no port does to its bridge (IFF_UP)."""
    flags = [set(row.flags) for row in (bridge.old, bridge.new) if isinstance(row, Link)]
    return len(flags) == 2 and "UP" in flags[0] ^ flags[1]


def _port_of(index: Index, draft: Draft) -> Draft | None:
    """A bridge takes MTU, MAC and carrier from its ports: such a change follows from a port's."""
    columns = {name.partition(".")[0] for name in draft.touched}
    if draft.kind != "link" or draft.action != "changed" or not columns <= DERIVED_BY_A_BRIDGE:
        return None
    bridge = draft.new
    if not isinstance(bridge, Link) or bridge.link_kind != "bridge" or _set_up_or_down(draft):
        return None
    ports = index.ports(draft)
    if not ports:
        return None
    if "mtu" in draft.touched:
        ports = [port for port in ports if _gives_mtu(port, _mtu(draft.old), bridge.mtu)]
    return ports[0] if ports else None


def _gives_mtu(port: Draft, old: int | None, new: int | None) -> bool:
    """A bridge has the smallest MTU of its ports: one brought it, or took it away, so that a larger one is the smallest."""
    if _mtu(port.new) == new:
        return True
    return _mtu(port.old) == old != _mtu(port.new) and old is not None and new is not None and new > old


def _mtu(row: object) -> int | None:
    return row.mtu if isinstance(row, Link) else None
