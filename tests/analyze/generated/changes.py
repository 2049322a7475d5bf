"""What happens to generated hosts: each change as the kernel, a runtime or a person makes it, with all of its traces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from snapshot.model.container import Network
from snapshot.model.fdb import FdbEntry
from snapshot.model.kinds import Fact
from snapshot.model.link import Link
from snapshot.model.rule import Rule
from snapshot.model.sysctl import Sysctl
from snapshot.model.vlan import Vlan
from tests.analyze.generated.hosts import bridge, network
from tests.analyze.generated.moves import drop, end_moved, link_moved
from tests.analyze.generated.rows import ROW_CHANGES
from tests.analyze.generated.workloads import NAMES, attach, bound, bridges, container, detach, host_network, pod
from tests.analyze.hosts import Host, Net

Change = Callable[[Host, Random], None]


def changed(host: Host, steps: list[tuple[int, int]]) -> Host:
    """A host after some changes: each step a number of ``CHANGES`` and a seed."""
    forked = host.fork()
    for number, seed in steps:
        CHANGES[number % len(CHANGES)](forked, Random(seed))
    return forked


def _somewhere(host: Host, chance: Random) -> Net:
    return chance.choice(list(host.nets.values()))


def _veth(host: Host, chance: Random) -> Link | None:
    return chance.choice([link for link in host.root.links if link.link_kind == "veth"] or [None])


def _pods(host: Host) -> list[str]:
    return sorted({c.pod_name for c in host.containers if c.pod_name is not None})


def _net_of(host: Host, **columns: str) -> Net | None:
    found = (c for c in host.containers if all(getattr(c, name) == value for name, value in columns.items()))
    return next((host.nets[c.namespace] for c in found if c.namespace in host.nets and c.network_mode != "host"), None)


def pod_removed(host: Host, chance: Random) -> None:
    name = chance.choice(_pods(host) or [""])
    net = _net_of(host, pod_name=name)
    if net is not None:
        detach(host, net)


def pod_recreated(host: Host, chance: Random) -> None:
    name = chance.choice(_pods(host) or [""])
    net = _net_of(host, pod_name=name)
    if net is not None:
        detach(host, net)
        pod(host, chance, name)


def container_removed(host: Host, chance: Random) -> None:
    names = [c.name for c in host.containers if c.pod_name is None and c.joined is None]
    name = chance.choice(names or [""])
    net = _net_of(host, name=name)
    if net is not None:
        detach(host, net)
    else:
        host.containers = [c for c in host.containers if c.name != name]


def container_recreated(host: Host, chance: Random) -> None:
    names = [c.name for c in host.containers if c.pod_name is None and c.joined is None and c.network_mode != "host"]
    name = chance.choice(names or [""])
    net = _net_of(host, name=name)
    if net is not None:
        detach(host, net)
        container(host, chance, name)


def container_restarted_in_place(host: Host, chance: Random) -> None:
    if host.containers:
        number = chance.randrange(len(host.containers))
        old = host.containers[number]
        host.containers[number] = replace(old, pid=next(host.numbers), restarts=old.restarts + 1)


def namespace_gone(host: Host, chance: Random) -> None:
    loose = [net for net in host.nets.values() if net.names]
    if loose:
        detach(host, chance.choice(loose))


def namespace_bound_elsewhere(host: Host, chance: Random) -> None:
    net = _somewhere(host, chance)
    name = f"/run/netns/{chance.choice(NAMES)}"
    if not net.host and not any(name in other.names for other in host.nets.values()):
        host.nets[net.key] = replace(net, names=(name,))


def connected(host: Host, chance: Random) -> None:
    """A second (or first) pair into a namespace."""
    net = _somewhere(host, chance)
    if not net.host:
        free = next(f"eth{n}" for n in range(99) if all(link.name != f"eth{n}" for link in net.links))
        attach(host, net, chance, free, chance.choice([None, *bridges(host)]))


def _edit(net: Net, name: str, **columns: object) -> None:
    net.links = [replace(link, **columns) if link.name == name else link for link in net.links]  # type: ignore[arg-type]


def renamed(host: Host, chance: Random) -> None:
    """A link that has another name now: the kernel's rows of it tell so, the firewall's go on naming the old one."""
    net = _somewhere(host, chance)
    link = chance.choice(net.links)
    new = chance.choice((*NAMES, f"new{next(host.numbers)}"))
    if link.type != "loopback" and not any(other.name == new for other in net.links):
        call(net, link.name, new)


def call(net: Net, old: str, new: str) -> None:
    """Give a link another name: all that the kernel knows by its index tells the new one, policy rules do not (ip-rule(8))."""

    def now(row: Fact) -> Fact:
        if isinstance(row, Rule):
            return row
        columns = {
            column: new for column in ("name", "dev", "master", "port", "iif", "via", "label")
            if getattr(row, column, None) == old and not (column == "name" and not isinstance(row, Link))
        }  # fmt: skip
        if isinstance(row, Sysctl) and columns:
            columns["path"] = f"{row.path.rpartition('.')[0]}.{new.replace('.', '/')}"
        if getattr(row, "nexthops", ()):
            columns["nexthops"] = tuple(  # type: ignore[assignment]
                {**hop, "dev": new} if isinstance(hop, dict) and hop["dev"] == old else hop
                for hop in row.nexthops  # type: ignore[union-attr]
            )
        return replace(row, **columns) if columns else row  # type: ignore[arg-type]

    for rows in net.lists():
        rows[:] = [now(row) for row in rows]


def names_swapped(host: Host, chance: Random) -> None:
    """Two links that call each other's names, by way of a third."""
    net = _somewhere(host, chance)
    links = [link.name for link in net.links if link.type != "loopback"]
    if len(links) > 1:
        one, two = chance.sample(links, 2)
        for old, new in ((one, "tmp"), (two, one), ("tmp", two)):
            call(net, old, new)


