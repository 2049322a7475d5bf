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


@pytest.fixture(scope="module")
def report() -> Iterator[dict[str, Any]]:
    require_docker()
    with DockerHost() as host:
        host.bottle.sh(UPLINKS)
        for twin in HOST_TWINS:
            twin.build(host)
        done = host.bottle.netlapse("check", str(host.capture()), "-f", "json")
        assert done.returncode == 1, done.stderr
        yield json.loads(done.stdout)


def test_everything_could_be_checked(report: dict[str, Any]) -> None:
    assert report["unchecked"] == []


@pytest.mark.parametrize("twin", HOST_TWINS, ids=lambda twin: twin.check)
def test_a_check_fires_on_its_host_and_not_on_its_healthy_twin(twin: Twin, report: dict[str, Any]) -> None:
    told = [finding for finding in report["findings"] if finding["check"] == twin.check]
    for scope, words in twin.fires:
        assert [f for f in told if f["scope"].startswith(scope) and words in f["message"]], (scope, words, told)
    assert len(told) == len(twin.fires), told
