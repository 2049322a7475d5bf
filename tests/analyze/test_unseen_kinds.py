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
from tests.analyze.steering import having, told
from tests.analyze.test_changes import classic, compare, net_of, pod_recreated
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
