"""Work in a second process: the same result as here, whatever becomes of that process."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analyze import aside as module
from analyze.aside import aside


def children() -> list[str]:
    """The processes that this one has begun and not yet waited for."""
    return Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text("ascii").split()


def result_of(work: Callable[[], object], *, worth: bool = True) -> object:
    with aside(nothing, work, worth=worth) as told:
        assert told.first() is None
        return told.then()


def nothing() -> None:
    """What is done first."""


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    before, files = children(), len(list(Path("/proc/self/fd").iterdir()))
    yield
    assert (children(), len(list(Path("/proc/self/fd").iterdir()))) == (before, files)


def test_it_is_done_in_another_process_where_that_is_worth_its_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    assert result_of(os.getpid) != os.getpid()
    assert result_of(os.getpid, worth=False) == os.getpid()
    assert result_of(lambda: "x" * 1_000_000) == "x" * 1_000_000
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert result_of(os.getpid) == os.getpid()


def test_where_children_are_not_waited_for_it_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert result_of(os.getpid) == os.getpid()
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_where_processors_cannot_be_counted_it_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    assert result_of(os.getpid) == os.getpid()


KILLED = """
import os, signal
from analyze import aside as module
module._possible = lambda: True

def work():
    os.write(1, b"%d\\n" % os.getpid())
    while os.getppid() == parent:
        pass
    return b"x" * 1_000_000

parent = os.getpid()
with module.aside(work, work):
    signal.pause()
"""


def test_a_process_whose_parent_was_killed_does_not_stay() -> None:
    """Its result is more than a pipe holds, and nobody reads it."""
    with subprocess.Popen(
        [sys.executable, "-c", KILLED], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as parent:
        assert parent.stdout is not None
        assert int(parent.stdout.readline())
        parent.kill()
        # Its end of our pipe is closed when it ends.
        assert select.select([parent.stdout], [], [], 60)[0]
        assert parent.stdout.read() == b""


def test_threads_keep_it_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert result_of(os.getpid) == os.getpid()
    finally:
        done.set()
        thread.join()


def there_only(act: Callable[[], object]) -> Callable[[], int]:
    here = os.getpid()

    def work() -> int:
        if os.getpid() != here:
            act()
        return os.getpid()

    return work


@pytest.mark.parametrize(
    "act",
    [
        lambda: os.kill(os.getpid(), signal.SIGKILL),
        lambda: os.kill(os.getpid(), signal.SIGTERM),
        lambda: 1 / 0,
        lambda: os._exit(0),
    ],
)
def test_what_fails_there_is_done_here(act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_possible", lambda: True)
    assert result_of(there_only(act)) == os.getpid()


def test_what_failed_there_at_first_is_all_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_possible", lambda: True)
    with aside(there_only(lambda: 1 / 0), os.getpid) as told:
        assert (told.beside, told.first(), told.then()) == (True, os.getpid(), os.getpid())


def test_one_thing_is_told_before_the_other_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_possible", lambda: True)
    with aside(os.getpid, signal.pause) as told:
        assert told.first() != os.getpid()


def test_an_error_of_the_work_is_raised_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_possible", lambda: True)
    with pytest.raises(ZeroDivisionError):
        result_of(lambda: 1 / 0)


def test_a_result_that_nobody_asks_for_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_possible", lambda: True)
    with pytest.raises(RuntimeError, match="other work"), aside(signal.pause, signal.pause):
        raise RuntimeError("other work")


def test_where_no_process_can_be_had_it_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError

    monkeypatch.setattr(module, "_possible", lambda: True)
    monkeypatch.setattr(os, "fork", refused)
    assert result_of(os.getpid) == os.getpid()
