"""Waiting for descriptors with poll(2): on a host of a thousand namespaces their numbers are beyond what select(2) takes."""

from __future__ import annotations

import math
import select
from collections.abc import Iterable


def readable(handles: Iterable[int], seconds: float) -> list[int]:
    """Those of some descriptors that have something to read, or whose other end is closed; none after so many seconds."""
    poll = select.poll()
    for handle in handles:
        poll.register(handle, select.POLLIN)
    return [handle for handle, _ in poll.poll(max(0, math.ceil(seconds * 1000)))]
