"""Every peer right: the topologies by which index-matching tools are fooled."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.bottle import Bottle
from tests.requirements import require_bottles


@pytest.fixture
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as bottle:
        yield bottle


def pairs(bottle: Bottle) -> set[frozenset[str]]:
    facts = bottle.show(bottle.capture())
    assert all(veth["missing"] is None for veth in facts["veth"])
    return {frozenset(f"{end['scope']}/{end['name']}" for end in veth["ends"]) for veth in facts["veth"]}


def peers(facts: dict[str, Any]) -> dict[str, str | None]:
    return {f"{link['scope']}/{link['name']}": link["peer"] for link in facts["link"]}


def test_the_peers_index_is_a_local_links_too(bottle: Bottle) -> None:
    bottle.sh(
        "ip link add br0 type bridge; ip netns add blue;"
        "ip link add vblue type veth peer name eth0 netns blue; ip link set vblue master br0"
    )
    (host_end,) = (link for link in bottle.ip_json("link show") if link["ifname"] == "vblue")
    local = {link["ifindex"] for link in bottle.ip_json("link show")}
    assert host_end["link_index"] in local, "the collision is what this test is about"
    assert pairs(bottle) == {frozenset(("host/vblue", "netns:blue/eth0"))}


def test_equal_indexes_at_both_ends(bottle: Bottle) -> None:
    bottle.sh(
        "ip netns add blue; ip netns add red;"
        "ip link add vblue index 77 type veth peer name eth0 index 77 netns blue;"
        "ip link add vred index 78 type veth peer name eth0 index 77 netns red"
    )
    assert pairs(bottle) == {
        frozenset(("host/vblue", "netns:blue/eth0")),
        frozenset(("host/vred", "netns:red/eth0")),
    }


def test_both_ends_in_one_namespace(bottle: Bottle) -> None:
    bottle.sh(
        "ip netns add blue; ip link add left type veth peer name right; ip -n blue link add name aa type veth peer name bb"
    )
    assert pairs(bottle) == {
        frozenset(("host/left", "host/right")),
        frozenset(("netns:blue/aa", "netns:blue/bb")),
    }


def test_a_peer_in_a_namespace_bound_only_under_dockers_directory(bottle: Bottle) -> None:
    bottle.sh(
        "mkdir -p /run/docker/netns; touch /run/docker/netns/0123abcd;"
        "unshare -n mount --bind /proc/self/ns/net /run/docker/netns/0123abcd;"
        "ip link add vdeep type veth peer name eth0;"
        "nsenter --net=/run/docker/netns/0123abcd ip link show >/dev/null;"
        "ip netns attach moved $$ 2>/dev/null || true;"
        "ip link set eth0 netns /run/docker/netns/0123abcd"
    )
    assert frozenset(("host/vdeep", "netns:0123abcd/eth0")) in pairs(bottle)


def test_a_veth_between_two_namespaces_without_the_host(bottle: Bottle) -> None:
    bottle.sh(
        "ip netns add blue; ip netns add red; ip netns add green;"
        "ip -n blue link add to-red index 5 type veth peer name to-blue index 5 netns red;"
        "ip -n green link add to-red index 5 type veth peer name to-green index 6 netns red;"
        "ip -n blue link add to-green index 6 type veth peer name to-blue index 6 netns green"
    )
    assert pairs(bottle) == {
        frozenset(("netns:blue/to-red", "netns:red/to-blue")),
        frozenset(("netns:green/to-red", "netns:red/to-green")),
        frozenset(("netns:blue/to-green", "netns:green/to-blue")),
    }


def test_macvlan_and_vxlan_name_the_link_they_stand_on(bottle: Bottle) -> None:
    bottle.sh(
        "ip netns add blue; ip link add up0 type veth peer name up1;"
        "ip link add mv0 link up0 type macvlan mode bridge; ip link set mv0 netns blue;"
        "ip link add vx0 type vxlan id 7 remote 192.0.2.1 dstport 4789 dev up1"
    )
    facts = bottle.show(bottle.capture())
    assert peers(facts)["netns:blue/mv0"] == "host/up0"
    assert {link["name"]: link["link_kind"] for link in facts["link"] if link["scope"] == "netns:blue"}[
        "mv0"
    ] == "macvlan"
    vxlan = next(link for link in facts["link"] if link["name"] == "vx0")
    assert (vxlan["kind_data"]["vxlan_id"], vxlan["kind_data"]["vxlan_group"]) == (7, "192.0.2.1")


def test_a_peer_nobody_can_reach_is_a_gap_and_not_an_orphan(bottle: Bottle) -> None:
    """A namespace that an open file of /proc/net alone holds cannot be entered: the link that leads there betrays it."""
    holder = bottle.spawn(
        sys.executable,
        "-c",
        "import ctypes, os, sys\n"
        "home = os.open('/proc/self/ns/net', os.O_RDONLY)\n"
        "libc = ctypes.CDLL(None)\n"
        "assert libc.unshare(0x40000000) == 0\n"
        "keep = open('/proc/thread-self/net/dev')\n"
        "assert 0 == os.system('ip link add lost type veth peer name far netns /proc/%d/fd/%d' % (os.getpid(), home))\n"
        "assert libc.setns(home, 0) == 0\n"
        "print('ready', flush=True)\n"
        "sys.stdin.read()\n",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        path = bottle.folder / "partial"
        done = bottle.netlapse("capture", "-o", str(path))
        assert done.returncode == 5, done.stderr
        veth = next(v for v in bottle.show(path)["veth"])
        assert "was not found" in veth["missing"]
        shown = bottle.netlapse("show", str(path)).stdout
        assert "orphan" not in shown
    finally:
        holder.kill()
        holder.wait()
