"""Which build of the agent this is, told by its own source files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
SUFFIXES = (".py", ".sql")


def build_digest(package: Path = PACKAGE) -> str | None:
    """SHA-256 (hex) over the sources of the package ``snapshot``; None where they are not there to be read.

    In the folder that it is installed in, anybody can make it too:
    ``find snapshot -name '*.py' -o -name '*.sql' | LC_ALL=C sort | xargs sha256sum | sha256sum``.
    """
    lines = []
    try:
        for path in sorted(_sources(str(package))):
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                text = os.read(handle, 10_000_000)
            finally:
                os.close(handle)
            name = path.removeprefix(f"{package.parent}/")
            lines.append(f"{hashlib.sha256(text).hexdigest()}  {name}\n")
    except OSError:
        return None
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest() if lines else None


def _sources(folder: str) -> list[str]:
    found, folders = [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(SUFFIXES):
                found.append(entry.path)
            elif "." not in entry.name and entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
    return [*found, *(path for inner in folders for path in _sources(inner))]
