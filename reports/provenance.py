"""How a snapshot came to be, in words: what its file's ``provenance`` says (docs/snapshot-format.md)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from datetime import datetime

from reports.model import Json

Provenance = Mapping[str, Json]
"""By the names of the file's columns; what is not known is None, or an empty list."""
SET_SECONDS = 0.5
"""By how much two clocks differ over one capture before that is told: slewing (adjtime(3)) moves one by 0.5 ms a second."""
_USERS = (("uid", "uid"), ("login_uid", "login uid"), ("sudo_user", "sudo's user"), ("sudo_uid", "sudo's uid"))


def who(told: Provenance) -> str:
    """Who took it, in a word: sudo's user, who logged in, or what it ran as; empty if unknown. Not yet made safe to show."""
    if told.get("sudo_user") is not None:
        return str(told.get("sudo_user"))
    uid = told.get("login_uid") if told.get("login_uid") is not None else told.get("uid")
    return "" if uid is None else "root" if uid == 0 else f"user {uid}"


def came_to_be(told: Provenance, read: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """Pairs of a title and a text, in reading order; nothing of what is not known. Not yet made safe to show.

    ``read`` is when the capture began and ended, by the clock that can be set.
    """
    users = [f"{word} {told.get(name)}" for name, word in _USERS if told.get(name) is not None]
    if users:
        yield "User", ", ".join(users)
    if command := _list(told.get("command")):
        yield "Command", shlex.join(command)
    if told.get("build") is not None:
        yield "Build", str(told.get("build"))
    if told.get("distribution") is not None:
        yield "Distribution", str(told.get("distribution"))
    if told.get("synchronised") is not None:
        error = told.get("clock_error_us")
        bound = f", by the kernel within {error / 1e3:,.0f} ms" if isinstance(error, int) else ""
        yield "Clock", f"synchronised{bound}" if told.get("synchronised") else "NOT synchronised"
    if (moved := _moved(told, read)) is not None and abs(moved) > SET_SECONDS:
        yield "Clock set", f"by {moved:+,.1f} s while the capture ran"
    if endpoints := _list(told.get("endpoints")):
        yield "Runtimes asked", ", ".join(endpoints)
    if isinstance(timeout := told.get("timeout_us"), int):
        yield "Budget", f"{timeout / 1e6:g} s"


def _moved(told: Provenance, read: tuple[str, str]) -> float | None:
    """The seconds by which the host's clock was set during the capture: what CLOCK_MONOTONIC does not know of."""
    start, end = told.get("started_monotonic_us"), told.get("finished_monotonic_us")
    try:
        began, ended = map(datetime.fromisoformat, read)
        if not isinstance(start, int) or not isinstance(end, int):
            return None
        return (ended - began).total_seconds() - (end - start) / 1e6
    except (ValueError, TypeError, OverflowError):
        return None


def _list(value: Json) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else []
