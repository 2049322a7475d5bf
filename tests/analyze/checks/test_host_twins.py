"""The checks about runtimes, ports, forwarding and limits: each fires on its host and not on its healthy twin, on a real kernel
with a real engine. All of them are on one host, captured once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.analyze.checks.host_twins import HOST_TWINS, UPLINKS
from tests.analyze.checks.twin import Twin
from tests.lab.docker import DockerHost
from tests.requirements import require_docker

REPAIR = """
sysctl -qw net.ipv4.conf.fo-off.forwarding=1 net.bridge.bridge-nf-call-iptables=1 net.ipv4.conf.up1.rp_filter=2
iptables -I DOCKER-USER -i fd-there -j ACCEPT; iptables -I DOCKER-USER -o fd-back -j ACCEPT; nft delete table inet fd
ip route del 10.91.0.2/32; ip route del 10.92.0.99/32; ip netns exec cnl-full conntrack -F
iptables -t nat -A DOCKER ! -i docker0 -p tcp --dport 8081 -j DNAT --to-destination 10.1.27.250:80
"""
REPAIRED = {
    "forwarding-off", "bridge-nf-off", "strict-rp-filter", "forward-drop", "route-to-absent-pod", "conntrack-near-limit",
    "port-without-rule-or-listener", "container-outside-pod",
}  # fmt: skip
CHECKS_HERE = {twin.check for twin in HOST_TWINS}


@pytest.fixture(scope="module")
def host() -> Iterator[DockerHost]:
    require_docker()
    with DockerHost() as made:
        yield made


@pytest.fixture(scope="module")
def report(host: DockerHost) -> dict[str, Any]:
    host.bottle.sh(UPLINKS)
    for twin in HOST_TWINS:
        twin.build(host)
    done = host.bottle.netlapse("check", str(host.capture("--label", "sick")), "-f", "json")
    assert done.returncode == 1, done.stderr
    return dict(json.loads(done.stdout))


def test_everything_could_be_checked(report: dict[str, Any]) -> None:
    assert report["unchecked"] == []


@pytest.mark.parametrize("twin", HOST_TWINS, ids=lambda twin: twin.check)
def test_a_check_fires_on_its_host_and_not_on_its_healthy_twin(twin: Twin, report: dict[str, Any]) -> None:
    told = [finding for finding in report["findings"] if finding["check"] == twin.check]
    for scope, words in twin.fires:
        assert [f for f in told if f["scope"].startswith(scope) and words in f["message"]], (scope, words, told)
    assert len(told) == len(twin.fires), told


def test_what_was_mended_is_resolved(report: dict[str, Any], host: DockerHost) -> None:
    host.bottle.sh(REPAIR)
    host.docker("restart", "-t", "0", "k8s_app_cop-left")
    path = host.capture("--label", "mended")
    told, _ = host.bottle.diff(f"{path}@sick", f"{path}@mended")
    mended = {f["check"] for f in told["findings"] if f["status"] == "resolved"}
    assert {f["check"] for f in report["findings"]} >= REPAIRED
    assert mended >= REPAIRED
    assert not {f["check"] for f in told["findings"] if f["status"] == "new"} & CHECKS_HERE
    assert {(f["check"], f["status"]) for f in told["findings"] if f["check"] == "runtime-address-mismatch"} == {
        ("runtime-address-mismatch", "persisting")
    }
