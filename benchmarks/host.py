"""A host to measure on: a bridge and many namespaces that look like pods', in namespaces of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

BOTTLE = ("unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "--")


PEER = ["nice", "-n", "10"]
"""The agent steps back for others (nice 10): so do those that it is measured against, lest other work decide the ratio."""

LOOKS, APART = 24, 5.0
"""Looks at the host's counters, so many seconds apart, until two tell the same: routers are solicited every four seconds."""

AGENT = [str(Path(sys.executable).with_name("netlapse-agent")), "capture", "-o"]
ANALYZER = str(Path(sys.executable).with_name("netlapse"))


def in_a_bottle(module: str, arguments: Sequence[str]) -> int:
    """Run a module as the first process of a host in a bottle; the host is gone when it ends. Returns its exit code."""
    if os.geteuid() != 0:
        raise SystemExit("the benchmark builds namespaces: run it as root")
    return subprocess.run([*BOTTLE, sys.executable, "-m", module, *arguments], check=False).returncode


def build(count: int) -> list[str]:
    """``count`` namespaces bound under names, each with a veth to one bridge, an address and a default route."""
    subprocess.run(["mount", "-t", "tmpfs", "benchmark", "/run"], check=True)
    ip("link set lo up", "link add cni0 type bridge", "link set cni0 up", "address add 10.1.0.1/16 dev cni0")
    populate(range(count))
    return [name(number) for number in range(count)]


def rest() -> None:
    """Wait until nothing is sent any more: group reports and router solicitations of new links take 15 seconds."""
    told = b""
    for _ in range(LOOKS):
        before, told = told, subprocess.run(["ip", "-s", "-j", "link"], check=True, stdout=subprocess.PIPE).stdout
        if told == before:
            return
        time.sleep(APART)


def name(number: int) -> str:
    """What the namespace of this number is called."""
    return f"pod{number}"


def populate(numbers: Iterable[int]) -> None:
    """Make the namespaces of these numbers."""
    made = {number: name(number) for number in numbers}
    ip(*(f"netns add {pod}" for pod in made.values()))
    ip(*(f"link add v{pod} type veth peer name eth0 netns {pod}" for pod in made.values()))
    ip(*(f"link set v{pod} master cni0 up" for pod in made.values()))
    for number, pod in made.items():
        ip(
            "link set lo up",
            "link set eth0 up",
            f"address add 10.1.{number // 250 + 1}.{number % 250 + 2}/16 dev eth0",
            "route add default via 10.1.0.1",
            inside_of=pod,
        )


def ip(*lines: str, inside_of: str | None = None) -> None:
    """Run ip(8) commands, in a named namespace if told."""
    where = [] if inside_of is None else ["-n", inside_of]
    subprocess.run(["ip", *where, "-batch", "-"], input="\n".join(lines), text=True, check=True)
