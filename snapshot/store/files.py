"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from snapshot.store.errors import FileError

PREFIX, SUFFIX = ".netlapse-", ".tmp"


@contextmanager
def replacement(target: Path, *, overwrite: bool) -> Iterator[Path]:
    """A temporary file in the target's folder that takes its place when the block ends well, else is removed.

    It is locked while it is written: unlocked ones are leftovers of dead writers and are swept. Mode 0600. Data and
    folder are synchronised before anybody sees the name. Without ``overwrite`` a target that appeared meanwhile is kept
    and ``FileError`` raised. Errors of the system become ``FileError`` with what to do.
    """
    folder = target.parent
    temporary: Path | None = None
    try:
        _sweep(folder)
        handle, name = tempfile.mkstemp(prefix=PREFIX, suffix=SUFFIX, dir=folder)
        temporary = Path(name)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield temporary
            os.fsync(handle)
            if overwrite:
                temporary.replace(target)
            else:
                os.link(temporary, target)
                temporary.unlink()
            temporary = None
            _sync_folder(folder)
        finally:
            os.close(handle)
    except OSError as error:
        raise _explained(target, error) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()


def write_text(target: Path, text: str) -> None:
    """Write a whole text file, replacing an existing regular one; a pipe or device there is written to."""
    data = text.encode("utf-8", "backslashreplace")
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
    except OSError as error:
        raise _explained(target, error) from error
    with replacement(target.resolve() if target.is_symlink() else target, overwrite=True) as temporary:
        temporary.write_bytes(data)
        # A report is for others to read, unlike a snapshot: the usual mode applies.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)


def check_folder(target: Path) -> None:
    """Raise ``FileError`` unless a file can be made beside ``target``."""
    folder = target.parent
    try:
        there = stat.S_ISDIR(folder.stat().st_mode)
    except OSError as error:
        raise _explained(target, error) from error
    if not there:
        raise FileError(f"{folder}: no such folder; make it first")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise FileError(f"{folder}: not writable for you; name another place with -o")


def _sweep(folder: Path) -> None:
    for leftover in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with suppress(OSError):
            handle = os.open(leftover, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                leftover.unlink()
            finally:
                os.close(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _explained(target: Path, error: OSError) -> FileError:
    match error.errno:
        case errno.EEXIST:
            return FileError(f"{target}: exists already; add to it with --append, or name another file")
        case errno.ENOSPC | errno.EDQUOT:
            return FileError(f"{target}: no space left; nothing was written: free some, or name another place")
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return FileError(f"{target}: may not be written ({error.strerror}); name another place")
        case errno.ENOENT | errno.ENOTDIR:
            return FileError(f"{target.parent}: no such folder; make it first")
        case _:
            return FileError(f"{target}: {error.strerror or error}; nothing was written")
