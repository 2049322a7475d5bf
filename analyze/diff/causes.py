"""Causes: which change explains which. Every rule here is something the kernel or the runtime does by itself."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_interface, ip_network

from analyze.diff.draft import Draft
from analyze.diff.index import Index
from analyze.diff.sides import Sides
from snapshot.model.address import Address
from snapshot.model.fdb import FdbEntry
from snapshot.model.link import Link
from snapshot.model.neighbour import Neighbour
from snapshot.model.route import Route
from snapshot.model.rule import Rule

BIRTH_AND_DEATH = frozenset({"added", "removed", "recreated", "unknown"})
CARRIER = frozenset({"state", "flags"})
DERIVED_BY_A_BRIDGE = frozenset({"mtu", "mac", "state", "flags", "extra"})
"""What a bridge takes from its ports unless told otherwise (net/bridge/br_if.c: br_mtu_auto_adjust,
br_stp_recalculate_bridge_id)."""


def settle_causes(sides: Sides, drafts: list[Draft]) -> None:
    """Give every draft its cause, where there is one."""
    index = Index.of(sides, drafts)
    for draft in drafts:
        cause = next((c for c in _candidates(sides, index, draft) if c is not draft), None)
        if cause is not None and not _leads_to(cause, draft):
            draft.cause = cause
    for draft in drafts:
        if draft.cause is None:
            cause = _port_of(index, draft)
            if cause is not None and not _leads_to(cause, draft):
                draft.cause = cause


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
        case "link":
            yield from _of_link(index, draft)
        case "address" | "route" | "rule" | "neighbour" | "fdb":
            yield from _of_row(index, draft)


def _of_container(sides: Sides, index: Index, draft: Draft) -> Iterator[Draft]:
    for facts in (draft.after, draft.before):
        if facts is None:
            continue
        pod = index.pods.get((str(facts["pod_namespace"] or "default"), str(facts["pod_name"])))
        if pod is not None and (pod.action in BIRTH_AND_DEATH or "state" in pod.touched):
            yield pod
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


def _of_row(index: Index, draft: Draft) -> Iterator[Draft]:
    for side, key, row in index.sides(draft):
        match row:
            case Route():
                yield from _of_route(index, side, key, row)
            case Neighbour():
                # A new MAC on its link ends configured neighbours too (net/core/neighbour.c, neigh_changeaddr).
                ended_by = CARRIER | {"mac"} if row.state == "PERMANENT" else CARRIER
                yield from _dead_link(index, side, key, row.dev, ended_by)
                yield from index.mac(row.mac)
                yield from index.address_anywhere(side, row.address)
            case FdbEntry():
                yield from _dead_link(index, side, key, row.dev, CARRIER | {"master"})
                yield from index.mac(row.mac)
                yield from _listening_for(index, side, key, row)
            case Address():
                yield from _dead_link(index, side, key, row.dev)
            case Rule():
                for name in (row.iif, row.oif):
                    yield from _dead_link(index, side, key, name)
    yield from index.workloads(draft)


def _dead_link(
    index: Index, side: str, key: str, name: str | None, touched: frozenset[str] = CARRIER
) -> Iterator[Draft]:
    """The link a row stands on, if it came, went, or lost or found its carrier; a network's bridge included."""
    link = index.link(side, key, name) if name is not None else None
    if link is not None and (link.action in BIRTH_AND_DEATH or link.touched & touched):
        yield link


def _listening_for(index: Index, side: str, key: str, entry: FdbEntry) -> Iterator[Draft]:
    """The IPv6 address for whose neighbour discovery a link listens to a multicast group (RFC 4291, 2.7.1)."""
    for draft in index.addresses(side, key):
        address = draft.old if side == "before" else draft.new
        if isinstance(address, Address) and address.dev == entry.dev and draft.action in BIRTH_AND_DEATH:
            ip = ip_interface(address.address).ip
            if ip.version == 6 and entry.mac == f"33:33:ff:{ip.packed[13:].hex(':')}":
                yield draft


def _of_route(index: Index, side: str, key: str, route: Route) -> Iterator[Draft]:
    for address in index.addresses(side, key):
        if address.old is not None and address.new is not None and not address.touched & {"scope", "metric", "flags"}:
            continue
        fact = address.new or address.old
        if isinstance(fact, Address) and makes(fact, route):
            yield address
    devs = [route.dev, *(hop.get("dev") for hop in route.nexthops if isinstance(hop, dict))]
    for dev in devs:
        if isinstance(dev, str):
            yield from _dead_link(index, side, key, dev)
    if route.family == "inet6" and route.type == "multicast":
        # All of multicast goes to every link that speaks IPv6, which its link-local address betrays.
        for address in index.addresses(side, key):
            fact = address.new or address.old
            if not isinstance(fact, Address) or fact.dev != route.dev or address.action not in BIRTH_AND_DEATH:
                continue
            if ip_interface(fact.address).ip.is_link_local:
                yield address


def makes(address: Address, route: Route) -> bool:
    """Does the kernel make this route because of that address (net/ipv4/fib_frontend.c, net/ipv6/addrconf.c)?

    The local, broadcast and anycast routes of the address and the on-link route of its prefix; a route that names the
    address as its source goes with it as well.
    """
    if address.family != route.family:
        return False
    own = ip_interface(address.address)
    if route.prefsrc is not None and route.prefsrc == str(own.ip):
        return True
    if route.protocol != "kernel" or route.dev not in (address.dev, "lo", None):
        return False
    target = ip_network(route.dst, strict=False)
    if route.table == "local":
        inside = target.network_address in own.network
        return target == ip_network(own.ip) or (route.type in ("anycast", "broadcast") and inside)
    return target == own.network


def _port_of(index: Index, draft: Draft) -> Draft | None:
    """A bridge takes MTU, MAC and carrier from its ports: such a change follows from a port's."""
    columns = {name.partition(".")[0] for name in draft.touched}
    if draft.kind != "link" or draft.action != "changed" or not columns <= DERIVED_BY_A_BRIDGE:
        return None
    bridge = draft.new
    if not isinstance(bridge, Link) or bridge.link_kind != "bridge":
        return None
    ports = index.ports(draft)
    if not ports:
        return None
    if "mtu" in draft.touched:
        alike = [port for port in ports if isinstance(port.new, Link) and port.new.mtu == bridge.mtu]
        ports = alike or ports
    return ports[0]
