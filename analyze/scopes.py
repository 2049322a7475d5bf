"""Scopes: what people call a namespace. The same string stands in JSON, HTML, terminal and plan files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from snapshot.model.container import Container
from snapshot.model.namespace import Namespace

HOST = "host"
UNTOLD = "~"
"""Behind every time."""
NO_PROCESS = 1 << 32
"""Above every process id."""

NAMED_FOLDERS = ("/run/netns", "/var/run/netns")
"""Where ``ip netns`` keeps its names (ip-netns(8)); such a name wins over any other path."""


def container_scope(container: Container) -> str:
    """The scope of a container that has a namespace of its own, or of the pod it belongs to."""
    if container.pod_name is not None:
        return f"pod:{container.pod_namespace or 'default'}/{container.pod_name}"
    return f"container:{container.name}"


def name_namespaces(namespaces: Iterable[Namespace], residents: Mapping[str, Sequence[Container]]) -> dict[str, str]:
    """Each namespace's key with its scope; ``residents`` has the containers that run in it.

    Two namespaces that would be called the same get their inodes behind the name, so that a scope is never two things.
    """
    plain = {ns.key: _plain_scope(ns, residents.get(ns.key, ())) for ns in namespaces}
    inodes = {ns.key: ns.inode for ns in namespaces}
    uses = Counter(plain.values())
    return {key: scope if uses[scope] == 1 else f"{scope}[{inodes[key]}]" for key, scope in plain.items()}


def _plain_scope(namespace: Namespace, residents: Sequence[Container]) -> str:
    if namespace.host:
        return HOST
    if residents:
        return container_scope(maker(residents))
    name = bound_name(namespace)
    return f"netns:{name}" if name is not None else f"netns:[{namespace.inode}]"


def maker(residents: Sequence[Container]) -> Container:
    """Of containers that share a namespace, the one it is named after: a pod's sandbox, else the one that made it.

    Where nobody told which that is, it is the one that was there first: who joins a namespace comes after it.
    """
    return min(
        residents,
        key=lambda c: (
            c.pod_name is None,
            c.role != "sandbox",
            c.joined is not None,
            *age(c.started_at, c.pid),
            c.name,
            c.id,
        ),
    )


def age(started_at: object, pid: object) -> tuple[str, int]:
    """What orders containers by when they were started: the time, if that is told, else their process ids, which count up
    (kernel/pid.c:
    alloc_pid). No name has a part in it, so that it is the same under pseudonyms (docs/redaction.md)."""
    return str(started_at or UNTOLD), pid if isinstance(pid, int) else NO_PROCESS


def bound_name(namespace: Namespace) -> str | None:
    """The name under which a namespace is bound, None for an anonymous one."""
    named = [path for path in namespace.names if path.rpartition("/")[0] in NAMED_FOLDERS] or namespace.names
    return min(named, key=lambda path: path.split("/")).rpartition("/")[2] if named else None
