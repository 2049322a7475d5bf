"""A writer under strace(1): what it asks the kernel for, one call of it failing, or killed at it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.requirements import require
from tests.snapshot.store.zygote import Ended, Zygote

CALLS = (
    "open", "openat", "close", "read", "pread64", "write", "pwrite64", "lseek", "ftruncate", "fallocate", "fsync",
    "fdatasync", "copy_file_range", "sendfile", "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat",
    "mkdir", "mkdirat", "rmdir", "stat", "lstat", "fstat", "newfstatat", "statx", "access", "faccessat", "faccessat2",
    "readlink", "readlinkat", "getdents64", "flock", "fcntl", "chmod", "fchmod", "fchmodat", "fchown", "flistxattr",
    "fgetxattr", "fsetxattr", "fremovexattr",
)  # fmt: skip
"""What a writer may ask of files and folders."""

LINE = re.compile(r"(?:\[pid\s+\d+\] )?(\w+)\((.*)\)\s+= (-?\d+|\?)(.*)$")


@dataclass(frozen=True, slots=True)
class Call:
    """One call, the number of its like, and what came back."""

    name: str
    number: int
    words: str
    result: str

    @property
    def failed(self) -> bool:
        return self.result == "-1"


@dataclass(frozen=True, slots=True)
class Traced:
    """How a writer ended, and its calls in their order."""

    ended: Ended
    calls: tuple[Call, ...]


@cache
def _able() -> bool:
    try:
        return subprocess.run(["strace", "-o", "/dev/null", "true"], check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def traced(zygote: Zygote, path: Path, *, new: int, inject: str | None = None, names: bool = False) -> Traced:
    """Run a writer. ``inject`` is strace's; ``names`` keeps the names in the calls' words."""
    require(_able(), "needs strace(1), and the right to trace")
    pid = zygote.writer(path, new=new)
    log = path.parent.parent / "trace"
    log.unlink(missing_ok=True)
    command = ["strace", "-p", str(pid), "-o", str(log), "-y", "-e", f"trace={','.join(CALLS)}", "-e", "signal=none"]
    if inject is not None:
        command += ["-e", f"inject={inject}"]
    command += ["-s", "300" if names else "0"]
    tracer = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert tracer.stderr is not None
    line = tracer.stderr.readline()
    assert "attached" in line, line
    zygote.go()
    ended = zygote.ended()
    tracer.communicate(timeout=30)
    calls: list[Call] = []
    counts: dict[str, int] = {}
    for text in log.read_text(encoding="ascii").splitlines():
        found = LINE.match(text)
        if found:
            name, words, result, _ = found.groups()
            counts[name] = counts.get(name, 0) + 1
            calls.append(Call(name, counts[name], words, result))
    return Traced(ended, tuple(calls))
