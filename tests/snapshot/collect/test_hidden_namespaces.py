"""A namespace that nobody is in and no path names: found, or told as unread with the reason. On a real kernel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from tests.lab.bottle import Bottle
from tests.requirements import require_bottles

CENSUS = """
import json
from snapshot.collect.namespaces.find import take_census
census = take_census()
print(json.dumps({
    "found": {f.inode: [sorted(f.names), f.has_process] for f in census.namespaces.values() if not f.host},
    "unread": [[u.place, u.error] for u in census.unread],
}))
"""


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as made:
        yield made


def census(bottle: Bottle) -> Any:
    return json.loads(bottle.run(sys.executable, "-c", CENSUS).stdout)


@contextmanager
def hidden(bottle: Bottle, *command: str) -> Iterator[str]:
    """A process that hides a namespace; its inode."""
    process = bottle.spawn(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.communicate("", timeout=30)


def by(way: str) -> tuple[str, ...]:
    return sys.executable, "-m", "tests.lab.hiding", way


WAYS = ("descriptor", "path_only", "unmounted", "a_socket", "tun", "thread_descriptor", "thread_socket", "zombie")


@pytest.mark.parametrize("way", WAYS)
def test_held_by_a_descriptor_alone(bottle: Bottle, way: str) -> None:
    with hidden(bottle, *by(way)) as inode:
        assert census(bottle) == {"found": {inode: [[], False]}, "unread": []}
    assert census(bottle)["found"] == {}


def test_what_is_held_by_a_descriptor_alone_is_read(bottle: Bottle) -> None:
    with ExitStack() as stack:
        inodes = {stack.enter_context(hidden(bottle, *by(way))) for way in WAYS}
        facts = bottle.show(bottle.capture("held"))
        assert inodes == {str(n["inode"]) for n in facts["namespace"] if n["scope"] != "host"}
        read = {link["scope"] for link in facts["link"] if link["name"] == "lo"}
        assert read == {"host", *(f"netns:[{inode}]" for inode in inodes)}


def test_a_process_whose_first_thread_has_ended(bottle: Bottle) -> None:
    with hidden(bottle, *by("leader_ended")) as inode:
        assert census(bottle) == {"found": {inode: [[], True]}, "unread": []}


def test_owned_by_another_user_namespace(bottle: Bottle) -> None:
    with hidden(bottle, "unshare", "-Urn", "sh", "-c", "stat -Lc %i /proc/self/ns/net; exec cat") as inode:
        assert census(bottle) == {"found": {inode: [[], True]}, "unread": []}
        facts = bottle.show(bottle.capture("user"))
        assert "lo" in {link["name"] for link in facts["link"] if link["scope"] == f"netns:[{inode}]"}


def test_made_in_a_nested_pid_and_mount_namespace(bottle: Bottle) -> None:
    """As an engine in a container does: bound in its mounts, and seen by none of the outer ones."""
    inner = "mount -t tmpfs tmpfs /mnt; touch /mnt/in; unshare --net=/mnt/in true; stat -c %i /mnt/in; exec cat"
    unshare = "unshare -m -p --fork --kill-child --propagation private --mount-proc"
    with hidden(bottle, "sh", "-c", f"exec {unshare} {unshare} sh -ec '{inner}'") as inode:
        assert census(bottle) == {"found": {inode: [["/mnt/in"], False]}, "unread": []}


def test_bound_in_a_mount_namespace_that_only_a_descriptor_keeps(bottle: Bottle) -> None:
    with hidden(bottle, *by("mount_descriptor")) as inode:
        assert census(bottle) == {"found": {inode: [["/mnt/deep"], False]}, "unread": []}


def test_bound_in_a_mount_namespace_that_is_only_bound_itself(bottle: Bottle) -> None:
    """As snapd does; and another one in there."""
    bottle.sh("mkdir /run/ns; mount --bind /run/ns /run/ns; mount --make-private /run/ns; touch /run/ns/outer")
    script = """
        unshare --mount=/run/ns/outer --propagation private sh -ec '
            mount -t tmpfs tmpfs /mnt; mount --make-private /mnt; touch /mnt/inner /mnt/blue
            unshare --net=/mnt/blue true
            unshare --mount=/mnt/inner --propagation private sh -ec "
                mount -t tmpfs tmpfs /srv; touch /srv/red; unshare --net=/srv/red true"'
    """
    # Linux 6.18 numbers namespaces by batches for each processor, and takes one with a lower number for a loop: where the
    # bottle's own was made it works.
    processors = [str(number) for number in sorted(os.sched_getaffinity(0))]
    assert any(
        bottle.run("taskset", "-c", number, "sh", "-ec", script, check=False).returncode == 0 for number in processors
    )
    try:
        told = census(bottle)
        assert sorted(told["found"].values()) == [[["/mnt/blue"], False], [["/srv/red"], False]]
        assert told["unread"] == []
    finally:
        bottle.sh("umount /run/ns/outer; umount /run/ns")


def test_an_open_file_of_proc_net_is_a_gap(bottle: Bottle) -> None:
    with hidden(bottle, *by("proc_net")):
        told = census(bottle)
        assert told["found"] == {}
        assert [error for _, error in told["unread"]] == [
            "an open file of a namespace that nothing else leads to: it cannot be entered by it"
        ]
        bottle.capture("proc_net", code=5)


def test_an_open_file_of_proc_net_of_a_namespace_that_is_known_is_none(bottle: Bottle) -> None:
    script = "import sys; f = open('/proc/self/net/route'); print(1, flush=True); sys.stdin.read()"
    bottle.sh("ip netns add blue")
    process = bottle.spawn("ip", "netns", "exec", "blue", sys.executable, "-c", script, stdin=subprocess.PIPE,
                           stdout=subprocess.PIPE)  # fmt: skip
    try:
        assert process.stdout is not None
        process.stdout.readline()
        assert census(bottle)["unread"] == []
    finally:
        process.communicate("")
        bottle.sh("ip netns del blue")


def test_a_namespace_betrayed_by_a_link_is_a_gap(bottle: Bottle) -> None:
    with hidden(bottle, *by("veth_to_proc_net")):
        path = bottle.capture("betrayed", code=5)
        facts = bottle.show(path)
        assert "near" in {link["name"] for link in facts["link"]}
        done = bottle.netlapse("capture", "-o", str(bottle.folder / "betrayed-again"))
        assert "of the host: namespace: a link's other end is in a namespace that was not found" in done.stderr


def test_sockets_that_may_not_be_asked_are_a_gap(bottle: Bottle) -> None:
    with hidden(bottle, *by("a_socket")):
        without = ["setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin", sys.executable, "-c", CENSUS]
        told = json.loads(bottle.run(*without).stdout)
        assert told["found"] == {}
        ((place, error),) = told["unread"]
        assert (place, error.partition(":")[0]) == ("1 socket", "not permitted to ask them")


RESTLESS = """
import ctypes, os, socket, sys, threading
libc = ctypes.CDLL(None)
over = threading.Event()
def sockets():
    while not over.is_set():
        kept = [socket.socket(socket.AF_UNIX) for _ in range(50)] + [open("/proc/self/ns/net") for _ in range(20)]
        for one in kept:
            one.close()
