"""Whose process it is, by the path of its cgroup: every engine writes the container's id into it.

Both versions of cgroups, under systemd and under plain directories (cgroups(7), proc_pid_cgroup(5)).
"""

from __future__ import annotations

import re
from typing import NamedTuple

CONTAINER = re.compile(r"(?:(?:.*:)?([^:]+)[-:])?([0-9a-f]{64})(?:\.scope)?")
"""ID, docker-ID.scope, cri-containerd-ID.scope, crio-ID, libpod-ID.scope, ....slice:cri-containerd:ID"""

HELPER = re.compile(r"(?:(?:libpod|crio)-)?conmon(?:[-.].*)?")
"""conmon keeps a container of Podman or CRI-O company; it is not in it."""

POD = re.compile(
    r"(?:.*-)?pod([0-9a-f]{8}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{12})(?:\.slice.*)?"
)
"""podUID, kubepods-besteffort-podUID.slice (systemd: with _ for -); a static pod's UID is a hash without dashes."""

PODS_FOLDER = "libpod_parent"
"""Under this, a directory that is an id and nothing else is a pod of Podman's."""


class Resident(NamedTuple):
    """The container a process is in.

    pod_uid  the pod's, of Kubernetes, None for a container of none
    prefix   what the engine puts before the id: "docker", "cri-containerd", "crio", "libpod" (Podman), None for nothing
    """

    container: str
    pod_uid: str | None = None
    prefix: str | None = None


def resident(told: str) -> Resident | None:
    """What /proc/PID/cgroup tells (lines of ``number:controllers:path``); None for a process of the host.

    Of containers within containers it is the innermost.
    """
    for line in told.splitlines():
        found = _of_path(line.split(":", 2)[-1])
        if found is not None:
            return found
    return None


def container_of(cgroup: bytes) -> str | None:
    """The id alone, of the file's bytes."""
    found = resident(cgroup.decode("utf-8", "backslashreplace"))
    return found.container if found is not None else None


def _of_path(path: str) -> Resident | None:
    parts = path.split("/")
    if any(HELPER.fullmatch(part) for part in parts):
        return None
    for place in range(len(parts) - 1, 0, -1):
        container = CONTAINER.fullmatch(parts[place])
        if container is not None and parts[place - 1 : place + 1] != [PODS_FOLDER, container[2]]:
            # containerd misconfigured under systemd has the pod's slice in the same part, before colons.
            uids = (POD.fullmatch(part) for part in reversed((*parts[:place], parts[place].partition(":")[0])))
            uid = next((match[1].replace("_", "-") for match in uids if match is not None), None)
            return Resident(container[2], uid, container[1])
    return None
