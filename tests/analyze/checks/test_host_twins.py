"""The checks about runtimes, ports, forwarding and limits: each fires on its host and not on its healthy twin, on a real kernel
with a real engine. All of them are on one host, captured once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.analyze.checks.host_twins import HOST_TWINS, UPLINKS, ports_mended
from tests.analyze.checks.kept import host_file, told
from tests.analyze.checks.twin import Twin
from tests.lab.docker import DockerHost

REPAIR = """
sysctl -qw net.ipv4.conf.fo-off.forwarding=1 net.bridge.bridge-nf-call-iptables=1 net.ipv4.conf.up1.rp_filter=2
iptables -I DOCKER-USER -i fd-there -j ACCEPT; iptables -I DOCKER-USER -o fd-back -j ACCEPT; nft delete table inet fd
ip route del 10.91.0.2/32; ip route del 10.92.0.99/32; ip netns exec cnl-full conntrack -F
"""
REPAIRED = {
    "forwarding-off", "bridge-nf-off", "strict-rp-filter", "forward-drop", "route-to-absent-pod", "conntrack-near-limit",
    "port-without-rule-or-listener", "container-outside-pod",
}  # fmt: skip
CHECKS_HERE = {twin.check for twin in HOST_TWINS}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The snapshots ``sick`` and ``mended`` of one host."""
    return host_file("host-twins", tmp_path_factory, _captured)


@pytest.fixture(scope="module")
def report(path: Path) -> dict[str, Any]:
    return told("check", f"{path}@sick")


def _captured(host: DockerHost) -> Path:
    host.bottle.sh(UPLINKS)
    for twin in HOST_TWINS:
        twin.build(host)
    host.capture("--label", "sick")
    host.bottle.sh(REPAIR)
    ports_mended(host)
    host.docker("restart", "-t", "0", "k8s_app_cop-left")
    return host.capture("--label", "mended")


def test_everything_could_be_checked(report: dict[str, Any]) -> None:
    assert report["unchecked"] == []


@pytest.mark.parametrize("twin", HOST_TWINS, ids=lambda twin: twin.check)
def test_a_check_fires_on_its_host_and_not_on_its_healthy_twin(twin: Twin, report: dict[str, Any]) -> None:
    fired = [finding for finding in report["findings"] if finding["check"] == twin.check]
    for scope, words in twin.fires:
        assert [f for f in fired if f["scope"].startswith(scope) and words in f["message"]], (scope, words, fired)
    assert len(fired) == len(twin.fires), fired


@pytest.mark.parametrize("twin", [twin for twin in HOST_TWINS if twin.apart], ids=lambda twin: twin.check)
def test_a_healthy_twin_that_was_captured_by_itself_is_none(twin: Twin, path: Path) -> None:
    findings = told("check", f"{path}@{twin.label}")["findings"]
    assert {f["check"] for f in findings} >= CHECKS_HERE - {twin.check}, "all others are there"
    assert twin.check not in {f["check"] for f in findings}


def test_the_healthy_neighbour_table_is_just_below(path: Path) -> None:
    """With a limit of 75 % in place of 80 % it is found."""
    program = (
        "import netlapse; from analyze.checks import neighbour_table_near_limit as n; n.NEAR = 75; netlapse.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "check", f"{path}@healthy-neighbour-table-near-limit"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert "ARP entries in all namespaces together" in done.stdout, done.stdout + done.stderr


def test_what_was_mended_is_resolved(report: dict[str, Any], path: Path) -> None:
    findings = told("diff", f"{path}@sick", f"{path}@mended")["findings"]
    mended = {f["check"] for f in findings if f["status"] == "resolved"}
    assert not [f for f in findings if f["check"] == "port-without-rule-or-listener" and f["status"] != "resolved"]
    assert {f["check"] for f in report["findings"]} >= REPAIRED
    assert mended >= REPAIRED
    assert not {f["check"] for f in findings if f["status"] == "new"} & CHECKS_HERE
    assert {(f["check"], f["status"]) for f in findings if f["check"] == "runtime-address-mismatch"} == {
        ("runtime-address-mismatch", "persisting")
    }
