"""What can be wrong with a snapshot file."""

from __future__ import annotations

from snapshot.model.errors import NetlapseError


class FileError(NetlapseError):
    """A file that cannot be read or written as asked."""


class DamagedError(FileError):
    """The content of a file is not what was written."""


class NotOursError(FileError):
    """A file that is something else than a netlapse file."""


class TooNewError(FileError):
    """A file of a format this version does not know."""


class TooOldError(FileError):
    """A file of a format this version knows no more."""


class NoSuchSnapshotError(FileError):
    """The file has no snapshot of that label or number."""


class MixedError(FileError):
    """A snapshot would be added to others that are redacted otherwise: it would give away what they do not, or could not be
    compared with them."""

    exit_code = 2
