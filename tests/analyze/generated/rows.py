"""What happens to rows of generated hosts: addresses, routes, rules, caches, and what steers packets."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from snapshot.model.fdb import FdbEntry
from snapshot.model.ipvs import IpvsService
from snapshot.model.neighbour import Neighbour
from snapshot.model.nexthop import Nexthop
from snapshot.model.route import Route
from snapshot.model.rule import Rule
from snapshot.model.socket import Socket
from snapshot.model.sysctl import Sysctl
from snapshot.model.traffic import Qdisc
from snapshot.model.vlan import Vlan
from tests.analyze.generated.firewall import FIREWALL_CHANGES
from tests.analyze.hosts import Host, Net
from tests.analyze.rows import address, route, routes_of


def _net(host: Host, chance: Random) -> Net:
    return host.root if chance.random() < 0.5 else chance.choice(list(host.nets.values()))


def _dev(net: Net, chance: Random) -> str:
    return chance.choice(net.links).name


def address_come(host: Host, chance: Random) -> None:
    net = _net(host, chance)
    dev, number = _dev(net, chance), chance.randrange(1, 6)
    new = address(dev, f"fd00::{number}/64" if chance.random() < 0.3 else f"172.16.{number}.1/24")
    if not any((a.dev, a.address) == (dev, new.address) for a in net.addresses):
        net.addresses.append(new)
        if new.family == "inet":
            made = routes_of(dev, f"172.16.{number}.1", f"172.16.{number}.0/24")
            net.routes += [row for row in made if row not in net.routes]


def address_gone(host: Host, chance: Random) -> None:
    net = _net(host, chance)
    if net.addresses:
        old = net.addresses.pop(chance.randrange(len(net.addresses)))
        ip = old.address.partition("/")[0]
        net.routes = [row for row in net.routes if not (row.prefsrc == ip and row.dev == old.dev)]
        if old.family == "inet" and not any((a.family, a.dev) == ("inet", old.dev) for a in net.addresses):
            _without_ipv4(net, old.dev)


def _without_ipv4(net: Net, dev: str) -> None:
    """A link that lost its last IPv4 address: the kernel ends IPv4 there (fib_disable_ip, arp_ifdown)."""

    def ends(row: Route | Neighbour) -> bool:
        return row.family == "inet" and row.dev == dev and getattr(row, "nexthop_id", None) is None

    net.routes = [row for row in net.routes if not ends(row)]
    net.neighbours = [row for row in net.neighbours if not ends(row)]


def address_edited(host: Host, chance: Random) -> None:
    net = _net(host, chance)
    if net.addresses:
        at = chance.randrange(len(net.addresses))
        more = chance.choice(({"flags": ("permanent", "tentative")}, {"metric": 7}, {"scope": "link"}))
        net.addresses[at] = replace(net.addresses[at], **more)


def route_come(host: Host, chance: Random) -> None:
    net = _net(host, chance)
    targets = ("198.51.100.0/24", "0.0.0.0/0", "203.0.113.0/24")
    table, metric = chance.choice(("main", "main", "100")), chance.choice((None, 10, 20, 30))
    new = route(chance.choice(targets), _dev(net, chance), table=table, metric=metric,
                gateway=chance.choice((None, "10.1.0.9", "10.1.0.1")))  # fmt: skip
    if new not in net.routes:
        net.routes.append(new)


def route_gone(host: Host, chance: Random) -> None:
    net = _net(host, chance)
    if net.routes:
        net.routes.pop(chance.randrange(len(net.routes)))


def route_edited(host: Host, chance: Random) -> None:
    net = _net(host, chance)
    if net.routes:
        at = chance.randrange(len(net.routes))
        old = net.routes[at]
        more = chance.choice(
            (
                {"metric": chance.randrange(5)},
                {"gateway": "10.1.0.77"},
                {"metrics": {"mtu": 1400}},
                {"flags": ("linkdown",)},
            )
        )
        new = replace(old, **more)
        if old.nexthops:
            hops = [{**hop, "weight": chance.randrange(1, 4)} for hop in old.nexthops if isinstance(hop, dict)]
            new = replace(old, nexthops=tuple(chance.sample(hops, len(hops))))
        if new not in net.routes:
            net.routes[at] = new


def rule_come(host: Host, chance: Random) -> None:
    net = _net(host, chance)
    oif, table = chance.choice((None, _dev(net, chance))), chance.choice(("main", "100", "200"))
    priority, src = chance.randrange(100, 104), chance.choice((None, "10.1.0.0/24"))
    new = Rule(family="inet", priority=priority, src=src, oif=oif, action="to_tbl", table=table)
    if new not in net.rules:
        net.rules.append(new)


def rule_gone(host: Host, chance: Random) -> None:
    if host.root.rules:
        host.root.rules.pop(chance.randrange(len(host.root.rules)))


def neighbours_aged(host: Host, chance: Random) -> None:
    root = host.root
    root.neighbours = [replace(row, state="STALE") if row.state == "REACHABLE" else row for row in root.neighbours]
    root.neighbours = [row for row in root.neighbours if chance.random() < 0.9]


def neighbour_come(host: Host, chance: Random) -> None:
    net = _net(host, chance)
    state = chance.choice(("REACHABLE", "FAILED", "PERMANENT"))
    new = Neighbour(family="inet", dev=_dev(net, chance), address=f"10.1.0.{chance.randrange(2, 9)}", state=state,
                    mac=None if state == "FAILED" else "02:00:00:00:bb:01")  # fmt: skip
    if not any((row.dev, row.address) == (new.dev, new.address) for row in net.neighbours):
        net.neighbours.append(new)


def neighbour_edited(host: Host, chance: Random) -> None:
    rows = host.root.neighbours
    if rows:
        at = chance.randrange(len(rows))
        rows[at] = replace(rows[at], mac=f"02:66:66:66:66:{chance.randrange(3):02x}")


def fdb_learnt(host: Host, chance: Random) -> None:
    root = host.root
    ports = [link for link in root.links if link.master is not None]
    if ports:
        port = chance.choice(ports)
        new = FdbEntry(
            dev=port.name, mac=f"02:00:00:00:cc:{chance.randrange(4):02x}", master=port.master, state="reachable"
        )
        root.fdb = [row for row in root.fdb if (row.mac, row.master) != (new.mac, new.master)] + [new]


def fdb_gone(host: Host, chance: Random) -> None:
    if host.root.fdb:
        host.root.fdb.pop(chance.randrange(len(host.root.fdb)))


def sysctl_set(host: Host, chance: Random) -> None:
    net = _net(host, chance)
    place = chance.choice(("net.ipv4", "net.ipv4.conf.all", "net.ipv6.conf.all", "net.ipv4.conf.default", "one"))
    name = {"net.ipv4": "ip_forward", "net.ipv6.conf.all": "disable_ipv6"}.get(
        place, chance.choice(("forwarding", "rp_filter"))
    )
    every = place != "one"
    lucky = chance.choice([row for row in net.more if isinstance(row, Sysctl)] or [None])

    def new(row: Sysctl) -> Sysctl:
        key = name if name in row.values else "forwarding"
        hit = row is lucky or (
            every and (row.path == place or (key in row.values and row.path.startswith(place.rpartition(".")[0])))
        )
        return replace(row, values={**row.values, key: 1}) if hit and key in row.values else row

    net.more = [new(row) if isinstance(row, Sysctl) else row for row in net.more]


def sysctl_unread(host: Host, chance: Random) -> None:
    """Of namespaces that forward for nobody fewer directories are read."""
    net = _net(host, chance)
    if not net.host:
        net.more = [row for row in net.more if not (isinstance(row, Sysctl) and row.path.startswith("net.ipv6"))]


def socket_come(host: Host, chance: Random) -> None:
    net = _net(host, chance)
    new = Socket(protocol=chance.choice(("tcp", "udp")), family="inet", address="0.0.0.0", port=chance.choice((53, 80, 40000)),
                 uid=0, owner=chance.choice(("host", "unknown")))  # fmt: skip
    if new not in net.more:
        net.more.append(new)


def socket_gone(host: Host, chance: Random) -> None:
    net = _net(host, chance)
    gone = chance.choice([row for row in net.more if isinstance(row, Socket)] or [None])
    net.more = [row for row in net.more if row is not gone]


def qdisc_set(host: Host, chance: Random) -> None:
    net = _net(host, chance)
    dev, handle = _dev(net, chance), chance.choice(("8001:", "8002:", "1:"))
    net.more = [
        replace(row, qdisc=chance.choice(("fq_codel", "htb")), handle=handle)
        if isinstance(row, Qdisc) and row.dev == dev
        else row
        for row in net.more
    ]


def nexthop_gone(host: Host, chance: Random) -> None:
    """A nexthop, with the routes that use it and its place in groups."""
    root = host.root
    old = chance.choice([row for row in root.more if isinstance(row, Nexthop)] or [None])
    if old is not None:
        root.routes = [row for row in root.routes if row.nexthop_id != old.id]
        left = [row for row in root.more if row is not old]
        root.more = [
            replace(row, group=tuple(hop for hop in row.group if isinstance(hop, dict) and hop["id"] != old.id))
            if isinstance(row, Nexthop)
            else row
            for row in left
        ]


def nexthop_edited(host: Host, chance: Random) -> None:
    root = host.root
    root.more = [
        replace(row, gateway="192.0.2.99") if isinstance(row, Nexthop) and row.id == 7 else row for row in root.more
    ]


def vlan_set(host: Host, chance: Random) -> None:
    root = host.root
    new = Vlan(dev=_dev(root, chance), vlan=chance.randrange(2, 5), flags=("PVID",))
    root.more = [
        row for row in root.more if not (isinstance(row, Vlan) and (row.dev, row.vlan) == (new.dev, new.vlan))
    ] + [new]


def steering_gone(host: Host, chance: Random) -> None:
    """Some of what steers packets, gone."""
    kinds = {type(row).__name__ for row in host.root.more} - {"Sysctl", "FirewallEntry"}
    kind = chance.choice(sorted(kinds) or [""])
    host.root.more = [row for row in host.root.more if type(row).__name__ != kind or chance.random() < 0.5]


def service_edited(host: Host, chance: Random) -> None:
    """The backends of a service: the addresses of what runs here now."""
    ips = [a.address.partition("/")[0] for net in host.nets.values() if not net.host for a in net.addresses]
    root = host.root
    root.more = [
        replace(row, destinations=tuple({"address": ip, "port": 443, "forward": "Masq", "weight": 1} for ip in sorted(ips)))
        if isinstance(row, IpvsService) else row
        for row in root.more
    ]  # fmt: skip


ROW_CHANGES = (
    address_come, address_gone, address_edited, route_come, route_gone, route_edited, rule_come, rule_gone,
    neighbours_aged, neighbour_come, neighbour_edited, fdb_learnt, fdb_gone, *FIREWALL_CHANGES, sysctl_set,
    sysctl_unread, socket_come, socket_gone, qdisc_set, nexthop_gone, nexthop_edited, vlan_set, steering_gone,
    service_edited,
)  # fmt: skip
