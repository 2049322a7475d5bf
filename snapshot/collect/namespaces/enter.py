"""Entering a namespace: setns(2) moves one thread, so a thread of its own does nothing else, and ends with the capture."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

CLONE_NEWNET = 0x40000000
P = ParamSpec("P")
T = TypeVar("T")

_libc = ctypes.CDLL(None, use_errno=True)


def enter(handle: int) -> None:
    """Move the calling thread into the network namespace behind an open descriptor. Raises ``OSError``."""
    if _libc.setns(handle, CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


class Traveller:
    """A thread that goes from namespace to namespace and never comes home: the process's other threads never leave it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="netns")
        self._home = ThreadPoolExecutor(max_workers=1, thread_name_prefix="home")

    def at_home(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Do some work in the process's own namespace: who may enter none may still read this one."""
        return self._home.submit(work, *args, **kwargs)

    def visit(self, handle: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Do some work in a namespace. The future raises ``OSError`` if it cannot be entered."""

        def there() -> T:
            enter(handle)
            return work(*args, **kwargs)

        return self._thread.submit(there)

    def close(self) -> None:
        """End the thread; what it had not begun is not done."""
        for thread in (self._thread, self._home):
            thread.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Traveller:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
