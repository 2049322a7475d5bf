"""One snapshot as a person would draw it: what `netlapse show` tells."""

from __future__ import annotations

from analyze.drawing.ways import ways_out
from analyze.drawing.whole import draw
from analyze.facts import columns, link_facts, peer_words, pod_facts, veth_facts
from analyze.identity import identity
from analyze.scopes import HOST
from analyze.seen import coverage_gaps, sight_of
from analyze.topology import Topology, resolve
from analyze.veths import End, Veth
from reports.inventory import Captured, Inventory, TreeBridge, TreeContainer, TreeLink, TreeNamespace, TreePort
from reports.model import Facts
from snapshot.model.container import Container, Runtime
from snapshot.model.kinds import KINDS as KINDS_OF_FACTS
from snapshot.model.link import Link
from snapshot.store.loaded import Whole

ROW_KINDS = tuple(kind.name for kind in KINDS_OF_FACTS.values() if kind.owner == "namespace" and kind.name != "link")
KINDS = ("pod", "container", "network", "namespace", "veth", "link", *ROW_KINDS)
"""What ``show`` can list, in its order."""


def take_inventory(whole: Whole, scope: str | None = None, *, pictured: bool = False) -> Inventory:
    """The inventory of one snapshot, or of one scope in it; ``pictured``: with a drawing of the whole host."""
    topology = resolve(whole.snapshot)
    gaps = coverage_gaps(whole.snapshot, None, topology.scopes, "before")
    sight = sight_of(whole.snapshot)
    wanted = [key for key, name in topology.scopes.items() if scope in (None, name)]
    bridges, loose = _bridges(topology, wanted if scope is not None else None)
    return Inventory(
        snapshot=identity(whole.snapshot),
        counts=_counts(topology),
        elsewhere=_elsewhere(topology, scope),
        scope=scope,
        namespaces=tuple(
            TreeNamespace(
                scope=topology.scopes[key],
                inode=topology.namespaces[key].namespace.inode,
                containers=_containers(topology, key),
                links=tuple(tree_link(topology, key, link) for link in topology.namespaces[key].links),
                ways_out=tuple(ways_out(topology, key)),
                gaps=tuple(f"{g.kind}: {g.status} ({g.error})" for g in gaps if g.scope == topology.scopes[key]),
                ways_seen=sight.sees(key, "route"),
            )
            for key in sorted(wanted, key=lambda key: (key != topology.host, topology.scopes[key]))
        ),
        bridges=bridges,
        loose=loose,
        coverage=gaps,
        facts=_facts(topology, whole, scope),
        drawing=draw(topology) if pictured else None,
        captured=Captured(
            tool=whole.snapshot.header.tool,
            kinds=whole.snapshot.header.kinds,
            boot_id=whole.snapshot.header.boot_id,
            runtimes=tuple(_runtime_words(told.runtime) for told in whole.snapshot.runtimes),
        ),
    )


def _runtime_words(runtime: Runtime) -> str:
    if runtime.name == "cgroup":
        return "control groups, where none told"
    version = f" {runtime.version}" if runtime.version is not None else ""
    return f"{runtime.name}{version} at {runtime.endpoint}"


def tree_link(topology: Topology, key: str, link: Link) -> TreeLink:
    """A link with its addresses and the other end in words."""
    return TreeLink(
        name=link.name,
        ifindex=link.ifindex,
        kind=link.link_kind,
        state=link.state,
        mtu=link.mtu,
        mac=link.mac,
        master=link.master,
        peer=peer_words(topology, key, link),
        addresses=tuple(a.address for a in topology.addresses(key, link.name)),
    )


def _containers(topology: Topology, key: str) -> tuple[TreeContainer, ...]:
    return tuple(map(_tree_container, topology.residents.get(key, ())))


def _elsewhere(topology: Topology, scope: str | None) -> tuple[TreeContainer, ...]:
    """What runs in no namespace of the snapshot, by name; of one scope, what would be in it."""
    resident = {c.id for key, found in topology.residents.items() if key in topology.namespaces for c in found}
    left = [c for c in topology.by_id.values() if c.id not in resident]
    told = map(_tree_container, (c for c in left if scope in (None, topology.scope_of(c))))
    return tuple(sorted(told, key=lambda c: (c.name, c.state, c.image or "")))


def _tree_container(container: Container) -> TreeContainer:
    name = container.pod_container or container.name
    return TreeContainer(name=name, role=container.role, state=container.state, image=container.image)


