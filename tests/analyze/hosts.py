"""Small hosts as values: a snapshot made of facts, and the pair the reader would make of two."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import count
from typing import Any

from snapshot.model.address import Address
from snapshot.model.container import Container, Network, Runtime
from snapshot.model.coverage import Coverage
from snapshot.model.fdb import FdbEntry
from snapshot.model.kinds import KIND_OF, Fact
from snapshot.model.kinds import KINDS as MODEL_KINDS
from snapshot.model.link import Link
from snapshot.model.namespace import NamespaceId
from snapshot.model.neighbour import Neighbour
from snapshot.model.route import Route
from snapshot.model.rule import Rule
from snapshot.model.snapshot import Header
from snapshot.model.socket import Socket
from snapshot.store.loaded import Loaded, LoadedRuntime, Place, Whole
from tests.analyze.pairs import loaded_namespace, pair_of
from tests.analyze.rows import address, default_route, dockers_rules, namespace_wide, routes_of, steering

__all__ = ["ENDPOINT", "KINDS", "Host", "Net", "pair_of"]

ENDPOINT = "unix:///run/docker.sock"
KINDS = tuple(sorted(kind.name for kind in MODEL_KINDS.values() if not kind.volatile))


class Numbers:
    """Cookies, indexes and ids: a kernel never gives one out twice, on whichever branch of a host's history."""

    def __init__(self, start: int = 100) -> None:
        self._numbers = count(start)

    def __next__(self) -> int:
        return next(self._numbers)

    def __deepcopy__(self, memo: object) -> Numbers:
        return self


NUMBERS = Numbers()

OWN_LISTS = frozenset({"link", "address", "route", "rule", "neighbour", "fdb", "nsid"})

BRIDGE_MAC = "02:00:00:00:00:01"


@dataclass
class Net:
    """A namespace under construction."""

    key: str
    inode: int
    host: bool = False
    has_process: bool = True
    names: tuple[str, ...] = ()
    links: list[Link] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    neighbours: list[Neighbour] = field(default_factory=list)
    fdb: list[FdbEntry] = field(default_factory=list)
    nsids: list[NamespaceId] = field(default_factory=list)
    more: list[Fact] = field(default_factory=list)
    """Rows of all other kinds."""
    unread: frozenset[str] = frozenset()
    """Kinds that were not read here."""

    def fork(self) -> Net:
        """One that goes its own way from here. Facts never change, lists do."""
        lists: Any = {
            item.name: list(value) for item in fields(self) if isinstance(value := getattr(self, item.name), list)
        }
        return replace(self, **lists)

    def link(self, link: Link) -> None:
        """A link, with what the kernel makes for every one."""
        self.links.append(link)
        self.more += steering(link)

    def without(self, *names: str) -> None:
        """Links gone, and what the kernel made for them."""
        self.links = [link for link in self.links if link.name not in names]
        self.more = [row for row in self.more if getattr(row, "dev", None) not in names]

    def lists(self) -> list[list[Any]]:
        """All lists of rows, to be changed in place."""
        return [self.links, self.addresses, self.routes, self.rules, self.neighbours, self.fdb, self.more]

    def rows(self) -> Mapping[str, tuple[Fact, ...]]:
        found: dict[str, list[Fact]] = {
            kind.name: [] for kind in MODEL_KINDS.values() if kind.owner == "namespace" and kind.name not in OWN_LISTS
        }
        for row in self.more:
            found[KIND_OF[type(row)]].append(row)
        return {
            "link": tuple(self.links),
            "address": tuple(self.addresses),
            "route": tuple(self.routes),
            "rule": tuple(self.rules),
            "neighbour": tuple(self.neighbours),
            "fdb": tuple(self.fdb),
            **{kind: tuple(rows) for kind, rows in found.items()},
        }

    def read(self, kinds: tuple[str, ...]) -> dict[str, tuple[Fact, ...]]:
        """The rows of the kinds that were read."""
        return {kind: rows for kind, rows in self.rows().items() if kind in kinds and kind not in self.unread}


