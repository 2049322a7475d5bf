"""The root of netlapse's typed errors; the ones with a subject are declared beside the code that raises them."""

from __future__ import annotations


class NetlapseError(Exception):
    """Something the user has to know, said in one line that tells what to do.

    ``exit_code`` is the process's exit code for it (docs/exit-codes.md):
    2 wrong usage, 3 a file or a capture that failed, 4 snapshots that should not be compared.
    """

    exit_code: int = 3


class UsageError(NetlapseError):
    """The command line asks for something that cannot be."""

    exit_code = 2
