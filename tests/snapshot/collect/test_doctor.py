"""`doctor` foretells what a capture would see."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.lab.bottle import Bottle
from tests.requirements import require_bottles


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as made:
        made.sh("ip netns add blue; ip netns add red")
        yield made


def test_root_on_a_host_without_engines(bottle: Bottle) -> None:
    done = bottle.netlapse("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 found, 2 of them bound at a path" in done.stdout
    assert done.stdout.endswith("a capture would be complete\n")
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_an_engine_that_does_not_answer_is_a_gap(bottle: Bottle) -> None:
    done = bottle.netlapse("doctor", "--docker-host", "unix:///run/nobody.sock")
    assert done.returncode == 5
    assert [line.split()[1] for line in done.stdout.splitlines() if line.startswith("GAP")] == ["runtime"]


def test_missing_capabilities_are_named(bottle: Bottle) -> None:
    """Without CAP_SYS_ADMIN no namespace can be entered; doctor says so, and so does a capture."""
    dropped = ["setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"]
    done = bottle.run(*dropped, sys.executable, "-m", "netlapse", "doctor", check=False)
    assert done.returncode == 5
    gaps = {line.split()[1]: line for line in done.stdout.splitlines() if line.startswith("GAP")}
    assert "missing" in gaps["cap_sys_admin"]
    assert "2 of them may not be entered" in gaps["entering"]

    file = bottle.folder / "without"
    done = bottle.run(*dropped, sys.executable, "-m", "netlapse", "capture", "-o", str(file), check=False)
    assert done.returncode == 5
    facts = bottle.show(file)
    assert {link["scope"] for link in facts["link"]} == {"host"}
    assert {namespace["scope"] for namespace in facts["namespace"]} == {"host", "netns:blue", "netns:red"}


def test_what_a_path_holds_cannot_act_on_the_terminal(bottle: Bottle) -> None:
    bottle.sh(r"""
        mkdir -p /run/odd; file=$(printf '/run/odd/\033[31mred'); touch "$file"; unshare --net="$file" true
        mount -t tmpfs tmpfs /run/odd
    """)
    done = bottle.netlapse("doctor")
    bottle.sh("umount /run/odd")
    assert done.returncode == 5
    assert "\x1b" not in done.stdout
    assert r"\x1b[31mred" in done.stdout
