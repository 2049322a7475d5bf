"""However much there is to look at and however long an engine keeps silent: a capture ends in its time, with its gaps told."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import pytest

from tests.lab.bottle import Bottle
from tests.requirements import require_bottles

NAMESPACES = 300
HOLDER = """
import resource, socket, sys
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
kept = [socket.socket(socket.AF_UNIX) for _ in range(min(hard, 50_000) - 100)]
listening = socket.socket(socket.AF_UNIX); listening.bind("/run/silent.sock"); listening.listen(100)
print(len(kept), flush=True)
sys.stdin.read()
"""
SLACK = 5.0
"""Seconds beyond the budget for starting, identifying, and writing on a busy machine."""


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    """A host of many namespaces, a process of many sockets, and an engine that never answers."""
    require_bottles()
    with Bottle() as made:
        (made.folder / "host").write_text("".join(f"netns add n{n}\n" for n in range(NAMESPACES)), encoding="ascii")
        made.run("ip", "-batch", str(made.folder / "host"))
        holder = made.spawn(sys.executable, "-c", HOLDER, stdin=-1, stdout=-1)
        assert holder.stdout is not None
        assert int(holder.stdout.readline()) > 500
        yield made
        holder.communicate("", timeout=30)


@pytest.mark.parametrize("budget", ["0.05", "0.5", "1.5"])
def test_all_of_it_is_sealed_in_time(bottle: Bottle, budget: str) -> None:
    path = bottle.folder / f"in-{budget}"
    began = time.monotonic()
    done = bottle.netlapse("capture", "-o", str(path), "--timeout", budget, "--docker-host", "unix:///run/silent.sock")
    assert time.monotonic() - began < float(budget) + SLACK
    assert (done.returncode, "Traceback" in done.stderr) == (5, False), done.stderr
    facts = bottle.show(path)
    assert "host" in {namespace["scope"] for namespace in facts["namespace"]}
