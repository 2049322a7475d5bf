"""leaked-namespace: a namespace that nobody lives in, and that a runtime or program left behind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyze.checks.check import Check, Found, NamespaceOf
from analyze.checks.host import Host
from analyze.checks.words import listed
from snapshot.store.loaded import LoadedNamespace

MADE_BY_PROGRAM = re.compile(r"[0-9a-f]{12}|(?:cni-|netns-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Names that no person gives: cni-UUID (containerd), UUID (CRI-O), netns-UUID (Podman), twelve hex digits (Docker)."""
SWARM = re.compile(r"ingress_sbox|lb_.*|[0-9]+-.*")
"""Namespaces of Docker's swarm, in which nobody lives by design: its load balancers, and one for each overlay network."""
DOCKERS_FOLDERS = ("/run/docker/netns", "/var/run/docker/netns")


def find(host: Host) -> Iterator[Found]:
    """No process and no container in it. One that a person has named is left alone as long as it has a link beside loopback: it
    may be a router or a VPN's, which work without a process. So is one that has hardware: a capture that was made inside of a
    container may have found the machine's own, whose processes it cannot see."""
    for place in host.namespaces:
        namespace = place.namespace
        if namespace.host or namespace.has_process or namespace.key in host.topology.residents or _swarm(place):
            continue
        links = [link for link in place.links if link.type != "loopback"]
        if links and (not _left_by_program(place) or any(link.link_kind is None for link in links)):
            continue
        held = "bound as " + listed(namespace.names) if namespace.names else "held by nothing but a file or socket"
        yield Found(
            namespace=namespace.key,
            subject=(NamespaceOf(namespace.key),),
            message=f"no process and no container is in it; {held}",
            evidence=(
                f"inode {namespace.inode}",
                *(f"link {link.name} ({link.link_kind}) state {link.state}" for link in links[:5]),
                *(f"address {a.address} dev {a.dev}" for a in place.addresses[:10] if a.scope == "global"),
            ),
            severity=None if links else "info",
        )


def _left_by_program(place: LoadedNamespace) -> bool:
    names = place.namespace.names
    return not names or any(MADE_BY_PROGRAM.fullmatch(name.rpartition("/")[2]) for name in names)


def _swarm(place: LoadedNamespace) -> bool:
    paths = [name.rpartition("/") for name in place.namespace.names]
    return any(folder in DOCKERS_FOLDERS and SWARM.fullmatch(name) for folder, _, name in paths)


CHECK = Check(
    id="leaked-namespace",
    title="Namespace that nobody uses",
    why="It keeps its veth pair, its address and its place on the bridge for ever; many of them exhaust a subnet.",
    severity="warning",
    confidence="weak",
    needs=("link", "address", "container"),
    find=find,
)
