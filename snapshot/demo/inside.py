"""What happens in the bottle, ``python -m snapshot.demo.inside FILE OPTION...``: build, capture, change, capture."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from snapshot.demo.bottle import PROGRAMS
from snapshot.demo.engine import Engine, ToldPod
from snapshot.demo.errors import DemoError
from snapshot.demo.host import ContainerHost
from snapshot.demo.pods import BRIDGE, BRIDGE_ADDRESS, PODS, PREFIX_LENGTH
from snapshot.demo.steps import run, tell

HOSTNAME = "demo-host"
MACHINE_ID = Path("/etc/machine-id")
INTERRUPTED = 130
COMPLETE, INCOMPLETE = 0, 5


def main(file: str, options: list[str]) -> None:
    """Build, capture, change, capture."""
    threading.Thread(target=_end_with_parent, name="lifeline", daemon=True).start()
    scratch = _own_root(Path(file).resolve())
    _own_identity(scratch)

    host = ContainerHost()
    host.build()
    tell(
        f"A container host, in throwaway namespaces: bridge {BRIDGE} {BRIDGE_ADDRESS}/{PREFIX_LENGTH} and",
        f"{len(PODS)} pods of two containers each. (The pods are real namespaces, veth pairs and",
        "processes; the Docker engine that names them is played by this demo.)",
    )
    socket_path = scratch / "docker.sock"
    Engine(socket_path, lambda: _told(host)).start()

    asking = ("--docker-host", f"unix://{socket_path}")
    run("capture", "-o", file, *asking, "--label", "before", options=options, fine=(COMPLETE, INCOMPLETE))
    changes = host.change()
    tell("", "Now somebody changes the host:", *(f"  - {change}" for change in changes))
    run("capture", "-o", file, "--append", *asking, "--label", "after", options=options, fine=(COMPLETE, INCOMPLETE))


def _end_with_parent() -> None:
    """End, and with us everything in these namespaces, when the process that started us ends, even by kill -9."""
    while os.read(0, 1):
        pass
    os._exit(INTERRUPTED)


def _own_root(file: Path) -> Path:
    """Move to a root directory of our own, and return a folder in it that exists in memory only.

    It shows all of the machine's but one folder, /run where possible. That is where a container host keeps its real
    namespaces: bound there, they would be found by captures, and could not be entered.
    """
    needed = [file, Path.cwd(), Path(sys.executable), Path(sys.prefix), Path(sys.base_prefix), Path(__file__)]
    needed += [Path(found) for found in map(shutil.which, PROGRAMS) if found]
    needed += [path.resolve() for path in needed]
    spare = next(
        (
            place
            for place in map(Path, ("/run", "/mnt", "/srv", "/media"))
            if place.is_dir() and not place.is_symlink() and not any(path.is_relative_to(place) for path in needed)
        ),
        None,
    )
    if spare is None:
        raise DemoError("the demo found no folder to put its own over: name another folder with -o, not below /run")
    _do("mount", "-t", "tmpfs", "-o", "mode=0755", "netlapse-demo", str(spare))
    root = spare / "root"
    (root / spare.name).mkdir(parents=True)
    for entry in Path("/").iterdir():
        # Somebody's FUSE mount may refuse us: what cannot be looked at is not what the demo lives on.
        with suppress(OSError, DemoError):
            if entry.is_symlink():
                (root / entry.name).symlink_to(entry.readlink())
            elif entry.is_dir() and entry != spare:
                (root / entry.name).mkdir()
                _do("mount", "--rbind", str(entry), str(root / entry.name))
    here = Path.cwd()
    os.chroot(root)
    os.chdir(here)
    return spare


def _own_identity(scratch: Path) -> None:
    """A host of its own: snapshots of it must not pass for snapshots of this machine."""
    socket.sethostname(HOSTNAME)
    if MACHINE_ID.exists():
        own = scratch / "machine-id"
        own.write_text(hashlib.sha256(HOSTNAME.encode()).hexdigest()[:32] + "\n", encoding="ascii")
        _do("mount", "--bind", str(own), str(MACHINE_ID))


def _told(host: ContainerHost) -> tuple[ToldPod, ...]:
    return tuple(
        ToldPod(running.pod, pause_pid=running.pause.pid, app_pid=running.app.pid, started_at=running.started_at)
        for running in host.running
    )


def _do(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise DemoError(f"the demo's namespaces cannot be set up: {' '.join(done.stderr.split())}")


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2:])
    except DemoError as error:
        sys.stderr.write(f"netlapse: {error}\n")
        sys.exit(error.exit_code)
