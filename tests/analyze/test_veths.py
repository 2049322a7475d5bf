"""Veth pairs across namespaces: the traps that mislead by equal indexes."""

from __future__ import annotations

from analyze.topology import resolve
from snapshot.model.link import Link
from snapshot.model.namespace import NamespaceId
from tests.analyze.hosts import Host, Net


def veth(index: int, name: str, peer: int, nsid: int | None = None, master: str | None = None) -> Link:
    return Link(ifindex=index, name=name, type="ether", link_kind="veth", mtu=1500, link_index=peer, link_netnsid=nsid,
                master=master)  # fmt: skip


def pairs(host: Host) -> list[tuple[str, ...]]:
    topology = resolve(host.loaded())
    return [tuple(f"{topology.scopes[e.namespace]}/{e.link.name}" for e in v.ends) for v in topology.veths]


def joined(host: Host, net: Net, nsid: int) -> None:
    host.root.nsids.append(NamespaceId(nsid=nsid, target=net.key))
    net.nsids.append(NamespaceId(nsid=0, target=host.root.key))


def test_a_peer_index_that_is_a_local_link_too_is_looked_up_in_the_other_namespace() -> None:
    host = Host.with_bridge()
    blue = host.namespace("/run/netns/blue")
    joined(host, blue, 0)
    host.root.links.append(veth(7, "vethblue", 2, nsid=0, master="docker0"))  # index 2 is docker0 on the host
    blue.links.append(veth(2, "eth0", 7, nsid=0))
    assert pairs(host) == [("host/vethblue", "netns:blue/eth0")]


def test_equal_indexes_at_both_ends_are_a_pair_and_not_a_loop() -> None:
    host = Host.with_bridge()
    blue = host.namespace("/run/netns/blue")
    joined(host, blue, 0)
    host.root.links.append(veth(7, "vethblue", 7, nsid=0))
    blue.links.append(veth(7, "eth0", 7, nsid=0))
    assert pairs(host) == [("host/vethblue", "netns:blue/eth0")]


def test_both_ends_in_one_namespace() -> None:
    host = Host.with_bridge()
    host.root.links += [veth(7, "left", 8), veth(8, "right", 7)]
    assert pairs(host) == [("host/left", "host/right")]


def test_a_pair_between_two_namespaces_without_the_host() -> None:
    host = Host.with_bridge()
    blue, red = host.namespace("/run/netns/blue"), host.namespace("/run/netns/red")
    blue.nsids.append(NamespaceId(nsid=4, target=red.key))
    red.nsids.append(NamespaceId(nsid=9, target=blue.key))
    blue.links.append(veth(2, "to-red", 2, nsid=4))
    red.links.append(veth(2, "to-blue", 2, nsid=9))
    assert pairs(host) == [("netns:blue/to-red", "netns:red/to-blue")]


def test_a_peer_in_a_namespace_nobody_found_is_said_to_be_missing_not_orphaned() -> None:
    host = Host.with_bridge()
    host.root.nsids.append(NamespaceId(nsid=3, target=None))
    host.root.links.append(veth(7, "vethlost", 2, nsid=3))
    (lost,) = resolve(host.loaded()).veths
    assert lost.far is None
    assert lost.missing == "its peer is link 2 of a namespace that was not found (nsid 3)"


def test_an_end_that_does_not_point_back_is_no_peer() -> None:
    host = Host.with_bridge()
    blue = host.namespace("/run/netns/blue")
    joined(host, blue, 0)
    host.root.links.append(veth(7, "vethold", 2, nsid=0))
    blue.links.append(veth(2, "eth0", 9, nsid=0))
    assert all(v.near is None or v.far is None for v in resolve(host.loaded()).veths)


def test_scopes_are_never_two_things() -> None:
    host = Host.with_bridge()
    first, second = host.namespace("/run/netns/blue"), host.namespace("/tmp/other/blue")
    assert set(resolve(host.loaded()).scopes.values()) == {
        "host",
        f"netns:blue[{first.inode}]",
        f"netns:blue[{second.inode}]",
    }


def test_a_pair_of_which_one_end_alone_tells_the_other_is_one_pair_whoever_is_asked_first() -> None:
    for order in (1, -1):
        host = Host.with_bridge()
        blue = host.namespace("/run/netns/blue")
        host.root.nsids.append(NamespaceId(nsid=3, target=blue.key))
        host.root.links.append(veth(7, "vethblue", 2, nsid=3))
        blue.links.append(veth(2, "eth0", 7, nsid=0))
        host.nets = dict(list(host.nets.items())[::order])
        assert pairs(host) == [("host/vethblue", "netns:blue/eth0")]
