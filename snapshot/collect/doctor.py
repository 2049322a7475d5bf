"""What this host lets the agent see, before anything is captured."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from snapshot.collect.firewall.tools import TOOLS, find
from snapshot.collect.namespaces.enter import tour
from snapshot.collect.namespaces.find import take_census
from snapshot.collect.netlink.transport import Requests
from snapshot.collect.runtimes.endpoints import WELL_KNOWN, find_endpoints
from snapshot.collect.runtimes.inquiry import Inquiry

CAPABILITIES = {"CAP_SYS_ADMIN": 21, "CAP_SYS_PTRACE": 19, "CAP_NET_ADMIN": 12}
"""Bit numbers (linux/capability.h): entering namespaces, seeing other users' processes, large notification buffers."""

BUDGET = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at; ``good`` False means that a capture would have a gap for it."""

    name: str
    good: bool
    told: str


def examine(docker_host: str | None = None) -> list[Check]:
    """Look at everything a capture depends on."""
    endpoints = find_endpoints(docker_host)
    with Inquiry(endpoints, BUDGET) as inquiry:
        checks = [_user(), *_capabilities(), *_namespaces(), _cookies(), _init(), _firewall()]
        for answer in inquiry.finish():
            told = (
                f"{len(answer.containers)} containers, {len(answer.networks)} networks" if answer.error is None else ""
            )
            version = f"{answer.runtime.name} {answer.runtime.version}: " if answer.runtime is not None else ""
            good = answer.error is None
            checks.append(Check(name="runtime", good=good, told=f"{version}{answer.error or told}"))
    if not endpoints:
        checks.append(Check(name="runtime", good=True, told=f"none found (looked for {WELL_KNOWN[0]})"))
    return checks


def _user() -> Check:
    uid = os.geteuid()
    return Check(name="user", good=uid == 0, told="root" if uid == 0 else f"uid {uid}: only root sees every namespace")


def _capabilities() -> list[Check]:
    """The effective capabilities (proc_pid_status(5), CapEff)."""
    held = 0
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("CapEff:"):
            held = int(line.split()[1], 16)
    return [
        Check(name=name.lower(), good=bool(held >> bit & 1), told="held" if held >> bit & 1 else "missing")
        for name, bit in CAPABILITIES.items()
    ]


def _namespaces() -> list[Check]:
    census = take_census()
    try:
        entered = tour([(f.handle, bool) for f in census.namespaces.values() if not f.host], BUDGET)
        refused = sum(isinstance(outcome, OSError) for outcome in entered)
        named = sum(bool(found.names) for found in census.namespaces.values())
        total = len(census.namespaces)
        checks = [Check(name="namespaces", good=True, told=f"{total} found, {named} of them bound at a path")]
        if refused:
            checks.append(Check(name="entering", good=False, told=f"{refused} of them may not be entered"))
        checks += [Check(name="unread", good=False, told=f"{u.place}: {u.error}") for u in census.unread]
        return checks
    finally:
        census.close()


def _cookies() -> Check:
    with Requests() as requests:
        has = requests.cookie() is not None
    told = "namespaces have cookies" if has else "no namespace cookies (Linux 5.14): inodes stand in for them"
    return Check(name="kernel", good=True, told=f"{os.uname().release}: {told}")


def _firewall() -> Check:
    """The tools that list firewalls. Whether one is missed depends on who made rules, which only a capture finds out."""
    missing = [tool for tool in TOOLS if find(tool) is None]
    told = "all tools found"
    if missing:
        told = f"no {', '.join(missing)}: rules that only they can tell of would be gaps"
    return Check(name="firewall", good=True, told=told)


def _init() -> Check:
    """Whether the agent's own namespace is init's: in a container it is not, and the snapshot is the container's."""
    try:
        own, init = Path("/proc/self/ns/net").stat(), Path("/proc/1/ns/net").stat()
    except OSError:
        return Check(
            name="host", good=True, told="process 1 cannot be compared with; the agent's own namespace is the host"
        )
    same = (own.st_dev, own.st_ino) == (init.st_dev, init.st_ino)
    told = "the agent is in process 1's namespace" if same else "the agent is NOT in process 1's namespace"
    return Check(name="host", good=same, told=told)
