"""Compressed files from strangers: unpacked in memory, never on disk, and never beyond what is sensible.

Zstandard is RFC 8878, gzip RFC 1952. A file is known by its first bytes, whatever it is called.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from typing import Protocol

from snapshot.store.errors import DamagedError, FileError, NotOursError

MOST_UNPACKED = 512 * 2**20
"""Bytes that a file may unpack to: a snapshot of a million routes has 40 million."""
MOST_RATIO = 250
"""How many times its size a file may unpack to, beyond ``ALWAYS``: snapshots unpack to about 10 times theirs."""
ALWAYS = 16 * 2**20
"""Bytes to which any file may unpack."""
MOST_WINDOW = 27
"""Binary logarithm of the memory that unpacking a frame may ask for: 128 MiB, which is also what zstd(1) takes unasked."""
MOST_FRAMES = 10_000
"""Frames (of gzip: members) that may stand one after the other. Parallel compressors write one for some megabytes."""
AT_ONCE = 2**20
"""Bytes that are read, and unpacked, at once."""

ZSTD = b"\x28\xb5\x2f\xfd"
SKIPPABLE = b"\x2a\x4d\x18"
"""Of a Zstandard frame without content, behind a first byte 0x50 to 0x5f."""
GZIP = b"\x1f\x8b"
OTHERS = {
    b"\xfd7zXZ\x00": "xz",
    b"BZh": "bzip2",
    b"PK\x03\x04": "zip",
    b"7z\xbc\xaf": "7-Zip",
    b"\x04\x22\x4d\x18": "lz4",
}
"""What people also pack files with, and is not read."""


class _Frames(Protocol):
    """Takes compressed bytes of one frame. ``unused`` is what stands behind its end."""

    ended: bool
    hungry: bool

    def feed(self, data: bytes) -> bytes:
        """What some more bytes unpack to, at most ``AT_ONCE`` bytes of it; the rest is had by feeding nothing."""
        ...

    @property
    def unused(self) -> bytes: ...


class _Gzip:
    def __init__(self) -> None:
        self._of = zlib.decompressobj(wbits=31)
        self.ended = False
        self.hungry = True

    def feed(self, data: bytes) -> bytes:
        try:
            found = self._of.decompress(self._of.unconsumed_tail + data, AT_ONCE)
        except zlib.error as error:
            raise DamagedError(str(error)) from error
        self.ended = self._of.eof
        self.hungry = not self._of.unconsumed_tail and len(found) < AT_ONCE
        return found

    @property
    def unused(self) -> bytes:
        return self._of.unused_data


class _Zstd:
    def __init__(self) -> None:
        # Few files are compressed, and from Python 3.14 on the library is Python's own.
        from snapshot.store.zstd import DecompressionParameter, ZstdDecompressor, ZstdError

        self._of = ZstdDecompressor(options={DecompressionParameter.window_log_max: MOST_WINDOW})
        self._error = ZstdError
        self.ended = False
        self.hungry = True

    def feed(self, data: bytes) -> bytes:
        try:
            found = self._of.decompress(data, AT_ONCE)
        except self._error as error:
            raise DamagedError(str(error)) from error
        self.ended = self._of.eof
        self.hungry = self._of.needs_input
        return found

    @property
    def unused(self) -> bytes:
        return self._of.unused_data


def packed_with(head: bytes) -> str | None:
    """ "zstd" or "gzip", by a file's first bytes; None for what is not compressed. Raises ``NotOursError`` for other ways."""
    found = _way(head)
    for magic, way in OTHERS.items():
        if head.startswith(magic):
            raise NotOursError(f"compressed with {way}, which is not read: unpack it, and name what comes out of it")
    return found


def _way(head: bytes) -> str | None:
    if head.startswith(ZSTD) or (head[1:4] == SKIPPABLE and head[0] & 0xF0 == 0x50):
        return "zstd"
    return "gzip" if head.startswith(GZIP) else None


def unpacked(handle: int, way: str, size: int) -> bytearray:
    """What an open file of ``size`` bytes holds, compressed in that ``way``.

    Raises ``DamagedError`` for what is cut off or cannot be unpacked, and ``FileError`` for what unpacks to too much, saying
    which bound that was.
    """
    make: Callable[[], _Frames] = _Zstd if way == "zstd" else _Gzip
    whole = bytearray()
    allowed = min(MOST_UNPACKED, max(ALWAYS, size * MOST_RATIO))
    waiting = b""
    for _ in range(MOST_FRAMES):
        frame = make()
        while not frame.ended:
            if frame.hungry and not waiting:
                waiting = os.read(handle, AT_ONCE)
                if not waiting:
                    raise DamagedError("cut off: its compressed data ends too early")
            whole += frame.feed(waiting)
            waiting = b""
            if len(whole) > allowed:
                raise FileError(_too_much(size))
        waiting = frame.unused
        if len(waiting) < len(ZSTD):
            waiting += os.read(handle, AT_ONCE)
        if not waiting:
            return whole
        if _way(waiting) != way:
            raise DamagedError("something else stands behind its compressed data")
    raise FileError(f"in more than {MOST_FRAMES:,} pieces, which is refused: unpack it, and name what comes out of it")


def _too_much(size: int) -> str:
    if size * MOST_RATIO < MOST_UNPACKED:
        return f"unpacks to more than {MOST_RATIO} times its size, as no snapshot does: not unpacked any further"
    return (
        f"unpacks to more than {MOST_UNPACKED // 2**20} MiB, which is refused: "
        "if you trust it, unpack it yourself and name what comes out of it"
    )
