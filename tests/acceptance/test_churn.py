"""Captures while the host changes under them: never a failure, and never a word about what stood still."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.lab.bottle import Bottle
from tests.lab.docker import IMAGE, DockerHost
from tests.requirements import require_bottles, require_docker

ROUNDS = 4
STEADY = """
ip link add br0 type bridge; ip addr add 10.1.0.1/16 dev br0; ip link set br0 up
for i in $(seq 30); do
  ip netns add steady$i; ip link add v$i type veth peer name eth0 netns steady$i; ip link set v$i master br0 up
  ip -n steady$i link set eth0 up; ip -n steady$i addr add 10.1.1.$i/16 dev eth0 nodad
  ip -n steady$i route add default via 10.1.0.1
done
for i in $(seq 200); do ip -6 route add fd00:$i::/48 dev br0; done
"""
CHURN = """
i=0
while :; do
  i=$((i+1)); n=churn$((i%7))
  ip netns add $n; ip link add c$i type veth peer name eth0 netns $n; ip link set c$i master br0 up
  ip -n $n link set eth0 up; ip -n $n addr add 10.1.9.$((i%200+1))/16 dev eth0
  ip route add 10.200.$((i%250)).0/24 via 10.1.0.9
  [ $i -gt 5 ] && { ip netns del churn$(((i+3)%7)); ip route del 10.200.$(((i+245)%250)).0/24; }
done
"""


@contextmanager
def running(bottle: Bottle, *command: str) -> Iterator[None]:
    process = bottle.spawn(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield
        assert process.poll() is None, "the churn ended by itself"
    finally:
        process.kill()
        process.wait()


def captured(bottle: Bottle, *options: str) -> Path:
    """Several captures in one file; each complete, or with gaps that are told."""
    path = bottle.folder / "churn"
    for _ in range(ROUNDS):
        done = bottle.netlapse("capture", "-o", str(path), "--append", *options)
        assert done.returncode in (0, 5), done.stderr
        assert "Traceback" not in done.stderr
    return path


def said(bottle: Bottle, path: Path, about: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """The changes between neighbouring captures that are about something in particular."""
    reports = [bottle.diff(f"{path}@{number}", f"{path}@{number + 1}")[0] for number in range(1, ROUNDS)]
    assert any(report["changes"] for report in reports), "nothing changed: this was no churn"
    return [change for report in reports for change in report["changes"] if about(change)]


def test_namespaces_and_routes_that_come_and_go() -> None:
    require_bottles()
    with Bottle() as bottle:
        bottle.sh(STEADY)
        with running(bottle, "sh", "-c", CHURN):
            path = captured(bottle)

        def steady(change: dict[str, Any]) -> bool:
            return str(change["scope"]).startswith("netns:steady") or str(change["name"]).startswith("fd00:")

        assert said(bottle, path, steady) == []
        facts = bottle.show(path)
        pairs = {veth["scope"]: veth for veth in facts["veth"]}
        for number in range(1, 31):
            veth = pairs[f"netns:steady{number}"]
            assert ([end["name"] for end in veth["ends"]], veth["bridge"]) == ([f"v{number}", "eth0"], "br0")


def test_containers_that_come_and_go() -> None:
    require_docker()
    with DockerHost() as host:
        for name in ("web-1", "web-2", "web-3"):
            host.pod(name)
        churn = f"while :; do docker -H {host.url} run --rm {IMAGE} /bin/busybox true; done"
        with running(host.bottle, "sh", "-c", churn):
            path = captured(host.bottle, "--docker-host", host.url)
        changed = said(host.bottle, path, lambda change: change["scope"].startswith("pod:"))
        assert [(c["kind"], c["action"], c["name"]) for c in changed] == []
        facts = host.bottle.show(path)
        assert {pod["scope"] for pod in facts["pod"]} == {f"pod:default/web-{n}" for n in (1, 2, 3)}
