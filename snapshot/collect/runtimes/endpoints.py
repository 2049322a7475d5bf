"""Where to ask: the endpoints the user names, else the one in the environment, else the well-known sockets that exist."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from snapshot.collect.runtimes.protocol import Api, Endpoint

WELL_KNOWN: tuple[tuple[str, Api, str], ...] = (
    ("docker", "docker", "/run/docker.sock"),
    ("docker", "docker", "/var/run/docker.sock"),
    ("docker", "docker", "/run/user/*/docker.sock"),
    ("podman", "docker", "/run/podman/podman.sock"),
    ("podman", "docker", "/run/user/*/podman/podman.sock"),
    ("containerd", "cri", "/run/containerd/containerd.sock"),
    ("containerd", "cri", "/run/k3s/containerd/containerd.sock"),
    ("containerd", "cri", "/run/k0s/containerd.sock"),
    ("containerd", "cri", "/var/snap/microk8s/common/run/containerd.sock"),
    ("cri-o", "cri", "/run/crio/crio.sock"),
    ("cri-o", "cri", "/var/run/crio/crio.sock"),
)
"""(runtime, API, path or pattern). Docker behind cri-dockerd is asked as Docker, so that nothing is told twice."""

ACCEPTS = "00010000"
"""__SO_ACCEPTCON in the flags of /proc/net/unix (proc_net(5)): a socket that listens."""


def find_endpoints(
    docker_hosts: Iterable[str] = (), cri_sockets: Iterable[str] = (), environment: Mapping[str, str] = os.environ
) -> tuple[Endpoint, ...]:
    """The endpoints to ask, each once however many paths lead to it.

    Each API by itself: those that are named, else what the environment's DOCKER_HOST names, else the well-known sockets. Names
    are URLs as Docker's own client and crictl take them; a bare path is a socket.
    """
    named: dict[Api, list[str]] = {"docker": list(docker_hosts), "cri": list(cri_sockets)}
    if not named["docker"] and environment.get("DOCKER_HOST"):
        named["docker"] = [environment["DOCKER_HOST"]]
    endpoints = [
        Endpoint(runtime=api, api=api, url=f"unix://{url}" if url.startswith("/") else url, explicit=True)
        for api, urls in named.items()
        for url in urls
    ]
    for runtime, api, pattern in WELL_KNOWN:
        if not named[api]:
            endpoints += [Endpoint(runtime=runtime, api=api, url=f"unix://{path}") for path in _sockets(pattern)]
    return tuple(_asked(endpoint) for endpoint in _once(endpoints))


def _sockets(pattern: str) -> list[str]:
    """The sockets that a path or pattern leads to: in a user's folder only that user's, not what a link leads root to."""
    found = []
    depth = pattern.partition("*")[0].count("/") + 1
    for path in sorted(glob.glob(pattern)) if "*" in pattern else [pattern]:
        with suppress(OSError):
            status = os.stat(path)
            owned = "*" not in pattern or status.st_uid == os.lstat("/".join(path.split("/")[:depth])).st_uid
            if stat.S_ISSOCK(status.st_mode) and owned:
                found.append(path)
    return found


def _once(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """Each socket once, by what it is and not by what it is called."""
    found: dict[object, Endpoint] = {}
    for endpoint in endpoints:
        key: object = endpoint.url
        with suppress(OSError):
            if endpoint.url.startswith("unix://"):
                status = os.stat(endpoint.url.removeprefix("unix://"))
                key = (status.st_dev, status.st_ino)
        found.setdefault(key, endpoint)
    return list(found.values())


def _asked(endpoint: Endpoint) -> Endpoint:
    """Podman's socket is usually systemd's: a connection would start a service, and a capture starts nothing unasked."""
    if endpoint.runtime != "podman" or _is_served(endpoint.url.removeprefix("unix://"), "podman"):
        return endpoint
    return Endpoint(
        runtime=endpoint.runtime,
        api=endpoint.api,
        url=endpoint.url,
        idle=f"its service does not run, and asking would start it; if it may be started: --docker-host {endpoint.url}",
    )


def _is_served(path: str, program: str) -> bool:
    """Whether a process of that name holds the listening socket at a path."""
    links = {f"socket:[{inode}]" for inode in _listening(path)}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "comm").read_bytes().rstrip(b"\n") == program.encode():
                for handle in (process / "fd").iterdir():
                    with suppress(OSError):
                        if os.readlink(handle) in links:
                            return True
    return False


def _listening(path: str) -> list[str]:
    """Inodes of the sockets that listen at a path, by whatever name it was bound."""
    try:
        real = os.path.realpath(path)
        table = Path("/proc/thread-self/net/unix").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    rows = [line.split(maxsplit=7) for line in table[1:]]
    return [row[6] for row in rows if len(row) == 8 and row[3] == ACCEPTS and os.path.realpath(row[7]) == real]
