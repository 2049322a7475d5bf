"""mtu-mismatch: somewhere between two ends, less fits through than one of them sends."""

from __future__ import annotations

from collections.abc import Iterator

from analyze.checks.check import Check, Found, LinkAt
from analyze.checks.host import Host, Unknown
from analyze.checks.segments import Segment
from analyze.checks.tunnels import Tunnel, tunnels
from analyze.veths import End, Veth


def find(host: Host) -> Iterator[Found | Unknown]:
    """On one segment nobody tells a sender that its frame was too large: a bridge, and a veth's other end, drop it in silence
    (net/core/dev.c, is_skb_forwardable). Between segments a router says so (ICMP), and different MTUs are no trouble."""
    uneven: set[tuple[str, int]] = set()
    for veth in host.topology.veths:
        if veth.near is None or veth.far is None or veth.near.link.mtu == veth.far.link.mtu:
            continue
        if _up(veth.near) and _up(veth.far):
            uneven.update(end.spot for end in veth.ends)
            yield _uneven(host, veth, veth.near, veth.far)
    for segment in host.segments:
        if segment.bridges and segment.flat:
            yield from _on_segment(host, segment, uneven)
    yield from _in_tunnels(host)


def _up(end: End) -> bool:
    return "UP" in end.link.flags and end.link.mtu is not None


def _uneven(host: Host, veth: Veth, near: End, far: End) -> Found:
    wide, narrow = sorted((near, far), key=lambda end: -(end.link.mtu or 0))
    return Found(
        namespace=veth.home.namespace,
        subject=(LinkAt(*veth.home.spot),),
        message=f"{host.where(wide.namespace, wide.link.name)} sends up to {wide.link.mtu} bytes, its other end "
        f"{host.where(narrow.namespace, narrow.link.name)} takes {narrow.link.mtu}",
        evidence=tuple(_words(host, end) for end in (wide, narrow)),
        rests_on=frozenset({near.namespace, far.namespace}),
    )


def _on_segment(host: Host, segment: Segment, uneven: set[tuple[str, int]]) -> Iterator[Found]:
    """The widest that sends against the narrowest that it may have to pass. Who has no address sends nothing."""
    # A bridge is no place to pass: its ports are, and it takes its MTU from the narrowest of them unless told otherwise.
    places = [end for end in segment.members if end.link.link_kind != "bridge" and _up(end) and end.spot not in uneven]
    if not places:
        return
    narrow = min(places, key=lambda end: end.link.mtu or 0)
    least = narrow.link.mtu or 0
    if all((end.link.mtu or 0) <= least for end in segment.stations):
        return
    senders = [end for end in segment.stations if _up(end) and end.spot not in uneven and _speaks(host, end)]
    wide = [end for end in senders if (end.link.mtu or 0) > least]
    if not wide:
        return
    bridge = segment.bridges[0]
    widest = max(wide, key=lambda end: end.link.mtu or 0)
    yield Found(
        namespace=bridge.namespace,
        subject=(LinkAt(*bridge.spot),),
        message=f"on bridge {bridge.link.name}, {host.where(widest.namespace, widest.link.name)} sends up to "
        f"{widest.link.mtu} bytes, and {host.where(narrow.namespace, narrow.link.name)} takes {narrow.link.mtu} "
        f"({len(wide):,} of {len(senders):,} {'sends' if len(wide) == 1 else 'send'} more than that)",
        evidence=tuple(dict.fromkeys(_words(host, end) for end in (narrow, bridge, *wide[:8]))),
        rests_on=segment.namespaces,
    )


def _speaks(host: Host, end: End) -> bool:
    addresses = host.addresses.get((end.namespace, end.link.name), ())
    return any(address.scope == "global" for address in addresses)


def _in_tunnels(host: Host) -> Iterator[Found | Unknown]:
    """One finding for each tunnel: of several peers the one with least room."""
    found: dict[tuple[str, int], Tunnel] = {}
    for tunnel in tunnels(host):
        if isinstance(tunnel, Unknown):
            yield tunnel
        elif _room(tunnel) < (tunnel.link.mtu or 0):
            spot = (tunnel.namespace, tunnel.link.ifindex)
            found[spot] = min(tunnel, found.get(spot, tunnel), key=lambda t: (_room(t), t.below.ifindex))
    for tunnel in found.values():
        link, below = tunnel.link, tunnel.below
        yield Found(
            namespace=tunnel.namespace,
            subject=(LinkAt(tunnel.namespace, link.ifindex),),
            message=f"tunnel {link.name} takes {link.mtu} bytes and adds {tunnel.overhead}, but "
            f"{host.where(tunnel.where, below.name)} below it takes {below.mtu}",
            evidence=(f"{link.name}: {link.link_kind}, mtu {link.mtu}", f"{below.name}: mtu {below.mtu}"),
            rests_on=frozenset({tunnel.where}),
        )


def _room(tunnel: Tunnel) -> int:
    """What fits through, in bytes."""
    return tunnel.most - tunnel.overhead


def _words(host: Host, end: End) -> str:
    return f"{host.where(end.namespace, end.link.name)}: mtu {end.link.mtu}"


CHECK = Check(
    id="mtu-mismatch",
    title="MTU too small on the way",
    why="Small packets pass and large ones vanish: a connection opens, and hangs as soon as it carries data.",
    severity="warning",
    confidence="strong",
    needs=("link", "nsid", "address"),
    find=find,
)
