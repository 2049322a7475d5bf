"""A capture leaves no trace on a host and takes nothing from any of its processes, at rest and while the host changes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.bottle import Bottle
from tests.lab.waiting import wait_for
from tests.requirements import require_bottles

HOST = """
ip link add br0 type bridge; ip addr add 10.1.0.1/16 dev br0; ip link set br0 up
for i in $(seq 12); do
  ip netns add steady$i; ip link add v$i type veth peer name eth0 netns steady$i; ip link set v$i master br0 up
  ip -n steady$i link set eth0 up; ip -n steady$i addr add 10.1.1.$i/16 dev eth0 nodad
  ip -n steady$i route add default via 10.1.0.1
done
nft add table inet filter; nft add chain inet filter input '{ type filter hook input priority 0; }'
ip netns exec steady1 nft add table ip nat
ip netns add lonely; ip link add lone type veth peer name eth0 netns lonely
"""
CHURN = """
i=0
while [ ! -e /run/enough ]; do
  i=$((i+1)); n=churn$((i%5))
  ip netns add $n; ip link add churn$i type veth peer name eth0 netns $n; ip link set churn$i up; ip netns del $n
done
rm /run/enough
"""


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    """A host with processes that hold sockets, namespaces, pipes and files."""
    require_bottles()
    with Bottle() as made:
        made.sh(HOST)
        ways = ("descriptor", "a_socket", "tun", "unmounted", "mount_descriptor", "thread_socket")
        hiding = [
            made.spawn(sys.executable, "-m", "tests.lab.hiding", way, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            for way in ways
        ]
        for process in hiding:
            assert process.stdout is not None
            process.stdout.readline()
        made.settle()
        # The first look makes the kernel set up what any look sets up.
        footprint(made)
        yield made
        for process in hiding:
            process.communicate("", timeout=30)


def footprint(bottle: Bottle) -> Any:
    return json.loads(bottle.run(sys.executable, "-m", "tests.lab.footprint").stdout)


def test_a_host_at_rest(bottle: Bottle) -> None:
    before = footprint(bottle)
    assert len(before["processes"]) > 6
    assert before["namespaces"]["steady1"]["generation"] > 1
    for number in range(3):
        bottle.capture(f"rest{number}")
    after = footprint(bottle)
    for kind in before:
        assert after[kind] == before[kind], kind


def test_what_stands_still_while_the_host_changes(bottle: Bottle) -> None:
    before, ids = footprint(bottle), bottle.sh("ip netns list-id")
    churn = bottle.spawn("sh", "-c", CHURN, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for("the churn", lambda: "churn" in bottle.sh("ls /run/netns; ip -o link"))
        for number in range(5):
            done = bottle.netlapse("capture", "-o", str(bottle.folder / f"churn{number}"))
            assert done.returncode in (0, 5), done.stderr
            assert "Traceback" not in done.stderr
        assert churn.poll() is None
    finally:
        bottle.sh("touch /run/enough")
        churn.wait(timeout=30)
    # The kernel forgets namespaces that have ended, and their ids, in its own time; an id of the agent's doing would stay.
    wait_for("the kernel to forget the churn", lambda: bottle.sh("ip netns list-id") == ids)
    after = footprint(bottle)
    for name, told in before["namespaces"].items():
        assert after["namespaces"][name] == told, name
    for process, told in before["processes"].items():
        assert after["processes"][process] == told, process
    assert set(after["processes"]) == set(before["processes"])
    assert after["modules"] == before["modules"]
