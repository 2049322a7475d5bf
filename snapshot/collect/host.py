"""Which host this is: name, machine-id (hashed), boot, kernel."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import NamedTuple


class HostIdentity(NamedTuple):
    """See ``snapshot.model.snapshot.Header`` for the fields."""

    hostname: str
    machine_id: str | None
    boot_id: str | None
    kernel: str


def identify() -> HostIdentity:
    """Read the host's identity; what cannot be read is None."""
    names = os.uname()
    machine = _line("/etc/machine-id")
    return HostIdentity(
        hostname=names.nodename,
        machine_id=hashlib.sha256(f"netlapse:{machine}".encode()).hexdigest() if machine else None,
        boot_id=_line("/proc/sys/kernel/random/boot_id"),
        kernel=names.release,
    )


def _line(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip() or None
    except OSError:
        return None
