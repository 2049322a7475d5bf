"""What can go wrong with the demo."""

from __future__ import annotations

from snapshot.model.errors import NetlapseError, UsageError


class DemoError(NetlapseError):
    """The demo began and could not be finished."""


class FolderError(UsageError):
    """The folder for the demo's files cannot be used."""


class InterruptedDemoError(NetlapseError):
    """Somebody pressed Ctrl-C."""

    exit_code = 130
