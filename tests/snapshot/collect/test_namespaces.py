"""Every namespace of a host is found, wherever it hides, and entered without leaving home. On a real kernel."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.lab.bottle import Bottle
from tests.requirements import require_bottles

CENSUS = """
import json
import sqlite3
from snapshot.collect.namespaces.find import take_census
census = take_census()
print(json.dumps({
    "found": {f.inode: [f.host, sorted(f.names), f.has_process] for f in census.namespaces.values()},
    "unread": [[u.place, u.error] for u in census.unread],
}))
"""

THREAD = """
import ctypes, os, threading
def away():
    assert ctypes.CDLL(None).unshare(0x40000000) == 0
    print(os.stat("/proc/thread-self/ns/net").st_ino, flush=True)
    threading.Event().wait()
threading.Thread(target=away).start()
"""

GONE_MEANWHILE = """
import json, os, subprocess
from snapshot.collect.namespaces.enter import tour
from snapshot.collect.namespaces.find import take_census
from snapshot.collect.netlink.dumps import read_namespace
home = os.stat("/proc/self/ns/net").st_ino
census = take_census()
subprocess.run(["ip", "netns", "del", "blue"], check=True)
found = next(f for f in census.namespaces.values() if "/run/netns/blue" in f.names)
where = lambda: os.stat("/proc/thread-self/ns/net").st_ino
raw, there, own = tour([(found.handle, lambda: read_namespace(("link",))), (found.handle, where), (None, where)], 10)
print(json.dumps([len(raw.readings["link"].payloads), raw.readings["link"].error, there == found.inode,
                  own == home, os.stat("/proc/thread-self/ns/net").st_ino == home]))
"""

RECYCLED = """
import json, subprocess
from snapshot.collect.namespaces.enter import tour
from snapshot.collect.namespaces.find import look_again, take_census
from snapshot.collect.netlink.dumps import netns_cookie
census = take_census()
(held,) = (found.inode for found in census.namespaces.values() if not found.host)
again, keys = [], []
for _ in range(20):
    subprocess.run(["sh", "-ec", "ip netns del blue; ip netns add blue"], check=True)
    (born,) = look_again(census)
    again.append(born.inode)
keys = tour([(found.handle, netns_cookie) for found in census.namespaces.values()], 10)
print(json.dumps([held, again, keys]))
"""


@pytest.fixture
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as made:
        yield made


def python(bottle: Bottle, script: str) -> Any:
    """What a script prints as JSON when it runs in the bottle."""
    return json.loads(bottle.run(sys.executable, "-c", script).stdout)


def left_to_the_bottle(process: subprocess.Popen[str]) -> None:
    """End nsenter; what it started ends with the bottle."""
    if process.stdout is not None:
        process.stdout.close()
    process.kill()
    process.wait()


def test_the_agents_own_namespace_comes_first_and_is_the_host(bottle: Bottle) -> None:
    found = python(bottle, CENSUS)["found"]
    own = bottle.sh("stat -Lc %i /proc/self/ns/net").strip()
    assert list(found) == [own]
    assert found[own] == [True, [], True]


def test_a_namespace_that_only_one_thread_is_in(bottle: Bottle) -> None:
    process = bottle.spawn(sys.executable, "-c", THREAD, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        inode = process.stdout.readline().strip()
        assert python(bottle, CENSUS)["found"][inode] == [False, [], True]
    finally:
        left_to_the_bottle(process)


def test_a_namespace_bound_at_a_path_that_mountinfo_escapes(bottle: Bottle) -> None:
    bottle.sh(r"""
        mkdir "/run/with space"; file=$(printf '/run/with space/back\\slash\tand tab'); touch "$file"
        unshare --net="$file" true
    """)
    (names,) = [names for host, names, _ in python(bottle, CENSUS)["found"].values() if not host]
    assert names == ["/run/with space/back\\slash\tand tab"]


def test_a_namespace_bound_in_another_mount_namespace_only(bottle: Bottle) -> None:
    """As a container engine with mounts of its own does."""
    script = """
        mount -t tmpfs tmpfs /mnt; touch /mnt/hidden; unshare --net=/mnt/hidden true
        stat -c %i /mnt/hidden; exec sleep 3600
    """
    process = bottle.spawn("unshare", "-m", "--propagation", "private", "sh", "-ec", script, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        inode = process.stdout.readline().strip()
        assert bottle.run("test", "-e", "/mnt/hidden", check=False).returncode == 1
        assert python(bottle, CENSUS)["found"][inode] == [False, ["/mnt/hidden"], False]
        facts = bottle.show(bottle.capture())
        assert int(inode) in {namespace["inode"] for namespace in facts["namespace"]}
    finally:
        left_to_the_bottle(process)


def test_a_namespace_hidden_by_another_mount_is_a_gap(bottle: Bottle) -> None:
    bottle.sh("ip netns add blue; mount -t tmpfs tmpfs /run/netns")
    told = python(bottle, CENSUS)
    assert len(told["found"]) == 1
    (place, error) = told["unread"][0]
    assert place == "/run/netns/blue"
    assert error in ("another mount hides it", "vanished while it was being opened")
    bottle.capture(code=5)


def test_a_namespace_that_ends_while_it_is_read_is_read_nevertheless_and_nobody_leaves_home(bottle: Bottle) -> None:
    bottle.sh("ip netns add blue")
    links, error, there, own, main = python(bottle, GONE_MEANWHILE)
    assert (links > 0, error, there, own, main) == (True, None, True, True, True)


def test_namespaces_there_was_no_time_for_are_unknown_and_not_gone(bottle: Bottle) -> None:
    bottle.sh("for i in $(seq 200); do ip netns add n$i; done")
    path = bottle.capture("hasty", "--timeout", "0.01", code=5)
    bottle.capture("hasty")
    report, code = bottle.diff(f"{path}@first", f"{path}@last")
    assert (code, report["verdict"]) == (5, "incomplete")
    assert {change["action"] for change in report["changes"]} <= {"unknown"}
    reasons = {gap["error"] for gap in report["coverage"]}
    assert reasons == {"the time budget was over; give more with --timeout"}


def test_root_of_a_user_namespace_reads_its_own(bottle: Bottle) -> None:
    """As an ordinary user's `unshare -Urnm` gives: namespaces made in it can be entered."""
    file = bottle.folder / "user"
    script = f"""
        mount -t tmpfs tmpfs /run; mkdir /run/netns; ip netns add mine; ip link set lo up
        {sys.executable} -m netlapse capture -o {file}
    """
    done = bottle.run("unshare", "-Urnm", "-p", "--fork", "--mount-proc", "sh", "-ec", script, check=False)
    assert done.returncode == 0, done.stderr
    facts = bottle.show(file)
    assert {namespace["scope"] for namespace in facts["namespace"]} == {"host", "netns:mine"}


