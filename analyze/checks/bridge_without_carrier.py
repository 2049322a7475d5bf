"""bridge-without-carrier: a bridge that has ports and passes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from analyze.checks.check import Check, Found, LinkAt
from analyze.checks.host import Host
from snapshot.model.link import Link
from snapshot.model.plural import plural


def find(host: Host) -> Iterator[Found]:
    """A bridge that is set down, or that is up and none of whose ports has a carrier. Ports that nobody uses do not count; a
    bridge without others waits for its first workload (docker0)."""
    for (key, name), every in host.ports.items():
        bridge = host.topology.by_name.get((key, name))
        if bridge is None or bridge.link_kind != "bridge":
            continue
        up = "UP" in bridge.flags
        ports = [port for port in every if _used(host, key, port)]
        if not ports or (up and any("LOWER_UP" in port.flags for port in every)):
            continue
        number = plural(len(ports), "port")
        trouble = f"has {number} and none of them has a carrier" if up else f"is down, and has {number}"
        yield Found(
            namespace=key,
            subject=(LinkAt(key, bridge.ifindex),),
            message=f"bridge {name} {trouble}",
            evidence=tuple(
                f"port {port.name}: state {port.state}, flags {','.join(port.flags) or 'none'}" for port in ports[:10]
            ),
        )


def _used(host: Host, namespace: str, port: Link) -> bool:
    """A tap without a VM (libvirt keeps one on each bridge) and a veth pair of which both ends are down are nobody's."""
    if port.link_kind in ("tun", "dummy"):
        return "LOWER_UP" in port.flags
    veth = host.topology.veth_at.get((namespace, port.ifindex))
    return veth is None or any("UP" in end.link.flags for end in veth.ends)


CHECK = Check(
    id="bridge-without-carrier",
    title="Bridge with ports and without carrier",
    why="Everything that is attached to it is cut off, from the host and from each other.",
    severity="critical",
    needs=("link", "nsid"),
    find=find,
)
