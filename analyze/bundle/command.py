"""What `netlapse bundle` writes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from analyze.bundle.making import members_of
from snapshot.model.errors import UsageError
from snapshot.store.bundles import made, read
from snapshot.store.files import replacement
from snapshot.store.zstd import CompressionParameter, ZstdCompressor
from snapshot.version import GENERATOR

LEVEL = 10
"""Of Zstandard, whose own choice is 3: a bundle is made once and sent."""
STANDARD_OUTPUT = Path("-")
OTHER_SUFFIXES = (".gz", ".tgz", ".zip", ".xz", ".bz2", ".7z", ".tar", ".netlapse")
"""By which people would take a bundle for something else."""


def write_bundle(
    files: Sequence[Path], output: Path, *, damaged: bool, doctor: bool, say: Callable[[str], None]
) -> str:
    """Write a bundle where there is no file yet, and tell what is in it. Raises ``NetlapseError``; nothing is written then."""
    if output.name.endswith(OTHER_SUFFIXES):
        raise UsageError(f"-o {output}: a bundle is a tar file compressed with Zstandard: call it NAME.tar.zst")
    if output != STANDARD_OUTPUT and os.path.lexists(output):
        raise UsageError(f"{output}: exists already, and a bundle replaces no file; name another one")
    members = members_of(files, damaged=damaged, doctor=doctor, say=say)
    tar = made(GENERATOR, members)
    # What is not read again is not sent to anybody.
    read(tar)
    packed = compressed(tar)
    if output == STANDARD_OUTPUT:
        sys.stdout.buffer.write(packed)
        sys.stdout.buffer.flush()
    else:
        with replacement(output, overwrite=False) as path:
            path.write_bytes(packed)
    return f"{output}: {', '.join(sorted(member.name for member in members))}; {len(packed):,} bytes"


def compressed(tar: bytes) -> bytes:
    """A bundle as it is written: with a checksum, so that a reader finds damage in the compressed bytes too."""
    options: dict[int, int] = {CompressionParameter.compression_level: LEVEL, CompressionParameter.checksum_flag: 1}
    compressor = ZstdCompressor(options=options)
    return compressor.compress(tar, compressor.FLUSH_FRAME)
