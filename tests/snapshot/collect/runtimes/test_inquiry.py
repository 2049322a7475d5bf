"""Asking engines that misbehave: it ends in its budget, says so in one line, and leaves no process."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from snapshot.collect.runtimes import asking, inquiry
from snapshot.collect.runtimes.inquiry import Inquiry
from snapshot.collect.runtimes.protocol import Answer, Endpoint
from tests.lab.waiting import wait_for
from tests.snapshot.collect.runtimes.daemons import HEADERS, VERSION, Say, Talk, daemon, refused, whole

ONE = "a" * 64
TWO = "b" * 64


def ask(folder: Path, talk: Talk, budget: float = 20.0) -> tuple[Answer, float]:
    """The answer, and the seconds it took."""
    with daemon(folder, talk) as url:
        began = time.monotonic()
        with Inquiry((Endpoint(runtime="docker", url=url),), budget) as asked:
            child = asked._children[0].pid
            (answer,) = asked.finish()
        took = time.monotonic() - began
    assert answer.error is None or (url in answer.error and "\n" not in answer.error)
    with pytest.raises(ChildProcessError):
        os.waitpid(child, os.WNOHANG)
    return answer, took


def engine(containers: dict[str, bytes]) -> Talk:
    """An engine that answers every question, and these about its containers."""

    def talk(path: str, say: Say, over: threading.Event) -> None:
        if path.endswith("/version"):
            say(VERSION)
        elif "/networks" in path:
            say(whole([{"Id": "n" * 64, "Name": "back", "Driver": "bridge", "Labels": None, "Options": None}]))
        elif "/containers/json" in path:
            say(whole([{"Id": number} for number in containers]))
        else:
            say(containers[path.split("/")[3]])

    return talk


def silence(path: str, say: Say, over: threading.Event) -> None:
    """A daemon that accepts and says nothing."""
    over.wait(60)


def inspected(number: str, **more: object) -> dict[str, object]:
    return {"Id": number, "Name": "/web", "State": {"Status": "exited", "Pid": 0}, "Config": {}, **more}


def test_an_engine_that_answers(tmp_path: Path) -> None:
    answer, _ = ask(tmp_path, engine({ONE: whole(inspected(ONE))}))
    assert answer.error is None
    assert answer.runtime is not None
    assert (answer.runtime.name, answer.runtime.version, answer.runtime.api_version) == ("docker", "20.10.24", "1.41")
    assert [told.container.name for told in answer.containers] == ["web"]
    assert [network.bridge for network in answer.networks or ()] == ["br-" + "n" * 12]
    assert answer.same_pids, "a daemon in this pid namespace"
    assert answer.started <= answer.finished


def test_a_container_that_vanishes_while_it_is_asked_for_is_no_gap(tmp_path: Path) -> None:
    gone = refused(404, f"No such container: {ONE}")
    answer, _ = ask(tmp_path, engine({ONE: gone, TWO: whole(inspected(TWO))}))
    assert (answer.error, [told.container.id for told in answer.containers]) == (None, [TWO])


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (refused(500, "layer does not exist"), "layer does not exist"),
        (refused(500, "half a pair: \ud800"), "half a pair: \\ud800"),
        (whole({"Id": ONE, "State": ["what", "is", "this"]}), "list"),
        (whole({"Id": ONE, "State": {"Pid": "many"}}), "many"),
    ],
)
def test_a_container_the_engine_cannot_tell_of_costs_only_itself(tmp_path: Path, broken: bytes, words: str) -> None:
    answer, _ = ask(tmp_path, engine({ONE: broken, TWO: whole(inspected(TWO))}))
    assert answer.error is not None
    assert ONE[:12] in answer.error
    assert words in answer.error
    assert [told.container.id for told in answer.containers] == [TWO]


def test_a_daemon_that_accepts_and_is_silent(tmp_path: Path) -> None:
    answer, took = ask(tmp_path, silence, budget=0.7)
    assert took < 3
    assert answer.error is not None
    assert "no full answer within 0.7 s; is the daemon hanging?" in answer.error
    assert answer.runtime is None


def test_a_daemon_that_trickles_is_not_waited_for_and_what_it_told_is_kept(tmp_path: Path) -> None:
    told = engine({ONE: whole(inspected(ONE)), TWO: b""})

    def talk(path: str, say: Say, over: threading.Event) -> None:
        if TWO not in path:
            told(path, say, over)
            return
        say(HEADERS + b"Content-Length: 100000\r\n\r\n")
        while not over.wait(0.05):
            say(b" ")

    answer, took = ask(tmp_path, talk, budget=2.0)
    assert took < 4
    assert answer.error is not None
    assert "no full answer within 2 s" in answer.error
    assert [told.container.id for told in answer.containers] == [ONE]


def test_a_body_without_end_does_not_eat_the_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inquiry, "MOST_MEMORY", 256 * 1024 * 1024)

    def talk(path: str, say: Say, over: threading.Event) -> None:
        if path.endswith("/version"):
            say(VERSION)
            return
        say(HEADERS + b"Transfer-Encoding: chunked\r\n\r\n")
        while not over.is_set():
            say(b"100000\r\n" + b" " * 0x100000 + b"\r\n")

    answer, _ = ask(tmp_path, talk)
    assert answer.error is not None
    assert "its answer is larger than the agent will take" in answer.error


def test_more_facts_than_any_host_has_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MOST_BYTES", 1024 * 1024)
    name = "x" * 300_000
    many = {f"{number:064x}": whole(inspected(f"{number:064x}", Name=name)) for number in range(10)}
    answer, _ = ask(tmp_path, engine(many))
    assert answer.error is not None
    assert "more than 1 MB of facts" in answer.error
    assert len(answer.containers) == 3


@pytest.mark.parametrize(
    "rubbish", [b"\x00\xff\x00garbage\r\n\r\n", HEADERS + b"Content-Length: 3\r\n\r\n{[(", whole([1, 2]), whole(None)]
)
def test_what_speaks_another_language_is_a_gap_and_no_crash(tmp_path: Path, rubbish: bytes) -> None:
    answer, _ = ask(tmp_path, lambda path, say, over: say(rubbish))
    assert answer.error is not None
    assert "did not answer" in answer.error


def test_text_no_file_can_hold_is_made_harmless(tmp_path: Path) -> None:
    body = HEADERS + b"Content-Length: %d\r\n\r\n"
    data = b'{"Id": "%s", "Name": "/we\\ud800b\\u0000", "State": {"Status": "dead", "Pid": 1%s}}' % (
        ONE.encode(),
        b"0" * 30,
    )
    answer, _ = ask(tmp_path, engine({ONE: body % len(data) + data}))
    (told,) = answer.containers
    assert told.container.name.encode("utf-8") == b"we\\ud800b\x00"
    assert told.container.pid is None


def test_more_than_a_pipe_holds_does_not_wait_for_the_agent(tmp_path: Path) -> None:
    """The agent reads the kernel first: by the time it asks for the answer, all of it has to be there."""
    many = {f"{number:064x}": whole(inspected(f"{number:064x}", Name="x" * 2000)) for number in range(400)}
    with daemon(tmp_path, engine(many)) as url, Inquiry((Endpoint(runtime="docker", url=url),), 20.0) as asked:
        alive = asked._children[0].alive
        wait_for("the child to have it all", lambda: select.select([alive], [], [], 0)[0])
        asked._deadline = 0.0
        (answer,) = asked.finish()
    assert (answer.error, len(answer.containers)) == (None, 400)


def test_nobody_listens_there(tmp_path: Path) -> None:
    for url, words in (
        (f"unix://{tmp_path}/none.sock", "No such file or directory; is the daemon running"),
        ("tcp://127.0.0.1:1", "Connection refused; is the daemon running?"),
        ("ssh://root@elsewhere", "an engine of this host is named by unix://"),
    ):
        with Inquiry((Endpoint(runtime="docker", url=url, explicit=True),), 10.0) as asked:
            (answer,) = asked.finish()
        assert answer.error is not None
        assert answer.error.startswith(f"{url}: did not answer (")
        assert words in answer.error


AGENT = """
import sys
from snapshot.collect.runtimes.inquiry import Inquiry
from snapshot.collect.runtimes.protocol import Endpoint
with Inquiry((Endpoint(runtime="docker", url=sys.argv[1]),), 60.0) as asked:
    print(asked._children[0].pid, flush=True)
    asked.finish()
"""


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_no_child_outlives_the_agent(tmp_path: Path, ending: signal.Signals) -> None:
    with daemon(tmp_path, silence) as url:
        agent = subprocess.Popen(
            [sys.executable, "-c", AGENT, url], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert agent.stdout is not None
        child = int(agent.stdout.readline())
        agent.send_signal(ending)
        agent.wait(timeout=10)
        wait_for("the child's end", lambda: not Path(f"/proc/{child}/fd").exists() or _is_zombie(child), seconds=10)
        # The child does not hold the agent's output open: a pipeline behind it ends with the agent.
        assert agent.stdout.read() == ""
        agent.stdout.close()


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
