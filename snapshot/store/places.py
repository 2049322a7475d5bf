"""The place a file is written to: its folder, opened once and never looked up again by name, and who else can write there.

A path is gone along component by component, and no link is followed that another user may have planted. From then on all is
done relative to the open folder (openat(2)): whoever renames a folder or puts a link in its stead moves nothing of ours.
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from snapshot.model.frozen import frozen
from snapshot.store.errors import FileError

MOST_LINKS = 40
"""As many as the kernel follows (path_resolution(7))."""

ENTER = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
OVERFLOW = 65534
"""What an owner shows as who is not mapped into this user namespace (user_namespaces(7))."""


@frozen
class Place:
    """Where a file is or is to be: an open folder and a name in it.

    ``alone`` says that nobody but root and this process's user can put, replace or rename anything on the way there, so that
    a program which only takes paths (SQLite) may be given one. ``shared`` says that users beside the folder's owner can write
    to it, ``sticky`` that they cannot remove each other's files (S_ISVTX, inode(7)).
    """

    target: Path
    handle: int
    folder: Path
    owner: int
    alone: bool
    shared: bool
    sticky: bool

    @property
    def name(self) -> str:
        return self.target.name

    def stat(self) -> os.stat_result | None:
        """What has the name there, links not followed; None if nothing has."""
        try:
            return os.stat(self.name, dir_fd=self.handle, follow_symlinks=False)
        except FileNotFoundError:
            return None


def close(handle: int) -> None:
    """Close what is open, if it is. What was written is synchronised or given up by then: no error here says more of it."""
    if handle >= 0:
        with suppress(OSError):
            os.close(handle)


@contextmanager
def placed(target: Path) -> Iterator[Place]:
    """Open the folder that ``target`` is in. Raises ``FileError`` for one that is not there, and for root if a link of somebody
    else's leads there; ``OSError`` for what the system refuses otherwise."""
    if target.name in ("", ".."):
        raise FileError(f"{target}: names a folder, not a file")
    folder = target.parent.absolute()
    walk = _Walk(folder)
    handle = -1
    try:
        handle = os.open(".", OPEN_FOLDER, dir_fd=walk.handle)
        info = os.fstat(handle)
        shared = walk.shared
        yield Place(
            target=target,
            handle=handle,
            folder=folder,
            owner=info.st_uid,
            alone=walk.alone and not shared and is_trusted(info.st_uid),
            shared=shared,
            sticky=bool(info.st_mode & stat.S_ISVTX),
        )
    finally:
        close(walk.handle)
        close(handle)


class _Walk:
    """The way to a folder, gone component by component. ``alone`` is of what is above it, ``shared`` of itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.alone = True
        self.shared = self._sticky = False
        self.handle = os.open("/", ENTER | os.O_DIRECTORY)
        try:
            self._go(folder)
        except BaseException:
            close(self.handle)
            raise

    def _go(self, folder: Path) -> None:
        parts = deque(folder.parts[1:])
        links = 0
        while parts:
            part = parts.popleft()
            child = os.open(part, ENTER, dir_fd=self.handle)
            try:
                info = os.fstat(child)
                if stat.S_ISDIR(info.st_mode):
                    self._step(child, info)
                    child = -1
                elif stat.S_ISLNK(info.st_mode):
                    links += 1
                    if links > MOST_LINKS:
                        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                    self._check_link(info, part)
                    text = os.readlink("", dir_fd=child)
                    if text.startswith("/"):
                        self._start()
                    parts.extendleft(reversed([piece for piece in text.split("/") if piece not in ("", ".")]))
                else:
                    raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            finally:
                close(child)

    def _step(self, child: int, info: os.stat_result) -> None:
        # Who can write to the folder above can put another one in its place, unless it is sticky and this one not theirs.
        self.alone = self.alone and is_trusted(info.st_uid)
        if self.shared:
            self.alone = self.alone and self._sticky
        self.shared = is_shared(info)
        self._sticky = bool(info.st_mode & stat.S_ISVTX)
        close(self.handle)
        self.handle = child

    def _start(self) -> None:
        close(self.handle)
        self.handle = -1
        self.handle = os.open("/", ENTER | os.O_DIRECTORY)
        self.shared = False

    def _check_link(self, info: os.stat_result, part: str) -> None:
        if self.shared and not self._sticky:
            self.alone = False
        if not is_trusted(info.st_uid):
            self.alone = False
            if is_root() and not is_caller(info.st_uid):
                raise FileError(
                    f"{self.folder}: {part!r} in it is a symbolic link of uid {info.st_uid}, and root does not write through "
                    "other users' links; name the folder that it leads to"
                )


def is_root() -> bool:
    """Whether this process is root of the machine, not only of a user namespace of its own (user_namespaces(7))."""
    return os.geteuid() == 0 and not _in_user_namespace()


def is_trusted(uid: int) -> bool:
    """Whether this user can do all that this process can anyhow: root, and the process's own."""
    return uid in (0, os.geteuid()) or (uid == OVERFLOW and _in_user_namespace())


def is_caller(uid: int) -> bool:
    """Whether this is the user who became root by sudo(8)."""
    return str(uid) == os.environ.get("SUDO_UID")


def is_shared(info: os.stat_result) -> bool:
    """Whether others than its owner can write to a folder. The group's bits are those of an access control list too (acl(5)).

    Its group does not count where the owner is alone in it: many distributions give every user such a group (login.defs(5),
    USERGROUPS_ENAB) and let it write.
    """
    if info.st_mode & stat.S_IWOTH:
        return True
    return bool(info.st_mode & stat.S_IWGRP) and not _private_group(info.st_uid, info.st_gid)


def _private_group(uid: int, gid: int) -> bool:
    with suppress(KeyError):
        user, group = pwd.getpwuid(uid), grp.getgrgid(gid)
        return user.pw_gid == gid and user.pw_name == group.gr_name and set(group.gr_mem) <= {user.pw_name}
    return False


@cache
def _in_user_namespace() -> bool:
    try:
        return Path("/proc/self/uid_map").read_text(encoding="ascii").split() != ["0", "0", "4294967295"]
    except OSError:
        return False
