"""How a snapshot is named on a command line: FILE, FILE@LABEL, FILE@ID, FILE@first, FILE@last."""

from __future__ import annotations

import os
from pathlib import Path

from snapshot.model.errors import UsageError
from snapshot.model.frozen import frozen

FIRST, LAST = "first", "last"


@frozen
class SnapshotRef:
    """One snapshot of one file. ``name`` is a label, a number, "first" or "last"."""

    path: Path
    name: str = LAST

    def __str__(self) -> str:
        return f"{self.path}@{self.name}"


def parse(text: str) -> SnapshotRef:
    """Read a reference. A file whose whole name exists wins over a split at the last "@". Raises ``UsageError``."""
    if not text:
        raise UsageError("a snapshot is named FILE or FILE@LABEL, not by nothing")
    path, at, name = text.rpartition("@")
    # os.path: a text that is too long for a name, or has a NUL, names no file.
    if not at or os.path.exists(text):  # noqa: PTH110
        return SnapshotRef(path=Path(text))
    if not path or not name:
        raise UsageError(f"{text!r} names no snapshot: write FILE, FILE@LABEL, FILE@ID, FILE@first or FILE@last")
    return SnapshotRef(path=Path(path), name=name)


def check_label(label: str) -> None:
    """Raise ``UsageError`` for a label by which a snapshot could not be named, or that would not show as it is."""
    if not label or label in (FIRST, LAST) or label.isdigit() or "@" in label or not label.isprintable():
        raise UsageError(
            f"--label {label!r}: a label is printable, has no @, and is neither a number nor {FIRST!r} nor {LAST!r}"
        )
    if len(label) > 200:
        raise UsageError("--label: at most 200 characters")
