"""Work done beside other work, in a second process, where there is a second core and enough to do."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, NoReturn, TypeVar

from snapshot.model.frozen import frozen

T = TypeVar("T")
LENGTH = 8
"""Bytes in which the child says how long its result is: one that ended in the midst of it has said nothing."""


@frozen
class Aside(Generic[T]):
    """Work that was begun. ``beside``: in a process of its own. ``result`` waits for what came of it, and is asked once."""

    beside: bool
    result: Callable[[], T]


@contextmanager
def aside(work: Callable[[], T], *, worth: bool = True) -> Iterator[Aside[T]]:
    """Begin ``work``.

    The work has no effect but its result, which can be pickled. It is done here, when it is asked for, where a process of its
    own is not ``worth`` its while, cannot be had, or failed: what the work raises is raised here then.
    """
    child = _begin(work) if worth and _possible() else None
    if child is None:
        yield Aside(beside=False, result=work)
        return
    number, pipe = child
    try:
        yield Aside(beside=True, result=lambda: _result(pipe, work))
    finally:
        os.close(pipe)
        # Whatever it still does is of no use to anybody.
        os.kill(number, signal.SIGKILL)
        os.waitpid(number, 0)


def _possible() -> bool:
    """A fork copies one thread, and with it the locks that others hold. Where SIGCHLD is ignored, which a program inherits
    (execve(2)), a child that ended is gone at once (wait(2)), and its number may be another's."""
    processors = getattr(os, "sched_getaffinity", None)  # Linux has it
    if processors is None or len(processors(0)) < 2 or threading.active_count() > 1:
        return False
    return signal.getsignal(signal.SIGCHLD) is not signal.SIG_IGN


def _begin(work: Callable[[], T]) -> tuple[int, int] | None:
    """The process and the pipe by which its result comes."""
    ours, its = os.pipe()
    try:
        number = os.fork()
    except OSError:
        os.close(ours)
        os.close(its)
        return None
    if not number:
        # The last reader has to be the parent: if that dies, writing fails, instead of waiting for ever.
        os.close(ours)
        _work(work, its)
    os.close(its)
    return number, ours


def _work(work: Callable[[], T], pipe: int) -> NoReturn:
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        told = pickle.dumps(work(), pickle.HIGHEST_PROTOCOL)
        with os.fdopen(pipe, "wb") as there:
            there.write(len(told).to_bytes(LENGTH) + told)
    finally:
        # Nothing of this process's, such as what waits to be printed, is to be done twice. Without a whole result the work is
        # done again, where errors are told.
        os._exit(0)


def _result(pipe: int, work: Callable[[], T]) -> T:
    with os.fdopen(os.dup(pipe), "rb") as here:
        told = here.read()
    if len(told) < LENGTH or len(told) != LENGTH + int.from_bytes(told[:LENGTH]):
        return work()
    found: T = pickle.loads(told[LENGTH:])  # noqa: S301  # of our own child, through a pipe of our own
    return found
