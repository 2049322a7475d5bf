"""Workloads of generated hosts: pods, containers with what joined them, compose services, bound and anonymous namespaces."""

from __future__ import annotations

from random import Random

from snapshot.model.container import Container
from snapshot.model.fdb import FdbEntry
from snapshot.model.json import Json
from snapshot.model.link import Link
from snapshot.model.namespace import NamespaceId
from snapshot.model.neighbour import Neighbour
from snapshot.model.socket import Socket
from tests.analyze.hosts import Host, Net
from tests.analyze.rows import address, default_route, routes_of

NAMES = ("web", "web-1", "db", "a b", "</script>", "\x1b[31mred", "ä", "%s", "-o", "x" * 15, 'quo"te')
"""Names as strangers give them. Few, so that they meet again in other places."""


def free_name(host: Host, chance: Random, stem: str) -> str:
    """A name for a link of the host: the usual, or a strange one if it is free."""
    taken = {link.name for link in host.root.links}
    strange = chance.choice(NAMES)
    return strange if chance.random() < 0.2 and strange not in taken else f"{stem}{next(host.numbers):x}"


def bridges(host: Host) -> list[Link]:
    return [link for link in host.root.links if link.link_kind == "bridge"]


def attach(host: Host, net: Net, chance: Random, end: str, bridge: Link | None) -> None:
    """A veth pair from the host's namespace into another, with all that comes of it."""
    root = host.root
    index, nsid = next(host.numbers), next(host.numbers)
    far = max((link.ifindex for link in net.links), default=1) + 1
    if chance.random() < 0.2:
        far = index  # an index counts in its own namespace only: equal ones mean nothing
    name = free_name(host, chance, "veth")
    master = bridge.name if bridge is not None else None
    mac, far_mac = (f"{head}:00:00:{index >> 8:02x}:{index & 255:02x}" for head in ("aa:00", "02:42"))
    root.nsids.append(NamespaceId(nsid=nsid, target=net.key))
    if not any(known.target == root.key for known in net.nsids):
        net.nsids.append(NamespaceId(nsid=0, target=root.key))
    up = {"type": "ether", "link_kind": "veth", "mtu": 1500, "state": "UP", "flags": ("LOWER_UP", "UP")}
    port = {"master": master, "port_kind": "bridge", "port_data": {"brport_state": 3}} if master is not None else {}
    root.link(Link(ifindex=index, name=name, mac=mac, link_index=far, link_netnsid=nsid, **up, **port))  # type: ignore[arg-type]
    net.link(Link(ifindex=far, name=end, mac=far_mac, link_index=index, link_netnsid=0, **up))  # type: ignore[arg-type]
    number = bridges(host).index(bridge) + 1 if bridge is not None else 200
    ip, gateway = f"10.{number}.0.{index % 250 + 2}", f"10.{number}.0.1"
    net.addresses.append(address(end, f"{ip}/24"))
    net.routes += routes_of(end, ip, f"10.{number}.0.0/24")
    if chance.random() < 0.9:
        net.routes.append(default_route(end, gateway))
    if bridge is not None:
        root.fdb += [
            FdbEntry(dev=name, mac=mac, master=master, state="permanent"),
            FdbEntry(dev=name, mac=far_mac, master=master, state=chance.choice(("reachable", "stale"))),
        ]
        root.neighbours.append(Neighbour(family="inet", dev=master, address=ip, mac=far_mac, state="REACHABLE"))


def detach(host: Host, net: Net) -> None:
    """A namespace gone, with the far ends of its pairs and what the host knew of them."""
    root = host.root
    host.remove(net)
    names = {link.name for link in root.links}
    root.routes = [row for row in root.routes if row.dev is None or row.dev in names]
    root.addresses = [row for row in root.addresses if row.dev in names]


