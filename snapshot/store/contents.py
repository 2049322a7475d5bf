"""The bytes of a file that may come from a stranger, before SQLite sees them: which file that is, and what it holds.

A file is known by its first bytes, whatever it is called: a snapshot, a compressed one, or a support bundle, whose members
are named as if it were a folder (BUNDLE/MEMBER, which no other file can be called: nothing is below a regular file).
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from snapshot.store.bundles import BLOCK, Bundle, is_bundle, read
from snapshot.store.errors import DamagedError, FileError, NotOursError
from snapshot.store.fileheader import LENGTH, check_header
from snapshot.store.seal import SEAL_BYTES
from snapshot.store.unpacking import MOST_UNPACKED, packed_with, unpacked

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

    @property
    def size(self) -> int:
        """Bytes of it."""
        return len(self.data) if self.data is not None else os.fstat(self.handle).st_size

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
    """Look at a file, unpack it if it is compressed or in a bundle, and hold it open. Reads no more of others than their
    first bytes.

    Raises ``FileError`` for what is missing or may not be read, ``NotOursError`` for what is no snapshot, and what
    ``check_header`` raises.
    """
    file, member = split(path)
    handle = _open(file)
    try:
        there = _looked_into(file, handle)
        if isinstance(there, Bundle):
            yield _of_bundle(path, file, member, there)
        elif member is not None:
            raise FileError(f"{path}: no such file: {file} is neither a folder nor a bundle")
        else:
            yield _of_file(path, handle, there)
    finally:
        os.close(handle)


def split(path: Path) -> tuple[Path, str | None]:
    """The file that a name leads to, and the member of it that is meant: what stands behind the name of a regular file."""
    try:
        path.stat()
    except NotADirectoryError:
        for file in path.parents:
            if file.is_file():
                return file, str(path.relative_to(file))
    except (OSError, ValueError):
        pass
    return path, None


def bundle(path: Path) -> Bundle | None:
    """The bundle that a file is, whose digests hold; None for a file that is none. Raises as ``content`` does."""
    if split(path)[1] is not None:
        return None
    handle = _open(path)
    try:
        there = _looked_into(path, handle)
        return there if isinstance(there, Bundle) else None
    finally:
        os.close(handle)


def is_plain(path: Path) -> bool:
    """Whether a file stands as it was written: not compressed, and no bundle. Raises ``FileError`` for what cannot be read."""
    handle = _open(path)
    try:
        head = os.pread(handle, BLOCK, 0)
        return packed_with(head) is None and not is_bundle(head)
    finally:
        os.close(handle)


def whole(path: Path) -> tuple[bytes | bytearray | memoryview, Callable[[], None]]:
    """All bytes of a file, of what it unpacks to, or of a bundle's member, unchecked; and what raises ``FileError`` if the file
    is not the same any more."""
    file, member = split(path)
    handle = _open(file)
    try:
        there = os.fstat(handle)
        data = _looked_into(file, handle)
        if isinstance(data, Bundle):
            return _of_bundle(path, file, member, data).data or b"", lambda: None
        if data is None:
            if there.st_size > MOST_UNPACKED:
                raise FileError(
                    f"{path}: larger than {MOST_UNPACKED // 2**20} MiB, which is more than a bundle can hold"
                )
            with open(os.dup(handle), "rb") as plain:
                data = plain.read(MOST_UNPACKED + 1)
    finally:
        os.close(handle)

    def check() -> None:
        if _stamp(file.stat()) != _stamp(there) or len(data) > MOST_UNPACKED:
            raise FileError(f"{path}: changed while it was read; run it again")

    return data, check


_last: tuple[Stamp, Bundle] | None = None
"""The bundle that was read last: a command that reads its members one by one unpacks it once."""


def _looked_into(file: Path, handle: int) -> Bundle | bytes | bytearray | None:
    """What an open file holds: a bundle, what it unpacks to, or None if it is to be read as it stands."""
    global _last  # noqa: PLW0603
    stamp = _stamp(os.fstat(handle))
    if _last is not None and _last[0] == stamp:
        return _last[1]
    whole = _in_memory(file, handle)
    if whole is None or not is_bundle(bytes(whole[:BLOCK])):
        return whole
    found = _read(file, whole)
    _last = stamp, found
    return found


def _in_memory(file: Path, handle: int) -> bytes | bytearray | None:
    """What an open file unpacks to, or is, if that is a bundle; None for a file that is neither."""
    there = os.fstat(handle)
    head = os.pread(handle, BLOCK, 0)
    if not head:
        raise NotOursError(f"{file}: empty, not a netlapse file")
    if there.st_size > MOST_BYTES:
        raise FileError(f"{file}: larger than {MOST_BYTES // 2**30} GiB, which is refused")
    try:
        way = packed_with(head)
        if way is not None:
            whole = unpacked(handle, way, there.st_size)
            if not whole:
                raise NotOursError("unpacks to nothing, not a netlapse file")
            return whole
        if not is_bundle(head):
            return None
        if there.st_size > MOST_UNPACKED:
            raise FileError(f"a bundle of more than {MOST_UNPACKED // 2**20} MiB, which is refused")
        with open(os.dup(handle), "rb") as tar:
            return tar.read(MOST_UNPACKED)
    except FileError as error:
        told = "damaged: " if isinstance(error, DamagedError) else ""
        raise type(error)(f"{file}: {told}{error}") from error
    except MemoryError as error:
        raise FileError(
            f"{file}: there is not enough memory to unpack it: unpack it, and name what comes out"
        ) from error


def _read(file: Path, whole: bytes | bytearray) -> Bundle:
    try:
        return read(whole)
    except FileError as error:
        told = "damaged: " if isinstance(error, DamagedError) else ""
        raise type(error)(f"{file}: {told}{error}") from error


def _of_bundle(path: Path, file: Path, member: str | None, found: Bundle) -> Content:
    """A snapshot file in a bundle: the one that is named, or the only one."""
    there = found.snapshots()
    if member is None and len(there) == 1:
        (member,) = there
    if member is None or member not in there:
        if not there:
            raise NotOursError(f"{file}: a bundle without any snapshot file that can be read")
        listed = ", ".join(f"{file}/{one}" for one in there[:5])
        raise FileError(
            f"{path}: {'a bundle of several files' if member is None else 'not in the bundle'}; name {listed}"
        )
    data = memoryview(found.members[member].data)
    check_header(str(path), bytes(data[:LENGTH]), bytes(data[-SEAL_BYTES:]), len(data))
    return Content(name=str(path), data=data)


def _of_file(path: Path, handle: int, whole: bytes | bytearray | None) -> Content:
    name = str(path)
    if whole is not None:
        check_header(name, bytes(whole[:LENGTH]), bytes(whole[-SEAL_BYTES:]), len(whole))
        return Content(name=name, data=whole)
    there = os.fstat(handle)
    tail = os.pread(handle, SEAL_BYTES, max(0, there.st_size - SEAL_BYTES))
    check_header(name, os.pread(handle, LENGTH, 0), tail, there.st_size)
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
