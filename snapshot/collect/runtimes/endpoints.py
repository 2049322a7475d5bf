"""Where to ask: the endpoint the user names, else the one in the environment, else the well-known sockets that exist."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from snapshot.collect.runtimes.protocol import Endpoint

WELL_KNOWN = ("/run/docker.sock", "/var/run/docker.sock")


def find_endpoints(docker_host: str | None, environment: Mapping[str, str] = os.environ) -> tuple[Endpoint, ...]:
    """The Docker endpoints to ask, each once however many paths lead to it.

    ``docker_host`` and the environment's DOCKER_HOST are URLs as Docker's own client takes them; a bare path is a socket.
    """
    named = docker_host or environment.get("DOCKER_HOST")
    if named:
        url = f"unix://{named}" if named.startswith("/") else named
        return (Endpoint(runtime="docker", url=url, explicit=True),)
    found: dict[tuple[int, int], Endpoint] = {}
    for path in WELL_KNOWN:
        try:
            status = Path(path).stat()
        except OSError:
            continue
        if stat.S_ISSOCK(status.st_mode):
            found.setdefault((status.st_dev, status.st_ino), Endpoint(runtime="docker", url=f"unix://{path}"))
    return tuple(found.values())
