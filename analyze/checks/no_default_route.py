"""no-default-route: a workload with an address and no way out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyze.checks.check import Check, Found, NamespaceOf
from analyze.checks.host import Host
from analyze.checks.words import listed
from analyze.facts import workload_addresses
from analyze.ways_out import WHOLE
from snapshot.model.route import Route


def find(host: Host) -> Iterator[Found]:
    """A workload's namespace in which no table leads to everywhere.

    Two halves of the address space (0.0.0.0/1 and 128.0.0.0/1, as VPNs add them) are a way out too. Networks that a runtime
    calls internal are meant to have none.
    """
    internal = frozenset(network.name for _, network in host.topology.networks if network.internal)
    for key in host.workloads:
        addresses = workload_addresses(host.topology, key)
        if not addresses or _leads_out(host.routes(key)) or _inside_only(host, key, internal):
            continue
        yield Found(
            namespace=key,
            subject=(NamespaceOf(key),),
            message=f"{listed(addresses)}, and no default route: nothing beyond its own subnet can be reached",
            evidence=tuple(_words(route) for route in host.routes(key)[:10]),
        )


def _leads_out(routes: tuple[Route, ...]) -> bool:
    """Any family will do: a pod whose IPv4 is only for its node, and whose way out is IPv6, is as it was meant."""
    leading = {route.dst for route in routes if route.type == "unicast"}
    return any(whole <= leading for whole in WHOLE)


def _inside_only(host: Host, namespace: str, internal: frozenset[str]) -> bool:
    """Is a workload on networks only that its runtime calls internal?"""
    told = [one for container in host.workloads[namespace] for one in container.networks]
    names = {str(one.get("network")) for one in told if isinstance(one, Mapping)}
    return bool(names) and names <= internal


def _words(route: Route) -> str:
    return f"route {route.dst}" + (f" via {route.gateway}" if route.gateway else "") + f" dev {route.dev}"


CHECK = Check(
    id="no-default-route",
    title="Workload without a default route",
    why='Whatever it calls beyond its own subnet fails with "Network is unreachable", and it cannot answer callers from there.',
    severity="critical",
    confidence="strong",
    needs=("link", "address", "route", "container", "network"),
    place="workloads",
    find=find,
)
