"""Small hosts as values: a snapshot made of facts, and the pair the reader would make of two."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from snapshot.model.address import Address
from snapshot.model.container import Container, Network, Runtime
from snapshot.model.coverage import Coverage
from snapshot.model.fdb import FdbEntry
from snapshot.model.kinds import KIND_OF, Fact
from snapshot.model.kinds import KINDS as MODEL_KINDS
from snapshot.model.link import Link
from snapshot.model.namespace import Namespace, NamespaceId
from snapshot.model.neighbour import Neighbour
from snapshot.model.route import Route
from snapshot.model.rule import Rule
from snapshot.model.snapshot import Header
from snapshot.model.socket import Socket
from snapshot.store.extracts import WANTED, read_as
from snapshot.store.loaded import Extract, Loaded, LoadedNamespace, LoadedRuntime, Pair, Place, Whole
from snapshot.store.reader import chains_of
from tests.analyze.rows import address, default_route, dockers_rules, namespace_wide, routes_of, steering

ENDPOINT = "unix:///run/docker.sock"
KINDS = tuple(sorted(kind.name for kind in MODEL_KINDS.values() if not kind.volatile))
NUMBERS = count(100)
"""Cookies, indexes and ids: a kernel never gives one out twice, on whichever branch of a host's history."""

OWN_LISTS = frozenset({"link", "address", "route", "rule", "neighbour", "fdb", "nsid"})

BRIDGE_MAC = "02:00:00:00:00:01"


@dataclass
class Net:
    """A namespace under construction."""

    key: str
    inode: int
    host: bool = False
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

    def link(self, link: Link) -> None:
        """A link, with what the kernel makes for every one."""
        self.links.append(link)
        self.more += steering(link)

    def without(self, *names: str) -> None:
        """Links gone, and what the kernel made for them."""
        self.links = [link for link in self.links if link.name not in names]
        self.more = [row for row in self.more if getattr(row, "dev", None) not in names]

    def rows(self) -> Mapping[str, tuple[Fact, ...]]:
        return {
            "link": tuple(self.links),
            "address": tuple(self.addresses),
            "route": tuple(self.routes),
            "rule": tuple(self.rules),
            "neighbour": tuple(self.neighbours),
            "fdb": tuple(self.fdb),
            **{
                kind.name: tuple(row for row in self.more if KIND_OF[type(row)] == kind.name)
                for kind in MODEL_KINDS.values()
                if kind.owner == "namespace" and kind.name not in OWN_LISTS
            },
        }


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
        cookie = next(NUMBERS)
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
        index, nsid = next(NUMBERS), next(NUMBERS)
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
        namespaces = tuple(_loaded(net, self.kinds) for net in self.nets.values())
        header = Header(
            hostname=self.hostname, machine_id=self.machine_id, boot_id=self.boot_id, kernel=self.kernel,
            tool="netlapse 0.1.0", started_at=started, finished_at=started, kinds=self.kinds,
            status="partial" if any(c.status != "complete" for c in self.coverage) else "complete",
        )  # fmt: skip
        runtime = LoadedRuntime(
            runtime=Runtime(name="docker", endpoint=ENDPOINT), digests={}, containers=tuple(self.containers),
            networks=tuple(self.networks),
        )  # fmt: skip
        return Loaded(
            id=number, digest=hashlib.sha256(f"{number}{started}".encode()).hexdigest(), header=header,
            namespaces=namespaces, runtimes=(runtime,), coverage=tuple(self.coverage),
        )  # fmt: skip

    def whole(self) -> Whole:
        rows = {
            Place(namespace=net.key, kind=kind): facts
            for net in self.nets.values()
            for kind, facts in net.rows().items()
        }
        return Whole(snapshot=self.loaded(), rows=rows)


def _loaded(net: Net, kinds: tuple[str, ...]) -> LoadedNamespace:
    rows = net.rows()
    digests = {kind: hashlib.sha256(repr(rows[kind]).encode()).hexdigest() for kind in rows if kind in kinds}
    return LoadedNamespace(
        namespace=Namespace(key=net.key, inode=net.inode, host=net.host, names=net.names, has_process=True),
        digests=digests,
        links=tuple(net.links) if "link" in kinds else (),
        addresses=tuple(net.addresses) if "address" in kinds else (),
        nsids=tuple(net.nsids),
        default_routes=tuple(r for r in net.routes if r.dst in ("0.0.0.0/0", "::/0") and r.table == "main"),
        extracts={
            name: _extract(name, rows[read_as(name)])
            for name, wanted in WANTED.items()
            if read_as(name) in kinds and (net.host or wanted.elsewhere != "")
        },
    )


def _extract(name: str, rows: tuple[Fact, ...]) -> Extract:
    """What checks go by of a kind: here all of it."""
    if name in ("route", "gateway"):
        others = [isinstance(r, Route) and r.gateway is not None and r.dst not in ("0.0.0.0/0", "::/0") for r in rows]
        rows = tuple(row for row, other in zip(rows, others, strict=True) if other == (name == "gateway"))
    return Extract(rows=rows, counts=(1,) * len(rows), total=len(rows))


def pair_of(before: Host, after: Host) -> Pair:
    """What ``load_pair`` gives for two such snapshots."""
    old, new = before.loaded(), after.loaded(number=2, started="2026-01-01T03:10:00.000000Z")
    one_boot = before.boot_id == after.boot_id
    twins = {before.root.key: after.root.key} if before.nets and after.nets else {}
    twins |= {key: key for key in before.nets if one_boot and key in after.nets}
    rows_before: dict[Place, tuple[Fact, ...]] = {}
    rows_after: dict[Place, tuple[Fact, ...]] = {}
    back = {new_key: old_key for old_key, new_key in twins.items()}
    for mine, other, link, kept, asked in (
        (before, after, twins, rows_before, after.kinds),
        (after, before, back, rows_after, before.kinds),
    ):
        for key, net in mine.nets.items():
            twin = other.nets[link[key]].rows() if key in link else None
            for kind, rows in net.rows().items():
                if kind not in mine.kinds or (twin is not None and kind not in asked):
                    continue
                left = rows if twin is None else tuple(row for row in rows if row not in twin[kind])
                if twin is not None and kind == "firewall":
                    # Order can be compared only in whole chains.
                    chains = chains_of((*left, *(row for row in twin[kind] if row not in rows)))
                    left += tuple(row for row in rows if row not in left and chains_of([row]) & chains)
                if left:
                    kept[Place(namespace=key, kind=kind)] = left
    return Pair(before=old, after=new, before_rows=rows_before, after_rows=rows_after)
