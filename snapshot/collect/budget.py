"""Until when a capture may read: for what may hang deep below the one who knows."""

from __future__ import annotations

import math
import time

MARGIN = 0.25
"""Seconds kept back, so that what was read beside it is still told in time."""

_until = math.inf


def end_by(deadline: float) -> None:
    """Set it for this process and those that it forks, in ``time.monotonic()`` seconds."""
    global _until  # noqa: PLW0603  one capture at a time
    _until = deadline


def left(most: float) -> float:
    """Seconds that something may take: ``most``, or what is left of the budget."""
    return max(0.0, min(most, _until - MARGIN - time.monotonic()))
