"""What a run comes to: how many of the mutants the tests killed, with the interval that a sample of this size leaves open."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

KILLED = {"killed", "timeout"}


@dataclass(frozen=True, kw_only=True)
class Share:
    """``killed`` of ``tried``."""

    killed: int
    tried: int

    def interval(self, z: float = 1.959964) -> tuple[float, float]:
        """Wilson's interval for the whole, as shares of 1: 95 times of 100 the whole's share lies in it."""
        if not self.tried:
            return 0.0, 1.0
        n, p = self.tried, self.killed / self.tried
        middle, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)

    def __str__(self) -> str:
        low, high = self.interval()
        share = 100 * self.killed / self.tried if self.tried else 0.0
        return f"{self.killed:5} of {self.tried:5} killed: {share:5.1f} % (95 %: {100 * low:.1f} to {100 * high:.1f} %)"


def trials(written: Path) -> dict[str, dict[str, Any]]:
    """What became of each mutant at its last trial."""
    lines = (json.loads(line) for line in written.read_text(encoding="utf-8").splitlines())
    return {trial["mutant"]: trial for trial in lines}


def told(tried: Iterable[Mapping[str, Any]], refused: set[str]) -> str:
    """The figures of a run, for reading: all mutants, those that mypy accepts and refuses, and each part of ``analyze/``."""
    some = sorted(tried, key=lambda trial: str(trial["mutant"]))
    verdicts = Counter(trial["verdict"] for trial in some)
    lines = [" · ".join(f"{verdict} {count}" for verdict, count in sorted(verdicts.items()))]
    groups = {
        "all": some,
        "accepted by mypy": [trial for trial in some if trial["mutant"] not in refused],
        "refused by mypy": [trial for trial in some if trial["mutant"] in refused],
    }
    for trial in some:
        groups.setdefault(_part(trial["mutant"]), []).append(trial)
    for name, group in groups.items():
        lines.append(f"{name:24} {Share(killed=sum(trial['verdict'] in KILLED for trial in group), tried=len(group))}")
    return "\n".join(lines)


def _part(mutant: str) -> str:
    """``analyze.diff`` of what is in a folder, ``analyze`` of the files beside the folders."""
    module = mutant.rpartition(".")[0].split(".")
    return ".".join(module[: 2 if len(module) > 2 else 1]) + "/"
