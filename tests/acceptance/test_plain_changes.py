"""Changes on a host without any container engine: each is what stands at the top level, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.bottle import Bottle, told, top
from tests.lab.waiting import wait_for
from tests.requirements import require_bottles

# br0 has no MAC of its own: it takes one of its ports', and its ports tell their bridge's.
HOST = """
ip link add br0 type bridge; ip addr add 10.1.0.1/16 dev br0; ip link set br0 up
ip link add br1 type bridge; ip link set br1 up
for i in 1 2 3 4; do
  ip netns add s$i; ip link add v$i type veth peer name eth0 netns s$i; ip link set v$i master br0 up
  ip -n s$i link set lo up; ip -n s$i link set eth0 up; ip -n s$i addr add 10.1.1.$i/16 dev eth0
  ip -n s$i route add default via 10.1.0.1
done
"""
AGAIN = """
ip link add v{0} type veth peer name eth0 netns s{0}; ip link set v{0} master br0 up; ip -n s{0} link set eth0 up
ip -n s{0} addr add 10.1.1.{0}/16 dev eth0; ip -n s{0} route add default via 10.1.0.1
"""
Told = tuple[str, str, str, str]
Fields = dict[str, tuple[Any, Any]]


class Plain:
    """A host that changes step by step."""

    def __init__(self, bottle: Bottle) -> None:
        self.bottle = bottle
        self.steps = 0
        bottle.sh(HOST)
        self.capture()

    def capture(self) -> Path:
        look = "ip -6 addr; for name in $(ls /run/netns); do ip -n $name -6 addr; done"
        wait_for("duplicate address detection", lambda: "tentative" not in self.bottle.sh(look))
        self.steps += 1
        return self.bottle.capture("plain", "--label", f"step-{self.steps}")

    def after(self, script: str) -> list[dict[str, Any]]:
        """The top-level changes of a script."""
        self.bottle.sh(script)
        path = self.capture()
        return top(self.bottle.diff(f"{path}@step-{self.steps - 1}", f"{path}@step-{self.steps}")[0])


@pytest.fixture(scope="module")
def plain() -> Iterator[Plain]:
    require_bottles()
    with Bottle() as bottle:
        yield Plain(bottle)


CHANGES: dict[str, tuple[str, Told, Fields | None]] = {
    "port moved to another bridge": (
        "ip link set v1 master br1", ("veth", "changed", "netns:s1", "v1 - eth0"), {"bridge": ("br0", "br1")},
    ),
    "namespace made anew under its name": (
        # The kernel takes a namespace's links away in its own time.
        "ip netns del s2; while ip link show v2 >/dev/null 2>&1; do :; done; ip netns add s2; ip -n s2 link set lo up;"
        + AGAIN.format(2),
        ("namespace", "recreated", "netns:s2", "s2"), None,
    ),
    "pair made anew in the same namespace": (
        "ip link del v3;" + AGAIN.format(3), ("veth", "recreated", "netns:s3", "v3 - eth0"), None,
    ),
    "port went down": (
        "ip link set v4 down", ("veth", "changed", "netns:s4", "v4 - eth0"),
        {"host_end.state": ("UP", "DOWN"), "workload_end.state": ("UP", "DOWN")},
    ),
    "port came up": (
        "ip link set v4 up", ("veth", "changed", "netns:s4", "v4 - eth0"),
        {"host_end.state": ("DOWN", "UP"), "workload_end.state": ("DOWN", "UP")},
    ),
    "IPv6 address added": (
        "ip -6 addr add fd00:5::1/64 dev br0", ("address", "added", "host", "fd00:5::1/64 dev br0"), {},
    ),
    "IPv6 address removed": (
        "ip -6 addr del fd00:5::1/64 dev br0", ("address", "removed", "host", "fd00:5::1/64 dev br0"), {},
    ),
    "IPv6 address added in a namespace": (
        "ip -n s3 -6 addr add fd00:5::3/64 dev eth0", ("address", "added", "netns:s3", "fd00:5::3/64 dev eth0"), {},
    ),
    "route added": (
        "ip route add 10.9.0.0/16 via 10.1.0.7", ("route", "added", "host", "10.9.0.0/16 via 10.1.0.7 dev br0"), {},
    ),
    "route made multipath": (
        "ip route replace 10.9.0.0/16 nexthop via 10.1.0.7 nexthop via 10.1.0.8 weight 3",
        ("route", "changed", "host", "10.9.0.0/16 (2 nexthops)"), None,
    ),
    "route in a table of its own": (
        "ip route add default via 10.1.0.9 table 100",
        ("route", "added", "host", "0.0.0.0/0 via 10.1.0.9 dev br0 table 100"), {},
    ),
    "rule added": (
        "ip rule add fwmark 1 lookup 100 priority 50", ("rule", "added", "host", "50: from all fwmark 0x1 lookup 100"), {},
    ),
    "permanent neighbour added": (
        "ip neigh add 10.1.0.55 lladdr 02:00:00:00:00:55 dev br0 nud permanent",
        ("neighbour", "added", "host", "10.1.0.55 dev br0"), {},
    ),
    "bridge given a MAC, by which it loses its neighbours": (
        "ip link set br0 address 02:00:00:00:00:01", ("link", "changed", "host", "br0"), None,
    ),
    "FDB entry added": (
        "bridge fdb add 02:00:00:00:00:66 dev v4 master static", ("fdb", "added", "host", "02:00:00:00:00:66 dev v4"), {},
    ),
    "spanning tree turned on": (
        "ip link set br1 type bridge stp_state 1", ("link", "changed", "host", "br1"), {"kind_data.br_stp_state": (0, 1)},
    ),
    "alias": ("ip link set br1 alias hello", ("link", "changed", "host", "br1"), {"alias": (None, "hello")}),
    "macvlan added": ("ip link add mv0 link br1 type macvlan mode bridge", ("link", "added", "host", "mv0"), {}),
    "namespace added": ("ip netns add s5; ip -n s5 link set lo up", ("namespace", "added", "netns:s5", "s5"), {}),
    "namespace bound under another name": (
        "touch /run/netns/s6; mount --bind /run/netns/s5 /run/netns/s6; umount /run/netns/s5; rm /run/netns/s5",
        ("namespace", "changed", "netns:s6", "s6"), {"names": (["/run/netns/s5"], ["/run/netns/s6"])},
    ),
    "namespace removed": ("ip netns del s3", ("namespace", "removed", "netns:s3", "s3"), {}),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_one_change(plain: Plain, what: str) -> None:
    script, expected, fields = CHANGES[what]
    changes = plain.after(script)
    assert told(changes) == [expected], json.dumps([[*told([c]), c["fields"]] for c in changes], indent=1)
    if fields is not None:
        assert {f["name"]: (f["before"], f["after"]) for f in changes[0]["fields"]} == fields


def test_a_link_renamed_keeps_what_stands_on_it(plain: Plain) -> None:
    changes = plain.after("ip link set br0 name backbone")
    assert told(changes) == [("link", "changed", "host", "backbone")]


def test_traffic_alone_is_no_change(plain: Plain) -> None:
    send = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('10.1.1.4', 9))"
    assert plain.after(f'python3 -c "{send}"') == []
