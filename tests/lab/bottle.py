"""A host in a bottle: network, mount and pid namespaces of its own. When it is closed, everything in it is gone."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.lab.waiting import wait_for

ROOT = Path(__file__).parents[2]
CGROUPS = Path("/sys/fs/cgroup")
PREPARE = (
    "mount -t tmpfs tmpfs /run && mkdir -p /run/netns /run/lock && mount -t tmpfs tmpfs /run/netns && "
    "ip link set lo up && touch {ready} && while :; do sleep 3600; done"
)


class Bottle:
    """A machine for a test. Commands run inside; ``folder`` is its place for files, seen from both sides."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="netlapse-lab-"))
        self.cgroups: set[str] = set()
        """Control groups that engines in here make and leave behind, by their paths: swept when all is over."""
        ready = self.folder / "ready"
        command = ["unshare", "-n", "-m", "-p", "--fork", "--mount-proc", "--kill-child"]
        self._keeper = subprocess.Popen(
            [*command, "sh", "-c", PREPARE.format(ready=ready)], stdin=subprocess.DEVNULL, cwd="/"
        )
        try:
            wait_for("the bottle", ready.exists)
            children = Path(f"/proc/{self._keeper.pid}/task/{self._keeper.pid}/children").read_text(encoding="ascii")
            self.init = int(children.split()[0])
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Bottle:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End everything in it."""
        self._keeper.kill()
        self._keeper.wait()
        if hasattr(self, "init"):
            wait_for("the bottle's end", lambda: not Path(f"/proc/{self.init}/ns/net").exists())
        shutil.rmtree(self.folder, ignore_errors=True)
        for path in self.cgroups:
            _sweep(path)

    def own(self, folder: str) -> None:
        """Give this host a folder of its own that is the machine's outside, and empty."""
        self.sh(f"mountpoint -q {folder} || mount -t tmpfs tmpfs {folder}")

    def inside(self, *command: str) -> list[str]:
        """The command line that runs a command in here."""
        return ["nsenter", "-t", str(self.init), "-n", "-m", "-p", "--", *command]

    def run(self, *command: str, check: bool = True, **more: Any) -> subprocess.CompletedProcess[str]:
        """Run a command in here and wait for it."""
        done = subprocess.run(
            self.inside(*command),
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            cwd=ROOT,
            **more,
        )
        assert not check or done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def spawn(self, *command: str, **more: Any) -> subprocess.Popen[str]:
        """Start a command in here."""
        return subprocess.Popen(self.inside(*command), text=True, cwd=ROOT, **{"stdin": subprocess.DEVNULL, **more})

    def sh(self, script: str) -> str:
        """Run shell lines in here, stopping at the first that fails."""
        return self.run("sh", "-ec", script).stdout

    def ip(self, words: str) -> str:
        """Run `ip`."""
        return self.run("ip", *words.split()).stdout

    def ip_json(self, words: str, netns: str | None = None) -> list[dict[str, Any]]:
        """Run `ip -j -d`, in a named namespace if one is given."""
        where = ["-n", netns] if netns is not None else []
        return list(json.loads(self.run("ip", *where, "-j", "-d", *words.split()).stdout or "[]"))

    def netlapse(self, *arguments: str, check: bool = False, **more: Any) -> subprocess.CompletedProcess[str]:
        """Run netlapse in here."""
        return self.run(sys.executable, "-m", "netlapse", *arguments, check=check, **more)

    def settle(self) -> None:
        """Wait until duplicate address detection is over, in this host's own namespace and in those bound under names."""
        look = "ip -6 -o addr show tentative -dadfailed"
        every = f"{look}; for name in $(ls /run/netns); do ip -n $name {look[3:]} 2>&1; done; true"
        wait_for("duplicate address detection", lambda: "tentative" not in self.sh(every))

    def capture(self, name: str = "snapshots", *options: str, code: int = 0) -> Path:
        """Capture this host into a file of its folder, adding to it if it is there."""
        path = self.folder / name
        done = self.netlapse("capture", "-o", str(path), "--append", *options)
        assert done.returncode == code, done.stderr
        return path

    def show(self, snap: str | Path, *options: str) -> Any:
        """What `netlapse show -f json` tells of a snapshot."""
        return json.loads(self.netlapse("show", str(snap), "-f", "json", *options, check=True).stdout)

    def diff(self, before: str | Path, after: str | Path, *options: str) -> tuple[dict[str, Any], int]:
        """The report of two snapshots as JSON, and the exit code."""
        done = self.netlapse("diff", str(before), str(after), "-f", "json", *options)
        assert done.returncode in (0, 1, 5), done.stderr
        return json.loads(done.stdout), done.returncode


def _sweep(path: str) -> None:
    """Remove empty control groups in every hierarchy (cgroups(7)): they are the machine's, a bottle has none of its own."""
    for top in (*CGROUPS.glob(path), *CGROUPS.glob(f"*/{path}")):
        for folder, _, _ in os.walk(top, topdown=False):
            # The kernel refuses where there still is a process.
            with suppress(OSError):
                Path(folder).rmdir()


def end(process: subprocess.Popen[str]) -> None:
    """End a process that was started here."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_inside(process: subprocess.Popen[str]) -> None:
    """End a program that was started in a bottle, and wait for it: not the nsenter that started it, which is its parent."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
    for child in children:
        os.kill(int(child), signal.SIGTERM)
    process.wait(timeout=20)


def environment(**more: str) -> dict[str, str]:
    """This process's environment with some more in it."""
    return {**os.environ, **more}


def top(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The changes that stand by themselves."""
    return [change for change in report["changes"] if change["cause"] is None]


def told(changes: Sequence[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    """Changes as (kind, action, scope, name)."""
    return [(c["kind"], c["action"], c["scope"], c["name"]) for c in changes]
