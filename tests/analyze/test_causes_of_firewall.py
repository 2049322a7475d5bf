"""What explains a change of the firewall: the network, the pod, the link or the table that a rule is about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.model import Report
from snapshot.model.container import Network
from snapshot.model.firewall import FirewallEntry
from snapshot.model.link import Link
from tests.analyze.hosts import Host
from tests.analyze.rows import chain, rules, set_rules, texts
from tests.analyze.test_changes import bridge_added, classic, compare, net_of, pod_recreated, top

Told = list[tuple[str, str, str]]
ANOTHER = "-s 10.0.0.1/32 -j A"


def told(report: Report) -> Told:
    return [(c.kind, c.action, c.name) for c in top(report)]


def test_the_rules_of_a_network_hang_under_it() -> None:
    def network_added(host: Host) -> None:
        bridge_added(host)
        host.networks.append(
            Network(id="n9", name="back", driver="bridge", bridge="br9", subnets=({"subnet": "10.9.0.0/24"},))
        )
        root = host.root
        set_rules(root, "FORWARD", "-i br9 -j ACCEPT", "-o br9 -j DOCKER", *texts(root, "FORWARD"))
        root.more += rules("POSTROUTING", "-s 10.9.0.0/24 -j MASQUERADE", table="nat", start=1)
        root.more += rules("DOCKER-ISOLATION", '-i br9 ! -o br9 -m comment --comment "x y" -j DROP')

    report = compare(network_added)
    assert told(report) == [("network", "added", "back")]
    hanging = [c for c in report.changes if c.kind == "firewall"]
    assert len(hanging) == 4
    assert {c.severity for c in hanging} == {"info"}


def test_a_rule_does_not_hang_under_a_network_whose_subnets_stay() -> None:
    def base() -> Host:
        host = classic()
        subnets = ({"subnet": "10.1.27.0/24"},)
        host.networks.append(Network(id="n1", name="bridge", driver="bridge", bridge="docker0", subnets=subnets))
        return host

    def relabelled(host: Host) -> None:
        host.networks[-1] = replace(host.networks[-1], labels={"tier": "back"})
        set_rules(host.root, "POSTROUTING", table="nat")

    report = compare(relabelled, base)
    assert {(c.kind, c.action) for c in report.changes if c.cause is None} == {
        ("network", "changed"),
        ("firewall", "removed"),
    }


def test_the_rules_of_a_pods_address_hang_under_the_pod() -> None:
    def base() -> Host:
        host = classic()
        host.root.more += [chain("KUBE-SVC", table="nat"), chain("KUBE-SEP-1", table="nat")]
        host.root.more += rules("KUBE-SVC", "-j KUBE-SEP-1", table="nat")
        host.root.more += rules("KUBE-SEP-1", "-p tcp -j DNAT --to-destination 10.1.27.3:80", table="nat")
        return host

    def recreated(host: Host) -> None:
        root = host.root
        pod_recreated(host)
        root.more = [row for row in root.more if getattr(row, "chain", None) != "KUBE-SEP-1"]
        root.more.append(chain("KUBE-SEP-2", table="nat"))
        root.more += rules("KUBE-SEP-2", "-p tcp -j DNAT --to-destination 10.1.27.77:80", table="nat")
        set_rules(root, "KUBE-SVC", "-j KUBE-SEP-2", table="nat")

    report = compare(recreated, base)
    assert told(report) == [("pod", "recreated", "default/web-2")]
    assert {c.name.split()[0] for c in report.changes if c.kind == "firewall"} == {"chain", "ip"}


def test_a_rule_that_names_a_link_of_the_pod_hangs_under_the_pod() -> None:
    def base() -> Host:
        host = classic()
        set_rules(host.root, "INPUT", "-i vethweb-21 -j ACCEPT", ANOTHER)
        return host

    def recreated(host: Host) -> None:
        pod_recreated(host)
        set_rules(host.root, "INPUT", ANOTHER)

    report = compare(recreated, base)
    assert told(report) == [("pod", "recreated", "default/web-2")]
    assert ("firewall", "removed") in {(c.kind, c.action) for c in report.changes}


@pytest.mark.parametrize(("rule", "names"), [("-s 10.1.27.0/24 ! -o eth9 -j ACCEPT", False), ("-i -o -j DROP", True)])
def test_a_link_may_be_called_like_an_option(rule: str, names: bool) -> None:
    def both(host: Host) -> None:
        host.root.links.append(Link(ifindex=99, name="-o", type="ether", link_kind="dummy", mtu=1500, state="UP"))
        set_rules(host.root, "INPUT", rule)

    assert (("firewall", "added", f"ip filter INPUT: {rule}") not in told(compare(both))) == names


def test_rules_hang_under_their_chain_and_chains_under_their_table() -> None:
    rows = [
        FirewallEntry(backend="nft", family="inet", table="mine", object="table"),
        chain(
            "in", backend="nft", family="inet", table="mine", text="type filter hook input priority 0; policy accept;"
        ),
        replace(rules("in", "tcp dport 22 accept")[0], backend="nft", family="inet", table="mine"),
        FirewallEntry(backend="nft", family="inet", table="mine", object="set", name="bad", text="type ipv4_addr"),
        FirewallEntry(backend="nft", family="inet", table="mine", object="element", name="bad", text="192.0.2.1"),
    ]
    report = compare(lambda host: host.root.more.extend(rows))
    assert told(report) == [("firewall", "added", "table inet mine")]
    assert len(report.changes) == len(rows)
    names = {c.id: c.name for c in report.changes}
    causes = {c.name: names.get(c.cause or "") for c in report.changes}
    assert causes["inet mine in: tcp dport 22 accept"] == "chain inet mine in"
    assert causes["set inet mine bad: 192.0.2.1"] == "set inet mine bad"


def test_dockers_resolver_in_a_container_hangs_under_its_new_veth() -> None:
    def connect(host: Host) -> None:
        net = net_of(host, "web-1")
        host.veth(net, "veth-back", None, end="eth1", far=9)
        net.more += [chain("OUTPUT", policy="ACCEPT", table="nat"), chain("DOCKER_OUTPUT", table="nat")]
        net.more.append(FirewallEntry(backend="iptables-nft", family="ip", table="nat", object="table"))
        net.more += rules("OUTPUT", "-d 127.0.0.11/32 -j DOCKER_OUTPUT", table="nat")
        net.more += rules(
            "DOCKER_OUTPUT", "-d 127.0.0.11/32 -p tcp -j DNAT --to-destination 127.0.0.11:33333", table="nat"
        )

    assert told(compare(connect)) == [("veth", "added", "veth-back - eth1")]


def test_a_link_that_merely_lost_its_carrier_explains_no_rule() -> None:
    def change(host: Host) -> None:
        root = host.root
        root.links = [replace(link, state="DOWN") if link.name == "docker0" else link for link in root.links]
        set_rules(root, "INPUT", "-i docker0 -j DROP")

    assert ("firewall", "added", "ip filter INPUT: -i docker0 -j DROP") in told(compare(change))
    assert isinstance(classic().root.links[0], Link)
