"""Where the agent writes to and where not. It is root, so that what it may write is the question, and not what it can."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from snapshot.store.errors import FileError
from snapshot.store.files import ExistsError
from snapshot.store.places import Place, close, is_caller, is_root, is_trusted
from snapshot.store.temporary import LOOK, NO_LOCKS

WAITING = 60.0
"""Seconds that an append waits for others to be done with theirs."""
STEP = 0.01
"""Seconds between two looks whether they are."""


def check_place(place: Place) -> None:
    """Raise ``FileError`` unless a file may be made there: for root not where others can replace what is in the folder."""
    if not os.access(".", os.W_OK | os.X_OK, dir_fd=place.handle):
        raise FileError(f"{place.folder}: not writable for you; name another place with -o")
    if is_root() and place.shared and not place.sticky:
        raise FileError(
            f"{place.folder}: other users can remove and replace files there (it is writable for them and has no sticky bit), "
            "and root writes nothing in such a folder; take that right away, or name another place with -o"
        )


def check_existing(place: Place, there: os.stat_result, *, append: bool) -> None:
    """Raise ``FileError`` unless a snapshot may be added to what is there.

    Root adds to no file that another user may have put there for it: what it adds would be theirs to read. A file of the user
    behind sudo(8) is none such, nor one in a folder in which only root can put it.
    """
    target = place.target
    if not append:
        raise ExistsError(f"{target}: exists already; add to it with --append, or name another file")
    if stat.S_ISLNK(there.st_mode):
        raise FileError(f"{target}: a symbolic link, through which nothing is written; name the file that it leads to")
    if not stat.S_ISREG(there.st_mode):
        raise FileError(f"{target}: not a regular file; name another file")
    if is_root() and not (place.alone or is_trusted(there.st_uid) or is_caller(there.st_uid)):
        raise FileError(
            f"{target}: belongs to uid {there.st_uid}, who may have put it there to read what root adds; chown it to root, or "
            "name another file"
        )
    if not os.access(place.name, os.W_OK, dir_fd=place.handle):
        raise FileError(f"{target}: not writable for you; name another file")


@contextmanager
def locked(place: Place) -> Iterator[int]:
    """Hold the file that has the name, open; -1 if there is none. After waiting it may be another one, as writers replace it.

    The lock is the kernel's (flock(2)) and goes with its holder. Raises ``FileError`` where there are no locks, or if
    somebody does not let go of it.
    """
    end = time.monotonic() + WAITING
    while True:
        try:
            handle = os.open(place.name, LOOK, dir_fd=place.handle)
        except FileNotFoundError:
            yield -1
            return
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise FileError(
                    f"{place.target}: a symbolic link, through which nothing is written; name the file that it leads to"
                ) from error
            raise FileError(f"{place.target}: cannot be opened ({error.strerror}); name another file") from error
        try:
            _wait(place, handle, end)
            there = place.stat()
            if there is not None and os.path.samestat(there, os.fstat(handle)):
                yield handle
                return
        finally:
            close(handle)


def _wait(place: Place, handle: int, end: float) -> None:
    while True:
        try:
            with suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            raise FileError(
                f"{place.target}: its file system has no locks ({error.strerror}), without which two captures could overwrite "
                "each other; capture into a new file instead of adding to one"
            ) from error
        if time.monotonic() > end:
            raise FileError(
                f"{place.target}: another program has held it locked for {WAITING:.0f} s; end that, and try again"
            )
        time.sleep(STEP)
