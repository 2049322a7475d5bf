"""Waiting for a condition, never for a time."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(what: str, condition: Callable[[], T], *, seconds: float = 30.0) -> T:
    """Ask until the answer is true; ``AssertionError`` after ``seconds``."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:.0f} s for {what}")
        select.select([], [], [], 0.02)
