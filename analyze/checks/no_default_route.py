"""no-default-route: a workload with an address and no way out."""

from __future__ import annotations

from collections.abc import Iterator

from analyze.checks.check import Check, Found, NamespaceOf
from analyze.checks.host import Host
from analyze.facts import workload_addresses
from snapshot.model.route import Route

EVERYWHERE = {"inet": "0.0.0.0/0", "inet6": "::/0"}


def find(host: Host) -> Iterator[Found]:
    """A workload's namespace in which no table leads to 0.0.0.0/0 (nor, having IPv6 addresses only, to ::/0).

    Two halves of the address space (0.0.0.0/1 and 128.0.0.0/1, as VPNs add them) are a way out too. Networks that a runtime
    calls internal are meant to have none.
    """
    for key in host.workloads:
        addresses = workload_addresses(host.topology, key)
        families = {"inet6" if ":" in address else "inet" for address in addresses}
        if not families or _leads_out(host.routes(key)) or _on(host, key, host.internal_bridges):
            continue
        yield Found(
            namespace=key,
            subject=(NamespaceOf(key),),
            message=f"{', '.join(addresses)} and no default route: nothing beyond its own subnet can be reached",
            evidence=tuple(_words(route) for route in host.routes(key)[:10]),
        )


def _leads_out(routes: tuple[Route, ...]) -> bool:
    """Any family will do: a pod whose IPv4 is only for its node, and whose way out is IPv6, is as it was meant."""
    leading = {route.dst for route in routes if route.type == "unicast"}
    halves = {"0.0.0.0/1", "128.0.0.0/1"} <= leading or {"::/1", "8000::/1"} <= leading
    return halves or any(dst in leading for dst in EVERYWHERE.values())


def _on(host: Host, namespace: str, bridges: frozenset[str]) -> bool:
    """Is a workload on such bridges of the host only?"""
    veths = [host.topology.veth_at.get((namespace, link.ifindex)) for link in host.topology.namespaces[namespace].links]
    on = {veth.bridge for veth in veths if veth is not None and veth.near is not None}
    return bool(on) and on <= bridges


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
