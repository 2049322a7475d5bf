"""Errors of engines in one line each: the system's own words where a library wraps a system error."""

from __future__ import annotations

import errno
from collections.abc import Iterator

from snapshot.collect.runtimes.values import line

READ_TIMEOUT = 5
"""Seconds of silence within one question; the step as a whole has a budget of its own."""

HANGING = f"no answer within {READ_TIMEOUT} s; is the daemon hanging?"

ADVICE = {
    errno.ENOENT: "; is the daemon running, and is that its socket?",
    errno.ECONNREFUSED: "; is the daemon running?",
    errno.EACCES: "; run the agent as root",
}


def failure(error: Exception) -> str:
    """An error in one line."""
    if isinstance(error, MemoryError):
        return "its answer is larger than the agent will take"
    for cause in causes(error):
        if isinstance(cause, TimeoutError):
            return HANGING
        if isinstance(cause, OSError) and cause.errno and cause.strerror:
            return cause.strerror + ADVICE.get(cause.errno, "")
    return line(str(error)) or type(error).__name__


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error, what it wraps, and what it came of: requests keeps its reasons among its arguments."""
    waiting, seen = [error], set()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [arg for arg in cause.args if isinstance(arg, BaseException)]
        waiting += [wrapped for wrapped in (cause.__cause__, cause.__context__) if wrapped is not None]