def resized(host: Host, chance: Random) -> None:
    net = _somewhere(host, chance)
    _edit(net, chance.choice(net.links).name, mtu=chance.choice((1400, 1450, 9000)))


def down(host: Host, chance: Random) -> None:
    """A link set down: its routes and learnt neighbours go."""
    net = _somewhere(host, chance)
    name = chance.choice(net.links).name
    _edit(net, name, state="DOWN", flags=())
    net.routes = [row for row in net.routes if row.dev != name]
    net.neighbours = [row for row in net.neighbours if row.dev != name]


def another_mac(host: Host, chance: Random) -> None:
    net = _somewhere(host, chance)
    _edit(net, chance.choice(net.links).name, mac=f"02:99:00:00:00:{chance.randrange(4):02x}")


def described(host: Host, chance: Random) -> None:
    net = _somewhere(host, chance)
    _edit(
        net,
        chance.choice(net.links).name,
        alias=chance.choice(NAMES),
        extra={"txqlen": chance.randrange(3), "carrier_changes": 9},
    )


def moved(host: Host, chance: Random) -> None:
    """A port taken off its bridge, or put onto another."""
    root, link = host.root, _veth(host, chance)
    if link is None:
        return
    to = chance.choice([None, *(b.name for b in bridges(host))])
    root.fdb = [row for row in root.fdb if row.dev != link.name]
    root.more = [row for row in root.more if not (isinstance(row, Vlan) and row.dev == link.name)]
    state = {"brport_state": 3} if to is not None else {}
    _edit(root, link.name, master=to, port_kind="bridge" if to is not None else None, port_data=state)
    if to is not None and link.mac is not None:
        root.fdb.append(FdbEntry(dev=link.name, mac=link.mac, master=to, state="permanent"))
        root.more.append(Vlan(dev=link.name, vlan=1, flags=("Egress Untagged", "PVID"), state="forwarding"))


