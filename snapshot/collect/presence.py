"""What the kernel has at all: looked up once per process, in the agent's own namespace."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from snapshot.collect.namespaces.find import PROC


@cache
def has_proc_net(name: str) -> bool:
    """Whether there is a /proc/net/NAME. Protocols that are modules have theirs in all namespaces, or in none."""
    return Path(f"{PROC}/net/{name}").exists()
