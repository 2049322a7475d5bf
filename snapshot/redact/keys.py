"""The key of pseudonyms: read from a file that is nobody else's, never written anywhere else.

Each kind of pseudonym has a key of its own, made of the file's by HMAC-SHA256 (RFC 2104) as HKDF does in its second step
(RFC 5869, 2.3). Random functions are keyed BLAKE2b (RFC 7693, 2.9): a third of the time of HMAC-SHA256.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias

from snapshot.redact.errors import KeyFileError
from snapshot.store.files import ExistsError, replacement

PURPOSE = b"netlapse redaction 1 "
"""Another number would be other pseudonyms."""
MADE, LEAST, MOST = 32, 16, 4096
"""Bytes of a key that is made here, and of one that is taken."""
ID_DIGITS = 16

Draw: TypeAlias = Callable[[bytes, int], bytes]
"""A random function: so many bytes (64 at most) for a message."""


class Key:
    """A key, and what is made of it. ``id`` names it: 16 hex digits that tell nothing of it."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.id = self._derived(b"id").hex()[:ID_DIGITS]

    def _derived(self, purpose: bytes) -> bytes:
        return hmac.digest(self._secret, PURPOSE + purpose + b"\x01", "sha256")

    def draw(self, purpose: str) -> Draw:
        """The random function of one purpose."""
        key = self._derived(purpose.encode())

        def drawn(message: bytes, size: int) -> bytes:
            return blake2b(message, digest_size=size, key=key).digest()

        return drawn

    def __repr__(self) -> str:
        return f"Key({self.id})"


def read_key(path: Path) -> Key:
    """The key in a file: any bytes, all of them. Raises ``KeyFileError`` for one that others may read or change."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise KeyFileError(f"{path}: no such key file; `netlapse redact --new-key {path}` makes one") from error
    except OSError as error:
        raise KeyFileError(f"{path}: the key file cannot be opened ({error.strerror})") from error
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise KeyFileError(f"{path}: not a regular file, so no key file")
        if about.st_uid not in _owners():
            raise KeyFileError(f"{path}: the key file is another user's; make one of your own with --new-key")
        if about.st_mode & 0o077:
            raise KeyFileError(f"{path}: others may read or change the key file: chmod 600 {path}")
        secret = os.read(handle, MOST + 1)
    finally:
        os.close(handle)
    if not LEAST <= len(secret) <= MOST:
        raise KeyFileError(f"{path}: a key has {LEAST} to {MOST} bytes; `netlapse redact --new-key FILE` makes one")
    return Key(secret)


def _owners() -> set[int]:
    """Root, who runs this, and who called sudo for it."""
    owners = {0, os.geteuid()}
    caller = os.environ.get("SUDO_UID", "")
    return owners | {int(caller)} if os.geteuid() == 0 and caller.isdecimal() and len(caller) < 11 else owners


def make_key(path: Path) -> Key:
    """A new key of 32 random bytes in a new file, mode 0600, which is there whole or not at all.

    Raises ``KeyFileError`` if there is such a file, ``FileError`` where none can be made.
    """
    secret = secrets.token_bytes(MADE)
    try:
        with replacement(path, overwrite=False) as new:
            new.write_bytes(secret)
    except ExistsError as error:
        raise KeyFileError(f"{path}: exists already; a key is never overwritten: name another file") from error
    return Key(secret)
