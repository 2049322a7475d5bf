"""What this host lets the agent see, before anything is captured."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from snapshot.collect.namespaces.descriptors import copy_of, open_process
from snapshot.collect.namespaces.enter import tour
from snapshot.collect.namespaces.find import take_census
from snapshot.collect.netlink.transport import Requests
from snapshot.collect.runtimes.endpoints import WELL_KNOWN, find_endpoints
from snapshot.collect.runtimes.inquiry import Inquiry

CAPABILITIES = {
    "CAP_SYS_ADMIN": (21, "no other namespace is entered: only the agent's own is read"),
    "CAP_SYS_PTRACE": (19, "namespaces that other users' processes are in or hold are not seen"),
    "CAP_NET_ADMIN": (12, "no firewall is read, sockets are not asked for their namespaces, buffers stay small"),
}
"""Bit numbers (linux/capability.h), and what a capture lacks without."""

READ_SEARCH = "CAP_DAC_READ_SEARCH"
FOR_OTHERS = {READ_SEARCH: (2, "namespaces bound in folders that are closed to this user are not opened")}
"""What who is not root needs beside."""

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
        checks = [*_user(), *_namespaces(), *_kernel(), _init()]
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


def _user() -> list[Check]:
    """Who the agent is, and its effective capabilities (capabilities(7); proc_pid_status(5), CapEff)."""
    uid = os.geteuid()
    needed = CAPABILITIES if uid == 0 else {**CAPABILITIES, **FOR_OTHERS}
    held = 0
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("CapEff:"):
            held = int(line.split()[1], 16)
    missing = {name: cost for name, (bit, cost) in needed.items() if not held >> bit & 1}
    told = "root" if uid == 0 else f"uid {uid}: it takes capabilities to see every namespace"
    return [
        Check(name="user", good=uid == 0 or not missing, told=told),
        *(
            Check(
                name=name.lower(),
                good=name not in missing,
                told=f"missing: {missing[name]}" if name in missing else "held",
            )
            for name in needed
        ),
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


def _kernel() -> list[Check]:
    """What this kernel can tell that older ones cannot."""
    with Requests() as requests:
        has = requests.cookie() is not None
    told = "namespaces have cookies" if has else "no namespace cookies (Linux 5.14): inodes stand in for them"
    checks = [Check(name="kernel", good=True, told=f"{os.uname().release}: {told}")]
    reader, writer = os.pipe()
    try:
        process = open_process(str(os.getpid()))
        try:
            os.close(copy_of(process, reader))
        finally:
            os.close(process)
        checks.append(Check(name="sockets", good=True, told="can be asked for their namespaces"))
    except OSError as error:
        told = f"cannot be asked for their namespaces (pidfd_getfd, Linux 5.6: {error.strerror})"
        checks.append(Check(name="sockets", good=False, told=told))
    finally:
        os.close(reader)
        os.close(writer)
    return checks


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
