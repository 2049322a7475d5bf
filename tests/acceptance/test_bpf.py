"""BPF programs at a link's hooks, on a real kernel: loaded by bpf(2), seen by a capture, held against tc(8) and ip(8)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.lab.bottle import Bottle
from tests.requirements import require_bottles

LINK = "ip link add v0 type veth peer name eth0 netns blue; ip link set v0 up; ip -n blue link set eth0 up"


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as made:
        made.ip("netns add blue")
        yield made


@contextmanager
def attached(bottle: Bottle) -> Iterator[None]:
    """Programs at every hook of a link in the namespace "blue". What is attached without a BPF link goes with that link."""
    bottle.sh(LINK)
    command = ("ip", "netns", "exec", "blue", sys.executable, "-m", "tests.lab.bpf", "eth0")
    holder = bottle.spawn(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert json.loads(holder.stdout.readline() or "{}") == {"ready": 3}
        yield
    finally:
        assert holder.stdin is not None
        holder.stdin.close()
        holder.wait(timeout=30)
        bottle.ip("link del v0")


def programs(bottle: Bottle, name: str) -> list[dict[str, Any]]:
    return list(bottle.show(bottle.capture(name), "--kind", "bpf"))


def test_programs_at_every_hook(bottle: Bottle) -> None:
    with attached(bottle):
        found = programs(bottle, "attached")
        filters = json.loads(bottle.run("tc", "-n", "blue", "-j", "filter", "show", "dev", "eth0", "egress").stdout)
        (link,) = bottle.ip_json("link show eth0", netns="blue")
    assert {one["scope"] for one in found} == {"netns:blue"}
    assert {one["dev"] for one in found} == {"eth0"}
    told = [(one["hook"], one["position"], one["mode"], one["name"], one["link"] is not None) for one in found]
    assert sorted(told, key=lambda one: one[:2]) == [
        ("tc egress", 0, "direct-action", "lab_first", False),
        ("tcx egress", 0, None, "lab_second", True),
        ("tcx ingress", 0, None, "lab_first", False),
        ("tcx ingress", 1, None, "lab_second", True),
        ("xdp", 0, "generic", "lab_xdp", False),
    ]
    assert len({one["tag"] for one in found}) == 1, "all of them are the same two instructions"
    by_hook = {one["hook"]: one for one in found}
    (options,) = [one["options"] for one in filters if "options" in one]
    assert (by_hook["tc egress"]["program"], by_hook["tc egress"]["tag"]) == (
        options["prog"]["id"],
        options["prog"]["tag"],
    )
    assert (by_hook["xdp"]["program"], by_hook["xdp"]["tag"]) == (link["xdp"]["prog"]["id"], link["xdp"]["prog"]["tag"])


def test_the_same_code_loaded_again_has_another_number_and_the_same_tag(bottle: Bottle) -> None:
    with attached(bottle):
        before = programs(bottle, "before")
    with attached(bottle):
        after = programs(bottle, "after")
    same = ("dev", "hook", "position", "mode", "name", "tag")
    assert [[one[name] for name in same] for one in before] == [[one[name] for name in same] for one in after]
    assert not {one["program"] for one in before} & {one["program"] for one in after}


def test_a_host_without_programs_has_none(bottle: Bottle) -> None:
    assert programs(bottle, "none") == []
