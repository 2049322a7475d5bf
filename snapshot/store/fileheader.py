"""The ends of a snapshot file, which are looked at before SQLite sees any of it: its first 100 bytes
(sqlite.org/fileformat2.html), and the seal behind its last page."""

from __future__ import annotations

from snapshot.store.errors import DamagedError, NotOursError, TooNewError, TooOldError
from snapshot.store.format import APPLICATION_ID, FORMAT_VERSION, PAGE_SIZE
from snapshot.store.seal import SEAL_BYTES, sealed

LENGTH = 100
MAGIC = b"SQLite format 3\x00"
ENCODINGS = {1: "UTF-8", 2: "UTF-16", 3: "UTF-16"}
FIXED = {
    # offset and length: what SQLite writes there for us, and what it means otherwise
    (16, 2): (PAGE_SIZE.to_bytes(2, "big"), f"its pages are not of {PAGE_SIZE} bytes"),
    (18, 2): (b"\x01\x01", "it was left in WAL mode"),
    (20, 1): (b"\x00", "its pages have reserved space"),
    (21, 3): (b"\x40\x20\x20", "its payload fractions are none that there are"),
    (32, 8): (bytes(8), "it has pages that belong to nothing"),
    (44, 4): (b"\x00\x00\x00\x04", "its schema is of another form"),
    (52, 4): (bytes(4), "it was made with auto-vacuum"),
    (64, 4): (bytes(4), "it was made with auto-vacuum"),
}


def check_header(name: str, head: bytes, tail: bytes, size: int) -> None:
    """Refuse a file by its ends. ``size`` is the whole file's, in bytes; ``name`` is what messages call it.

    Raises ``NotOursError``, ``TooNewError``, ``TooOldError`` or ``DamagedError``.
    """
    if not head.startswith(MAGIC):
        raise NotOursError(f"{name}: not a netlapse file (it is not an SQLite file)")
    if len(head) < LENGTH:
        raise DamagedError(f"{name}: damaged: cut off within its header; ask for the file again")
    if _number(head, 68) != APPLICATION_ID:
        raise NotOursError(f"{name}: an SQLite file, but not a netlapse file")
    _check_version(name, _number(head, 60))
    for (offset, length), (written, meaning) in FIXED.items():
        if head[offset : offset + length] != written:
            raise NotOursError(f"{name}: not as netlapse writes it: {meaning}; ask for the file again")
    encoding = _number(head, 56)
    if encoding != 1:
        raise NotOursError(
            f"{name}: not as netlapse writes it: its text is {ENCODINGS.get(encoding, 'of no known encoding')}, not UTF-8; "
            "ask for the file again"
        )
    pages = _number(head, 28)
    # SQLite goes by the number of pages only where these two agree, and by the file's size otherwise.
    if _number(head, 24) != _number(head, 92):
        raise DamagedError(f"{name}: damaged: its header contradicts itself; ask for the file again")
    told = pages * PAGE_SIZE + SEAL_BYTES
    if told != size:
        raise DamagedError(
            f"{name}: damaged: it has {size:,} bytes and its header says {told:,}: it was cut off, or written to by another "
            "program; ask for the file again"
        )
    if sealed(tail) is None:
        raise DamagedError(f"{name}: damaged: it does not end as netlapse ends a file; ask for the file again")


def _check_version(name: str, version: int) -> None:
    if version > FORMAT_VERSION:
        raise TooNewError(
            f"{name}: format {version}, and this netlapse knows formats up to {FORMAT_VERSION}: use a newer netlapse"
        )
    if version < 1:
        raise DamagedError(f"{name}: damaged: format {version} was never written; ask for the file again")
    if version < FORMAT_VERSION:
        raise TooOldError(
            f"{name}: format {version}, which an earlier netlapse wrote, is read no more: capture anew, or read it there"
        )


def _number(head: bytes, offset: int) -> int:
    return int.from_bytes(head[offset : offset + 4], "big")
