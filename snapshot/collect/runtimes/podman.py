"""What Podman tells in its own API (libpod) and not in Docker's: its pods, and what its bridges are called."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from snapshot.collect.runtimes.protocol import ToldContainer
from snapshot.collect.runtimes.values import text
from snapshot.model.container import Network

USERS_SOCKET = re.compile(r"/run/user/(\d+)/")


class PodPlace(NamedTuple):
    """A container's place in a pod. ``infra`` is the id of the container that made the pod's namespace, if there is one."""

    namespace: str
    name: str
    uid: str
    infra: str | None


def pod_places(answer: Sequence[Mapping[str, Any]], url: str) -> dict[str, PodPlace]:
    """Container id -> its pod (libpod API, PodListLibpod).

    Podman's pods have no namespace; theirs is "podman", or "podman-UID" for a user's own Podman, so that a pod of Kubernetes
    with the same name is another pod.
    """
    user = USERS_SOCKET.search(url)
    namespace = f"podman-{user[1]}" if user else "podman"
    places = {}
    for pod in answer:
        place = PodPlace(namespace, text(pod["Name"]) or "", text(pod["Id"]) or "", text(pod.get("InfraId")) or None)
        places.update({str(container["Id"]): place for container in pod.get("Containers") or ()})
    return places


def in_pod(told: ToldContainer, place: PodPlace | None) -> ToldContainer:
    """A container with what its pod says of it."""
    if place is None:
        return told
    container = told.container
    sandbox = container.id == place.infra
    return replace(
        told,
        container=replace(
            container,
            role="sandbox" if sandbox else "container",
            pod_namespace=place.namespace,
            pod_name=place.name,
            pod_uid=place.uid,
            pod_container=None if sandbox else container.name,
            # The pod's ports and addresses are repeated for each of its containers; they are the sandbox's.
            ports=container.ports if container.joined is None else (),
            networks=container.networks if container.joined is None else (),
        ),
    )


def named_bridges(networks: Sequence[Network], answer: Sequence[Mapping[str, Any]]) -> list[Network]:
    """Networks with the names of their bridges (libpod API, NetworkListLibpod: ``network_interface``)."""
    bridges = {
        text(n.get("id")): text(n.get("network_interface")) or None for n in answer if n.get("driver") == "bridge"
    }
    return [replace(network, bridge=bridges.get(network.id, network.bridge)) for network in networks]
