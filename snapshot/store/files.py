"""Files that appear whole or not at all, wherever the process or the machine stops."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from snapshot.store.errors import FileError
from snapshot.store.places import Place, close, placed
from snapshot.store.temporary import NEW, copy, scratch, temporary

UNKNOWN_FLAG = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP})
RENAME_NOREPLACE = 1
SNAPSHOTS = (b"SQLite format 3\0", b"\x28\xb5\x2f\xfd", b"\x1f\x8b")
"""What a snapshot file begins with, and what compressed ones and bundles do (RFC 8878, RFC 1952). No report does."""


class ExistsError(FileError):
    """There is a file of that name already."""


@contextmanager
def replacement(target: Path, *, overwrite: bool, mode: int = 0o600) -> Iterator[Path]:
    """A new file that takes ``target``'s place when the block ends well. The block is given a path to write it at.

    Data and folder are synchronised before anybody is told. Without ``overwrite`` a target that appeared
    meanwhile is kept and ``ExistsError`` raised. Errors of the system become ``FileError`` with what to do; nothing is left
    behind then.
    """
    with explained(target), placed(target) as place, written(place, overwrite=overwrite, mode=mode) as path:
        yield path


@contextmanager
def written(
    place: Place, *, overwrite: bool, mode: int = 0o600, instead_of: os.stat_result | None = None, old: int = -1
) -> Iterator[Path]:
    """As ``replacement``, in an open folder.

    ``old`` is the open file that is replaced, if the new one is to have its owner, mode and attributes; ``instead_of`` what
    it was when it was read. Raises ``FileError`` if it is something else by the end.
    """
    with ExitStack() as stack:
        handle, name = stack.enter_context(temporary(place.handle))
        if place.alone:
            path = place.folder / name
            yield path
        else:
            # Whoever can write to the folder could plant beside a database what SQLite looks for, and acts upon: a journal
            # (sqlite.org/tempfiles.html).
            path = stack.enter_context(scratch()) / "file"
            close(os.open(path, NEW, 0o600))
            yield path
            source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                copy(source, handle)
            finally:
                close(source)
        if old >= 0:
            _liken(old, handle, place.target)
        elif mode != 0o600:
            os.fchmod(handle, mode)
        os.fsync(handle)
        with _undisturbed():
            _put(place, name, overwrite=overwrite, instead_of=instead_of)
            _sync_folder(place)
        _check_there(place, handle)


def write_text(target: Path, text: str) -> None:
    """Write a whole text file, replacing an existing regular one but no snapshots; a pipe or device there is written to."""
    data = text.encode("utf-8", "backslashreplace")
    with explained(target):
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
    # A report is for others to read, unlike a snapshot: the usual mode applies.
    mask = os.umask(0)
    os.umask(mask)
    _write(target, data, mode=0o666 & ~mask)


def write_private(target: Path, text: str) -> None:
    """Write a whole text file that is nobody else's to read (mode 0600), replacing an existing one but no snapshots."""
    _write(target, text.encode("utf-8", "backslashreplace"), mode=0o600)


def _write(target: Path, data: bytes, *, mode: int) -> None:
    with suppress(OSError), target.open("rb") as there:
        if there.read(16).startswith(SNAPSHOTS):
            raise FileError(
                f"{target}: is a file of snapshots, or could be one; nothing was written: name another file"
            )
    with replacement(target.resolve() if target.is_symlink() else target, overwrite=True, mode=mode) as path:
        path.write_bytes(data)


@contextmanager
def explained(target: Path) -> Iterator[None]:
    """Errors of the system as ``FileError``s with what to do."""
    try:
        yield
    except OSError as error:
        raise _explained(target, error) from error


