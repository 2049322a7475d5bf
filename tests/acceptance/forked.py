"""netlapse commands, many in a short time, each in a process of its own with no more than so much memory and processor time.

Reads command lines and their limits as JSON, and writes what became of each. What they need is imported once, before they fork.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MEMORY = 1 << 30
"""Bytes of address space of each command."""
CPU = 20
"""Seconds of processor time of each."""
ENDLESS = "endless"
"""No command of netlapse's: it takes processor time until it is ended."""
STREAMS = (1, 2)
NEEDED = (
    "netlapse", "analyze.bundle.command", "analyze.bundle.reading", "analyze.compose", "analyze.documenting",
    "analyze.inventory",
    "analyze.listing", "analyze.loading", "analyze.plan.draft", "analyze.verifying", "reports.html.document",
    "reports.html.snapshot", "reports.json", "reports.text.diff", "reports.text.listing", "reports.text.table",
    "reports.text.tree", "reports.text.verification", "snapshot.redact.files", "snapshot.redact.rows", "snapshot.store.reader",
    "snapshot.store.zstd",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of a command. ``signal`` if it was ended; ``seconds`` by the clock; ``memory`` at most, in bytes."""

    command: list[str]
    code: int
    signal: int
    stdout: str
    stderr: str
    seconds: float
    memory: int


def run(
    commands: Sequence[Sequence[str]], timeout: float = 300.0, *, memory: int = MEMORY, cpu: int = CPU
) -> list[Done]:
    """Run these, one after the other."""
    asked = {"commands": [list(command) for command in commands], "memory": memory, "cpu": cpu}
    done = subprocess.run(
        [sys.executable, "-m", "tests.acceptance.forked"],
        input=json.dumps(asked),
        check=False, capture_output=True, text=True, cwd=ROOT, timeout=timeout,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [Done(**told) for told in json.loads(done.stdout)]


def _import_all() -> None:
    for name in NEEDED:
        importlib.import_module(name)


def _one(command: list[str], memory: int, cpu: int) -> dict[str, object]:
    files = [tempfile.TemporaryFile() for _ in STREAMS]  # noqa: SIM115  closed below
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        try:
            for stream, file in zip(STREAMS, files, strict=True):
                os.dup2(file.fileno(), stream)
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
            resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
            while command == [ENDLESS]:
                pass
            import netlapse

            sys.argv = ["netlapse", *command]
            netlapse.main()
        except SystemExit as ended:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(ended.code if isinstance(ended.code, int) else 0)
        finally:
            os._exit(99)
    _, status, usage = os.wait4(child, 0)
    texts = []
    for file in files:
        file.seek(0)
        texts.append(file.read().decode("utf-8", "replace"))
        file.close()
    return {
        "command": command, "code": os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else -1,
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, "stdout": texts[0], "stderr": texts[1],
        "seconds": time.monotonic() - start, "memory": usage.ru_maxrss * 1024,
    }  # fmt: skip


if __name__ == "__main__":
    _import_all()
    asked = json.load(sys.stdin)
    json.dump([_one(command, asked["memory"], asked["cpu"]) for command in asked["commands"]], sys.stdout)
