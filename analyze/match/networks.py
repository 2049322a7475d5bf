"""A runtime's networks: the same to a person, in the same or a new instance."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from analyze.match.overrides import MAPPED, Overrides
from analyze.match.pairing import Identity, pair
from analyze.match.result import Matching
from analyze.topology import Topology
from snapshot.model.container import Network

ToldNetwork = tuple[str, Network]
"""A network with the endpoint of the runtime that told it."""


def match_networks(before: Topology, after: Topology, overrides: Overrides) -> Matching[ToldNetwork]:
    """Match networks by id, then by name, then by their place in a Compose project, then by subnet, then by bridge."""
    mapped = frozenset(overrides.networks.values())
    identities: list[Identity[ToldNetwork]] = [
        Identity(
            reason=MAPPED, confidence="exact", key=lambda told: overrides.networks.get(told[1].id),
            after_key=lambda told: told[1].id if told[1].id in mapped else None,
        ),
        Identity(reason="network id", confidence="exact", key=lambda told: (told[0], told[1].id)),
        Identity(reason="network id", confidence="exact", key=lambda told: told[1].id),
        Identity(reason="network name", confidence="strong", key=lambda told: (told[0], told[1].name)),
        Identity(reason="compose project and network", confidence="strong", key=_compose_place),
        Identity(reason="subnet", confidence="weak", key=_subnets),
        Identity(reason="bridge", confidence="weak", key=_bridge),
    ]  # fmt: skip
    return pair(before.networks, after.networks, identities, _same)


def _same(a: ToldNetwork, b: ToldNetwork) -> bool:
    """One instance. Docker makes its default network anew whenever it starts (moby, daemon/daemon_unix.go:
    initNetworkController); as long as it stands on the bridge it stood on that is nothing but another id."""
    return a[1].id == b[1].id or (a[0] == b[0] and is_default(a[1]) and is_default(b[1]) and a[1].bridge == b[1].bridge)


def is_default(network: Network) -> bool:
    """Is it the network of containers that were given none?"""
    return (network.name, network.driver) == ("bridge", "bridge")


def _compose_place(told: ToldNetwork) -> Hashable | None:
    labels = told[1].labels
    place = labels.get("com.docker.compose.project"), labels.get("com.docker.compose.network")
    return (told[0], *map(str, place)) if all(isinstance(part, str) for part in place) else None


def _subnets(told: ToldNetwork) -> Hashable | None:
    subnets = frozenset(
        str(subnet["subnet"]) for subnet in told[1].subnets if isinstance(subnet, Mapping) and subnet.get("subnet")
    )
    return (told[0], told[1].driver, subnets) if subnets else None


def _bridge(told: ToldNetwork) -> Hashable | None:
    return (told[0], told[1].driver, told[1].bridge) if told[1].bridge is not None else None
