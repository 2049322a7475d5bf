"""Timing whole processes: start-up and writing included, in turns, medians told."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One whole process and its children: seconds by the clock and of CPU, peak memory of the largest of them in bytes."""

    wall: float
    cpu: float
    peak: float


def timed(command: Sequence[str], output: str = os.devnull) -> Timed:
    """Run a command to its end, its output into a file. Raises ``SystemExit`` if it fails."""
    with open(output, "wb") as sink:
        began = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.PIPE)
        assert process.stderr is not None
        error = process.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"benchmark: {' '.join(command[:4])} ended with {process.returncode}: {error}")
    return Timed(wall=wall, cpu=usage.ru_utime + usage.ru_stime, peak=usage.ru_maxrss * 1024)


def in_turns(ways: Mapping[str, Callable[[], Timed]], runs: int) -> dict[str, Timed]:
    """Every way once, then every way again: whatever else the machine does meets all of them. The median of each figure."""
    measured: dict[str, list[Timed]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, way in ways.items():
            measured[name].append(way())
    return {name: median(runs_of) for name, runs_of in measured.items()}


def median(runs: Sequence[Timed]) -> Timed:
    """The median of each figure."""
    return Timed(
        wall=statistics.median(run.wall for run in runs),
        cpu=statistics.median(run.cpu for run in runs),
        peak=statistics.median(run.peak for run in runs),
    )
