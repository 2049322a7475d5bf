"""What this host lets the agent see, before anything is captured."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from snapshot.collect.namespaces.enter import tour
from snapshot.collect.namespaces.find import take_census
from snapshot.collect.netlink.transport import Requests
from snapshot.collect.runtimes.endpoints import find_endpoints
from snapshot.collect.runtimes.inquiry import Inquiry
from snapshot.collect.runtimes.protocol import Answer
from snapshot.collect.runtimes.untold import ENDPOINT as UNTOLD
from snapshot.collect.runtimes.untold import with_untold

CAPABILITIES = {"CAP_SYS_ADMIN": 21, "CAP_SYS_PTRACE": 19, "CAP_NET_ADMIN": 12}
"""Bit numbers (linux/capability.h): entering namespaces, seeing other users' processes, large notification buffers."""

BUDGET = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at; ``good`` False means that a capture would have a gap for it."""

    name: str
    good: bool
    told: str


def examine(docker_hosts: tuple[str, ...] = (), cri_sockets: tuple[str, ...] = ()) -> list[Check]:
    """Look at everything a capture depends on."""
    with Inquiry(find_endpoints(docker_hosts, cri_sockets), BUDGET) as inquiry:
        checks = [_user(), *_capabilities(), *_namespaces(), _cookies(), _init()]
        answers = inquiry.finish()
    return [*checks, *_runtimes(answers)]


def _runtimes(answers: tuple[Answer, ...]) -> list[Check]:
    """Every runtime found, and the containers that none of them told of."""
    checks = [_runtime(answer) for answer in with_untold(answers)]
    return checks or [Check(name="runtime", good=True, told="none found (Docker, Podman, containerd, CRI-O)")]


def _runtime(answer: Answer) -> Check:
    where = f"{answer.endpoint.runtime} at {answer.endpoint.url}"
    if answer.absent:
        why = "does not run, and neither does a container of its" if answer.endpoint.idle else "does not serve the CRI"
        return Check(name="runtime", good=True, told=f"{where} {why}")
    if answer.runtime is None or answer.error is not None:
        return Check(name="runtime", good=False, told=f"{answer.endpoint.runtime}: {answer.error}")
    counts = f"{len(answer.containers)} containers"
    if answer.endpoint == UNTOLD:
        return Check(name="runtime", good=True, told=f"{counts} that no runtime told of, known by their cgroups")
    if answer.networks is not None:
        counts += f", {len(answer.networks)} networks"
    told = f"{answer.runtime.name} {answer.runtime.version} at {answer.endpoint.url}: {counts}"
    return Check(name="runtime", good=True, told=told)


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
