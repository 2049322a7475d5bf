"""A capture needs three capabilities, and a fourth when the agent is not root; `doctor` foretells what each costs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.lab.bottle import Bottle
from tests.lab.waiting import wait_for
from tests.requirements import require_bottles

THREE = ("sys_admin", "sys_ptrace", "net_admin")
OTHER = "setpriv --reuid 1000 --regid 1000 --clear-groups --"
HOST = f"""
    ip netns add blue; ip netns add red; ip link add v type veth peer name w netns red
    chmod 1777 /run; mkdir -m 700 /run/closed; touch /run/closed/green; unshare --net=/run/closed/green true
    touch /run/held; unshare --net=/run/held true; (exec 3</run/held; exec {OTHER} sleep 1000) >/dev/null 2>&1 &
    unshare -n {OTHER} sleep 1001 >/dev/null 2>&1 &
"""


class Told(NamedTuple):
    """What `doctor` and a capture said, each with its exit code."""

    doctor: str
    foretold: int
    capture: str
    code: int


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    """A host with namespaces in, and held by, processes of another user, one under a closed folder, one of a socket alone."""
    require_bottles()
    with Bottle() as made:
        made.sh(HOST)
        hiding = made.spawn(sys.executable, "-m", "tests.lab.hiding", "a_socket", stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE)  # fmt: skip
        assert hiding.stdout is not None
        hiding.stdout.readline()
        wait_for("processes of another user", lambda: made.sh("pgrep -u 1000 sleep || true").count("\n") == 2)
        made.sh("umount -l /run/held")
        yield made
        hiding.communicate("", timeout=30)


def run(bottle: Bottle, uid: int, held: tuple[str, ...]) -> Told:
    caps = ",".join(["-all", *(f"+{name}" for name in held)])
    if uid:
        who = ["--reuid", str(uid), "--regid", str(uid), "--clear-groups", f"--ambient-caps={caps}"]
    else:
        who = [f"--bounding-set={caps}"]
    command = ["setpriv", *who, f"--inh-caps={caps if uid else '-all'}", sys.executable, "-m", "netlapse"]
    doctor = bottle.run(*command, "doctor", check=False)
    name = f"/run/{uid}-{'-'.join(held)}"
    capture = bottle.run(*command, "capture", "-o", name, check=False)
    assert "Traceback" not in doctor.stderr + capture.stderr
    return Told(" ".join(doctor.stdout.split()), doctor.returncode, capture.stderr, capture.returncode)


def test_root_with_three(bottle: Bottle) -> None:
    told = run(bottle, 0, THREE)
    assert (told.foretold, told.code) == (0, 0), told
    assert "7 namespaces" in told.capture


def test_another_user_with_four(bottle: Bottle) -> None:
    told = run(bottle, 1001, (*THREE, "dac_read_search"))
    assert (told.foretold, told.code) == (0, 0), told
    assert "7 namespaces" in told.capture


@pytest.mark.parametrize(
    ("uid", "missing", "cost", "gap"),
    [
        (0, "sys_admin", "6 of them may not be entered", "cannot be entered (Operation not permitted)"),
        (0, "sys_ptrace", "processes: not permitted to see their namespaces", "not permitted to see their namespaces"),
        (0, "net_admin", "1 socket: not permitted", "1 socket: namespace: not permitted"),
        (1001, "dac_read_search", "/run/closed/green: not permitted", "/run/closed/green: namespace: not permitted"),
    ],
)
def test_one_missing(bottle: Bottle, uid: int, missing: str, cost: str, gap: str) -> None:
    needed = (*THREE, "dac_read_search") if uid else THREE
    told = run(bottle, uid, tuple(name for name in needed if name != missing))
    assert (told.foretold, told.code) == (5, 5), told
    assert f"GAP cap_{missing} missing: " in told.doctor
    assert cost in told.doctor
    assert gap in told.capture


def test_nobody_reads_the_own_namespace_and_says_what_it_does_not_see(bottle: Bottle) -> None:
    told = run(bottle, 1001, ())
    assert (told.foretold, told.code) == (5, 5), told
    assert told.doctor.count("GAP cap_") == 4
