"""Writers by the thousand: a process that has loaded the writer forks one for each order it reads, and tells how it ended.

Run as ``python -m tests.snapshot.store.zygote``. ``Zygote`` speaks to it. A writer stops before it begins, so that it can be
traced (strace -p) or timed from its first system call on.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import traceback
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from snapshot.model.errors import NetlapseError
from snapshot.store.reader import list_snapshots, load
from snapshot.store.reference import parse
from snapshot.store.writer import append, create, create_all
from tests.analyze.test_changes import classic
from tests.lab.bottle import ROOT
from tests.snapshot.store.captures import of_host

UNFORESEEN = 99


@dataclass(frozen=True, slots=True)
class Ended:
    """How a writer ended: its exit code (negative: the signal), and what it said."""

    code: int
    said: str


class Zygote:
    """The process that forks them."""

    def __init__(self, scratch: Path) -> None:
        """Folders that writers make to work in are made in ``scratch``."""
        self.scratch = scratch
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.snapshot.store.zygote", str(scratch)],
            cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "TMPDIR": str(scratch)},
        )  # fmt: skip
        assert self._read() == "ready"

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def writer(self, path: Path, *, new: int = 0) -> int:
        """Fork a writer that creates a file of so many snapshots, or adds one; it waits for ``go``. Its process id."""
        self._tell(json.dumps({"path": str(path), "new": new}))
        return int(self._read())

    def go(self, kill_after: float | None = None) -> None:
        """Let the writer begin, and kill -9 it after so many seconds if it is there still."""
        self._tell(json.dumps(kill_after))

    def ended(self) -> Ended:
        """Wait for the writer's end."""
        return Ended(**json.loads(self._read()))

    def run(self, path: Path, *, new: int = 0) -> Ended:
        """A writer from beginning to end."""
        self.writer(path, new=new)
        self.go()
        return self.ended()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def names(folder: Path) -> set[str]:
    """What is in a folder."""
    return {path.name for path in folder.iterdir()}


def whole(path: Path) -> list[str]:
    """The notes of a file's snapshots, each of which has been read with its digests; none if there is no file."""
    if not path.exists():
        return []
    entries = list_snapshots(path)
    return [str(load(parse(f"{path}@{entry.id}")).header.note) for entry in entries]


def _writer(path: Path, new: int, go: int, said: int) -> NoReturn:
    code, capture = 0, of_host(classic())
    noted = [replace(capture, header=replace(capture.header, note=f"{os.getpid()}-{at}")) for at in range(max(new, 1))]
    try:
        # Not by a call that is traced: whether it were counted would depend on when the tracer came.
        select.select([go], [], [])
        if new:
            create_all(path, noted)
        else:
            append(path, noted[0])
    except NetlapseError as error:
        code = error.exit_code
        os.write(said, str(error).encode())
    except BaseException:  # noqa: BLE001
        code = UNFORESEEN
        os.write(said, traceback.format_exc().encode())
    os._exit(code)


def main() -> None:
    # Who runs the tests in the background may have SIGINT ignored, which children inherit.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # What is imported late is imported now, and not by each writer.
    warm = Path(sys.argv[1]) / "warm"
    create(warm, of_host(classic()))
    append(warm, of_host(classic()))
    warm.unlink()
    print("ready", flush=True)
    for line in sys.stdin:
        (go, begin), (listen, said) = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            order = json.loads(line)
            _writer(Path(order["path"]), order["new"], go, said)
        os.close(go)
        os.close(said)
        print(pid, flush=True)
        kill_after = json.loads(sys.stdin.readline())
        with suppress(BrokenPipeError):  # it may have been killed already
            os.write(begin, b"g")
        if kill_after is not None:
            select.select([], [], [], kill_after)
            os.kill(pid, signal.SIGKILL)
        with os.fdopen(listen, encoding="utf-8") as text:
            told = text.read()
        _, status = os.waitpid(pid, 0)
        os.close(begin)
        print(json.dumps({"code": os.waitstatus_to_exitcode(status), "said": told}), flush=True)


if __name__ == "__main__":
    main()
