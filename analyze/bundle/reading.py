"""What commands that read whole files make of a bundle."""

from __future__ import annotations

from pathlib import Path

from snapshot.store.bundles import DAMAGED
from snapshot.store.contents import bundle


def files_of(path: Path) -> tuple[list[Path], list[Path]]:
    """The snapshot files that a file stands for, and those that were damaged when they were put there: of a bundle its members,
    of any other file that file."""
    found = bundle(path)
    if found is None:
        return [path], []
    return (
        [path / name for name in found.snapshots()],
        [path / name for name, member in found.members.items() if member.role == DAMAGED],
    )
