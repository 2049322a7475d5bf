"""A runtime's networks: when one is the same, and what follows from its subnets."""

from __future__ import annotations

from dataclasses import replace

from snapshot.model.container import Network
from tests.analyze.hosts import Host
from tests.analyze.rows import address, routes_of, set_rules
from tests.analyze.test_changes import classic, compare, top

DEFAULT = Network(
    id="n1", name="bridge", driver="bridge", bridge="docker0", subnets=({"subnet": "10.1.27.0/24", "gateway": "10.1.27.1"},)
)  # fmt: skip


def with_networks() -> Host:
    host = classic()
    host.networks += [DEFAULT, Network(id="n2", name="back", driver="bridge", bridge="br-n2")]
    return host


def test_a_daemon_that_started_anew_has_no_new_default_network() -> None:
    def started(host: Host) -> None:
        host.networks[0] = replace(DEFAULT, id="n3")

    assert compare(started, with_networks).changes == ()


def test_a_default_network_on_another_bridge_and_any_other_with_another_id_are_new_ones() -> None:
    def moved(host: Host) -> None:
        host.networks[0] = replace(DEFAULT, id="n3", bridge="br0")
        host.networks[1] = replace(host.networks[1], id="n4")

    found = [(c.kind, c.action, c.name) for c in top(compare(moved, with_networks))]
    assert found == [("network", "recreated", "back"), ("network", "recreated", "bridge")]


def test_other_subnets_of_a_network_explain_its_bridges_addresses_and_its_rules() -> None:
    def readdressed(host: Host) -> None:
        host.networks[0] = replace(DEFAULT, id="n3", subnets=({"subnet": "10.1.28.0/24", "gateway": "10.1.28.1"},))
        host.root.addresses = [address("docker0", "10.1.28.1/24")]
        host.root.routes = [r for r in host.root.routes if r.prefsrc != "10.1.27.1"]
        host.root.routes += routes_of("docker0", "10.1.28.1", "10.1.28.0/24")
        set_rules(host.root, "POSTROUTING", "-s 10.1.28.0/24 ! -o docker0 -j MASQUERADE", table="nat")

    report = compare(readdressed, with_networks)
    (change,) = top(report)
    assert (change.kind, change.action, change.name, change.severity) == ("network", "changed", "bridge", "warning")
    assert [field.name for field in change.fields] == ["subnets"]
    below = {(c.kind, c.action, c.name) for c in report.changes if c.cause == change.id}
    assert {
        ("address", "removed", "10.1.27.1/24 dev docker0"),
        ("address", "added", "10.1.28.1/24 dev docker0"),
    } <= below
    assert {c.kind for c in report.changes} == {"network", "address", "route", "firewall"}
