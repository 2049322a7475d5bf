"""Containers and networks, as a container runtime tells them (Docker Engine API, CRI v1)."""

from __future__ import annotations

from dataclasses import field

from snapshot.model.frozen import frozen
from snapshot.model.json import Json, JsonObject


@frozen
class Runtime:
    """One runtime that was asked.

    name         "docker", "podman", "containerd", "cri-o"; "cgroup" for the containers that no runtime told of
    endpoint     "unix:///run/docker.sock", or "cgroup:"; identity of a runtime within one snapshot
    version      the engine's own version
    api_version  of the API it was asked by
    """

    name: str
    endpoint: str
    version: str | None = None
    api_version: str | None = None


@frozen
class Container:
    """One container. Environment and command lines are never read; labels are kept by an allow-list.

    id, name       the runtime's; the name without a leading slash. Of CRI, whose names are not unique: "NAMESPACE/POD" for a
                   sandbox, "NAMESPACE/POD/NAME" for a container
    image          as given to the runtime, ``image_id`` its digest
    state          "running", "exited", "created", "paused", "restarting", "dead", ...
    pid            of its first process, None unless it runs
    started_at     RFC 3339 UTC, None if never
    restarts       how often the runtime restarted it by itself
    network_mode   "bridge", "host", "none", a network's name, or "container:ID" for one that joins another's
    joined         id of the container whose namespace it joins, None when it has its own
    namespace      ``Namespace.key`` it runs in, None when it does not run or could not be told
    role           "sandbox" for a pod's infrastructure (pause) container, else "container"
    pod_namespace, pod_name, pod_uid   the pod it belongs to, None when none
    pod_container  its name within the pod, None for a sandbox
    labels         the allowed ones
    networks       objects with ``network``, ``address`` ("10.1.27.2/24"), ``gateway``, ``mac``, one per address, as the
                   runtime believes them; of CRI without the network and the address's prefix length, on the sandbox
    ports          published ports: objects with ``protocol``, ``port`` (the container's), ``host_address``, ``host_port``
    resolver       what it was given to resolve names with: ``servers``, ``search``, ``options``, lists of text each; empty
                   where the runtime gives what the host has, or does not tell
    attempt        how often its pod has made it (CRI), None where the runtime does not count
    source         how it is known: "api" (the runtime told), "cgroup" (the path of its processes' cgroup), "kubelet" (cgroup,
                   and names from the kubelet's log folders)
    """

    id: str
    name: str
    image: str | None = None
    image_id: str | None = None
    state: str
    pid: int | None = None
    started_at: str | None = None
    restarts: int = 0
    network_mode: str | None = None
    joined: str | None = None
    namespace: str | None = None
    role: str = "container"
    pod_namespace: str | None = None
    pod_name: str | None = None
    pod_uid: str | None = None
    pod_container: str | None = None
    labels: JsonObject = field(default_factory=dict)
    networks: tuple[Json, ...] = ()
    ports: tuple[Json, ...] = ()
    resolver: JsonObject = field(default_factory=dict)
    attempt: int | None = None
    source: str = "api"


@frozen
class Network:
    """One network of a runtime.

    bridge   name of its bridge on the host, None when its driver makes none
    subnets  objects with ``subnet`` and ``gateway``
    """

    id: str
    name: str
    driver: str | None = None
    bridge: str | None = None
    internal: bool = False
    subnets: tuple[Json, ...] = ()
    labels: JsonObject = field(default_factory=dict)
