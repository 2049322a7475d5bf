"""The classic changes on a real Docker host: each alone, and all together, exactly those changes at the top level."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.bottle import told, top
from tests.lab.docker import DockerHost
from tests.requirements import require_docker

PODS = ("web-1", "web-2", "web-3", "web-4", "web-5", "web-6")


class Changing:
    """A host that changes step by step: the snapshot after one step is the one before the next."""

    def __init__(self, host: DockerHost) -> None:
        self.host = host
        self.steps = 0

    def capture(self) -> Path:
        self.host.bottle.settle()
        self.steps += 1
        return self.host.capture("--label", f"step-{self.steps}")

    def report(self) -> dict[str, Any]:
        """Capture again, and compare with the capture before."""
        path = self.capture()
        report, code = self.host.bottle.diff(f"{path}@step-{self.steps - 1}", f"{path}@step-{self.steps}")
        assert code == (1 if report["changes"] else 0)
        return report


@pytest.fixture(scope="module")
def changing() -> Iterator[Changing]:
    require_docker()
    with DockerHost() as host:
        for name in PODS:
            host.pod(name)
        host.container("solo")
        host.bottle.ip("route add 192.0.2.0/24 via 10.1.27.200 dev docker0 metric 100")
        host.bottle.ip("link add spare type veth peer name spare-peer")
        changing = Changing(host)
        changing.capture()
        yield changing


def fields_of(change: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {field["name"]: (field["before"], field["after"]) for field in change["fields"]}


def only(report: dict[str, Any]) -> dict[str, Any]:
    changes = top(report)
    assert len(changes) == 1, json.dumps(told(changes), indent=1)
    return changes[0]


def test_nothing_changed(changing: Changing) -> None:
    report = changing.report()
    assert (report["verdict"], told(report["changes"])) == ("same", [])


def test_pod_removed(changing: Changing) -> None:
    changing.host.remove_pod("web-6")
    report = changing.report()
    assert told([only(report)]) == [("pod", "removed", "pod:default/web-6", "default/web-6")]
    summary = {row["kind"]: row for row in report["summary"]}
    assert (summary["pod"]["removed"], summary["veth"]["removed"], summary["container"]["removed"]) == (1, 1, 2)


def test_pod_added(changing: Changing) -> None:
    changing.host.pod("web-7")
    report = changing.report()
    assert told([only(report)]) == [("pod", "added", "pod:default/web-7", "default/web-7")]
    summary = {row["kind"]: row for row in report["summary"]}
    assert (summary["pod"]["added"], summary["veth"]["added"], summary["container"]["added"]) == (1, 1, 2)


def test_pod_recreated(changing: Changing) -> None:
    changing.host.remove_pod("web-2")
    changing.host.pod("web-2", uid="2")
    report = changing.report()
    change = only(report)
    assert told([change]) == [("pod", "recreated", "pod:default/web-2", "default/web-2")]
    assert (change["matched_by"], change["confidence"]) == ("pod identity", "exact")
    assert fields_of(change)["uid"] == ("web-2-1", "web-2-2")
    veths = [c for c in report["changes"] if c["kind"] == "veth"]
    assert told(veths)[0][:3] == ("veth", "recreated", "pod:default/web-2")
    assert veths[0]["cause"] == change["id"]


def test_container_restarted_in_its_pod(changing: Changing) -> None:
    changing.host.docker("restart", "-t", "0", "k8s_app_web-3")
    change = only(changing.report())
    assert told([change]) == [("container", "changed", "pod:default/web-3", "k8s_app_web-3")]
    assert set(fields_of(change)) == {"pid", "started_at"}


def test_container_restarted_with_a_namespace_of_its_own(changing: Changing) -> None:
    changing.host.docker("restart", "-t", "0", "solo")
    report = changing.report()
    change = only(report)
    assert told([change]) == [("container", "recreated", "container:solo", "solo")]
    assert ("veth", "recreated") in {(c["kind"], c["action"]) for c in report["changes"]}


def test_host_route_added(changing: Changing) -> None:
    changing.host.bottle.ip("route add 198.51.100.0/24 via 10.1.27.201")
    change = only(changing.report())
    assert told([change]) == [("route", "added", "host", "198.51.100.0/24 via 10.1.27.201 dev docker0")]


def test_host_route_remetricked(changing: Changing) -> None:
    changing.host.bottle.sh(
        "ip route add 192.0.2.0/24 via 10.1.27.200 dev docker0 metric 250;"
        "ip route del 192.0.2.0/24 via 10.1.27.200 dev docker0 metric 100"
    )
    change = only(changing.report())
    assert told([change]) == [("route", "changed", "host", "192.0.2.0/24 via 10.1.27.200 dev docker0")]
    assert fields_of(change) == {"metric": (100, 250)}


def test_host_route_removed(changing: Changing) -> None:
    changing.host.bottle.ip("route del 192.0.2.0/24")
    change = only(changing.report())
    assert told([change]) == [("route", "removed", "host", "192.0.2.0/24 via 10.1.27.200 dev docker0")]


def test_default_route_of_one_pod_changed(changing: Changing) -> None:
    changing.host.in_container(
        "k8s_POD_web-1", *["ip", "route", "replace", "default", "via", "10.1.27.254", "dev", "eth0"]
    )
    change = only(changing.report())
    assert told([change]) == [("route", "changed", "pod:default/web-1", "0.0.0.0/0 via 10.1.27.254 dev eth0")]
    assert fields_of(change) == {"gateway": ("10.1.27.1", "10.1.27.254")}
    assert change["severity"] == "warning"


def test_veth_taken_off_the_bridge(changing: Changing) -> None:
    end = changing.host.host_end("k8s_POD_web-3")
    changing.host.bottle.ip(f"link set {end} nomaster")
    report = changing.report()
    change = only(report)
    assert told([change]) == [("veth", "changed", "pod:default/web-3", f"{end} - eth0")]
    assert fields_of(change) == {"bridge": ("docker0", None)}
    assert change["severity"] == "critical"
    links = [c for c in report["changes"] if c["kind"] == "link"]
    assert [(c["name"], c["cause"]) for c in links] == [(end, change["id"])]


def test_veth_put_back_on_the_bridge(changing: Changing) -> None:
    end = changing.host.host_end("k8s_POD_web-3")
    changing.host.bottle.ip(f"link set {end} master docker0")
    assert fields_of(only(changing.report())) == {"bridge": (None, "docker0")}


def test_mtu_changed_on_the_host_end(changing: Changing) -> None:
    end = changing.host.host_end("k8s_POD_web-4")
    changing.host.bottle.ip(f"link set {end} mtu 1400")
    change = only(changing.report())
    assert told([change]) == [("veth", "changed", "pod:default/web-4", f"{end} - eth0")]
    assert fields_of(change) == {"host_end.mtu": (1500, 1400)}


def test_mtu_changed_on_the_workload_end(changing: Changing) -> None:
    changing.host.in_container("k8s_POD_web-5", *["ip", "link", "set", "eth0", "mtu", "1300"])
    change = only(changing.report())
    assert (change["kind"], change["action"], change["scope"]) == ("veth", "changed", "pod:default/web-5")
    assert fields_of(change) == {"workload_end.mtu": (1500, 1300)}


def test_address_added(changing: Changing) -> None:
    changing.host.in_container("k8s_POD_web-4", *["ip", "addr", "add", "172.16.5.1/24", "dev", "eth0"])
    report = changing.report()
    change = only(report)
    assert told([change]) == [("address", "added", "pod:default/web-4", "172.16.5.1/24 dev eth0")]
    below = [c for c in report["changes"] if c["cause"] == change["id"]]
    assert {c["kind"] for c in below} == {"route"}
    assert len(below) == 3, "the local, the broadcast and the on-link route"


def test_link_renamed(changing: Changing) -> None:
    changing.host.bottle.ip("link set docker0 name dock")
    change = only(changing.report())
    assert told([change]) == [("link", "changed", "host", "dock")]
    assert fields_of(change) == {"name": ("docker0", "dock")}
    changing.host.bottle.ip("link set dock name docker0")
    assert fields_of(only(changing.report())) == {"name": ("dock", "docker0")}


def test_bridge_added(changing: Changing) -> None:
    changing.host.bottle.sh("ip link add br9 type bridge; ip addr add 10.9.0.1/24 dev br9; ip link set br9 up")
    change = only(changing.report())
    assert told([change]) == [("link", "added", "host", "br9")]


def test_network_added_and_removed(changing: Changing) -> None:
    changing.host.docker("network", "create", "back", "--subnet", "10.7.0.0/24")
    report = changing.report()
    assert told([only(report)]) == [("network", "added", "host", "back")]
    assert {"link", "address", "route"} <= {c["kind"] for c in report["changes"]}
    changing.host.docker("network", "rm", "back")
    assert told([only(changing.report())]) == [("network", "removed", "host", "back")]


def test_veth_deleted(changing: Changing) -> None:
    changing.host.bottle.ip("link del spare")
    change = only(changing.report())
    assert (change["kind"], change["action"], change["scope"]) == ("veth", "removed", "host")
    assert set(change["name"].split(" - ")) == {"spare", "spare-peer"}


def test_all_together(changing: Changing) -> None:
    host = changing.host
    off, small = host.host_end("k8s_POD_web-3"), host.host_end("k8s_POD_web-2")
    host.remove_pod("web-7")
    host.pod("web-8")
    host.remove_pod("web-1")
    host.pod("web-1", uid="9")
    host.docker("restart", "-t", "0", "k8s_app_web-4")
    host.bottle.sh(
        "ip route add 203.0.113.0/24 via 10.1.27.202 metric 10; ip route del 198.51.100.0/24;"
        f"ip link set {off} nomaster; ip link set {small} mtu 1410; ip link add br10 type bridge;"
        "ip link set br9 name br-nine"
    )
    host.in_container("k8s_POD_web-4", *["ip", "route", "replace", "default", "via", "10.1.27.253", "dev", "eth0"])
    host.in_container("k8s_POD_web-5", *["ip", "addr", "add", "172.16.6.1/24", "dev", "eth0"])
    assert set(told(top(changing.report()))) == {
        ("pod", "removed", "pod:default/web-7", "default/web-7"),
        ("pod", "added", "pod:default/web-8", "default/web-8"),
        ("pod", "recreated", "pod:default/web-1", "default/web-1"),
        ("container", "changed", "pod:default/web-4", "k8s_app_web-4"),
        ("route", "added", "host", "203.0.113.0/24 via 10.1.27.202 dev docker0"),
        ("route", "removed", "host", "198.51.100.0/24 via 10.1.27.201 dev docker0"),
        ("veth", "changed", "pod:default/web-3", f"{off} - eth0"),
        ("veth", "changed", "pod:default/web-2", f"{small} - eth0"),
        ("link", "added", "host", "br10"),
        ("link", "changed", "host", "br-nine"),
        ("route", "changed", "pod:default/web-4", "0.0.0.0/0 via 10.1.27.253 dev eth0"),
        ("address", "added", "pod:default/web-5", "172.16.6.1/24 dev eth0"),
    }
