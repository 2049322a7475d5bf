"""Work done beside other work, in a second process, where there is a second core and enough to do."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Generic, NoReturn, TypeVar

from snapshot.model.frozen import frozen

A = TypeVar("A")
B = TypeVar("B")
LENGTH = 8
"""Bytes in which the child says how long a result is: one that ended in the midst of it has said nothing."""


@frozen
class Aside(Generic[A, B]):
    """Work that was begun: one thing, ``then`` another. ``beside``: in a process of its own.

    ``first`` waits for what came of the one, ``then`` for the other; each is asked once, in this order.
    """

    beside: bool
    first: Callable[[], A]
    then: Callable[[], B]


@contextmanager
def aside(first: Callable[[], A], then: Callable[[], B], *, worth: bool = True) -> Iterator[Aside[A, B]]:
    """Begin to work.

    The works have no effect but their results, which can be pickled. They are done here, when they are asked for, where a
    process of its own is not ``worth`` its while, cannot be had, or failed: what they raise is raised here then. If the first
    raises, the other is not begun there.
    """
    child = _begin((first, then)) if worth and _possible() else None
    if child is None:
        yield Aside(beside=False, first=first, then=then)
        return
    number, pipe = child
    try:
        with os.fdopen(pipe, "rb") as here:
            yield Aside(beside=True, first=lambda: _result(here, first), then=lambda: _result(here, then))
    finally:
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


def _begin(works: Iterable[Callable[[], object]]) -> tuple[int, int] | None:
    """The process and the pipe by which its results come."""
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
        _work(works, its)
    os.close(its)
    return number, ours


def _work(works: Iterable[Callable[[], object]], pipe: int) -> NoReturn:
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with os.fdopen(pipe, "wb") as there:
            for work in works:
                told = pickle.dumps(work(), pickle.HIGHEST_PROTOCOL)
                there.write(len(told).to_bytes(LENGTH) + told)
                there.flush()
    finally:
        # Nothing of this process's, such as what waits to be printed, is to be done twice. Without a whole result the work is
        # done again, where errors are told.
        os._exit(0)


def _result(here: BinaryIO, work: Callable[[], A]) -> A:
    length = here.read(LENGTH)
    told = here.read(int.from_bytes(length)) if len(length) == LENGTH else b""
    if len(length) < LENGTH or len(told) != int.from_bytes(length):
        return work()
    found: A = pickle.loads(told)  # noqa: S301  # of our own child, through a pipe of our own
    return found
