"""A namespace's default routes in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyze.drawing.ways import ways_out
from analyze.topology import resolve
from snapshot.model.route import Route
from tests.analyze.hosts import Host
from tests.analyze.rows import default_route

HOPS = ({"gateway": "10.1.27.1", "dev": "eth0"}, {"gateway": None, "dev": "eth1"})


@pytest.mark.parametrize(
    ("routes", "words"),
    [
        ([], []),
        ([default_route("eth0")], ["via 10.1.27.1 dev eth0"]),
        ([replace(default_route("eth0"), gateway=None)], ["dev eth0"]),
        ([replace(default_route("eth0"), dev=None)], ["via 10.1.27.1"]),
        ([replace(default_route("eth0"), gateway=None, dev=None, nexthop_id=7)], ["nhid 7"]),
        ([replace(default_route("eth0"), type="blackhole", gateway=None, dev=None)], ["blackhole"]),
        (
            [replace(default_route("eth0"), gateway=None, dev=None, nexthops=HOPS)],
            ["via 10.1.27.1 dev eth0 or via on-link dev eth1"],
        ),
        (
            [replace(default_route("eth1"), metric=5), default_route("eth2"), default_route("eth0")],
            ["via 10.1.27.1 dev eth0", "via 10.1.27.1 dev eth2", "via 10.1.27.1 dev eth1"],
        ),
        (
            [replace(default_route("eth0"), gateway="10.1.27.9"), default_route("eth0")],
            ["via 10.1.27.1 dev eth0", "via 10.1.27.9 dev eth0"],
        ),
    ],
)
def test_ways_out_in_words(routes: list[Route], words: list[str]) -> None:
    host = Host.with_bridge()
    net = host.namespace("/run/netns/blue")
    net.routes = routes
    assert ways_out(resolve(host.loaded()), net.key) == words
    assert ways_out(resolve(host.loaded()), "cookie:nowhere") == []
