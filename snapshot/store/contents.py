"""The bytes of a file that may come from a stranger, before SQLite sees them: which file that is, and what it holds.

A file is known by its first bytes, whatever it is called: a snapshot, a compressed one, or a support bundle, whose members
are named as if it were a folder (BUNDLE/MEMBER, which no other file can be called: nothing is below a regular file).
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from snapshot.store.errors import DamagedError, FileError, NotOursError
from snapshot.store.fileheader import LENGTH, check_header
from snapshot.store.seal import SEAL_BYTES
from snapshot.store.unpacking import packed_with, unpacked

MOST_BYTES = 16 * 2**30
"""Bytes of a file that is read from disk."""
SIDECARS = ("-wal", "-journal", "-shm")
Stamp = tuple[int, ...]
"""What tells that a file is still the same: device, inode, size, and time of its last change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A snapshot file that was looked at, and is about to be read.

    name   what messages call it
    path   where SQLite finds it, links resolved; None if it was unpacked
    data   the whole of it, if it was unpacked
    """

    name: str
    path: Path | None = None
    data: bytes | bytearray | memoryview | None = None
    handle: int = -1
    stamp: Stamp = ()

    def check_unchanged(self) -> None:
        """Raise ``FileError`` if the file is not what it was when it was opened: SQLite was told that it stays as it is."""
        if self.path is None:
            return
        try:
            there = _stamp(self.path.stat())
        except OSError:
            there = ()
        # Who replaces a file leaves the old one to its readers, who have it open; who writes into it does not.
        if _stamp(os.fstat(self.handle)) != self.stamp or (there[:2] == self.stamp[:2] and there != self.stamp):
            raise FileError(f"{self.name}: changed while it was read; run it again")

    def check_in_place(self) -> None:
        """Raise ``FileError`` if another file has its name by now."""
        assert self.path is not None
        try:
            if _stamp(self.path.stat()) == self.stamp:
                return
        except OSError:
            pass
        raise FileError(f"{self.name}: changed while it was read; run it again")


@contextmanager
def content(path: Path) -> Iterator[Content]:
    """Look at a file, unpack it if it is compressed, and hold it open. Reads no more of others than their first bytes.

    Raises ``FileError`` for what is missing or may not be read, ``NotOursError`` for what is no snapshot, and what
    ``check_header`` raises.
    """
    handle = _open(path)
    try:
        yield _look(path, handle)
    finally:
        os.close(handle)


def _look(path: Path, handle: int) -> Content:
    name = str(path)
    there = os.fstat(handle)
    head = os.pread(handle, LENGTH, 0)
    if not head:
        raise NotOursError(f"{name}: empty, not a netlapse file")
    if there.st_size > MOST_BYTES:
        raise FileError(f"{name}: larger than {MOST_BYTES // 2**30} GiB, which is refused")
    try:
        way = packed_with(head)
        data = unpacked(handle, way, there.st_size) if way is not None else None
    except FileError as error:
        told = "damaged: " if isinstance(error, DamagedError) else ""
        raise type(error)(f"{name}: {told}{error}") from error
    except MemoryError as error:
        raise FileError(
            f"{name}: there is not enough memory to unpack it: unpack it, and name what comes out"
        ) from error
    if data is not None:
        if not data:
            raise NotOursError(f"{name}: unpacks to nothing, not a netlapse file")
        check_header(name, bytes(data[:LENGTH]), bytes(data[-SEAL_BYTES:]), len(data))
        return Content(name=name, data=data)
    check_header(name, head, os.pread(handle, SEAL_BYTES, max(0, there.st_size - SEAL_BYTES)), there.st_size)
    resolved = path.resolve()
    for suffix in SIDECARS:
        for beside in {f"{path}{suffix}", f"{resolved}{suffix}"}:
            if os.path.lexists(beside):
                raise NotOursError(
                    f"{beside}: netlapse writes no such file: somebody else had the snapshot open; remove it"
                )
    return Content(name=name, path=resolved, handle=handle, stamp=_stamp(there))


def _open(path: Path) -> int:
    """A descriptor of a regular file. A link to one is followed: who runs this may read it by its own name as well."""
    try:
        # Looked at first: to open a device is to act on it (a tape rewinds, a watchdog starts), or on a pipe's writer.
        if not stat.S_ISREG(path.stat().st_mode):
            raise NotOursError(f"{path}: not a regular file")
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise FileError(f"{path}: no such file") from error
    except (OSError, ValueError) as error:
        raise FileError(f"{path}: cannot be opened ({_reason(error)})") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise NotOursError(f"{path}: not a regular file")
    return handle


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return "its links lead in a circle"
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def _stamp(there: os.stat_result) -> Stamp:
    return there.st_dev, there.st_ino, there.st_size, there.st_mtime_ns
