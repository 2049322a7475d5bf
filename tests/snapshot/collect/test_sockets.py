"""Sockets that wait, against ss(8); and who holds them."""

from __future__ import annotations

import ipaddress
import json
import re
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapshot.collect.netlink import sock_diag
from snapshot.collect.netlink.transport import NetlinkError
from snapshot.collect.runtimes.cgroups import container_of
from snapshot.collect.socket_record import INET, INET6, Waiting
from snapshot.collect.socket_tables import endpoints, read_table, sockets
from snapshot.collect.sockets import tell_sockets
from tests.lab.bottle import Bottle, end
from tests.lab.docker import IMAGE, DockerHost
from tests.lab.waiting import wait_for
from tests.requirements import require_bottles, require_docker

LISTEN = """
import socket, sys
kept = []
def at(family, kind, address, port, *options, listen=True, protocol=0):
    one = socket.socket(family, kind, protocol)
    for option in options:
        one.setsockopt(*option)
    one.bind((address, port))
    if listen and kind == socket.SOCK_STREAM:
        one.listen()
    kept.append(one)
    return one
TCP, UDP, RAW = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW
ONLY = (socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
BOTH = (socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
SHARED = (socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
LO = (socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
at(socket.AF_INET, TCP, "127.0.0.1", 8080)
at(socket.AF_INET6, TCP, "::", 8081, ONLY)
at(socket.AF_INET6, TCP, "::", 8082, BOTH)
at(socket.AF_INET6, TCP, "::1", 8083)
at(socket.AF_INET, TCP, "0.0.0.0", 8084, LO)
at(socket.AF_INET, TCP, "0.0.0.0", 8085, SHARED)
at(socket.AF_INET, TCP, "0.0.0.0", 8085, SHARED)
at(socket.AF_INET, TCP, "127.0.0.1", 8086, listen=False)
at(socket.AF_INET, TCP, "0.0.0.0", 8087, protocol=262)
at(socket.AF_INET, UDP, "127.0.0.1", 5353)
at(socket.AF_INET6, UDP, "::", 5354, ONLY)
at(socket.AF_INET, UDP, "127.0.0.1", 5355).connect(("127.0.0.1", 5353))
at(socket.AF_INET, UDP, "0.0.0.0", 136, protocol=136)
at(socket.AF_INET, RAW, "0.0.0.0", 0, protocol=89)
client = socket.create_connection(("127.0.0.1", 8080))
print("ready", flush=True)
sys.stdin.read()
"""
"""TCP to one address, IPv6 only, dual-stack, bound to a link, shared by workers, MPTCP, connected; until its input ends."""


