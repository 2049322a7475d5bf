"""Kinds that one side did not see are unknown, and every kind can be shown."""

from __future__ import annotations

import copy

import pytest

from analyze.compose import compose
from analyze.inventory import take_inventory
from reports.json import render_inventory
from snapshot.model.counter import Counter
from snapshot.model.coverage import Coverage
from snapshot.model.kinds import KINDS
from snapshot.model.link import Link
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of
from tests.analyze.severity_cases import Do, both
from tests.analyze.steering import having, told
from tests.analyze.test_changes import classic, compare, net_of, pod_recreated, pod_removed
from tests.analyze.test_steering import CLASSES, FILTERS, HTB, NEXTHOP, XDP
from tests.analyze.test_waiting_sockets import WEB


def test_kinds_that_one_capture_did_not_read_are_told_once_each() -> None:
    def fewer(host: Host) -> None:
        host.kinds = ("address", "container", "fdb", "link", "neighbour", "network", "nsid", "route", "rule")

    before = classic()
    after = copy.deepcopy(before)
    fewer(before)
    pod_recreated(after)
    report = compose(sides_of(before, after), "netlapse test")
    assert told(report) == [("pod", "recreated", "default/web-2")]
    assert not [c for c in report.changes if c.kind in ("sysctl", "qdisc", "vlan", "firewall", "socket")]
    missing = sorted(set(after.kinds) - set(before.kinds))
    assert [(gap.snapshot, gap.kind) for gap in report.coverage] == [("before", kind) for kind in missing]


@pytest.mark.parametrize("kind", ["firewall", "sysctl", "qdisc", "vlan", "socket"])
def test_what_could_not_be_read_of_a_namespace_is_unknown(kind: str) -> None:
    def blind(host: Host) -> None:
        net = net_of(host, "web-2")
        for place in (net, host.root):
            place.more = [row for row in place.more if KINDS[kind].fact is not type(row)]
            host.coverage.append(Coverage(namespace=place.key, kinds=(kind,), status="torn", error="kept changing"))

    report = compare(blind)
    assert {c.action for c in report.changes} == {"unknown"}
    assert {c.kind for c in report.changes} == {kind}


def test_every_kind_can_be_shown() -> None:
    host = having(
        NEXTHOP, HTB, *CLASSES, *FILTERS, XDP, WEB, Counter(of="link", dev="docker0", values={"rx_packets": 3})
    )()
    inventory = take_inventory(host.whole())
    text = render_inventory(inventory, None)
    for kind in KINDS:
        assert f'\n  "{kind}": ' in text
    assert inventory.facts["nexthop"][0]["kernel_scope"] == "global"
    assert [facts["values"] for facts in inventory.facts["counter"]] == [{"rx_packets": 3}]
    assert isinstance(host.root.links[0], Link)


def silent(host: Host) -> None:
    host.silent = True
    told = ("container", "network")
    host.coverage.append(Coverage(runtime=host.endpoint, kinds=told, status="failed", error="timeout"))


def without_address(host: Host) -> None:
    net = net_of(host, "web-1")
    net.addresses = []
    net.routes = [route for route in net.routes if route.dst == "0.0.0.0/0"]


def without_pair(host: Host) -> None:
    net_of(host, "web-1").without("eth0")
    host.root.without("vethweb-11")
    without_address(host)


def loses_its_address(host: Host) -> None:
    host.root.addresses = []


def links_failed(host: Host) -> None:
    host.root.unread = frozenset({"link"})
    host.root.links = []
    host.coverage.append(Coverage(namespace=host.root.key, kinds=("link",), status="failed", error="EIO"))


def links_not_asked_for(host: Host) -> None:
    host.kinds = tuple(kind for kind in host.kinds if kind != "link")


@pytest.mark.parametrize(
    ("lost", "gap", "rule"),
    [
        (without_address, silent, "address-lost"),
        (without_pair, silent, "veth-lost"),
        (loses_its_address, links_failed, "address-lost"),
        (loses_its_address, links_not_asked_for, "address-lost"),
    ],
)
def test_what_was_seen_on_both_sides_follows_from_nothing_unknown(lost: Do, gap: Do, rule: str) -> None:
    """A silent runtime, and links that were not read, make a loss no less one, and hide it under nothing."""
    for change in (lost, both(lost, gap)):
        report = compare(change)
        assert rule in {c.severity_rule for c in report.changes if c.cause is None}
        unknown = {c.id for c in report.changes if c.action == "unknown"}
        assert [c.name for c in report.changes if c.cause in unknown and c.action != "unknown"] == []


def test_a_namespace_that_went_while_its_runtime_kept_silent_is_told_by_itself() -> None:
    def gone(host: Host) -> None:
        pod_removed(host)
        silent(host)

    report = compare(gone)
    top = [(c.kind, c.action, c.severity_rule) for c in report.changes if c.cause is None and c.action != "unknown"]
    assert top == [("namespace", "removed", "workload-gone")]
    assert ("veth", "removed", None) in [(c.kind, c.action, c.severity_rule) for c in report.changes]


@pytest.mark.parametrize(("kind", "told_by"), [("link", {"link", "veth"}), ("container", {"pod", "container"})])
def test_objects_that_a_capture_was_not_asked_for_are_not_told_one_by_one(kind: str, told_by: set[str]) -> None:
    def fewer(host: Host) -> None:
        host.kinds = tuple(name for name in host.kinds if name != kind)
        host.silent = kind == "container"

    report = compare(fewer)
    assert [c.name for c in report.changes if c.kind in told_by] == []
    assert [(gap.snapshot, gap.kind) for gap in report.coverage] == [("after", kind)]
    assert report.verdict == "incomplete"