def children():
    while not over.is_set():
        child = os.fork()
        if child == 0:
            libc.unshare(0x40000000 | 0x00020000)
            kept = [socket.socket(socket.AF_INET), open("/proc/self/ns/net"), open("/proc/self/net/route")]
            os._exit(0)
        os.waitpid(child, 0)
for work in (sockets, sockets, children):
    threading.Thread(target=work).start()
print("restless", flush=True)
sys.stdin.read()
over.set()
"""

MANY_LOOKS = """
import json, os, time
from snapshot.collect.namespaces.find import look_again, take_census
before = len(os.listdir("/proc/self/fd"))
census = take_census()
end = time.monotonic() + 20
while census.rounds < 60 or (len(census.namespaces) < 2 and time.monotonic() < end):
    look_again(census)
found = len(census.namespaces)
census.close()
print(json.dumps([found, len(os.listdir("/proc/self/fd")) - before, sorted({u.error for u in census.unread})]))
"""


def test_looking_while_everything_comes_and_goes_neither_fails_nor_leaks(bottle: Bottle) -> None:
    with hidden(bottle, sys.executable, "-c", RESTLESS) as word:
        assert word == "restless"
        found, leaked, errors = json.loads(bottle.run(sys.executable, "-c", MANY_LOOKS).stdout)
    assert (found > 1, leaked) == (True, 0)
    assert set(errors) <= {"an open file of a namespace that nothing else leads to: it cannot be entered by it"}
