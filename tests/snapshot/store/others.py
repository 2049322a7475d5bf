"""Other users of a host on which root writes: their folders, links and rights."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from snapshot.store.errors import FileError
from snapshot.store.writer import append, check_target
from tests.analyze.test_changes import classic
from tests.snapshot.store.captures import of_host

ALICE, BOB = 12345, 12346
CAPTURE = of_host(classic())
NOBODY = 0xFFFFFFFF
"""In an access list: the entry is of no user by number."""


def theirs(path: Path, uid: int = ALICE, mode: int = 0o755) -> Path:
    path.mkdir()
    os.chown(path, uid, uid)
    path.chmod(mode)
    return path


def link_of(path: Path, target: Path, uid: int = ALICE) -> Path:
    path.symlink_to(target)
    os.chown(path, uid, uid, follow_symlinks=False)
    return path


@contextmanager
def as_user(uid: int) -> Iterator[None]:
    os.setegid(uid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def write(path: Path) -> None:
    """As the command does: checked before the capture, and again when it is written."""
    check_target(path, append=True)
    append(path, CAPTURE)


def refused(path: Path, *words: str, action: Callable[[Path], None] = write) -> None:
    before = sorted(path.parent.iterdir()) if path.parent.is_dir() else []
    with pytest.raises(FileError) as error:
        action(path)
    for word in words:
        assert word in str(error.value)
    assert error.value.exit_code == 3
    assert (sorted(path.parent.iterdir()) if path.parent.is_dir() else []) == before


def access_list(*entries: tuple[int, int, int]) -> bytes:
    """Tag, rights and user of each, as the kernel keeps them (acl(5), linux/posix_acl_xattr.h)."""
    return (2).to_bytes(4, "little") + b"".join(
        tag.to_bytes(2, "little") + allowed.to_bytes(2, "little") + who.to_bytes(4, "little")
        for tag, allowed, who in entries
    )
