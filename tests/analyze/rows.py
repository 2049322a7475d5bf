"""Rows of small hosts: what the kernel and Docker make for a namespace, a link, an address."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from snapshot.model.address import Address
from snapshot.model.firewall import FirewallEntry
from snapshot.model.json import Json
from snapshot.model.kinds import Fact
from snapshot.model.link import Link
from snapshot.model.route import Route
from snapshot.model.sysctl import Sysctl
from snapshot.model.traffic import Qdisc
from snapshot.model.vlan import Vlan

if TYPE_CHECKING:
    from tests.analyze.hosts import Net


def namespace_wide() -> list[Fact]:
    """The sysctls of a new namespace."""
    every: dict[str, Json] = {"forwarding": 0, "rp_filter": 0}
    return [
        Sysctl(path="net.ipv4", values={"ip_forward": 0, "ip_local_port_range": "32768\t60999"}),
        *(Sysctl(path=f"net.ipv4.conf.{dev}", dev=dev, values=every) for dev in ("all", "default")),
        *(
            Sysctl(path=f"net.ipv6.conf.{dev}", dev=dev, values={"disable_ipv6": 0, "forwarding": 0})
            for dev in ("all", "default")
        ),
    ]


def steering(link: Link) -> list[Fact]:
    """What the kernel makes for every link: its sysctls and its queueing discipline; for a port its bridge's VLAN 1."""
    name = link.name.replace(".", "/")
    rows: list[Fact] = [
        Sysctl(path=f"net.ipv4.conf.{name}", dev=link.name, values={"forwarding": 0, "rp_filter": 0}),
        Sysctl(path=f"net.ipv6.conf.{name}", dev=link.name, values={"disable_ipv6": 0, "forwarding": 0}),
        Qdisc(dev=link.name, handle="0:", parent="root", qdisc="noqueue"),
    ]
    if link.master is not None or link.link_kind == "bridge":
        rows.append(Vlan(dev=link.name, vlan=1, flags=("Egress Untagged", "PVID"), state="forwarding"))
    return rows


def chain(name: str, policy: str | None = None, table: str = "filter", **more: object) -> FirewallEntry:
    """A chain of iptables-nft."""
    text = f"policy {policy}" if policy is not None else ""
    fact = FirewallEntry(backend="iptables-nft", family="ip", table=table, object="chain", chain=name, text=text)
    return replace(fact, **more)  # type: ignore[arg-type]


def rules(name: str, *texts: str, table: str = "filter", start: int = 0) -> list[FirewallEntry]:
    """The rules of a chain, in their order."""
    return [
        FirewallEntry(
            backend="iptables-nft", family="ip", table=table, object="rule", chain=name, position=place, text=t
        )
        for place, t in enumerate(texts, start=start)
    ]


def texts(net: Net, name: str) -> list[str]:
    """What the rules of a chain say."""
    found = [row for row in net.more if isinstance(row, FirewallEntry) and row.object == "rule" and row.chain == name]
    return [row.text for row in sorted(found, key=lambda row: row.position or 0)]


def set_rules(net: Net, name: str, *words: str, table: str = "filter") -> None:
    """Give a chain these rules instead of those it has."""
    net.more = [
        row
        for row in net.more
        if not (isinstance(row, FirewallEntry) and row.object == "rule" and (row.table, row.chain) == (table, name))
    ]
    net.more += rules(name, *words, table=table)


def dockers_rules(bridge: str) -> list[Fact]:
    """What Docker puts into the firewall for its bridge."""
    return [
        *(chain(name, policy="ACCEPT") for name in ("INPUT", "FORWARD", "OUTPUT")),
        chain("DOCKER"),
        chain("DOCKER-ISOLATION"),
        *rules("FORWARD", "-j DOCKER-ISOLATION", f"-o {bridge} -j DOCKER", f"-i {bridge} -j ACCEPT"),
        chain("POSTROUTING", policy="ACCEPT", table="nat"),
        chain("DOCKER", table="nat"),
        *rules("POSTROUTING", f"-s 10.1.27.0/24 ! -o {bridge} -j MASQUERADE", table="nat"),
    ]


def address(dev: str, text: str, **more: object) -> Address:
    family = "inet6" if ":" in text else "inet"
    fact = Address(dev=dev, family=family, address=text, scope="global", label=dev, flags=("permanent",))
    return replace(fact, **more)  # type: ignore[arg-type]


def route(dst: str, dev: str | None, **more: object) -> Route:
    family = "inet6" if ":" in dst else "inet"
    fact = Route(family=family, table="main", type="unicast", dst=dst, dev=dev, protocol="boot", scope="global")
    return replace(fact, **more)  # type: ignore[arg-type]


def default_route(dev: str, gateway: str = "10.1.27.1") -> Route:
    return route("0.0.0.0/0", dev, gateway=gateway)


def routes_of(dev: str, ip: str, subnet: str) -> list[Route]:
    """The routes the kernel makes for an IPv4 address."""
    kernel = {"protocol": "kernel", "prefsrc": ip}
    broadcast = subnet.rpartition(".")[0] + ".255"
    return [
        route(subnet, dev, scope="link", **kernel),
        route(f"{ip}/32", dev, table="local", type="local", scope="host", **kernel),
        route(f"{broadcast}/32", dev, table="local", type="broadcast", scope="link", **kernel),
    ]
