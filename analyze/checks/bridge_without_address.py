"""bridge-without-address: a bridge that workloads take for their gateway, and that has no address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyze.checks.check import Check, Found, LinkAt
from analyze.checks.host import Host
from analyze.checks.prefixes import prefix
from analyze.checks.words import listed
from snapshot.model.container import Network
from snapshot.model.plural import plural


def find(host: Host) -> Iterator[Found]:
    """A bridge may well have no address: one that only switches. It is missed where a runtime made the bridge for a network
    that has a gateway, or where some workload's gateway on a segment that leads nowhere else is nobody's."""
    networks = {
        network.bridge: network for _, network in host.topology.networks if network.bridge and not network.internal
    }
    missed: dict[int, list[str]] = {}
    routed: dict[int, bool] = {}
    for gateway in host.gateways:
        link = host.topology.by_name.get((gateway.namespace, gateway.dev))
        if link is None or gateway.address.link_local:
            continue
        segment = host.segment_of.get((gateway.namespace, link.ifindex))
        if segment is not None and segment.closed and not host.answering.answered(gateway, segment):
            missed.setdefault(segment.number, []).append(f"{gateway.words} in {host.scope(gateway.namespace)}")
    for (key, name), ports in host.ports.items():
        bridge = host.topology.by_name.get((key, name))
        segment = host.segment_of.get((key, bridge.ifindex)) if bridge is not None else None
        if bridge is None or bridge.link_kind != "bridge" or segment is None or not segment.closed:
            continue
        if _has_address(host, key, name):
            continue
        if segment.number not in routed:
            routed[segment.number] = any(_has_address(host, b.namespace, b.link.name) for b in segment.bridges)
        network = networks.get(name) if key == host.topology.host else None
        expected = _gateways(network) if network is not None else []
        wanting = [] if routed[segment.number] else missed.get(segment.number, [])
        if expected or wanting:
            told = f"; network {network.name} has the gateway {listed(expected)}" if network and expected else ""
            yield Found(
                namespace=key,
                subject=(LinkAt(key, bridge.ifindex),),
                message=f"bridge {name} has {plural(len(ports), 'port')} and no address{told}",
                evidence=tuple(wanting[:10]),
                rests_on=segment.namespaces,
            )


def _has_address(host: Host, key: str, name: str) -> bool:
    return any(address.scope != "link" for address in host.addresses.get((key, name), ()))


def _gateways(network: Network) -> list[str]:
    """The gateways that a network tells; as an address or with a prefix length."""
    told = [subnet.get("gateway") for subnet in network.subnets if isinstance(subnet, Mapping)]
    return [one for one in told if isinstance(one, str) and prefix(one) is not None]


CHECK = Check(
    id="bridge-without-address",
    title="Bridge that should be a gateway and has no address",
    why="The workloads on it reach each other and nothing else; the host does not reach them.",
    severity="critical",
    confidence="strong",
    needs=("link", "nsid", "address", "route", "local", "nexthop", "network"),
    also=("gateway",),
    find=find,
)
