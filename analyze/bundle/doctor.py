"""What the agent's `doctor` says on the host at hand, for a bundle of snapshots of that host.

The analyzer never touches a host: it asks the agent, as a program of its own. The one thing it looks at itself is which
boot this is (random(4), /proc/sys/kernel/random/boot_id), for it knows nothing of snapshots of another.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

BOOT = Path("/proc/sys/kernel/random/boot_id")
LONGEST = 60.0
"""Seconds that the doctor may take."""
LARGEST = 100_000
"""Characters of what it says that are kept."""


def findings(boots: Collection[str]) -> str | None:
    """What it says; None where none of the snapshots is of this boot, or it cannot be asked."""
    try:
        if BOOT.read_text(encoding="ascii").strip() not in boots:
            return None
        # Isolated: nothing in the folder that the command is run in is taken for a part of netlapse.
        done = subprocess.run(
            [sys.executable, "-I", "-m", "snapshot", "doctor"],
            check=False, capture_output=True, text=True, errors="backslashreplace", stdin=subprocess.DEVNULL, timeout=LONGEST,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout[:LARGEST] if done.returncode in (0, 5) else None
