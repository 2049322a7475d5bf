"""Inventories that the tree is tested on: the classic picture, and everything unusual at once."""

from __future__ import annotations

from collections.abc import Iterable

from reports.inventory import Inventory, TreeBridge, TreeContainer, TreeLink, TreeNamespace, TreePort
from reports.model import CoverageGap
from tests.reports.drafting import identity
from tests.reports.samples import HOSTILE

WAY_OUT = "via 10.1.27.1 dev eth0"


def link(name: str, ifindex: int, kind: str | None = "veth", **more: object) -> TreeLink:
    told: dict[str, object] = {
        "state": "UP", "mtu": 1500, "mac": "02:00:00:00:00:01", "master": None, "peer": None, "addresses": (), **more,
    }  # fmt: skip
    return TreeLink(name=name, ifindex=ifindex, kind=kind, **told)  # type: ignore[arg-type]


LO = link("lo", 1, None, state="UNKNOWN", mtu=65536, addresses=("127.0.0.1/8", "::1/128"))


def place(
    scope: str,
    inode: int,
    links: Iterable[TreeLink],
    containers: Iterable[TreeContainer] = (),
    *,
    ways_seen: bool = True,
    **more: tuple[str, ...],
) -> TreeNamespace:
    return TreeNamespace(
        scope=scope,
        inode=inode,
        links=(LO, *links),
        containers=tuple(containers),
        ways_out=more.get("ways_out", (WAY_OUT,)),
        gaps=more.get("gaps", ()),
        ways_seen=ways_seen,
    )


def container(name: str, role: str = "container") -> TreeContainer:
    return TreeContainer(name=name, role=role, state="running", image="busybox")


def classic() -> Inventory:
    """Four pods of two containers each, on docker0."""
    docker0 = link("docker0", 3, "bridge", addresses=("10.1.27.1/24",))
    ports, places, nears = [], [], []
    for i in range(1, 5):
        scope = f"pod:default/web-{i}"
        near = link(f"veth{i}a2b3c4", 2 * i + 4, master="docker0", peer=f"{scope}/eth0")
        end = link("eth0", 2 * i + 3, peer=f"host/{near.name}", addresses=(f"10.1.27.{i + 1}/24",))
        nears.append(near)
        ports.append(TreePort(near=near, end=end, scope=scope))
        places.append(place(scope, 4026532200 + i, (end,), (container("pause", "sandbox"), container("app"))))
    uplink = link("eth0", 2, None, addresses=("192.0.2.10/24", "2001:db8::10/64"))
    host = place("host", 4026531840, (uplink, docker0, *nears), ways_out=("via 192.0.2.1 dev eth0",))
    return Inventory(
        snapshot=identity(1),
        counts=(("containers", 8), ("pods", 4), ("namespaces", 4), ("veth pairs", 4), ("bridges", 1)),
        namespaces=(host, *places),
        bridges=(TreeBridge(scope="host", link=docker0, ports=tuple(ports), other_ports=()),),
        loose=(),
        coverage=(),
        facts={
            "address": (
                {"scope": "host", "dev": "docker0", "address": "10.1.27.1/24", "flags": ("permanent",), "peer": None},
                {"scope": "pod:default/web-1", "dev": "eth0", "address": "10.1.27.2/24", "flags": (), "peer": None},
            ),
            "route": (),
        },
    )


def unusual() -> Inventory:
    """Two veths into one namespace, one between containers, a lost end, two MTUs, an end down, a macvlan, gaps."""
    br0 = link("br0", 2, "bridge", state="DOWN")
    a = link("eth0", 7, addresses=("10.5.0.2/24", "2001:db8:5::2/64"))
    b = link("eth1", 9, mtu=1400, addresses=("10.6.0.2/24",))
    box = place(
        "container:router",
        4026532301,
        (a, b, link("mv0", 11, "macvlan", peer="host/eth0")),
        (container("router"), container("sidecar")),
        ways_out=("via 10.5.0.1 dev eth0", "via 10.6.0.1 dev eth1"),
    )
    mate = place(
        "netns:blue",
        4026532302,
        (link("p1", 4, state="DOWN"),),
        ways_out=(),
        gaps=("route: torn (changed during each of 5 readings)",),
        ways_seen=False,
    )
    alone = place("netns:[4026532303]", 4026532303, (), ways_out=())
    host = place(
        "host",
        4026531840,
        (br0, link("vxlan7", 5, "vxlan", master="br0")),
        ways_out=(),
        gaps=("container: failed (docker is silent)",),
    )
    ports = (
        TreePort(near=link("veth0", 6, master="br0"), end=a, scope=box.scope),
        TreePort(near=link("veth1", 8, master="br0"), end=b, scope=box.scope),
        TreePort(near=link("veth2", 10, master="br0", state=None), end=None, scope=None, missing="its namespace was not found"),
    )  # fmt: skip
    return Inventory(
        snapshot=identity(2, status="partial"),
        counts=(("containers", 5), ("pods", 0), ("namespaces", 3), ("veth pairs", 4), ("bridges", 1)),
        namespaces=(host, box, mate, alone),
        bridges=(TreeBridge(scope="host", link=br0, ports=ports, other_ports=("vxlan7",)),),
        loose=(TreePort(near=link("p0", 3), end=link("p1", 4, state="DOWN"), scope=mate.scope),),
        coverage=(
            CoverageGap(snapshot="before", scope="netns:blue", kind="route", status="torn", error="told at its place"),
            CoverageGap(snapshot="before", scope="host", kind="container", status="failed", error="docker is silent"),
            CoverageGap(snapshot="before", scope="/run/docker.sock", kind="container", status="failed", error="no answer"),
        ),
        elsewhere=(
            TreeContainer(name="init", role="container", state="exited", image="busybox"),
            TreeContainer(name="lost", role="container", state="running", image="busybox"),
            TreeContainer(name="old", role="container", state="exited", image=None),
        ),
    )  # fmt: skip


def hostile() -> Inventory:
    """Every name is hostile."""
    bridges, places = [], []
    for i, name in enumerate(HOSTILE):
        near, end = link(name, i, name, state=name, master=name, peer=name, addresses=(name,)), link(name, i)
        port = TreePort(near=near, end=end, scope=name, missing=name)
        bridges.append(TreeBridge(scope="host", link=near, ports=(port,), other_ports=(name,)))
        box = TreeContainer(name=name, role="sandbox", state=name, image=name)
        places.append(place(name, i, (near,), (box,), ways_out=(name,), gaps=(name,)))
    return Inventory(
        snapshot=identity(1, label=HOSTILE[0], host=HOSTILE[5], kernel=HOSTILE[6]),
        counts=(("containers", len(HOSTILE)),),
        namespaces=tuple(places),
        bridges=tuple(bridges),
        loose=tuple(port for bridge in bridges for port in bridge.ports),
        coverage=tuple(
            CoverageGap(snapshot="before", scope=f"{n}!", kind=n, status="failed", error=n) for n in HOSTILE
        ),
        facts={"link": tuple({"scope": n, n: n, "alias": n} for n in HOSTILE)},
    )
