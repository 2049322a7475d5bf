"""Sysctls, against the files of every namespace."""

from __future__ import annotations

import json
import re
import struct
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapshot.collect.devconf import DIRECTORIES, INET, INET6
from snapshot.collect.link_sysctls import link_conf
from snapshot.collect.netlink.transport import NetlinkError
from snapshot.collect.sysctls import tell_sysctls
from snapshot.model.counter import Counter
from tests.lab.bottle import ROOT, Bottle
from tests.requirements import require_bottles

HOST = """
ip link add br0 type bridge; ip link set br0 up
for n in pod router; do ip netns add $n; ip -n $n link set lo up; ip link add v$n type veth peer name eth0 netns $n
  ip link set v$n master br0 up; ip -n $n link set eth0 up; done
ip -n router link add br1 type bridge; ip -n router link add eth0.27 type veth peer name 'a-b_c'
ip link add v.1.2 type veth peer name all2
"""

STEERED = """
for dir in /proc/sys/net/ipv4/conf/* /proc/sys/net/ipv6/conf/*; do
  number=1
  for file in $dir/*; do
    case ${file##*/} in stable_secret|*_interval|*_delay|*_lft|disable_ipv6|mtu|ioam6*|*_solicitations) continue;; esac
    number=$((number % 250 + 1))
    { [ -w $file ] && { echo $number >$file || echo $((number % 2)) >$file; }; } 2>/dev/null || true
  done
done
echo 1000 2000 >/proc/sys/net/ipv4/ip_local_port_range; echo 80 >/proc/sys/net/ipv4/ip_unprivileged_port_start
"""
"""Gives every file of every interface another value, so that no two can be taken for each other."""

TELL = """
import json, os, sys
told = {}
for path in json.loads(sys.argv[1]):
    name = "/proc/sys/" + "/".join(part.replace("/", ".") for part in path.split("."))
    told[path] = {}
    for file in os.listdir(name):
        try:
            told[path][file] = open(f"{name}/{file}").read().removesuffix("\\n")
        except (OSError, IsADirectoryError):
            pass
print(json.dumps(told))
"""


def neighbour_limits(bottle: Bottle) -> dict[str, dict[str, int]]:
    """What ip-ntable(8) tells. The machine's first namespace has files of it, a bottle has none."""
    tables = {table["name"]: table for table in bottle.ip_json("ntable show") if "thresh3" in table}
    return {
        f"net.ipv{version}.neigh.default": {f"gc_thresh{n}": tables[name][f"thresh{n}"] for n in (1, 2, 3)}
        for version, name in ((4, "arp_cache"), (6, "ndisc_cache"))
    }


def test_every_value_equals_its_file() -> None:
    require_bottles()
    with Bottle() as bottle:
        bottle.sh(HOST)
        inside = {
            "host": [],
            "netns:pod": ["ip", "netns", "exec", "pod"],
            "netns:router": ["ip", "netns", "exec", "router"],
        }
        for number, where in enumerate(inside.values()):
            bottle.run(*where, "sh", "-c", "mount -o remount,rw /proc/sys 2>/dev/null; " + STEERED)
            bottle.run(*where, "sh", "-c", f"echo {number} > /proc/sys/net/ipv4/conf/all/arp_ignore")
        rows = bottle.show(bottle.capture(), "--kind", "sysctl")
        for scope, where in inside.items():
            told = {row["path"]: row["values"] for row in rows if row["scope"] == scope}
            limits = {path: told.pop(path) for path in list(told) if path.endswith(".neigh.default")}
            assert limits == (neighbour_limits(bottle) if scope == "host" else {})
            files = json.loads(bottle.run(*where, sys.executable, "-c", TELL, json.dumps(list(told))).stdout)
            for path, values in told.items():
                for name, value in values.items():
                    assert files[path][name] == str(value), (scope, path, name)
            links = bottle.ip_json("link show", netns=scope.partition(":")[2] or None)
            for link in links:
                name = link["ifname"].replace(".", "/")
                assert {f"net.ipv4.conf.{name}", f"net.ipv6.conf.{name}"} <= set(told)
                assert set(told[f"net.ipv4.conf.{name}"]) == set(INET.values()) & set(files[f"net.ipv4.conf.{name}"])
                assert set(told[f"net.ipv6.conf.{name}"]) == set(INET6.values()) & set(files[f"net.ipv6.conf.{name}"])
            wanted = {d.path: (d.ordinary if scope == "netns:pod" else d.full) for d in DIRECTORIES}
            for path, values in told.items():
                there = {name for name in wanted.get(path, ()) if name in files[path]} - {"nf_conntrack_count"}
                assert there <= set(values), (scope, path)
        by_path = {(row["scope"], row["path"]): row for row in rows}
        assert len(set(by_path["netns:pod", "net.ipv4.conf.eth0"]["values"].values())) > 20
        assert len(set(by_path["netns:pod", "net.ipv6.conf.eth0"]["values"].values())) > 20
        assert by_path["netns:router", "net.ipv4.conf.eth0/27"]["dev"] == "eth0.27"
        assert "net.bridge" in {path for scope, path in by_path if scope == "netns:router"}
        assert "net.bridge" not in {path for scope, path in by_path if scope == "netns:pod"}
        assert [by_path[scope, "net.ipv4.conf.all"]["values"]["arp_ignore"] for scope in inside] == [0, 1, 2]


