"""What no workload explains is known by its links; what could be several things is shown as that."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from snapshot.model.container import Network
from snapshot.model.coverage import Coverage
from snapshot.model.link import Link
from tests.analyze.hosts import Host, Net
from tests.analyze.rows import address, routes_of
from tests.analyze.workloads import container, one, pod, report, top

CALICO = "cali12d4a061371"
"""The host's end, named by a hash of the pod's namespace and name: the next pod of that name has it again."""


def bridge(name: str, index: int) -> Link:
    mac = f"02:00:00:00:01:{index}"
    return Link(ifindex=index, name=name, type="ether", link_kind="bridge", mac=mac, mtu=1500, state="UP")


def anonymous(host: Host, host_end: str, ip: str | None, mac: str | None = None) -> Net:
    net = host.namespace()
    host.veth(net, host_end, ip)
    if mac is not None:
        net.links = [replace(link, mac=mac) if link.name == "eth0" else link for link in net.links]
    return net


@pytest.mark.parametrize("named", [True, False])
def test_a_pair_with_a_lasting_name_is_re_created_when_its_peer_is_new(named: bool) -> None:
    before, after = Host.with_bridge(), Host.with_bridge()
    for side, ip in ((before, "10.1.27.2"), (after, "10.1.27.3")):
        if named:
            pod(side, "web-0", ip, host_end=CALICO)
        else:
            anonymous(side, CALICO, ip)
    told = report(before, after)
    veth = next(c for c in told.changes if c.kind == "veth")
    assert (veth.action, veth.name) == ("recreated", f"{CALICO} - eth0")
    assert {c.action for c in told.changes if c.kind == "link"} == {"recreated"}
    assert [(kind, action) for kind, action, *_ in top(told)] == [("pod" if named else "namespace", "recreated")]


def test_not_even_an_index_that_was_asked_for_again_makes_it_the_same_pair() -> None:
    before = Host.with_bridge()
    pod(before, "web-0", "10.1.27.2", host_end=CALICO)
    index = next(link.ifindex for link in before.root.links if link.name == CALICO)
    after = Host.with_bridge()
    net = pod(after, "web-0", "10.1.27.3", host_end=CALICO)
    now = next(link.ifindex for link in after.root.links if link.name == CALICO)
    mac = "ee:ee:ee:ee:ee:ee"
    for side, number in ((before, index), (after, now)):
        side.root.links = [
            replace(link, ifindex=index, mac=mac) if link.ifindex == number else link for link in side.root.links
        ]
    net.links = [replace(link, link_index=index) if link.link_index == now else link for link in net.links]
    veth = next(c for c in report(before, after).changes if c.kind == "veth")
    assert (veth.action, veth.matched_by) == ("recreated", "namespace and index of the host's end")


def test_a_pair_whose_end_was_moved_to_another_namespace_is_the_same_pair() -> None:
    before = Host.with_bridge()
    net = anonymous(before, "vethblue", None)
    after = copy.deepcopy(before)
    moved, other = after.nets[net.key], after.namespace()
    other.links += [link for link in moved.links if link.name == "eth0"]
    other.nsids, moved.nsids = moved.nsids, []
    moved.links = [link for link in moved.links if link.name != "eth0"]
    after.root.nsids = [replace(nsid, target=other.key) for nsid in after.root.nsids]
    veth = next(c for c in report(before, after).changes if c.kind == "veth")
    assert (veth.action, [f.name for f in veth.fields]) == ("changed", ["workload_end.scope"])


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (("vethblue", "10.1.27.2", None), ("vethblue", "10.1.27.3", None), "names of its veths' host ends"),
        (("veth1", "10.1.27.2", "02:00:00:00:07:01"), ("veth2", "10.1.27.3", "02:00:00:00:07:01"), "MACs of its links"),
        (("veth1", "10.1.27.2", None), ("veth2", "10.1.27.2", None), "its addresses"),
    ],
)
def test_a_namespace_of_nobody_is_known_by_what_is_in_it(
    old: tuple[str, str, str | None], new: tuple[str, str, str | None], reason: str
) -> None:
    before, after = Host.with_bridge(), Host.with_bridge()
    anonymous(before, *old)
    anonymous(after, *new)
    namespace = one(report(before, after), "namespace")
    assert (namespace.action, namespace.matched_by) == ("recreated", reason)
    assert namespace.confidence == ("strong" if "ends" in reason else "weak")


def test_where_no_runtime_told_whose_a_pair_is_it_says_by_what_it_is_known() -> None:
    before = Host.with_bridge()
    pod(before, "web-0", "10.1.27.2")
    after = Host.with_bridge()
    anonymous(after, "veth9", "10.1.27.2")
    after.silent = True
    after.coverage.append(Coverage(runtime=after.endpoint, kinds=("container",), status="failed", error="timeout"))
    veth = next(c for c in report(before, after).changes if c.kind == "veth")
    reason = "same end of a namespace matched by its addresses"
    assert (veth.action, veth.matched_by, veth.confidence) == ("recreated", reason, "weak")


def test_a_link_is_not_made_anew_as_an_end_of_a_pair_that_has_its_name() -> None:
    before = Host.with_bridge()
    before.root.link(bridge("cni0", 30))
    before.root.addresses.append(address("cni0", "10.9.0.1/24"))
    after = before.fork()
    after.root.without("cni0")
    after.veth(after.root, "cnix", None, end="cni0", far=99)
    told, back = report(before, after), report(after, before)
    assert sorted(top(told), key=str) == [("link", "removed", "cni0", None), ("veth", "added", "cni0 - cnix", None)]
    assert one(told, "link").severity_rule == "bridge-lost"
    assert sorted(top(back), key=str) == [("link", "added", "cni0", None), ("veth", "removed", "cni0 - cnix", None)]


def test_a_port_that_a_bridge_made_anew_has_numbered_anew_follows_from_the_bridge() -> None:
    before = Host.with_bridge()
    port = Link(ifindex=40, name="vm0", type="ether", link_kind="tun", mac="02:00:00:00:00:40", mtu=1500, state="UP",
                master="docker0", port_kind="bridge", port_ids={"brport_no": 2}, port_data={"brport_cost": 4})  # fmt: skip
    before.root.link(port)
    after = before.fork()
    after.root.links = [replace(link, ifindex=90) if link.ifindex == 2 else link for link in after.root.links]
    after.root.links[-1] = replace(port, port_ids={"brport_no": 1}, port_data={"brport_cost": 2})
    told = report(before, after)
    assert [(kind, action, name) for kind, action, name, _ in top(told)] == [("link", "recreated", "docker0")]
    assert {f.name for c in told.changes if c.name == "vm0" for f in c.fields} == {
        "port_ids.brport_no", "port_data.brport_cost",
    }  # fmt: skip
    after.root.links[-1] = replace(after.root.links[-1], mtu=1400)
    assert {name for _, _, name, _ in top(report(before, after))} == {"docker0", "vm0"}


def test_a_pod_that_got_the_address_of_one_that_went_is_another_pod() -> None:
    before, after = Host.with_bridge(), Host.with_bridge()
    pod(before, "web-0", "10.1.27.2")
    pod(after, "db-0", "10.1.27.2")
    found = {(c.kind, c.action) for c in report(before, after).changes if c.kind in ("pod", "namespace", "veth")}
    assert found == {("pod", "removed"), ("pod", "added"), ("veth", "removed"), ("veth", "added")}


def test_two_that_fit_as_well_as_each_other_are_ambiguous_and_none_is_taken() -> None:
    before, after = Host.with_bridge(), Host.with_bridge()
    anonymous(before, "veth1", "10.1.27.2")
    for name in ("veth2", "veth3"):
        anonymous(after, name, "10.1.27.2")
    for told, lone in ((report(before, after), "removed"), (report(after, before), "added")):
        namespaces = [change for change in told.changes if change.kind == "namespace"]
        assert sorted(change.action for change in namespaces) == sorted(
            [lone, *["added" if lone == "removed" else "removed"] * 2]
        )
        for change in namespaces:
            doubt = change.ambiguous
            assert doubt is not None
            assert doubt.reason == "its addresses"
            assert (doubt.count, doubt.rivals) == ((2, 0) if change.action == lone else (1, 1))
            others = {other.scope for other in namespaces if (other.action == lone) != (change.action == lone)}
            assert set(doubt.candidates) == others


def test_what_weaker_evidence_settles_is_not_ambiguous_and_the_rest_is_known_by_being_left() -> None:
    before, after = Host.with_bridge(), Host.with_bridge()
    # All four have one MAC; one address tells two of them.
    for side, ips in ((before, ("10.1.27.2", "10.1.27.3")), (after, ("10.1.27.2", "10.1.27.4"))):
        for number, ip in enumerate(ips):
            anonymous(side, f"veth{number}{side is before}", ip, "02:00:00:00:07:01")
    namespaces = [c for c in report(before, after).changes if c.kind == "namespace"]
    assert {(c.matched_by, c.confidence) for c in namespaces} == {
        ("its addresses", "weak"),
        ("MACs of its links, of those left", "weak"),
    }
    assert all(change.ambiguous is None for change in namespaces)


def test_many_candidates_are_counted_and_few_are_named() -> None:
    before, after = Host.with_bridge(), Host.with_bridge()
    anonymous(before, "veth", "10.1.27.2")
    for number in range(20):
        anonymous(after, f"veth{number}", "10.1.27.2")
    doubt = next(c.ambiguous for c in report(before, after).changes if c.kind == "namespace" and c.action == "removed")
    assert doubt is not None
    assert (doubt.count, len(doubt.candidates)) == (20, 8)


def test_a_bridge_is_known_by_its_address_when_it_was_made_anew_under_another_name() -> None:
    before, after = Host.with_bridge(), Host.with_bridge()
    for side, name, index in ((before, "br0", 50), (after, "lan0", 51)):
        side.root.link(
            Link(
                ifindex=index,
                name=name,
                type="ether",
                link_kind="bridge",
                mac=f"02:00:00:00:01:{index}",
                mtu=1500,
                state="UP",
            )
        )
        side.root.addresses.append(address(name, "10.9.0.1/24"))
        side.root.routes += routes_of(name, "10.9.0.1", "10.9.0.0/24")
    told = report(before, after)
    link = one(told, "link")
    assert (link.action, link.matched_by, link.confidence) == ("recreated", "addresses", "weak")
    assert not [c for c in told.changes if c.kind in ("address", "route")]


def network(name: str, number: str, subnet: str, **labels: str) -> Network:
    return Network(
        id=number * 12, name=name, driver="bridge", bridge=f"br-{number * 12}",
        subnets=({"subnet": subnet, "gateway": subnet.replace(".0/", ".1/").partition("/")[0]},),
        labels={f"com.docker.compose.{word}": value for word, value in labels.items()},
    )  # fmt: skip


def with_network(host: Host, made: Network, index: int) -> None:
    host.networks.append(made)
    assert made.bridge is not None
    host.root.link(
        Link(
            ifindex=index,
            name=made.bridge,
            type="ether",
            link_kind="bridge",
            mac=f"02:00:00:00:02:{index}",
            mtu=1500,
            state="UP",
        )
    )
    net = container(host, "db", None, labels={})
    host.veth(net, f"vethdb{index}", None, bridge=made.bridge)


@pytest.mark.parametrize(
    ("old", "new", "reason", "confidence"),
    [
        (network("shop_back", "a", "10.9.0.0/24"), network("shop_back", "b", "10.10.0.0/24"), "network name", "strong"),
        (
            network("shop_back", "a", "10.9.0.0/24", project="shop", network="back"),
            network("renamed", "b", "10.10.0.0/24", project="shop", network="back"), "compose project and network", "strong",
        ),
        (network("one", "a", "10.9.0.0/24"), network("two", "b", "10.9.0.0/24"), "subnet", "weak"),
    ],
)  # fmt: skip
def test_a_network_made_anew_takes_its_bridge_along(old: Network, new: Network, reason: str, confidence: str) -> None:
    before, after = Host.with_bridge(), Host.with_bridge()
    with_network(before, old, 60)
    with_network(after, new, 61)
    told = report(before, after)
    change = one(told, "network")
    assert (change.action, change.matched_by, change.confidence) == ("recreated", reason, confidence)
    link = next(c for c in told.changes if c.kind == "link" and c.name == new.bridge)
    assert (link.action, link.matched_by, link.cause) == ("recreated", "bridge of the same network", change.id)