def pod(host: Host, chance: Random, called: str | None = None) -> None:
    """A pod: a pause container and one or two others in its namespace."""
    name = called or chance.choice(NAMES)
    if called is None and any(c.pod_name == name for c in host.containers):
        return
    net = host.namespace()
    serial = next(host.numbers)
    attach(host, net, chance, "eth0", chance.choice(bridges(host)))
    sandbox = f"{serial:064x}"
    for order, part in enumerate((None, "app", "sidecar")[: chance.choice((2, 2, 3))]):
        host.containers.append(
            Container(
                id=sandbox if part is None else f"{next(host.numbers):064x}",
                name=f"k8s_{part or 'POD'}_{name}",
                image="busybox",
                state="running",
                pid=serial * 10 + order,
                network_mode="bridge" if part is None else f"container:{sandbox}",
                joined=None if part is None else sandbox,
                namespace=net.key,
                role="sandbox" if part is None else "container",
                pod_namespace="default",
                pod_name=name,
                pod_uid=f"uid-{serial}",
                pod_container=part,
            )
        )
    listen(host, net, host.containers[-1].id, chance)


def container(host: Host, chance: Random, called: str | None = None) -> None:
    """A container, of a compose service at times, with one that joins it at times."""
    name = called or chance.choice(NAMES)
    if called is None and any(c.name == name for c in host.containers):
        return
    net = host.namespace()
    attach(host, net, chance, "eth0", chance.choice(bridges(host)))
    if chance.random() < 0.2:
        attach(host, net, chance, "eth1", chance.choice([None, *bridges(host)]))
    number = next(host.numbers)
    labels = {f"com.docker.compose.{key}": value for key, value in (
        ("project", "shop"), ("service", name), ("container-number", "1"))} if chance.random() < 0.4 else {}  # fmt: skip
    ports: tuple[Json, ...] = ({"protocol": "tcp", "port": 80, "host_address": "0.0.0.0", "host_port": 8000 + number},)
    first = Container(
        id=f"{number:064x}", name=name, image="nginx", state="running", pid=number, network_mode="bridge",
        namespace=net.key, labels=labels, ports=ports if chance.random() < 0.4 else (),
    )  # fmt: skip
    host.containers.append(first)
    if first.ports:
        host.root.more.append(
            Socket(protocol="tcp", family="inet", address="0.0.0.0", port=8000 + number, uid=0, owner="host")
        )
    if chance.random() < 0.3:
        host.containers.append(
            Container(
                id=f"{next(host.numbers):064x}",
                name=f"{name}-helper",
                state="running",
                pid=number + 1,
                network_mode=f"container:{first.id}",
                joined=first.id,
                namespace=net.key,
            )
        )
    listen(host, net, first.id, chance)


def listen(host: Host, net: Net, container_id: str, chance: Random) -> None:
    net.more.append(
        Socket(protocol="tcp", family="inet", address="0.0.0.0", port=8080, uid=0, container=container_id,
               owner="container", sockets=chance.choice((1, 1, 4)))
    )  # fmt: skip


def bound(host: Host, chance: Random, called: str | None = None) -> None:
    """A namespace that was bound under a name, or is nobody's."""
    name = called or chance.choice(("blue", "red", None, *NAMES))
    if name is not None and any(f"/run/netns/{name}" in net.names for net in host.nets.values()):
        return
    net = host.namespace(*((f"/run/netns/{name}",) if name is not None else ()))
    for number in range(chance.randrange(3)):
        attach(host, net, chance, f"eth{number}", chance.choice([None, *bridges(host)]))
    if chance.random() < 0.3:
        nsid = next(host.numbers)
        net.nsids.append(NamespaceId(nsid=nsid, target=host.root.key))
        net.link(
            Link(ifindex=next(host.numbers), name="macvlan0", type="ether", link_kind="macvlan", mac="02:00:00:00:aa:01",
                 mtu=1500, state="UP", link_index=2, link_netnsid=nsid)
        )  # fmt: skip


def host_network(host: Host, chance: Random, called: str | None = None) -> None:
    """A container on the host's own network, or one that does not run."""
    name = called or chance.choice(NAMES)
    number = next(host.numbers)
    if any(c.name == name for c in host.containers):
        return
    runs = chance.random() < 0.6
    host.containers.append(
        Container(
            id=f"{number:064x}",
            name=name,
            state="running" if runs else "exited",
            pid=number if runs else None,
            network_mode="host",
            namespace=host.root.key if runs else None,
        )
    )
