"""`netlapse check`: its exit codes, its output, and that no file can make it fall over."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyze.checks.findings import compared
from analyze.compose import compose_check
from analyze.diff.sides import prepare
from reports.json import render as render_json
from reports.text.check import render as render_text
from snapshot.model.container import Network
from snapshot.model.coverage import Coverage
from snapshot.model.nexthop import Nexthop
from snapshot.store.writer import create
from tests.analyze.checks.test_findings import lose_way, whole
from tests.analyze.hosts import Host, pair_of
from tests.analyze.rows import route
from tests.analyze.test_changes import net_of
from tests.snapshot.store.captures import of_host


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "netlapse", "check", *arguments], check=False, capture_output=True, text=True
    )


def test_a_sound_host_exits_0_and_one_with_findings_1(tmp_path: Path) -> None:
    well, lost = tmp_path / "well", tmp_path / "lost"
    create(well, of_host(whole()))
    host = whole()
    lose_way(host)
    create(lost, of_host(host))
    done = check(str(well))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Sound: all ")
    done = check(str(lost))
    assert done.returncode == 1
    assert "no-default-route in pod:default/web-2  [critical]" in done.stdout


def test_what_could_not_be_checked_exits_5_unless_something_was_found(tmp_path: Path) -> None:
    host = whole()
    host.coverage.append(
        Coverage(namespace=net_of(host, "web-1").key, kinds=("route",), status="torn", error="kept changing")
    )
    create(tmp_path / "torn", of_host(host))
    done = check(str(tmp_path / "torn"))
    assert done.returncode == 5
    assert "route in pod:default/web-1: kept changing" in done.stdout
    lose_way(host)
    create(tmp_path / "both", of_host(host))
    assert check(str(tmp_path / "both")).returncode == 1


def test_json_goes_where_it_is_told(tmp_path: Path) -> None:
    create(tmp_path / "file", of_host(whole()))
    output = tmp_path / "findings.json"
    assert check(str(tmp_path / "file"), "-f", "json", "-o", str(output)).stdout == ""
    told = json.loads(output.read_text(encoding="ascii"))
    assert (told["format"], told["version"], told["findings"], told["unchecked"]) == ("netlapse/check", 1, [], [])
    assert {"id", "title", "why", "severity", "confidence"} == set(told["checks"][0])


def test_wrong_usage_is_one_line(tmp_path: Path) -> None:
    create(tmp_path / "file", of_host(whole()))
    for arguments, code in (([str(tmp_path / "file"), "-f", "markdown"], 2), ([str(tmp_path / "none")], 3)):
        done = check(*arguments)
        assert (done.returncode, len(done.stderr.splitlines())) == (code, 1)


TEXTS = (
    "", "lo", "eth0", "docker0", "all", "0.0.0.0/0", "10.1.27.2/24", "10.1.27.1", "fe80::1/64", "inet6 fe80::1", "::/129",
    "bridge", "veth", "vxlan", "macvlan", "loopback", "vrf", "\x00", "/32", "1" * 5000,
)  # fmt: skip
NUMBERS = (-1, 0, 1, 2, 3, 101, 2**62)
HOP = {"gateway": "10.1.27.1", "dev": "eth0", "flags": 7}
JSONS: tuple[Any, ...] = (None, True, 2, "docker0", [], [[]], {}, {"gateway": [], "dev": {}}, HOP, {"id": 2})
POOLS: dict[str, tuple[Any, ...]] = {
    "int": NUMBERS,
    "int | None": (None, *NUMBERS),
    "bool": (True, False),
    "str": TEXTS,
    "str | None": (None, *TEXTS),
    "tuple[str, ...]": ((), ("UP",), ("LOWER_UP", "NOARP", "UP"), ("dadfailed",), TEXTS),
    "tuple[Json, ...]": ((), JSONS, JSONS[-2:]),
    "JsonObject": (
        {},
        {"br_vlan_filtering": []},
        {"vxlan_link": True},
        {"vxlan_link": 2, "proxy_arp": 1},
        {"encap": "00"},
    ),
}


def spoil(host: Host, chance: random.Random) -> Host:
    """Give some rows values that do not belong there, of the types that a file can hold."""

    def spoilt(row: Any) -> Any:
        if chance.random() > 0.3:
            return row
        field = chance.choice(fields(row))
        return replace(row, **{field.name: chance.choice(POOLS[str(field.type)])})

    for net in host.nets.values():
        for name in ("links", "addresses", "routes", "neighbours", "nsids", "more"):
            setattr(net, name, [spoilt(row) for row in getattr(net, name)])
    host.containers = [spoilt(container) for container in host.containers]
    host.networks = [spoilt(network) for network in host.networks]
    return host


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_no_host_makes_the_checks_fall_over(seed: int) -> None:
    chance = random.Random(seed)
    host = whole()
    host.networks.append(Network(id="n1", name="net", bridge="docker0", subnets=({"gateway": "10.1.27.1"},)))
    host.root.more.append(Nexthop(id=2, gateway="10.1.27.2", dev="docker0", protocol="static", scope="global"))
    host.root.routes.append(route("198.51.100.0/24", None, nexthop_id=2))
    report = compose_check(spoil(host, chance).loaded(), "netlapse test")
    assert render_text(report, width=80, color=False)
    assert render_json(report).isascii()
    compared(prepare(pair_of(whole(), host)))
