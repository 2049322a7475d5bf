"""Snapshots that saw less: sections not read or torn, runtimes that kept silent, namespaces not found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Literal

from snapshot.model.container import Container
from snapshot.model.coverage import Coverage
from snapshot.model.kinds import KIND_OF
from tests.analyze.hosts import ENDPOINT, KINDS, Host, Net

Gap = Callable[[Host, Random], None]


def blinded(host: Host, gaps: list[tuple[int, int]], kinds: Sequence[Gap] | None = None) -> Host:
    """A host of which less was seen: each gap a number of ``GAPS`` (or of those given) and a seed."""
    kinds = GAPS if kinds is None else kinds
    forked = host.fork()
    for number, seed in gaps:
        kinds[number % len(kinds)](forked, Random(seed))
    return forked


def _kinds(net: Net, chance: Random) -> tuple[str, ...]:
    held = sorted(kind for kind, rows in net.rows().items() if rows)
    return tuple(sorted(chance.sample(held, chance.randrange(1, 1 + min(3, len(held))))))


def unread(host: Host, chance: Random) -> None:
    """Kinds that failed in one namespace."""
    net = chance.choice(list(host.nets.values()))
    kinds = _kinds(net, chance)
    host.nets[net.key] = replace(net, unread=net.unread | set(kinds))
    host.coverage.append(Coverage(namespace=net.key, kinds=kinds, status="failed", error="no answer"))


def unread_everywhere(host: Host, chance: Random) -> None:
    """A kind that failed in every namespace."""
    kind = chance.choice(KINDS)
    for key, net in host.nets.items():
        host.nets[key] = replace(net, unread=net.unread | {kind})
        host.coverage.append(Coverage(namespace=key, kinds=(kind,), status="failed", error="no answer"))


def torn(host: Host, chance: Random) -> None:
    """Kinds that kept changing while they were read: some of their rows are missing."""
    net = chance.choice(list(host.nets.values()))
    kinds = _kinds(net, chance)
    for rows in net.lists():
        rows[:] = [row for row in rows if KIND_OF[type(row)] not in kinds or chance.random() < 0.7]
    host.coverage.append(Coverage(namespace=net.key, kinds=kinds, status="torn", error="kept changing"))


def silent(host: Host, chance: Random) -> None:
    """The runtime did not answer: of its containers only what control groups tell is known, or nothing."""
    told = chance.random() < 0.5
    host.containers = [
        Container(id=c.id, name=c.id[:12], state="running", pid=c.pid, namespace=c.namespace, source="cgroup")
        for c in host.containers
        if told and c.namespace is not None
    ]
    host.networks = []
    host.silent = not host.containers
    host.coverage.append(Coverage(runtime=ENDPOINT, kinds=("container", "network"), status="failed", error="no answer"))


def hidden(host: Host, chance: Random) -> None:
    """A namespace that vanished before its key was known, or was not to be found."""
    lost = chance.choice(list(host.nets.values()))
    if lost.host:
        return
    del host.nets[lost.key]
    for net in host.nets.values():
        net.nsids = [replace(known, target=None) if known.target == lost.key else known for known in net.nsids]
    host.containers = [replace(c, namespace=None) if c.namespace == lost.key else c for c in host.containers]
    host.coverage = [record for record in host.coverage if record.namespace != lost.key]
    host.coverage.append(Coverage(place="pid 77", kinds=("namespace",), status="skipped", error="permission denied"))


def unasked(host: Host, chance: Random) -> None:
    """A kind that the capture was not asked for."""
    gone = chance.choice(KINDS)
    host.kinds = tuple(kind for kind in host.kinds if kind != gone)


def unlinked(host: Host, chance: Random) -> None:
    """Links of one namespace, most often the host's, that were not read, or not all of them."""
    net = host.root if chance.random() < 0.6 else chance.choice(list(host.nets.values()))
    torn = chance.random() < 0.3
    if torn:
        net.links = [link for link in net.links if chance.random() < 0.6]
    else:
        host.nets[net.key] = replace(net, unread=net.unread | {"link"})
    status: Literal["torn", "failed"] = "torn" if torn else "failed"
    host.coverage.append(Coverage(namespace=net.key, kinds=("link",), status=status, error="no answer"))


GAPS: tuple[Gap, ...] = (unread, unread, unread_everywhere, torn, torn, silent, hidden, unasked)
RECOGNISED_BY: tuple[Gap, ...] = (unlinked, unlinked, unlinked, silent, hidden, unread, torn, unasked)
"""Gaps that mostly take away what things are recognised by."""
