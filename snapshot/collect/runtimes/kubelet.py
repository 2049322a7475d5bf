"""Names of pods and containers from the folders the kubelet keeps their logs in; the logs themselves are never opened.

/var/log/pods/NAMESPACE_NAME_UID/CONTAINER/ATTEMPT.log, and links to them, /var/log/containers/NAME_NAMESPACE_CONTAINER-ID.log.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

PODS = "/var/log/pods"
CONTAINERS = "/var/log/containers"
LINK = re.compile(r"([^_]+)_([^_]+)_(.+)-([0-9a-f]{64})\.log")
ATTEMPT = re.compile(r"(\d+)\.log")


class LoggedContainer(NamedTuple):
    """A container by its log's name. ``attempt`` is None where the link does not lead to a file of the kubelet's."""

    pod_namespace: str
    pod_name: str
    name: str
    attempt: int | None


class Logged(NamedTuple):
    """What the folders tell: pods, (namespace, name) by UID, and containers by id."""

    pods: Mapping[str, tuple[str, str]]
    containers: Mapping[str, LoggedContainer]


def read_log_folders() -> Logged:
    """Read both folders; what is not there, or may not be read, tells nothing."""
    pods: dict[str, tuple[str, str]] = {}
    for folder in _names(PODS):
        parts = folder.split("_")
        if len(parts) == 3 and all(parts):
            namespace, name, uid = parts
            pods[uid] = (namespace, name)
    containers: dict[str, LoggedContainer] = {}
    for link in _names(CONTAINERS):
        match = LINK.fullmatch(link)
        if match is not None:
            name, namespace, container, key = match.groups()
            containers[key] = LoggedContainer(namespace, name, container, _attempt(link))
    return Logged(pods, containers)


def _names(folder: str) -> list[str]:
    """The names in a folder that are text."""
    names: list[str] = []
    with suppress(OSError):
        names = [name for name in os.listdir(folder) if name.isprintable()]
    return names


def _attempt(link: str) -> int | None:
    with suppress(OSError):
        match = ATTEMPT.fullmatch(Path(CONTAINERS, link).readlink().name)
        return int(match[1]) if match is not None else None
    return None
