"""A guest's manners: the agent steps back for whatever else the host has to do."""

from __future__ import annotations

import os

NICE = 10
"""A tenth of a share of the processor where others want it too, all of it where they do not (nice(2))."""


def step_back() -> None:
    """Lower this process's priority and that of what it will start. Reading and writing files follows (ioprio_set(2))."""
    os.setpriority(os.PRIO_PROCESS, 0, max(NICE, os.getpriority(os.PRIO_PROCESS, 0)))
