"""Changes of sockets, IPVS services and WireGuard peers: what explains them, and what is noise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snapshot.model.container import Container
from snapshot.model.ipvs import IpvsService
from snapshot.model.json import Json
from snapshot.model.kinds import Fact
from snapshot.model.socket import Socket
from snapshot.model.wireguard import WireguardPeer
from tests.analyze.hosts import Host
from tests.analyze.steering import having, ignored, put, swap, told
from tests.analyze.test_changes import compare, net_of, pod_recreated, top

DNS = Socket(protocol="udp", family="inet", address="0.0.0.0", port=45123, uid=0, owner="host")
WEB = Socket(protocol="tcp", family="inet", address="0.0.0.0", port=80, uid=0, owner="host")


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ([], [DNS], "socket-ephemeral"),
        ([DNS], [replace(DNS, port=50001)], "socket-ephemeral"),
        (
            [replace(WEB, address="127.0.0.1", port=41234)],
            [replace(WEB, address="127.0.0.1", port=44231)],
            "socket-loopback",
        ),
        ([], [replace(WEB, family="inet6", address="::1", port=41234)], "socket-loopback"),
        ([replace(WEB, protocol="raw", port=1)], [], "socket-ping"),
        ([WEB], [replace(WEB, sockets=4)], "socket-count"),
        ([WEB], [replace(WEB, owner="unknown")], "socket-owner"),
    ],
)
def test_sockets_that_come_and_go_are_noise(before: list[Fact], after: list[Fact], rule: str) -> None:
    report = compare(swap(before, after), having(*before))
    assert (report.verdict, set(ignored(report))) == ("same", {rule})


@pytest.mark.parametrize(
    ("before", "after", "action", "severity"),
    [
        ([], [WEB], "added", "info"),
        ([WEB], [], "removed", "warning"),
        ([WEB], [replace(WEB, owner="container", container="web-1-app-1")], "changed", "info"),
        ([], [replace(DNS, protocol="tcp")], "added", "info"),
        ([replace(WEB, address="127.0.0.1")], [], "removed", "warning"),
    ],
)
def test_a_server_that_comes_or_goes_is_a_change(
    before: list[Fact], after: list[Fact], action: str, severity: str
) -> None:
    (change,) = top(compare(swap(before, after), having(*before)))
    assert (change.kind, change.action, change.severity) == ("socket", action, severity)


def test_a_container_made_anew_in_its_pod_holds_the_same_socket() -> None:
    def again(host: Host) -> None:
        net = net_of(host, "web-3")
        host.containers = [replace(c, id="web-3-app-2", pid=4) if c.id == "web-3-app-1" else c for c in host.containers]
        net.more = [replace(row, container="web-3-app-2") if isinstance(row, Socket) else row for row in net.more]

    report = compare(again)
    assert [(c.kind, c.action) for c in report.changes] == [("container", "recreated")]


def test_the_sockets_of_a_pod_and_of_a_published_port_follow_their_workload() -> None:
    def publish(host: Host) -> None:
        host.containers.append(
            Container(id="p", name="pub", state="running", network_mode="host", namespace=host.root.key,
                      ports=({"protocol": "tcp", "port": 80, "host_port": 8080},))
        )  # fmt: skip
        host.root.more.append(replace(WEB, port=8080))

    assert told(compare(publish)) == [("container", "added", "pub")]

    def recreated(host: Host) -> None:
        pod_recreated(host)
        net = net_of(host, "web-2")
        net.more = [replace(row, port=9999) if isinstance(row, Socket) else row for row in net.more]

    assert told(compare(recreated)) == [("pod", "recreated", "default/web-2")]


def test_a_destination_of_a_service_follows_its_pod() -> None:
    service = IpvsService(protocol="TCP", address="10.96.0.1", port=80, scheduler="rr",
                          destinations=({"address": "10.1.27.3", "port": 80, "weight": 1},))  # fmt: skip

    def recreated(host: Host) -> None:
        pod_recreated(host)
        there: tuple[Json, ...] = ({"address": "10.1.27.77", "port": 80, "weight": 1},)
        put(host.root, [service], [replace(service, destinations=there)])

    assert told(compare(recreated, having(service))) == [("pod", "recreated", "default/web-2")]
    (change,) = top(compare(swap([service], []), having(service)))
    assert (change.name, change.severity) == ("TCP 10.96.0.1 port 80", "critical")


def test_a_peer_that_roams_is_noise_and_one_that_is_gone_is_critical() -> None:
    peer = WireguardPeer(dev="wg0", peer="AAAA", endpoint="192.0.2.1:51820", allowed_ips=("10.200.0.0/24",))
    report = compare(swap([peer], [replace(peer, endpoint="192.0.2.9:1")]), having(peer))
    assert (report.verdict, ignored(report)) == ("same", {"wireguard-roaming": 1})
    (change,) = top(compare(swap([peer], []), having(peer)))
    assert (change.name, change.severity) == ("wg0 peer AAAA", "critical")