def veth_recreated(host: Host, chance: Random) -> None:
    """The pair of a namespace made anew, as a daemon does that was upgraded."""
    link = _veth(host, chance)
    net = next(
        (host.nets[n.target] for n in host.root.nsids if link and n.nsid == link.link_netnsid and n.target), None
    )
    far = next((other for other in net.links if link and other.ifindex == link.link_index), None) if net else None
    if link is None or net is None or far is None:
        return
    bridge = next((b for b in bridges(host) if b.name == link.master), None)
    drop(host.root, link.name)
    drop(net, far.name)
    attach(host, net, chance, far.name, bridge)


def bridge_gone(host: Host, chance: Random) -> None:
    if len(bridges(host)) > 1:
        name = chance.choice(bridges(host)).name
        drop(host.root, name)
        host.networks = [n for n in host.networks if n.bridge != name]


def network_come(host: Host, chance: Random) -> None:
    network(host, chance, 3 + next(host.numbers) % 100)


def bridge_come(host: Host, chance: Random) -> None:
    number = 110 + next(host.numbers) % 80
    bridge(host, f"br{number}", number)


def network_recreated(host: Host, chance: Random) -> None:
    if host.networks:
        old = host.networks.pop(chance.randrange(len(host.networks)))
        host.networks.append(replace(old, id=f"net-{next(host.numbers)}", internal=not old.internal))


def network_overlay(host: Host, chance: Random) -> None:
    host.networks.append(Network(id=f"net-{next(host.numbers)}", name=chance.choice(NAMES), driver="null"))


def vlan_link(host: Host, chance: Random) -> None:
    name = f"eth0.{chance.randrange(100, 110)}"
    if not any(link.name == name for link in host.root.links):
        host.root.link(
            Link(ifindex=next(host.numbers), name=name, type="ether", link_kind="vlan", mac="52:54:00:12:34:56", mtu=1500,
                 state="UP", link_index=2)
        )  # fmt: skip


def rebooted(host: Host, chance: Random) -> None:
    """Another boot: every namespace, link index and process is a new one, whatever is called alike."""
    host.boot_id = f"boot-{next(host.numbers)}"
    keys = {key: key if net.host else f"cookie:{next(host.numbers)}" for key, net in host.nets.items()}
    host.nets = {
        keys[key]: replace(
            net,
            key=keys[key],
            inode=net.inode if net.host else next(host.numbers),
            nsids=[replace(n, target=keys.get(n.target) if n.target is not None else None) for n in net.nsids],
        )
        for key, net in host.nets.items()
    }
    host.containers = [
        replace(c, namespace=keys.get(c.namespace) if c.namespace is not None else None) for c in host.containers
    ]


def counted(host: Host, chance: Random) -> None:
    """The kernel's own counting, which configures nothing."""
    for net in host.nets.values():
        net.links = [replace(link, extra={**link.extra, "carrier_changes": chance.randrange(9)}) for link in net.links]


def made_anew_in_place(host: Host, chance: Random) -> None:
    """A link without a peer, deleted and made again under its name."""
    root = host.root
    plain = [link for link in root.links if link.link_kind in ("bridge", "vxlan", "wireguard")]
    if plain:
        old = chance.choice(plain)
        root.links = [replace(old, ifindex=next(host.numbers)) if link is old else link for link in root.links]


WORKLOADS: tuple[Change, ...] = (pod, container, bound, host_network)
CHANGES: tuple[Change, ...] = (
    *WORKLOADS, pod_removed, pod_recreated, container_removed, container_recreated, container_restarted_in_place,
    namespace_gone, namespace_bound_elsewhere, connected, renamed, names_swapped, resized, down, another_mac, described,
    moved, veth_recreated, bridge_gone, network_come, bridge_come, network_recreated, network_overlay, vlan_link, rebooted,
    counted, made_anew_in_place, *ROW_CHANGES, link_moved, end_moved,
)  # fmt: skip