@dataclass
class Host:
    """A host under construction: one bridge, pods on it, each with a veth, an address and a way out."""

    nets: dict[str, Net] = field(default_factory=dict)
    containers: list[Container] = field(default_factory=list)
    networks: list[Network] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)
    kinds: tuple[str, ...] = KINDS
    boot_id: str = "boot-1"
    machine_id: str | None = "m" * 64
    hostname: str = "node-1"
    kernel: str = "6.18.0"
    silent: bool = False
    """The runtime did not answer."""
    endpoint: str = ENDPOINT
    numbers: Numbers = NUMBERS
    """Where cookies, indexes and ids come from."""

    def __deepcopy__(self, memo: object) -> Host:
        return self.fork()

    def fork(self) -> Host:
        """The same host, on a way of its own from here."""
        return replace(
            self,
            nets={key: net.fork() for key, net in self.nets.items()},
            containers=list(self.containers),
            networks=list(self.networks),
            coverage=list(self.coverage),
        )

    @classmethod
    def with_bridge(cls, name: str = "docker0") -> Host:
        host = cls()
        net = Net(key="cookie:1", inode=4026531840, host=True)
        net.more += namespace_wide()
        net.link(Link(ifindex=1, name="lo", type="loopback", mtu=65536, state="UNKNOWN"))
        net.link(Link(ifindex=2, name=name, type="ether", link_kind="bridge", mac=BRIDGE_MAC, mtu=1500, state="UP"))
        net.more += dockers_rules(name)
        net.addresses.append(address(name, "10.1.27.1/24"))
        net.routes += routes_of(name, "10.1.27.1", "10.1.27.0/24")
        host.nets[net.key] = net
        return host

    @property
    def root(self) -> Net:
        return next(net for net in self.nets.values() if net.host)

    def namespace(self, *names: str) -> Net:
        cookie = next(self.numbers)
        net = Net(key=f"cookie:{cookie}", inode=4026532000 + cookie, names=names)
        net.more += namespace_wide()
        net.link(Link(ifindex=1, name="lo", type="loopback", mtu=65536, state="UNKNOWN"))
        self.nets[net.key] = net
        return net

    def veth(
        self,
        net: Net,
        host_end: str,
        ip: str | None,
        *,
        bridge: str | None = "docker0",
        end: str = "eth0",
        far: int = 2,
    ) -> None:
        if bridge == "docker0":
            # The first bridge, whatever a change has renamed it to.
            bridge = next((link.name for link in self.root.links if link.ifindex == 2), None)
        index, nsid = next(self.numbers), next(self.numbers)
        self.root.nsids.append(NamespaceId(nsid=nsid, target=net.key))
        net.nsids.append(NamespaceId(nsid=0, target=self.root.key))
        mac, far_mac = (
            f"aa:00:00:00:{index >> 8:02x}:{index & 255:02x}",
            f"02:42:0a:01:{index >> 8:02x}:{index & 255:02x}",
        )
        self.root.link(
            Link(ifindex=index, name=host_end, type="ether", link_kind="veth", mac=mac, mtu=1500, state="UP",
                 master=bridge, port_kind="bridge" if bridge else None, link_index=far, link_netnsid=nsid)
        )  # fmt: skip
        net.link(
            Link(ifindex=far, name=end, type="ether", link_kind="veth", mac=far_mac, mtu=1500, state="UP",
                 link_index=index, link_netnsid=0)
        )  # fmt: skip
        if bridge:
            self.root.fdb.append(FdbEntry(dev=host_end, mac=mac, master=bridge, state="permanent"))
            self.root.fdb.append(FdbEntry(dev=host_end, mac=far_mac, master=bridge, state="reachable"))
        if ip is not None:
            net.addresses.append(address(end, f"{ip}/24"))
            net.routes += routes_of(end, ip, "10.1.27.0/24")
            net.routes.append(default_route(end))
            self.root.neighbours.append(
                Neighbour(family="inet", dev=bridge, address=ip, mac=far_mac, state="REACHABLE")
            )

    def pod(self, name: str, ip: str, *, serial: str = "1", host_end: str | None = None) -> Net:
        net = self.namespace()
        self.veth(net, host_end or f"veth{name}{serial}", ip)
        labels = {"io.kubernetes.pod.name": name, "io.kubernetes.pod.namespace": "default"}
        sandbox = f"{name}-pause-{serial}"
        for role, part in (("sandbox", None), ("container", "app")):
            self.containers.append(
                Container(
                    id=sandbox if role == "sandbox" else f"{name}-app-{serial}",
                    name=f"k8s_{part or 'POD'}_{name}",
                    image="busybox",
                    state="running",
                    pid=1000 + len(self.containers),
                    network_mode="bridge" if role == "sandbox" else f"container:{sandbox}",
                    joined=None if role == "sandbox" else sandbox,
                    namespace=net.key,
                    role=role,
                    pod_namespace="default",
                    pod_name=name,
                    pod_uid=f"uid-{name}-{serial}",
                    pod_container=part,
                    labels=labels,
                )
            )
        net.more.append(
            Socket(protocol="tcp", family="inet", address="0.0.0.0", port=8080, uid=0, container=self.containers[-1].id,
                   owner="container")
        )  # fmt: skip
        return net

    def remove(self, net: Net) -> None:
        del self.nets[net.key]
        self.containers = [c for c in self.containers if c.namespace != net.key]
        root = self.root
        gone = {nsid.nsid for nsid in root.nsids if nsid.target == net.key}
        names = {link.name for link in root.links if link.link_netnsid in gone}
        ips = {a.address.partition("/")[0] for a in net.addresses}
        root.without(*names)
        root.fdb = [entry for entry in root.fdb if entry.dev not in names]
        root.neighbours = [n for n in root.neighbours if n.address not in ips]
        root.nsids = [nsid for nsid in root.nsids if nsid.target != net.key]

    def loaded(self, *, number: int = 1, started: str = "2026-01-01T02:10:00.000000Z") -> Loaded:
        namespaces = tuple(loaded_namespace(net, self.kinds) for net in self.nets.values())
        header = Header(
            hostname=self.hostname, machine_id=self.machine_id, boot_id=self.boot_id, kernel=self.kernel,
            tool="netlapse 0.1.0", started_at=started, finished_at=started, kinds=self.kinds,
            status="partial" if any(c.status != "complete" for c in self.coverage) else "complete",
        )  # fmt: skip
        runtime = LoadedRuntime(
            runtime=Runtime(name="docker", endpoint=self.endpoint), digests={}, containers=tuple(self.containers),
            networks=tuple(self.networks),
        )  # fmt: skip
        return Loaded(
            id=number, digest=hashlib.sha256(f"{number}{started}".encode()).hexdigest(), header=header,
            namespaces=namespaces, runtimes=() if self.silent else (runtime,), coverage=tuple(self.coverage),
        )  # fmt: skip

    def whole(self) -> Whole:
        asked = (*self.kinds, *(kind.name for kind in MODEL_KINDS.values() if kind.volatile))
        rows = {
            Place(namespace=net.key, kind=kind): facts
            for net in self.nets.values()
            for kind, facts in (net.read(asked) | {"nsid": tuple(net.nsids)}).items()
        }
        return Whole(snapshot=self.loaded(), rows=rows)