def _liken(old: int, new: int, target: Path) -> None:
    """Give a file another's owner, access control list, user attributes and mode."""
    was, now = os.fstat(old), os.fstat(new)
    if (was.st_uid, was.st_gid) != (now.st_uid, now.st_gid):
        try:
            os.fchown(new, was.st_uid, was.st_gid)
        except PermissionError as error:
            raise FileError(
                f"{target}: belongs to uid {was.st_uid} and gid {was.st_gid}, and you cannot give files to them; "
                "name another file"
            ) from error
    kept = [name for name in _attributes(old) if name.startswith("user.") or name == "system.posix_acl_access"]
    with suppress(OSError):  # what the folder's default list would have given it
        os.removexattr(new, "system.posix_acl_access")
    for name in kept:
        os.setxattr(new, name, os.getxattr(old, name))
    os.fchmod(new, was.st_mode & 0o777)


def _attributes(handle: int) -> list[str]:
    try:
        return os.listxattr(handle)
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.ENOSYS):
            return []
        raise


@contextmanager
def _undisturbed() -> Iterator[None]:
    """An interrupt that comes while a file is given its name comes too late: it must not be told that nothing was written."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = [(number, signal.signal(number, signal.SIG_IGN)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for number, handler in before:
            if handler is not None:
                signal.signal(number, handler)


def _put(place: Place, name: str, *, overwrite: bool, instead_of: os.stat_result | None) -> None:
    """Give the new file its name."""
    if instead_of is not None:
        now = place.stat()
        if now is None or _state(now) != _state(instead_of):
            raise FileError(
                f"{place.target}: was replaced or written to by another program meanwhile; nothing was written"
            )
    if overwrite:
        os.rename(name, place.name, src_dir_fd=place.handle, dst_dir_fd=place.handle)
    elif not _rename_new(place.handle, name, place.name):
        # A link fails if there is one already, as does that rename. What is killed in between leaves a second name to sweep.
        os.link(name, place.name, src_dir_fd=place.handle, dst_dir_fd=place.handle, follow_symlinks=False)
        os.unlink(name, dir_fd=place.handle)


def _state(info: os.stat_result) -> tuple[int, ...]:
    return info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns


def _rename_new(folder: int, old: str, new: str) -> bool:
    """renameat2(2) with RENAME_NOREPLACE; False where the C library or the file system has no such thing."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return False
    if rename(folder, os.fsencode(old), folder, os.fsencode(new), RENAME_NOREPLACE) == 0:
        return True
    number = ctypes.get_errno()
    if number in UNKNOWN_FLAG:
        return False
    raise OSError(number, os.strerror(number))


def _sync_folder(place: Place) -> None:
    try:
        os.fsync(place.handle)
    except OSError as error:
        if error.errno == errno.EINVAL:
            return  # a file system on which folders are not synchronised: there is nothing to wait for
        raise FileError(
            f"{place.target}: written, but the disk did not confirm its name ({error.strerror}): after a power failure the "
            "state before may be back; check the disk, and whether the snapshot is there"
        ) from error


def _check_there(place: Place, handle: int) -> None:
    """Whether the name that was asked for leads to what was written."""
    with suppress(OSError):
        try:
            there = os.lstat(place.target)
        except (FileNotFoundError, NotADirectoryError):
            there = None
        if there is None or not os.path.samestat(there, os.fstat(handle)):
            raise FileError(
                f"{place.target}: its folder was moved or replaced while it was written; the file is in the folder that was "
                "there"
            )


def _explained(target: Path, error: OSError) -> FileError:
    match error.errno:
        case errno.EEXIST:
            return ExistsError(f"{target}: exists already; add to it with --append, or name another file")
        case errno.ENOSPC | errno.EDQUOT:
            return FileError(
                f"{target}: no space left ({error.strerror}); nothing was written: free some, or name another place"
            )
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return FileError(f"{target}: may not be written ({error.strerror}); name another place")
        case errno.ENOENT | errno.ENOTDIR if not target.parent.is_dir():
            return FileError(f"{target.parent}: no such folder; make it first")
        case errno.EIO:
            return FileError(f"{target}: the disk failed ({error.strerror}); nothing was written: name another place")
        case _:
            return FileError(f"{target}: {error.strerror or error}; nothing was written")