def _counts(topology: Topology) -> tuple[tuple[str, int], ...]:
    bridges = sum(link.link_kind == "bridge" for link in topology.links.values())
    return (
        ("containers", len(topology.containers)),
        ("pods", len(topology.pods)),
        ("namespaces", len(topology.namespaces) - (topology.host is not None)),
        ("veth pairs", len(topology.veths)),
        ("bridges", bridges),
    )


def _bridges(topology: Topology, only: list[str] | None) -> tuple[tuple[TreeBridge, ...], tuple[TreePort, ...]]:
    ports: dict[tuple[str, str], list[TreePort]] = {}
    loose: list[TreePort] = []
    for veth in topology.veths:
        if only is not None and not any(end.namespace in only for end in veth.ends):
            continue
        near, far = _turned(veth)
        spot = (near.namespace, near.link.master)
        port = TreePort(
            near=tree_link(topology, near.namespace, near.link),
            end=None if far is None else tree_link(topology, far.namespace, far.link),
            scope=None if far is None else topology.scopes[far.namespace],
            missing=veth.missing,
        )
        if spot[1] is None:
            loose.append(port)
        else:
            ports.setdefault((spot[0], spot[1]), []).append(port)
    bridges = []
    for (key, _), link in topology.links.items():
        if link.link_kind == "bridge" and (only is None or key in only or (key, link.name) in ports):
            others = [
                other.name
                for other in topology.namespaces[key].links
                if other.master == link.name and other.link_kind != "veth"
            ]
            bridges.append(
                TreeBridge(
                    scope=topology.scopes[key],
                    link=tree_link(topology, key, link),
                    ports=tuple(ports.pop((key, link.name), ())),
                    other_ports=tuple(others),
                )
            )
    # Ports of something that is no bridge (a bond, a VRF), or of a bridge that was not read.
    loose += [port for found in ports.values() for port in found]
    bridges.sort(key=lambda bridge: (bridge.scope != HOST, bridge.scope, bridge.link.name))
    return tuple(bridges), tuple(loose)


def _turned(veth: Veth) -> tuple[End, End | None]:
    """The end on the bridge first, whichever it is."""
    first, *rest = veth.ends
    second = rest[0] if rest else None
    if second is not None and first.link.master is None and second.link.master is not None:
        return second, first
    return first, second


def _facts(topology: Topology, whole: Whole, scope: str | None) -> dict[str, tuple[Facts, ...]]:
    found: dict[str, list[Facts]] = {kind: [] for kind in KINDS}
    for pod in topology.pods.values():
        found["pod"].append({"scope": pod.scope, **pod_facts(topology, pod)})
    for _, container in topology.containers:
        found["container"].append({"scope": topology.scope_of(container), **columns(container)})
    for _, network in topology.networks:
        found["network"].append({"scope": HOST, **columns(network)})
    for veth in topology.veths:
        facts = veth_facts(topology, veth)
        found["veth"].append({"scope": topology.scopes[veth.home.namespace], **facts, "missing": veth.missing})
    for key, place in topology.namespaces.items():
        name = topology.scopes[key]
        found["namespace"].append(
            {"scope": name, **columns_of_namespace(topology, key), "ways_out": tuple(ways_out(topology, key))}
        )
        found["link"] += [{"scope": name, **link_facts(topology, key, link)} for link in place.links]
    for place_of_rows, rows in whole.rows.items():
        if place_of_rows.kind in ROW_KINDS:
            name = topology.scopes[place_of_rows.namespace]
            found[place_of_rows.kind] += [_placed(name, columns(row)) for row in rows]
    return {
        kind: tuple(facts for facts in rows if scope is None or facts["scope"] == scope) for kind, rows in found.items()
    }


def _placed(scope: str, facts: Facts) -> Facts:
    """A row with the scope it stands in; what the kernel calls scope of an address or route is then ``kernel_scope``."""
    return {"scope": scope, **{"kernel_scope" if name == "scope" else name: value for name, value in facts.items()}}


def columns_of_namespace(topology: Topology, key: str) -> Facts:
    """A namespace's columns, with the containers that run in it."""
    namespace = topology.namespaces[key].namespace
    return {
        "key": namespace.key,
        "inode": namespace.inode,
        "names": namespace.names,
        "has_process": namespace.has_process,
        "containers": tuple(c.name for c in topology.residents.get(key, ())),
    }
