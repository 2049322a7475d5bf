"""Files compressed as people and strangers do it."""

from __future__ import annotations

from collections.abc import Callable

from snapshot.store.zstd import CompressionParameter, ZstdCompressor

Pack = Callable[[bytes], bytes]


def zstd(data: bytes, **options: int) -> bytes:
    compressor = ZstdCompressor(options={CompressionParameter[name]: value for name, value in options.items()})
    return compressor.compress(data, compressor.FLUSH_FRAME)


def skippable(data: bytes = b"anything") -> bytes:
    return b"\x5a\x2a\x4d\x18" + len(data).to_bytes(4, "little") + data


def zeros(pack: Pack, size: int) -> bytes:
    """Many zeros, packed in pieces that stand one after the other."""
    return pack(bytes(2**24)) * (size // 2**24)