def test_the_docs_name_every_file() -> None:
    page = (ROOT / "docs" / "capture.md").read_text(encoding="utf-8")
    section = page.partition("## Sysctls")[2].partition("\n## ")[0]
    names = {name for directory in DIRECTORIES for name in directory.full} | set(INET.values()) | set(INET6.values())
    named = set(re.findall(r"`([a-z0-9_-]+)`", section)) - {"conntrack", "stable_secret"}
    assert named == names - {"nf_conntrack_count"}


def test_conntrack_use_is_counted_apart() -> None:
    require_bottles()
    with Bottle() as bottle:
        bottle.sh(
            "ip netns add pod; ip -n pod link set lo up; ip netns exec pod iptables -A OUTPUT -m conntrack --ctstate NEW; "
            "ip netns exec pod ping -c 1 -W 1 127.0.0.1 || ip netns exec pod busybox ping -c 1 127.0.0.1"
        )
        rows = bottle.show(bottle.capture(), "--kind", "counter")
        count = int(bottle.sh("ip netns exec pod conntrack -C"))
        assert count >= 1
        told = [(row["scope"], row["values"]) for row in rows if row["of"] == "conntrack"]
        assert told == [("netns:pod", {"count": count})]


def test_without_links_asked_for() -> None:
    require_bottles()
    with Bottle() as bottle:
        path = bottle.capture("only", "--kinds", "sysctl")
        facts = bottle.show(path)
        assert {row["path"] for row in facts["sysctl"]} >= {"net.ipv4", "net.ipv4.conf.lo", "net.ipv6.conf.all"}
        assert facts["link"] == []


def test_where_no_mount_can_be_had() -> None:
    require_bottles()
    with Bottle() as bottle:
        bottle.sh("mount -t tmpfs tmpfs /mnt; chmod 777 /mnt")
        # Root of a user namespace may not mount the procfs of a pid namespace that is not its own.
        done = bottle.run(
            "unshare", "-Urn", sys.executable, "-m", "netlapse", "capture", "-o", "/mnt/snapshots", check=False
        )
        assert done.returncode == 5, done.stderr  # other processes' namespaces may not be seen
        rows = bottle.show("/mnt/snapshots", "--kind", "sysctl")
        ports = next(row["values"]["ip_local_port_range"] for row in rows if row["path"] == "net.ipv4")
        assert ports == bottle.sh("cat /proc/sys/net/ipv4/ip_local_port_range").strip()


def test_nothing_stays_mounted() -> None:
    require_bottles()
    script = (
        "import os; from snapshot.collect.run import *\n"
        "def state(): return open('/proc/self/mountinfo').read(), sorted(os.listdir('/proc/self/fd'))\n"
        "capture(CaptureRequest()); before = state(); capture(CaptureRequest())\n"
        "assert state() == before, (before, state())"
    )
    with Bottle() as bottle:
        bottle.run(sys.executable, "-c", script)


def payloads() -> Any:
    """Payloads as the agent makes them, and cut or garbled ones."""
    values = st.lists(st.integers(0, 2**32 - 1), max_size=70).map(lambda n: struct.pack(f"={len(n)}I", *n))
    links = st.tuples(st.binary(max_size=15), values, values).map(
        lambda t: b"L" + struct.pack("=HHH", *map(len, t)) + b"".join(t)
    )
    files = st.lists(st.sampled_from([b"rp_filter", b"x", b"1", b"", b"-1", b"nf_conntrack_count"]), max_size=6)
    directories = files.map(lambda f: b"Fnet.ipv4.conf.all\0\0\0" + b"\0".join(f))
    whole = st.one_of(links, directories, st.binary(max_size=200))
    return st.tuples(whole, st.integers(0, 300)).map(lambda t: t[0][: t[1]])


@given(payloads())
def test_odd_payloads_are_refused_or_told(payload: bytes) -> None:
    try:
        told = list(tell_sysctls((payload,), {}))
    except (NetlinkError, ValueError, struct.error):
        return
    assert all(isinstance(fact, Counter) or fact.path for fact in told)


@given(st.binary(max_size=300))
def test_odd_links_are_refused_or_taken_apart(payload: bytes) -> None:
    try:
        conf = link_conf(payload)
    except NetlinkError:
        return
    assert conf == link_conf(payload)


@pytest.mark.parametrize("cut", range(1, 52))
def test_a_cut_link_is_refused(cut: int) -> None:
    name = struct.pack("=HH", 9, 3) + b"eth0\0\0\0\0"
    conf = struct.pack("=HH", 4 + 40, 1) + bytes(40)
    inet = struct.pack("=HH", 4 + len(conf), 2) + conf
    link = bytes(16) + name + struct.pack("=HH", 4 + len(inet), 26) + inet
    assert link_conf(link) == (b"eth0", b"", bytes(40), b"")
    with pytest.raises(NetlinkError):
        link_conf(link[:-cut])
