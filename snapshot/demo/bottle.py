"""Throwaway namespaces: a network, its mounts, its processes and its hostname, for one program and as long as it lives.

unshare(1) makes them; an ordinary user gets them inside a user namespace (user_namespaces(7)). All of it is gone when the
program ends, however it ends: it is the first process of its PID namespace (pid_namespaces(7)), and the program watches
its standard input, which ends when the process that started it does.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("unshare", "nsenter", "mount", "ip", "sleep")
NAMESPACES = ("--net", "--mount", "--pid", "--uts", "--fork", "--mount-proc", "--kill-child")
AS_USER = ("--user", "--map-root-user")
SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")

# What the demo will need from the kernel, tried once.
PROBE = "mount -t tmpfs probe /tmp && ip link add probe0 type bridge && ip link add probe1 type veth peer name probe2"
PROBE_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Bottle:
    """A way to make throwaway namespaces that this kernel allows this user."""

    flags: tuple[str, ...]

    def start(self, module: str, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start a module of this Python inside; its standard input is the line by which it knows that we live.

        It is in a session of its own, so that Ctrl-C is ours alone to answer.
        """
        command = ["unshare", *self.flags, "--", *python(module), *arguments]
        return subprocess.Popen(command, stdin=subprocess.PIPE, env=environment(), start_new_session=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why there are no throwaway namespaces here, in one line."""

    reason: str


def find_bottle() -> Bottle | Refusal:
    """Try what is allowed: as root directly, then in a user namespace."""
    path = environment()["PATH"]
    missing = [program for program in PROGRAMS if shutil.which(program, path=path) is None]
    if missing:
        return Refusal(reason=f"not installed: {', '.join(missing)} (packages util-linux and iproute2)")
    refusal = Refusal(reason="")
    for flags in ([NAMESPACES] if os.geteuid() == 0 else []) + [(*AS_USER, *NAMESPACES)]:
        tried = _try(flags)
        if tried is None:
            return Bottle(flags=flags)
        refusal = refusal if refusal.reason else Refusal(reason=tried)
    return refusal


def _try(flags: Sequence[str]) -> str | None:
    """None if it works, else the first line of what went wrong."""
    try:
        done = subprocess.run(
            ["unshare", *flags, "--", "sh", "-c", PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment(),
            timeout=PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return None
    return next((line.strip() for line in done.stderr.splitlines() if line.strip()), f"exit code {done.returncode}")


def python(module: str) -> list[str]:
    """The command that runs a module of this installation. -P: never one that lies in the working directory."""
    return [sys.executable, "-P", "-m", module]


def environment() -> dict[str, str]:
    """The environment for what is started: finds this installation, and programs that only root has on its PATH."""
    home = str(Path(__file__).resolve().parents[2])
    paths = [home, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        **os.environ,
        "PATH": os.pathsep.join([os.environ.get("PATH", "/usr/bin:/bin"), *SBIN]),
        "PYTHONPATH": os.pathsep.join(paths),
        "LC_ALL": "C.UTF-8",
    }
