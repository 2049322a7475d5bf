"""Two processes read what one would have read, and the death of one is a gap with its reason."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.bottle import Bottle, end_inside, environment
from tests.lab.waiting import wait_for
from tests.requirements import require_bottles

COUNT = 30

SAME = """
import json
from snapshot.collect import share
from snapshot.collect.run import CaptureRequest, capture
from snapshot.store.packing import pack
told = []
for many in (10_000, 2):
    share.MANY = many
    captured = capture(CaptureRequest(), pack=pack)
    told.append({c.namespace.key: {kind: s.digest if kind not in ("timer", "counter") else "" for kind, s in c.sections.items()
                                      if kind != "nsid"}
                 for c in captured.namespaces})
    told.append([sorted((n.nsid, n.target) for n in c.sections["nsid"]) for c in captured.namespaces])
    told.append(captured.header.status)
print(json.dumps(told))
"""

DYING = """
import json, os
from snapshot.collect import share
from snapshot.collect.run import CaptureRequest, capture
read_share, agent = share.read_share, os.getpid()
def dying(*arguments):
    if os.getpid() != agent:
        os._exit(9)
    return read_share(*arguments)
share.read_share = dying
captured = capture(CaptureRequest())
print(json.dumps([captured.header.status, len(captured.namespaces),
                  sorted({c.error for c in captured.coverage if c.error}),
                  sum(bool(c.sections) for c in captured.namespaces) - sum(map(share.is_own, range(len(captured.namespaces)))),
                  all(c.namespace.key.startswith("cookie:") for c in captured.namespaces)]))
"""


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as bottle:
        lines = ["link add br0 type bridge", "link set br0 up"]
        for number in range(COUNT):
            lines += [
                f"netns add pod{number}",
                f"link add v{number} type veth peer name eth0 netns pod{number}",
                f"link set v{number} master br0",
            ]
        (bottle.folder / "host").write_text("\n".join(lines) + "\n", encoding="ascii")
        bottle.run("ip", "-batch", str(bottle.folder / "host"))
        bottle.settle()
        yield bottle


def told(bottle: Bottle, program: str) -> Any:
    return json.loads(bottle.run(sys.executable, "-c", program).stdout)


def test_two_processes_read_what_one_reads(bottle: Bottle) -> None:
    alone, alone_nsids, alone_status, shared, shared_nsids, shared_status = told(bottle, SAME)
    assert (alone, alone_nsids) == (shared, shared_nsids)
    assert (len(alone), alone_status, shared_status) == (COUNT + 1, "complete", "complete")
    assert all({"link", "route", "timer", "counter"} <= set(sections) for sections in shared.values())


def test_a_process_that_dies_leaves_a_gap_with_its_reason(bottle: Bottle) -> None:
    status, namespaces, errors, read, known = told(bottle, DYING)
    assert (status, namespaces, read, known) == ("partial", COUNT + 1, 0, True)
    assert errors == ["the process that read it was ended; capture again"]


@pytest.fixture
def hanging(bottle: Bottle) -> Iterator[str]:
    """A path on which nft never comes to an end; there is a table to list with it in two namespaces of each process."""
    folder = bottle.folder / "bin"
    folder.mkdir(exist_ok=True)
    (folder / "nft").write_text("#!/bin/sh\nexec sleep 123454321\n", encoding="ascii")
    (folder / "nft").chmod(0o755)
    for number in range(8):
        bottle.run("ip", "netns", "exec", f"pod{number}", "nft", "add table inet t")
    yield f"{folder}:{os.environ['PATH']}"
    for number in range(8):
        bottle.run("ip", "netns", "exec", f"pod{number}", "nft", "delete table inet t")


def tools(bottle: Bottle) -> int:
    return int(bottle.run("pgrep", "-fc", "^sleep 123454321", check=False).stdout)


def test_no_tool_outlives_a_capture_whose_time_is_over(bottle: Bottle, hanging: str) -> None:
    path = bottle.folder / "over"
    done = bottle.netlapse("capture", "-o", str(path), "--timeout", "1.5", env=environment(PATH=hanging))
    assert done.returncode == 5, done.stderr
    wait_for("the tools' end", lambda: tools(bottle) == 0, seconds=5)


def test_no_tool_outlives_a_capture_that_is_ended(bottle: Bottle, hanging: str) -> None:
    command = (sys.executable, "-m", "netlapse", "capture", "-o", str(bottle.folder / "ended"))
    agent = bottle.spawn(*command, env=environment(PATH=hanging), stderr=-1)
    wait_for("both processes' tools", lambda: tools(bottle) == 2)
    end_inside(agent)
    assert agent.stderr is not None
    assert (agent.returncode, agent.stderr.read()) == (130, "netlapse: interrupted; nothing was written\n")
    agent.stderr.close()
    wait_for("the tools' end", lambda: tools(bottle) == 0, seconds=5)
    assert not list(bottle.folder.glob(".netlapse-*")) + list(bottle.folder.glob("ended"))
