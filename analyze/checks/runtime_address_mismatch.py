"""runtime-address-mismatch: a container whose address, MAC or gateway is another than its runtime believes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from analyze.checks.check import Check, ContainerOf, Found
from analyze.checks.host import Host, Unknown
from analyze.checks.runtimes import heard_containers
from analyze.firewall.rule import prefix
from snapshot.model.address import Address
from snapshot.model.container import Container
from snapshot.model.json import Json


def find(host: Host) -> Iterator[Found | Unknown]:
    """What a runtime tells of a running container (docker inspect, CRI's pod status) against the addresses of its namespace.

    The gateway is compared with the default route of the link that bears the address, where it has one: of several networks
    only one is the way out, and internal ones have none. The prefix's length is compared where the runtime tells it. Of a
    namespace without any address nothing is said: a sandbox with a network stack of its own (gVisor) takes them off the
    kernel.
    """
    for said in heard_containers(host):
        if isinstance(said, Unknown):
            yield said
            continue
        key = said.namespace
        if key is None or key == host.topology.host or key not in host.topology.namespaces or not said.networks:
            continue
        borne: dict[str, list[Address]] = defaultdict(list)
        for address in host.topology.namespaces[key].addresses:
            borne[address.address.partition("/")[0]].append(address)
        for told in said.networks if any(a.scope == "global" for found in borne.values() for a in found) else ():
            if isinstance(told, Mapping) and isinstance(told.get("address"), str):
                yield from _compared(host, key, said, told, borne)


def _compared(
    host: Host, key: str, container: Container, told: Mapping[str, Json], borne: Mapping[str, list[Address]]
) -> Iterator[Found]:
    text = str(told["address"])
    bearers = borne.get(_plain(text), ())
    if not bearers:
        there = sorted(a.address for found in borne.values() for a in found if a.scope == "global")
        yield _found(key, container, told, f"has the address {text}", f"its namespace has {', '.join(there[:5])}")
        return
    address = bearers[0]
    if "/" in text and text.partition("/")[2] not in {a.address.partition("/")[2] for a in bearers}:
        yield _found(key, container, told, f"has the address {text}", f"it is {address.address} on {address.dev}")
    links = [host.topology.by_name.get((key, bearer.dev)) for bearer in bearers]
    macs = [link.mac.lower() for link in links if link is not None and link.mac is not None]
    mac = told.get("mac")
    if isinstance(mac, str) and macs and mac.lower() not in macs:
        has = f"{address.dev}, which bears {text}, has {macs[0]}"
        yield _found(key, container, told, f"has the MAC address {mac}", has)
    gateway = told.get("gateway")
    devs = {bearer.dev for bearer in bearers}
    ways = [
        route.gateway
        for route in host.topology.namespaces[key].default_routes
        if route.family == address.family and route.dev in devs and route.gateway is not None
    ]
    if isinstance(gateway, str) and ways and _plain(gateway) not in map(_plain, ways) and host.saw(key, "route"):
        yield _found(key, container, told, f"goes out by {gateway}", f"its default route is via {', '.join(ways[:5])}")


def _plain(address: str) -> str:
    """An address as the kernel's tools spell it, without its prefix's length."""
    network = prefix(address.partition("/")[0])
    return str(network.network_address) if network is not None else address


def _found(key: str, container: Container, told: Mapping[str, Json], believes: str, kernel: str) -> Found:
    network = told.get("network")
    what = believes.split(" ")[2] if believes.startswith("has the") else "gateway"
    return Found(
        namespace=key,
        subject=(ContainerOf(container.id), str(network) if network is not None else None, what),
        message=f"the runtime believes that {container.name} {believes}; {kernel}",
        evidence=(
            f"container {container.name}: "
            + ", ".join(f"{name} {value}" for name, value in sorted(told.items()) if value),
        ),
    )


CHECK = Check(
    id="runtime-address-mismatch",
    title="The runtime believes in another address than the kernel has",
    why="Published ports, service endpoints and network policies follow the runtime's idea, and lead to an address nobody has.",
    severity="warning",
    needs=("link", "address"),
    find=find,
)