@contextmanager
def listening(bottle: Bottle, *where: str) -> Iterator[None]:
    process = bottle.spawn(*where, sys.executable, "-c", LISTEN, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield
    finally:
        end(process)
        process.stdout.close()
        assert process.stdin is not None
        process.stdin.close()


def ss(bottle: Bottle, *where: str) -> Counter[tuple[Any, ...]]:
    """What ss tells: (protocol, family, address, port, dev, v6only, uid) of each."""
    told: Counter[tuple[Any, ...]] = Counter()
    for protocol, option in (("tcp", "-t"), ("udp", "-u"), ("raw", "-w")):
        for line in bottle.run(*where, "ss", "-Hlne", option).stdout.splitlines():
            local = line.split()[3]
            address, _, port = local.rpartition(":")
            address, _, dev = address.partition("%")
            family = "inet6" if address.startswith("[") else "inet"
            number = {"ospf": "89", "ospfigp": "89"}.get(port, port)
            uid = re.search(r"\buid:(\d+)", line)
            if address == "*":
                address, family = "::", "inet6"
            told[
                protocol, family, address.strip("[]"), int(number), dev or None, "v6only:1" in line,
                int(uid[1]) if uid else 0,
            ] += 1  # fmt: skip
    return told


def ours(rows: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    """Our rows likewise."""
    return Counter(
        {
            (r["protocol"], r["family"], r["address"], r["port"], r["dev"], r["v6only"], r["uid"]): r["sockets"]
            for r in rows
            if r["protocol"] != "udplite"
        }
    )


def test_what_ss_tells() -> None:
    require_bottles()
    with Bottle() as bottle:
        bottle.sh("ip netns add blue; ip -n blue link set lo up; ip netns add empty")
        blue = ("ip", "netns", "exec", "blue")
        with listening(bottle), listening(bottle, *blue):
            rows = bottle.show(bottle.capture(), "--kind", "socket")
            for scope, where in (("host", ()), ("netns:blue", blue)):
                here = [row for row in rows if row["scope"] == scope]
                theirs = ss(bottle, *where)
                assert sum(theirs.values()) >= 10
                assert ours(here) == theirs
                assert [(r["port"], r["owner"]) for r in here if r["protocol"] == "udplite"] == [(136, "host")]
                assert {row["owner"] for row in here} == {"host"}
                shared = next(row for row in here if row["port"] == 8085)
                assert shared["sockets"] == 2
                assert next(row for row in here if row["port"] == 8084)["dev"] == "lo"
            assert {row["scope"] for row in rows} == {"host", "netns:blue"}


def test_the_tables_tell_the_same() -> None:
    require_bottles()
    script = (
        "import json; from snapshot.collect.socket_tables import read_table\n"
        "from snapshot.collect.netlink.sock_diag import *\n"
        "requests = Requests(NETLINK_SOCK_DIAG); told = []\n"
        "for protocol in ('tcp', 'udp', 'udplite'):\n"
        "    for family in (2, 10):\n"
        "        for way in (dump_waiting(requests, protocol, family), read_table(protocol, family)):\n"
        "            told.append(sorted((s.family, s.port, s.uid, s.inode, s.address.hex()) for s in way))\n"
        "print(json.dumps(told))"
    )
    with Bottle() as bottle, listening(bottle):
        told = json.loads(bottle.run(sys.executable, "-c", script).stdout)
        assert told[0::2] == told[1::2]
        assert [len(way) for way in told[0::2]] == [5, 3, 1, 1, 1, 0]


def test_owners_on_a_docker_host() -> None:
    require_docker()
    with DockerHost() as host:
        web = host.docker("run", "-d", "--name", "web", IMAGE, "/bin/busybox", "httpd", "-f", "-p", "8080")
        plain = host.docker(
            "run", "-d", "--name", "plain", "--network", "host", IMAGE, "/bin/busybox", "httpd", "-f", "-p", "8090"
        )
        with listening(host.bottle):
            wait_for("the containers", lambda: "8080" in host.in_container("web", "ss", "-Hlnt"))
            wait_for("httpd", lambda: "8090" in host.bottle.run("ss", "-Hlnt").stdout)
            rows = host.bottle.show(host.capture(), "--kind", "socket")
            told = {(row["scope"], row["port"]): (row["owner"], row["container"]) for row in rows}
            assert told["container:web", 8080] == ("container", web)
            assert told["host", 8090] == ("container", plain)
            assert told["host", 8081] == ("host", None)


MOVED = """
import ctypes, os, socket, sys
one = socket.create_server(("127.0.0.1", 8099))
handle = os.open("/run/netns/other", os.O_RDONLY)
assert ctypes.CDLL(None).setns(handle, 0x40000000) == 0
print("ready", flush=True)
sys.stdin.read()
"""


def test_a_process_that_is_elsewhere_than_its_socket() -> None:
    require_bottles()
    with Bottle() as bottle:
        bottle.sh("ip netns add blue; ip -n blue link set lo up; ip netns add other")
        process = bottle.spawn(
            "ip", "netns", "exec", "blue", sys.executable, "-c", MOVED, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdout is not None and process.stdin is not None
        try:
            assert process.stdout.readline() == "ready\n"
            rows = bottle.show(bottle.capture(), "--kind", "socket")
            assert [(row["scope"], row["port"], row["owner"]) for row in rows] == [("netns:blue", 8099, "host")]
        finally:
            end(process)
            process.stdout.close()
            process.stdin.close()


MANY = """
import ctypes, os, signal, socket
for number in range(30):
    handle = os.open(f"/run/netns/n{number}", os.O_RDONLY)
    assert ctypes.CDLL(None).setns(handle, 0x40000000) == 0
    os.set_inheritable(socket.create_server(("127.0.0.1", 1000 + number)).detach(), True)
print("ready", flush=True)
signal.pause()
"""


def test_owners_where_two_processes_read() -> None:
    require_bottles()
    with Bottle() as bottle:
        bottle.sh("for n in $(seq 0 29); do ip netns add n$n; ip -n n$n link set lo up; done")
        process = bottle.spawn(sys.executable, "-c", MANY, stdout=subprocess.PIPE)
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            rows = bottle.show(bottle.capture(), "--kind", "socket")
            told = sorted((row["port"], row["scope"], row["owner"]) for row in rows)
            assert told == [(1000 + n, f"netns:n{n}", "host") for n in range(30)]
        finally:
            end(process)
            process.stdout.close()


def test_no_request_without_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    for there, expected in (
        (None, {"tcp", "udp", "udplite"}),
        (frozenset(), set()),
        (frozenset({"tcp_diag"}), set()),
        (frozenset({"inet_diag", "tcp_diag"}), {"tcp"}),
        (frozenset({"inet_diag", "udp_diag"}), {"udp", "udplite"}),
    ):
        monkeypatch.setattr(sock_diag, "has", lambda part, there=there: there is None or part in there)
        assert sock_diag.asked_by_diag() == expected


ID = "0123456789abcdef" * 4
POD = "f" * 64


@pytest.mark.parametrize(
    ("path", "container"),
    [
        (f"/docker/{ID}", ID),
        (f"/system.slice/docker-{ID}.scope", ID),
        (f"/system.slice/docker-{ID}.scope/init.scope/system.slice/x.service", ID),
        (f"/kubepods/burstable/pod12-34/{ID}", ID),
        (f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod12_34.slice/cri-containerd-{ID}.scope", ID),
        (f"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1.slice/crio-{ID}.scope/container", ID),
        (f"/kubepods/besteffort/pod1/crio-{ID}", ID),
        (f"/system.slice/containerd.service/kubepods-burstable-pod1.slice:cri-containerd:{ID}", ID),
        (f"/machine.slice/libpod-{ID}.scope/container", ID),
        (f"/machine.slice/machine-libpod_pod_{POD}.slice/libpod-{ID}.scope", ID),
        (f"/libpod_parent/libpod-{ID}", ID),
        (f"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope/container", ID),
        (f"/docker/{POD}/kubelet/kubepods/pod1/{ID}", ID),
        (f"/default/{ID}", ID),
        (f"/machine.slice/libpod-conmon-{ID}.scope", None),
        (f"/system.slice/crio-conmon-{ID}.scope", None),
        (f"/machine.slice/machine-libpod_pod_{POD}.slice", None),
        ("/system.slice/sshd.service", None),
        ("/", None),
        ("/../../kubepods", None),
    ],
)
def test_containers_by_their_control_groups(path: str, container: str | None) -> None:
    assert container_of(f"0::{path}\n".encode()) == container
    v1 = f"12:pids:{path}\n11:cpu,cpuacct:{path}\n1:name=systemd:{path}\n0::/system.slice/containerd.service\n"
    assert container_of(v1.encode()) == container


EPS = b""" ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS
ffff88a1 ffff88b2   2   10  29   3868   1000 71234 10.0.0.1 fd00::1
ffff88a3 ffff88b4   2   7   30   3869   0    71235 0.0.0.0
"""
"""As sctp_eps_seq_show of net/sctp/proc.c prints it: a listening end point of two addresses, and one that is not."""


def test_sctp_end_points() -> None:
    four = ipaddress.ip_address("10.0.0.1").packed.ljust(16, b"\0")
    assert list(endpoints(EPS.splitlines())) == [
        Waiting("sctp", INET, False, 3868, 1000, 0, 71234, four),
        Waiting("sctp", INET6, False, 3868, 1000, 0, 71234, socket.inet_pton(socket.AF_INET6, "fd00::1")),
    ]


@given(st.binary(max_size=120))
def test_odd_messages_are_refused_or_told(payload: bytes) -> None:
    try:
        found = sock_diag.waiting("tcp", payload)
    except NetlinkError:
        return
    assert found is None or found.port


@given(st.lists(st.binary(max_size=60), max_size=3))
def test_odd_records_are_refused_or_told(payloads: list[bytes]) -> None:
    try:
        told = list(tell_sockets(tuple(payloads), {}))
    except ValueError:
        return
    assert sum(one.sockets for one in told) == len(payloads)


LINE = b"  0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000   0  0 12345 1 0 100 0 0 10 0"


@given(st.integers(0, len(LINE)), st.binary(max_size=8))
def test_odd_lines_are_refused_or_told(cut: int, more: bytes) -> None:
    try:
        found = list(sockets("tcp", [b"heading", LINE[:cut] + more]))
    except (ValueError, IndexError):
        return
    assert all(one.port for one in found)
    assert Path("/proc/net/tcp").exists()
    assert isinstance(read_table("udplite", INET6), list)
