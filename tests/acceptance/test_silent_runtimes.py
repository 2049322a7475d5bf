"""Daemons that hang: a capture ends in its budget, says so, and has every kernel fact."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.lab.bottle import Bottle
from tests.requirements import require_bottles
from tests.snapshot.collect.runtimes.daemons import HEADERS, VERSION, Say, daemon, whole
from tests.snapshot.collect.runtimes.listeners import listener, silent, trickling

BUDGET = 2.0


def docker_silent(path: str, say: Say, over: threading.Event) -> None:
    """Accepts and never answers."""
    over.wait(60)


def docker_trickling(path: str, say: Say, over: threading.Event) -> None:
    """One byte a second of an answer that would take for ever."""
    say(HEADERS + b"Content-Length: 100000\r\n\r\n")
    while not over.wait(1):
        say(b" ")


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as made:
        made.sh("""
            ip link add br0 type bridge; ip addr add 10.0.0.1/24 dev br0; ip link set br0 up
            for n in blue red; do ip netns add $n; ip link add v$n type veth peer name eth0 netns $n
            ip link set v$n master br0 up; ip -n $n link set eth0 up; done
        """)
        made.settle()
        yield made


def test_all_of_them_at_once_cost_names_and_nothing_else(bottle: Bottle, tmp_path: Path) -> None:
    whole = bottle.show(bottle.capture("whole"))
    with ExitStack() as daemons:
        urls = []
        for number, talk in enumerate((docker_silent, docker_trickling)):
            (folder := tmp_path / f"docker{number}").mkdir()
            urls.append(("--docker-host", daemons.enter_context(daemon(folder, talk))))
        for number, raw in enumerate((silent, trickling)):
            (folder := tmp_path / f"cri{number}").mkdir()
            urls.append(("--cri-socket", daemons.enter_context(listener(folder, raw))))
        path = bottle.folder / "silent"
        options = [word for option in urls for word in option]
        began = time.monotonic()
        done = bottle.netlapse("capture", "-o", str(path), "--timeout", str(BUDGET), *options)
        took = time.monotonic() - began
    assert done.returncode == 5, done.stderr
    assert took < BUDGET + 3
    for _, url in urls:
        assert f"failed: {url}: " in done.stderr
        assert f"{url}: no full answer within 2 s; is the daemon hanging?" in done.stderr
    facts = bottle.show(path)
    assert facts["container"] == []
    for kind in ("namespace", "link", "address", "route", "rule", "fdb", "veth"):
        assert facts[kind] == whole[kind], kind


def test_it_does_not_outlast_its_ten_seconds(bottle: Bottle, tmp_path: Path) -> None:
    """Without --timeout: the kernel has its minute, a runtime has not."""
    with listener(tmp_path, trickling) as url:
        began = time.monotonic()
        done = bottle.netlapse("capture", "-o", str(bottle.folder / "ten"), "--cri-socket", url)
        took = time.monotonic() - began
    assert done.returncode == 5
    assert f"{url}: did not answer (no answer within 5 s; is the daemon hanging?)" in done.stderr
    assert took < 10


def test_what_came_and_went_meanwhile_makes_the_containers_torn(bottle: Bottle, tmp_path: Path) -> None:
    lists = [["a" * 64, "b" * 64], ["b" * 64, "c" * 64]]

    def talk(path: str, say: Say, over: threading.Event) -> None:
        if path.endswith("/version"):
            say(VERSION)
        elif "/networks" in path:
            say(whole([]))
        elif "/containers/json" in path:
            say(whole([{"Id": number, "State": "running"} for number in lists.pop(0)]))
        else:
            say(whole({"Id": path.split("/")[3], "Name": "/web", "State": {"Status": "running"}}))

    path = bottle.folder / "torn"
    with daemon(tmp_path, talk) as url:
        done = bottle.netlapse("capture", "-o", str(path), "--docker-host", url)
    assert done.returncode == 5
    assert (
        f"torn: {url}: container: {url}: containers changed during the capture; born: {'c' * 12}; gone: {'a' * 12}\n"
        in done.stderr
    )
    assert {c["id"] for c in bottle.show(path, "--kind", "container")} == {"a" * 64, "b" * 64}
    assert lists == []
