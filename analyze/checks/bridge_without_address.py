"""bridge-without-address: a bridge that workloads take for their gateway, and that has no address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyze.checks.check import Check, Found, LinkAt
from analyze.checks.host import Host
from analyze.checks.prefixes import prefix
from analyze.checks.segments import Segment
from analyze.veths import End
from snapshot.model.container import Network


def find(host: Host) -> Iterator[Found]:
    """A bridge may well have no address: one that only switches. It is missed where a runtime made the bridge for a network
    that has a gateway, or where some workload's gateway on a segment that leads nowhere else is nobody's."""
    networks = {
        network.bridge: network for _, network in host.topology.networks if network.bridge and not network.internal
    }
    missed: dict[int, list[str]] = {}
    for gateway in host.gateways:
        link = host.topology.by_name.get((gateway.namespace, gateway.dev))
        if link is None or gateway.address.link_local:
            continue
        segment = host.segment_of.get((gateway.namespace, link.ifindex))
        if segment is not None and segment.closed and not host.answering.answered(gateway, segment):
            missed.setdefault(segment.number, []).append(f"{gateway.words} in {host.scope(gateway.namespace)}")
    for (key, name), ports in host.ports.items():
        bridge = host.topology.by_name.get((key, name))
        if bridge is None or bridge.link_kind != "bridge" or _global_addresses(host, key, name):
            continue
        end = End(namespace=key, link=bridge)
        segment = host.segment_of[end.spot]
        network = networks.get(name) if key == host.topology.host else None
        expected = _gateways(network) if network is not None else []
        wanting = missed.get(segment.number, [])
        if segment.closed and (expected or (wanting and not _other_router(host, segment, end))):
            told = f"; network {network.name} has the gateway {', '.join(expected)}" if network and expected else ""
            yield Found(
                namespace=key,
                subject=(LinkAt(*end.spot),),
                message=f"bridge {name} has {len(ports):,} port{'' if len(ports) == 1 else 's'} and no address{told}",
                evidence=tuple(wanting[:10]),
                rests_on=segment.namespaces,
            )


def _global_addresses(host: Host, key: str, name: str) -> bool:
    return any(address.scope != "link" for address in host.addresses.get((key, name), ()))


def _gateways(network: Network) -> list[str]:
    """The gateways that a network tells; as an address or with a prefix length."""
    told = [subnet.get("gateway") for subnet in network.subnets if isinstance(subnet, Mapping)]
    return [one for one in told if isinstance(one, str) and prefix(one) is not None]


def _other_router(host: Host, segment: Segment, bridge: End) -> bool:
    """Has another bridge of the segment an address?"""
    return any(_global_addresses(host, b.namespace, b.link.name) for b in segment.bridges if b.spot != bridge.spot)


CHECK = Check(
    id="bridge-without-address",
    title="Bridge that should be a gateway and has no address",
    why="The workloads on it reach each other and nothing else; the host does not reach them.",
    severity="critical",
    confidence="strong",
    needs=("link", "nsid", "address", "route", "gateway", "nexthop", "network"),
    find=find,
)
