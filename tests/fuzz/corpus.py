"""The corpus that is kept: a file of each target, an input a line, in base64 so that a diff shows which came."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).with_name("corpus")
MOST_BYTES = 45_000
"""Of the file of one target; the smallest inputs are kept."""


def kept(target: str) -> list[bytes]:
    """The inputs that are kept of a target."""
    path = FOLDER / f"{target}.txt"
    return [base64.b64decode(line) for line in path.read_text(encoding="ascii").split()] if path.exists() else []


def keep(target: str, inputs: Iterable[bytes]) -> None:
    """Keep these instead: the smallest ones, as many as fit."""
    lines: list[str] = []
    size = 0
    for data in sorted(set(inputs), key=lambda data: (len(data), data)):
        line = base64.b64encode(data).decode("ascii")
        size += len(line) + 1
        if size > MOST_BYTES:
            break
        lines.append(line)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{target}.txt").write_text("".join(f"{line}\n" for line in sorted(lines)), encoding="ascii")
