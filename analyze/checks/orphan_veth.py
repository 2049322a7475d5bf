"""orphan-veth: a veth pair that never left the host, one end of which serves nobody."""

from __future__ import annotations

from collections.abc import Iterator

from analyze.checks.check import Check, Found, LinkAt
from analyze.checks.host import Host
from analyze.veths import End, Veth


def find(host: Host) -> Iterator[Found]:
    """A pair's end is moved into the workload's namespace after the pair was made (veth(4)); one that was never moved, or came
    back when the workload's namespace was given up by hand, is left over: on a bridge at one end, idle at the other."""
    for veth in host.topology.veths:
        if veth.near is None or veth.far is None or veth.near.namespace != veth.far.namespace:
            # An end in a namespace that was not found may be in one that this host cannot see: nothing is proven.
            continue
        for used, idle in ((veth.near, veth.far), (veth.far, veth.near)):
            if _on_bridge(host, used) and _idle(host, idle):
                yield _found(host, veth, used, idle)


def _on_bridge(host: Host, end: End) -> bool:
    if end.link.master is None:
        return False
    master = host.topology.by_name.get((end.namespace, end.link.master))
    return master is not None and master.link_kind == "bridge"


def _idle(host: Host, end: End) -> bool:
    """On no bridge, without an address of its own, without a route, and nothing stands on it."""
    spot = end.namespace, end.link.name
    if end.link.master is not None or spot in host.routed or spot in host.steered or end.spot in host.carrying:
        return False
    return all(address.scope == "link" for address in host.addresses.get(spot, ()))


def _found(host: Host, veth: Veth, used: End, idle: End) -> Found:
    return Found(
        namespace=used.namespace,
        subject=(LinkAt(*used.spot),),
        message=f"veth {used.link.name} is on {used.link.master}, but its other end {idle.link.name} is still in "
        f"{host.scope(idle.namespace)} and serves nobody",
        evidence=tuple(
            f"link {end.link.name} index {end.link.ifindex} state {end.link.state} master {end.link.master or 'none'}"
            for end in (used, idle)
        ),
    )


CHECK = Check(
    id="orphan-veth",
    title="Veth pair that serves nobody",
    why="What a failed start left behind: it takes a port of the bridge, and its name may be in a later start's way.",
    severity="warning",
    confidence="strong",
    needs=("link", "nsid", "address", "route", "onlink", "nexthop", "filter", "bpf", "namespace"),
    find=find,
)