def test_a_namespace_hidden_in_one_place_and_seen_in_another_is_no_gap(bottle: Bottle) -> None:
    bottle.sh(
        "ip netns add blue; touch /run/too; mount --bind /run/netns/blue /run/too; mount -t tmpfs tmpfs /run/netns"
    )
    told = python(bottle, CENSUS)
    assert told["unread"] == []
    assert [names for host, names, _ in told["found"].values() if not host] == [["/run/netns/blue", "/run/too"]]


def test_one_that_ended_and_one_that_came_with_its_name_are_two(bottle: Bottle) -> None:
    """Identity is the cookie, and while the agent holds a namespace its inode is given to no other."""
    bottle.sh("ip netns add blue")
    held, again, keys = python(bottle, RECYCLED)
    assert held not in again
    assert len(set(keys)) == len(keys)


def test_a_mount_namespace_of_a_thread_alone(bottle: Bottle) -> None:
    script = """
import ctypes, subprocess, sys, threading
libc = ctypes.CDLL(None)
def away():
    assert libc.unshare(0x00020000 | 0x200) == 0
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["sh", "-ec", "mount -t tmpfs t /mnt; touch /mnt/own; unshare --net=/mnt/own true"], check=True)
    print(1, flush=True)
    threading.Event().wait()
threading.Thread(target=away, daemon=True).start()
sys.stdin.read()
"""
    process = bottle.spawn(sys.executable, "-c", script, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        told = python(bottle, CENSUS)
        assert [names for host, names, _ in told["found"].values() if not host] == [["/mnt/own"]]
    finally:
        process.communicate("", timeout=30)


def test_processes_there_was_no_time_to_look_at_are_counted(bottle: Bottle) -> None:
    told = python(
        bottle, CENSUS.replace("census =", "import snapshot.collect.namespaces.find as f; f.SCANNING = 0; census =")
    )
    ((place, error),) = told["unread"]
    assert place.startswith("the open files of ")
    assert place.endswith(" processes")
    assert error == "the time budget was over; give more with --timeout"


def test_fewer_descriptors_than_namespaces_cost_those_beyond_and_not_the_capture() -> None:
    """A hard limit that the agent cannot raise: what it cannot hold open is a gap, and there is room left for all the rest."""
    require_bottles()
    with Bottle() as host:
        host.sh("for n in $(seq 120); do ip netns add n$n; done")
        path = host.folder / "snapshot"
        limited = ("prlimit", "--nofile=96:96", sys.executable, "-m", "netlapse", "capture", "-o", str(path))
        done = host.run(*limited, check=False)
        assert done.returncode == 5, done.stderr
        assert "too many open files; raise the limit" in done.stderr
        read = {name for namespace in host.show(path, "--kind", "namespace") for name in namespace["names"]}
        with closing(sqlite3.connect(path)) as connection:
            gaps = {place for (place,) in connection.execute("SELECT place FROM coverage WHERE place IS NOT NULL")}
        assert len(read) > 20
        assert {f"/run/netns/n{number + 1}" for number in range(120)} <= read | gaps
