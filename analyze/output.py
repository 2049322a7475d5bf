"""Where a command's output goes: standard output, or a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import typer

from snapshot.standard_output import write_out


def is_file(output: Path | None) -> bool:
    return output is not None and str(output) != "-"


def terminal(ctx: typer.Context, *, to_file: bool) -> tuple[int, bool]:
    """Width and colour of the output: a file and a pipe get 100 columns and no colour unless asked for."""
    from snapshot.exits import options_of, wants_color

    width = 100
    if not to_file and sys.stdout.isatty():
        import shutil

        width = max(40, shutil.get_terminal_size().columns)
    return width, wants_color(options_of(ctx), sys.stdout, to_file=to_file)


def write(text: Iterable[str], output: Path | None) -> None:
    """Standard output, or a whole file or none: an existing file is replaced, as with any ``-o``."""
    if output is None or not is_file(output):
        write_out(text)
        return
    from snapshot.store.files import write_text

    write_text(output, "".join(text))
