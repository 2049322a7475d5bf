"""Namespaces that appear and end while a capture runs: read or told, and never a word too much. On a real kernel."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.bottle import Bottle
from tests.requirements import require_bottles

CAPTURE = """
import json, subprocess
from snapshot.collect import run
from snapshot.collect.run import CaptureRequest, capture
read_all, rounds = run.read_all, []
def meanwhile(found, *more):
    outcomes = read_all(found, *more)
    rounds.append(len(found))
    {meanwhile}
    return outcomes
run.read_all = meanwhile
captured = capture(CaptureRequest())
print(json.dumps([
    captured.header.status, rounds,
    {{(sorted(c.namespace.names) or ["host" if c.namespace.host else "?"])[0]: len(c.sections.get("link", ()))
     for c in captured.namespaces}},
    sorted([next((" ".join(sorted(n.namespace.names)) for n in captured.namespaces if n.namespace.key == c.namespace), "*"),
            list(c.kinds) if len(c.kinds) == 1 else len(c.kinds) > 1, c.status, c.error] for c in captured.coverage
           if c.status != "complete" or c.kinds == ("namespace",)),
    len({{c.namespace.key for c in captured.namespaces}}) == len(captured.namespaces),
]))
"""


@pytest.fixture
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as made:
        made.sh("ip netns add blue")
        yield made


def capture(bottle: Bottle, meanwhile: str) -> Any:
    return json.loads(bottle.run(sys.executable, "-c", CAPTURE.format(meanwhile=meanwhile)).stdout)


def sh(script: str) -> str:
    return f"subprocess.run(['sh', '-ec', {script!r}], check=True)"


def test_nothing_happens(bottle: Bottle) -> None:
    status, rounds, links, told, _ = capture(bottle, "pass")
    assert (status, rounds, links) == ("complete", [2], {"host": 1, "/run/netns/blue": 1})
    assert told == [["*", ["namespace"], "complete", None]]


def test_one_that_appears_is_read(bottle: Bottle) -> None:
    born = sh("[ -e /run/netns/red ] || { ip netns add red; ip link add v type veth peer name w netns red; }")
    status, rounds, links, told, _ = capture(bottle, born)
    assert (status, rounds, links["/run/netns/red"]) == ("complete", [2, 1], 2)
    assert told == [["*", ["namespace"], "complete", None]]


def test_one_that_ends_keeps_what_was_read_and_is_told(bottle: Bottle) -> None:
    status, rounds, links, told, _ = capture(bottle, sh("ip netns del blue"))
    assert (status, rounds, links["/run/netns/blue"]) == ("torn", [2], 1)
    assert told == [
        ["*", ["namespace"], "complete", None],
        ["/run/netns/blue", ["namespace"], "torn", "ended during the capture"],
    ]


def test_a_name_belongs_to_the_one_that_has_it_at_the_end(bottle: Bottle) -> None:
    status, rounds, links, told, distinct = capture(
        bottle, sh("[ -e /run/again ] || { touch /run/again; ip netns del blue; ip netns add blue; }")
    )
    assert (status, rounds, distinct) == ("torn", [2, 1], True)
    assert sorted(links) == ["/run/netns/blue", "?", "host"]
    assert ["", ["namespace"], "torn", "ended during the capture"] in told


def test_those_that_never_stop_appearing_are_told(bottle: Bottle) -> None:
    status, rounds, links, told, _ = capture(bottle, sh("ip netns add n$(ls /run/netns | wc -l)"))
    assert (status, rounds) == ("partial", [2, 1, 1])
    assert {name for name, count in links.items() if not count} == {"/run/netns/n3"}
    assert ["/run/netns/n3", True, "skipped", "it appeared during the capture; capture again"] in told


def test_nobody_else_holds_what_has_ended(bottle: Bottle) -> None:
    """A socket's namespace ends with the socket: the agent's own descriptor for it does not count."""
    bottle.sh("ip netns del blue")
    script = (
        "[ -e /run/pid ] && kill $(cat /run/pid) && while [ -e /proc/$(cat /run/pid)/exe ]; do :; done; rm -f /run/pid"
    )
    hiding = bottle.spawn("sh", "-ec", f"echo $$ > /run/pid; exec {sys.executable} -m tests.lab.hiding a_socket",
                          stdout=-1, stdin=-1)  # fmt: skip
    assert hiding.stdout is not None
    inode = hiding.stdout.readline().strip()
    status, _, links, told, _ = capture(bottle, sh(script))
    hiding.communicate("", timeout=30)
    assert inode
    assert (status, links["?"]) == ("torn", 1)
    assert ["", ["namespace"], "torn", "ended during the capture"] in told
