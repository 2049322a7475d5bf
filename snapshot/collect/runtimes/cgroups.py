"""Which container a process is in, by the paths of its control groups (cgroups(7), /proc/PID/cgroup).

Engines name a container's control group after its id, each in its own way and depending on the driver:

- Docker: ``/docker/ID``, ``/system.slice/docker-ID.scope``
- containerd through CRI: ``/kubepods/burstable/podUID/ID``, ``cri-containerd-ID.scope``, ``....slice:cri-containerd:ID``
- CRI-O: ``crio-ID.scope`` or ``crio-ID``, below it perhaps ``container``
- Podman: ``/machine.slice/libpod-ID.scope``, ``/libpod_parent/libpod-ID``, in a pod below ``libpod_pod_ID``
- containerd by itself, nerdctl: ``/NAMESPACE/ID``, ``nerdctl-ID.scope``

The monitors of CRI-O and Podman (``crio-conmon-ID.scope``) are processes of the host.
"""

from __future__ import annotations

import re

ENGINES = "docker|cri-containerd|crio|libpod|nerdctl"
CONTAINER = re.compile(rf"(?:(?:{ENGINES})-|.*:(?:{ENGINES}):)?([0-9a-f]{{64}})(?:\.scope)?")


def container_of(cgroup: bytes) -> str | None:
    """The id of the container that a process with this /proc/PID/cgroup is in, None if it is in none.

    In nested containers the innermost. Both hierarchies are understood: one line ``0::PATH``, or one per controller.
    """
    for line in cgroup.decode("utf-8", "replace").splitlines():
        path = line.split(":", 2)[-1]
        for component in reversed(path.split("/")):
            found = CONTAINER.fullmatch(component)
            if found is not None:
                return found[1]
    return None
