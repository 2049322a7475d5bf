"""What this host lets the agent see, before anything is captured."""

from __future__ import annotations

import os
from pathlib import Path

from snapshot.collect.firewall.tools import TOOLS, find
from snapshot.collect.namespaces.descriptors import copy_of, open_process
from snapshot.collect.namespaces.enter import tour
from snapshot.collect.namespaces.find import take_census
from snapshot.collect.netlink.transport import Requests
from snapshot.collect.runtimes.endpoints import find_endpoints
from snapshot.collect.runtimes.inquiry import Inquiry
from snapshot.collect.runtimes.protocol import Answer
from snapshot.collect.runtimes.untold import ENDPOINT as UNTOLD
from snapshot.collect.runtimes.untold import with_untold
from snapshot.model.frozen import frozen
from snapshot.model.plural import plural

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


@frozen
class Check:
    """One thing that was looked at; ``good`` False means that a capture would have a gap for it."""

    name: str
    good: bool
    told: str


def examine(docker_hosts: tuple[str, ...] = (), cri_sockets: tuple[str, ...] = ()) -> list[Check]:
    """Look at everything a capture depends on."""
    with Inquiry(find_endpoints(docker_hosts, cri_sockets), BUDGET) as inquiry:
        checks = [*_user(), *_namespaces(), *_kernel(), _init(), _firewall()]
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
    counts = plural(len(answer.containers), "container")
    if answer.endpoint == UNTOLD:
        return Check(name="runtime", good=True, told=f"{counts} that no runtime told of, known by their cgroups")
    if answer.networks is not None:
        counts += f", {plural(len(answer.networks), 'network')}"
    told = f"{answer.runtime.name} {answer.runtime.version} at {answer.endpoint.url}: {counts}"
    return Check(name="runtime", good=True, told=told)


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
