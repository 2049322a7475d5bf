"""What the programs print on standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from snapshot.model.errors import NetlapseError


class StandardOutputError(NetlapseError):
    """Standard output takes nothing: the disk behind it is full, or it is closed."""


def write_out(text: Iterable[str]) -> None:
    """To standard output. What is no terminal gets UTF-8 whatever the locale: the same report is the same bytes.

    Raises ``StandardOutputError`` where it takes nothing; a reader that went away is left to the program.
    """
    try:
        _print(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StandardOutputError(f"standard output: {error.strerror}") from error


def _print(text: Iterable[str]) -> None:
    binary = getattr(sys.stdout, "buffer", None)
    for piece in (text,) if isinstance(text, str) else text:
        if binary is None or sys.stdout.isatty():
            sys.stdout.write(piece)
        else:
            binary.write(piece.encode("utf-8", "backslashreplace"))
    sys.stdout.flush()
