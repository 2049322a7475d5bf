"""veth-without-way: a workload whose veth pair ends, on the host, on no bridge and with no route to it."""

from __future__ import annotations

from collections.abc import Iterator

from analyze.checks.check import Check, Found, LinkAt
from analyze.checks.host import Host
from analyze.checks.words import listed
from analyze.veths import End


def find(host: Host) -> Iterator[Found]:
    """An end that is up, whose other end, in another namespace, has an address; and at this one nothing takes what comes out:
    no bridge, no address, no route, no link that stands on it, no traffic filter or BPF program (as Cilium and Kata have)."""
    for veth in host.topology.veths:
        if veth.near is None or veth.far is None or veth.near.namespace == veth.far.namespace:
            continue
        for end, other in ((veth.near, veth.far), (veth.far, veth.near)):
            if "UP" in end.link.flags and "UP" in other.link.flags and _leads_nowhere(host, end) and _used(host, other):
                yield Found(
                    namespace=other.namespace,
                    subject=(LinkAt(*other.spot),),
                    message=f"{host.where(other.namespace, other.link.name)} has {listed(_addresses(host, other))}, but its "
                    f"other end {host.where(end.namespace, end.link.name)} is on no bridge and no route leads to it",
                    evidence=(f"link {end.link.name} index {end.link.ifindex} state {end.link.state} master none",),
                    rests_on=frozenset({end.namespace}),
                )


def _leads_nowhere(host: Host, end: End) -> bool:
    spot = end.namespace, end.link.name
    if end.link.master is not None or spot in host.routed or spot in host.steered or end.spot in host.carrying:
        return False
    return not _addresses(host, end)


def _used(host: Host, end: End) -> bool:
    return end.link.master is None and bool(_addresses(host, end))


def _addresses(host: Host, end: End) -> list[str]:
    return [
        a.address for a in host.addresses.get((end.namespace, end.link.name), ()) if a.scope not in ("link", "host")
    ]


CHECK = Check(
    id="veth-without-way",
    title="Veth pair whose host end leads nowhere",
    why="The workload is cut off: what it sends ends at the host's end, and nothing is ever sent to it.",
    severity="critical",
    confidence="strong",
    needs=("link", "nsid", "address", "route", "onlink", "nexthop", "filter", "bpf"),
    find=find,
)
