"""bridge-without-carrier: a bridge that has ports and passes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from analyze.checks.check import Check, Found, LinkAt
from analyze.checks.host import Host


def find(host: Host) -> Iterator[Found]:
    """A bridge that is set down, or that is up and none of whose ports has a carrier. One without ports has none either, and
    waits for its first workload (docker0)."""
    for (key, name), ports in host.ports.items():
        bridge = host.topology.by_name.get((key, name))
        if bridge is None or bridge.link_kind != "bridge":
            continue
        up = "UP" in bridge.flags
        if up and ("LOWER_UP" in bridge.flags or any("LOWER_UP" in port.flags for port in ports)):
            continue
        number = f"{len(ports):,} port{'' if len(ports) == 1 else 's'}"
        trouble = f"has {number} and none of them has a carrier" if up else f"is down, and has {number}"
        yield Found(
            namespace=key,
            subject=(LinkAt(key, bridge.ifindex),),
            message=f"bridge {name} {trouble}",
            evidence=tuple(
                f"port {port.name}: state {port.state}, flags {','.join(port.flags) or 'none'}" for port in ports[:10]
            ),
        )


CHECK = Check(
    id="bridge-without-carrier",
    title="Bridge with ports and without carrier",
    why="Everything that is attached to it is cut off, from the host and from each other.",
    severity="critical",
    needs=("link",),
    find=find,
)
