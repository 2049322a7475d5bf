"""The seal: a line behind the last page of a file with the SHA-256 of all bytes before it.

The digests of rows, sections and snapshots say what was captured; but a file has bytes that are no row's (SQLite's own header,
what a page has left over), and may be cut off. SQLite looks at no byte behind the pages that its header counts
(sqlite.org/fileformat2.html, "in-header database size"), so the line does not disturb it: ``head -c -81 FILE | sha256sum``.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

SEAL = re.compile(rb"netlapse-sha256 ([0-9a-f]{64})\n\Z")
SEAL_BYTES = 81
CHUNK = 1 << 20


def seal(path: Path) -> None:
    """Put the line behind the pages of a file that has none."""
    with path.open("r+b") as file:
        digest = _of(file.fileno(), os.fstat(file.fileno()).st_size)
        file.seek(0, os.SEEK_END)
        file.write(_line(digest))


def unseal(path: Path) -> None:
    """Take it off a file in which it holds, before something is added."""
    os.truncate(path, path.stat().st_size - SEAL_BYTES)


def holds(handle: int) -> bool:
    """Whether an open file ends with the line, and every byte before it is the one that was written."""
    size = os.fstat(handle).st_size
    told = sealed(os.pread(handle, SEAL_BYTES, max(0, size - SEAL_BYTES)))
    return told is not None and told == _of(handle, size - SEAL_BYTES)


def holds_unpacked(data: bytes | bytearray | memoryview) -> bool:
    """The same of a file in memory."""
    return sealed(bytes(data[-SEAL_BYTES:])) == hashlib.sha256(memoryview(data)[:-SEAL_BYTES]).hexdigest()


def sealed(tail: bytes) -> str | None:
    """The digest that a file with these last ``SEAL_BYTES`` tells; None if it does not end as netlapse ends a file."""
    found = SEAL.match(tail)
    return found[1].decode("ascii") if found is not None else None


def _line(digest: str) -> bytes:
    return f"netlapse-sha256 {digest}\n".encode("ascii")


def _of(handle: int, size: int) -> str:
    digest = hashlib.sha256()
    at = 0
    while at < size and (piece := os.pread(handle, min(CHUNK, size - at), at)):
        digest.update(piece)
        at += len(piece)
    return digest.hexdigest()
