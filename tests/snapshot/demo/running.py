"""Running the demo as somebody, and seeing what is left of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
ORDINARY_USER = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
"""An ordinary user without any capability, who still may read the files of this checkout."""

NO_NAMESPACES = ("unshare", "--user", "--map-root-user", "--", "sh", "-c")
FORBID = 'echo 0 > /proc/sys/user/max_net_namespaces && exec "$0" "$@"'
"""A kernel that allows no network namespace, by its own limit (namespaces(7))."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A way to run ``netlapse demo`` whose processes can be told from all others, by a mark in their environment."""

    folder: Path
    prefix: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    mark: str = field(default_factory=lambda: f"NETLAPSE_TEST_MARK={uuid.uuid4()}")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start it with ``folder`` as working directory, in a process group of its own."""
        name, _, value = self.mark.partition("=")
        # Who runs the tests in the background may have SIGINT ignored, which children inherit.
        with_signals = (shutil.which("env") or "env", "--default-signal=INT")
        return subprocess.Popen(
            [*with_signals, *self.prefix, sys.executable, "-P", "-m", "netlapse", *(arguments or ("demo",))],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **self.variables, name: value},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def processes(self) -> list[str]:
        """The command lines of all its processes, of those it started and of theirs."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (path / "environ").read_bytes().split(b"\0"):
                    found.append((path / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
        return found
