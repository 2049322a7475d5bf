"""Entering namespaces: setns(2) moves one thread, so a thread of its own does it, which never comes home."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

CLONE_NEWNET, CLONE_NEWNS, CLONE_FS = 0x40000000, 0x00020000, 0x00000200
T = TypeVar("T")

_libc = ctypes.CDLL(None, use_errno=True)
_travels = threading.local()


def enter(handle: int) -> None:
    """Move the calling thread into the network namespace behind an open descriptor. Raises ``OSError``."""
    if _libc.setns(handle, CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    _travels.left_home = True


def at_home() -> bool:
    """Whether the calling thread is in the namespace of the process's other threads: whether it has never entered another."""
    return not getattr(_travels, "left_home", False)


def enter_mounts(handle: int) -> None:
    """Move the calling thread, alone, into the mount namespace behind an open descriptor. Raises ``OSError``.

    It takes CAP_SYS_CHROOT beside CAP_SYS_ADMIN (setns(2)).
    """
    # A thread that shares its root and working folder with others may not.
    if _libc.unshare(CLONE_FS) != 0 or _libc.setns(handle, CLONE_NEWNS) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def tour(stops: Sequence[tuple[int | None, Callable[[], T]]], seconds: float) -> list[T | OSError]:
    """Do some work in one namespace after the other; the process's other threads never leave home.

    A stop is a namespace's open descriptor and the work; without a descriptor it is done at home, before leaving. For each the
    outcome: what the work returned, the ``OSError`` it raised, or why the namespace could not be entered; ``TimeoutError``
    for what was not done within ``seconds``. Raises what else the work raises.
    """
    outcomes: list[T | OSError] = [TimeoutError("there was no time for it")] * len(stops)
    failed: list[BaseException] = []
    over = threading.Event()

    def travel() -> None:
        try:
            for number in sorted(range(len(stops)), key=lambda number: stops[number][0] is not None):
                handle, work = stops[number]
                if over.is_set():
                    return
                try:
                    if handle is not None:
                        enter(handle)
                    outcomes[number] = work()
                except OSError as error:
                    outcomes[number] = error
        except BaseException as error:  # noqa: BLE001  raised where the tour was asked for
            failed.append(error)

    # A namespace that keeps it waiting must not keep the capture from ending.
    thread = threading.Thread(target=travel, name="netns", daemon=True)
    thread.start()
    try:
        thread.join(max(0.0, seconds))
    finally:
        over.set()
    if failed:
        raise failed[0]
    return list(outcomes)
