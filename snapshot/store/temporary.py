"""Where a file is written before it has its name, and the leftovers of writers that died."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from snapshot.store.errors import FileError
from snapshot.store.places import OPEN_FOLDER, close, placed

PREFIX, SUFFIX = ".netlapse-", ".tmp"
SCRATCH = ("/var/tmp", "/tmp")  # noqa: S108  a folder of one's own is made in it, if it is as it should be
NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
LOOK = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""To lock a file: some network file systems lock only what was opened for writing (flock(2)). Nobody's pipe makes us wait."""

NO_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})
"""How file systems say that they have none."""

AT_ONCE = 1 << 24


@contextmanager
def temporary(folder: int) -> Iterator[tuple[int, str]]:
    """An open new file and its name, which is gone when the block ends unless the file was given another one.

    It is locked while it is written: what nobody has locked are leftovers of writers that died, which the next one sweeps.
    """
    sweep(folder)
    while True:
        name = _new_name()
        handle = os.open(name, NEW, 0o600, dir_fd=folder)
        try:
            # Not what the umask or a default ACL left of it.
            os.fchmod(handle, 0o600)
            if not _lock(handle) or not os.fstat(handle).st_nlink:
                continue  # another writer swept it before it was locked
            try:
                yield handle, name
            finally:
                with suppress(OSError):
                    if os.path.samestat(os.stat(name, dir_fd=folder, follow_symlinks=False), os.fstat(handle)):
                        os.unlink(name, dir_fd=folder)
            return
        finally:
            close(handle)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder of one's own to work in, where nobody can reach into. Raises ``FileError`` if there is no place for one."""
    for top in (os.environ.get("TMPDIR", ""), *SCRATCH):
        if not top.startswith("/"):
            continue
        with ExitStack() as stack:
            try:
                place = stack.enter_context(placed(Path(top, _new_name())))
                if not (place.alone or (place.sticky and place.owner in (0, os.geteuid()))):
                    continue
                sweep(place.handle)
                os.mkdir(place.name, 0o700, dir_fd=place.handle)
                handle = os.open(place.name, OPEN_FOLDER | os.O_NOFOLLOW, dir_fd=place.handle)
            except (OSError, FileError):
                continue
            try:
                os.fchmod(handle, 0o700)
                _lock(handle)
                yield place.target
                return
            finally:
                with suppress(OSError):
                    _clear(handle)
                    os.rmdir(place.name, dir_fd=place.handle)
                close(handle)
    raise FileError("no temporary folder that only root and this user can change: make one, and name it by TMPDIR")


def sweep(folder: int) -> None:
    """Remove the leftovers of this user's writers that died in an open folder."""
    for name in os.listdir(folder):
        if not (name.startswith(PREFIX) and name.endswith(SUFFIX)):
            continue
        with suppress(OSError):
            info = os.stat(name, dir_fd=folder, follow_symlinks=False)
            # Whoever can write here may have put anything here. What is not ours is nothing of a writer's of ours.
            if info.st_uid != os.geteuid() or not (stat.S_ISREG(info.st_mode) or stat.S_ISDIR(info.st_mode)):
                continue
            is_folder = stat.S_ISDIR(info.st_mode)
            handle = os.open(name, OPEN_FOLDER | os.O_NOFOLLOW if is_folder else LOOK, dir_fd=folder)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if not is_folder:
                    os.unlink(name, dir_fd=folder)
                else:
                    _clear(handle)
                    os.rmdir(name, dir_fd=folder)
            finally:
                close(handle)


def _clear(folder: int) -> None:
    for name in os.listdir(folder):
        os.unlink(name, dir_fd=folder)


def _new_name() -> str:
    return f"{PREFIX}{os.urandom(8).hex()}{SUFFIX}"


def _lock(handle: int) -> bool:
    """Lock what nobody else knows of yet; False if somebody has locked it nevertheless. Without locks nothing is swept."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    return True


def copy(source: int, target: int) -> None:
    """Copy an open file's whole content. Where the file system can share blocks between files, it does (copy_file_range(2))."""
    size = os.fstat(source).st_size
    at = 0
    with suppress(OSError):
        while at < size and (count := os.copy_file_range(source, target, size - at, at, at)):
            at += count
    os.lseek(source, at, os.SEEK_SET)
    os.lseek(target, at, os.SEEK_SET)
    while piece := os.read(source, AT_ONCE):
        left = memoryview(piece)
        while left:
            left = left[os.write(target, left) :]
