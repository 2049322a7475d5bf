"""What can be wrong with a key, or with what is to be turned back."""

from __future__ import annotations

from snapshot.model.errors import NetlapseError


class KeyFileError(NetlapseError):
    """The key file is missing, too short, or open to others."""

    exit_code = 3


class NotAReportError(NetlapseError):
    """What was to be turned back is no text that a report could be."""

    exit_code = 3


class RedactedError(NetlapseError):
    """A snapshot is redacted already."""

    exit_code = 2
