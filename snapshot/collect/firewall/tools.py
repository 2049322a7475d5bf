"""Running the firewall's own tools in the namespace of the calling thread: bounded in time and in what they may say.

A child that is forked by a thread which has entered a namespace (setns(2)) runs in that namespace.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import subprocess
import time
from functools import cache
from typing import IO

from snapshot.collect.budget import left
from snapshot.collect.netlink.transport import NetlinkError

SECONDS = 10.0
"""What one call may take, unless the capture's own time is over before: 5,000 rules take a twentieth of a second."""

MOST_BYTES = 64 * 1024 * 1024
"""What one call may say: some 500,000 rules."""

FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin")
PACKAGES = {"nft": "nftables", "ipset": "ipset", "ebtables-legacy": "ebtables"}
"""Debian's package of each tool; of all others it is iptables."""

TOOLS = (
    "nft", "iptables-nft-save", "ip6tables-nft-save", "arptables-nft-save", "ebtables-nft-save", "iptables-legacy-save",
    "ip6tables-legacy-save", "arptables-legacy", "ebtables-legacy", "ipset",
)  # fmt: skip
"""All that may be run, each only where there is what it tells of."""

_running: set[subprocess.Popen[bytes]] = set()

MULTI = {"-nft-save": "xtables-nft-multi", "-legacy-save": "xtables-legacy-multi"}
"""The program that a save tool is a name of: some distributions install no such name."""


def run(tool: str, *words: str) -> bytes:
    """What a tool prints. Raises ``NetlinkError`` if it is not there, fails, or does not come to an end."""
    command = find(tool)
    if command is None:
        package = PACKAGES.get(tool, "iptables")
        raise NetlinkError("firewall", message=f"there is no {tool} to read it with; install {package}")
    environment = {"LC_ALL": "C", "TZ": "UTC0", "PATH": ":".join(FOLDERS)}
    try:
        # Nothing is inherited: every descriptor of the agent is closed on exec, and there may be thousands.
        process = subprocess.Popen(
            [*command, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment, close_fds=False,
        )  # fmt: skip
    except OSError as error:
        raise NetlinkError("firewall", message=f"{tool} could not be started ({error.strerror})") from error
    _running.add(process)
    try:
        end = time.monotonic() + left(SECONDS)
        said, complained = _drain(tool, process, end)
        status = _wait(tool, process, end)
    finally:
        with contextlib.suppress(OSError):
            process.kill()
        process.wait()
        _running.discard(process)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    if status:
        why = complained.decode("utf-8", "backslashreplace").strip().splitlines()
        raise NetlinkError("firewall", message=f"{tool} ended with {status}" + (f" ({why[0][:200]})" if why else ""))
    return said


def end_all() -> None:
    """End what still runs, started by a thread that nobody waits for any longer: no tool outlives a capture."""
    for process in tuple(_running):
        with contextlib.suppress(OSError):
            process.kill()


@cache
def find(tool: str) -> tuple[str, ...] | None:
    """The command line that a tool starts with, None if it is not there."""
    # Never in the folder one happens to be in, which may be anybody's: an empty or relative PATH means that.
    folders = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if folder.startswith("/")]
    where = os.pathsep.join((*folders, *FOLDERS))
    path = shutil.which(tool, path=where)
    if path is not None:
        return (path,)
    for suffix, multi in MULTI.items():
        several = shutil.which(multi, path=where) if tool.endswith(suffix) else None
        if several is not None:
            return (several, f"{tool.removesuffix(suffix)}-save")
    return None


def _drain(tool: str, process: subprocess.Popen[bytes], end: float) -> tuple[bytes, bytes]:
    """What it says and what it complains of, to the end of both."""
    assert process.stdout is not None and process.stderr is not None
    pipes: dict[int, tuple[IO[bytes], list[bytes]]] = {
        process.stdout.fileno(): (process.stdout, []),
        process.stderr.fileno(): (process.stderr, []),
    }
    waiting = select.poll()
    for handle in pipes:
        waiting.register(handle, select.POLLIN)
    open_ones, size = len(pipes), 0
    while open_ones:
        for handle, _ in _ready(tool, waiting, end):
            piece = os.read(handle, 1 << 20)
            pipes[handle][1].append(piece)
            size += len(piece)
            if not piece:
                waiting.unregister(handle)
                open_ones -= 1
        if size > MOST_BYTES:
            raise NetlinkError("firewall", message=f"{tool} says more than {MOST_BYTES // 1024 // 1024} MB")
    said, complained = (b"".join(pieces) for _, pieces in pipes.values())
    return said, complained


def _wait(tool: str, process: subprocess.Popen[bytes], end: float) -> int:
    """Its exit status, when it has closed its outputs."""
    with contextlib.suppress(OSError):  # a kernel older than 5.3
        handle = os.pidfd_open(process.pid)
        try:
            waiting = select.poll()
            waiting.register(handle, select.POLLIN)
            _ready(tool, waiting, end)
        finally:
            os.close(handle)
    return process.wait()


def _ready(tool: str, waiting: select.poll, end: float) -> list[tuple[int, int]]:
    rest = end - time.monotonic()
    ready = waiting.poll(rest * 1000) if rest > 0 else []
    if not ready:
        why = f"did not come to an end in its time ({SECONDS:.0f} s, or what --timeout left of it)"
        raise NetlinkError("firewall", message=f"{tool} {why}")
    return ready
