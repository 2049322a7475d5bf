"""The Docker Engine API: containers, their addresses, and networks. The only importer of the docker SDK.

Podman speaks the same API on a socket of its own. Environment and command lines are in the answers and never kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import docker
from docker.errors import APIError, NotFound

from snapshot.collect.runtimes.labels import kept
from snapshot.collect.runtimes.protocol import ToldContainer
from snapshot.model.container import Container, Network, Runtime

READ_TIMEOUT = 5
"""Seconds between two bytes of an answer; the step as a whole has a budget of its own."""

DEFAULT_BRIDGE = "com.docker.network.bridge.name"
NEVER = "0001-01-01T00:00:00Z"


class Docker:
    """One engine. Everything may raise what the SDK raises; the caller bounds the time."""

    def __init__(self, url: str) -> None:
        self._client = docker.APIClient(base_url=url, version="auto", timeout=READ_TIMEOUT)

    def runtime(self, url: str) -> Runtime:
        """Who answers."""
        version = self._client.version()
        components = {str(c.get("Name", "")).lower() for c in version.get("Components") or ()}
        name = "podman" if any("podman" in component for component in components) else "docker"
        return Runtime(
            name=name, endpoint=url, version=_text(version.get("Version")), api_version=_text(version.get("ApiVersion"))
        )

    def containers(self) -> list[str]:
        """The ids of all containers, running or not."""
        return [str(entry["Id"]) for entry in self._client.containers(all=True)]

    def container(self, number: str) -> ToldContainer | None:
        """One container, None if it has vanished since it was listed."""
        try:
            return told_container(self._client.inspect_container(number))
        except NotFound:
            return None

    def networks(self) -> list[Network]:
        """All networks."""
        return [told_network(entry) for entry in self._client.networks()]


def failure(error: Exception) -> str:
    """An SDK error in one line."""
    text = str(error.explanation or error) if isinstance(error, APIError) else str(error)
    return " ".join(text.split())[:300] or type(error).__name__


def told_container(answer: Mapping[str, Any]) -> ToldContainer:
    """A container of an inspect answer (Docker Engine API, ContainerInspect)."""
    config, state = answer.get("Config") or {}, answer.get("State") or {}
    settings, host = answer.get("NetworkSettings") or {}, answer.get("HostConfig") or {}
    labels = config.get("Labels") or {}
    mode = _text(host.get("NetworkMode"))
    pod = _text(labels.get("io.kubernetes.pod.name"))
    inner = _text(labels.get("io.kubernetes.container.name"))
    sandbox = labels.get("io.kubernetes.docker.type") == "podsandbox" or inner == "POD"
    started = _text(state.get("StartedAt"))
    return ToldContainer(
        container=Container(
            id=str(answer["Id"]),
            name=str(answer.get("Name") or answer["Id"]).lstrip("/"),
            image=_text(config.get("Image")),
            image_id=_text(answer.get("Image")),
            state=str(state.get("Status") or "unknown"),
            pid=int(state.get("Pid") or 0) or None,
            started_at=None if started == NEVER else started,
            restarts=int(answer.get("RestartCount") or 0),
            network_mode=mode,
            joined=mode.removeprefix("container:") if mode and mode.startswith("container:") else None,
            role="sandbox" if sandbox and pod else "container",
            pod_namespace=(_text(labels.get("io.kubernetes.pod.namespace")) or "default") if pod else None,
            pod_name=pod,
            pod_uid=_text(labels.get("io.kubernetes.pod.uid")) if pod else None,
            pod_container=inner if pod and not sandbox else None,
            labels=kept(labels),
            networks=tuple(
                endpoint
                for name, network in sorted((settings.get("Networks") or {}).items())
                for endpoint in _endpoints(str(name), network or {})
            ),
        ),
        sandbox_path=_text(settings.get("SandboxKey")) or None,
    )


def _endpoints(name: str, network: Mapping[str, Any]) -> list[dict[str, str | None]]:
    found = []
    for address, length, gateway in (
        ("IPAddress", "IPPrefixLen", "Gateway"),
        ("GlobalIPv6Address", "GlobalIPv6PrefixLen", "IPv6Gateway"),
    ):
        if network.get(address):
            found.append(
                {
                    "network": name,
                    "address": f"{network[address]}/{network.get(length)}",
                    "gateway": _text(network.get(gateway)) or None,
                    "mac": _text(network.get("MacAddress")) or None,
                }
            )
    return found


def told_network(answer: Mapping[str, Any]) -> Network:
    """A network of a list answer (Docker Engine API, NetworkList)."""
    number, driver = str(answer["Id"]), _text(answer.get("Driver"))
    options = answer.get("Options") or {}
    bridge = _text(options.get(DEFAULT_BRIDGE)) or (f"br-{number[:12]}" if driver == "bridge" else None)
    subnets = tuple(
        {"subnet": _text(config.get("Subnet")), "gateway": _text(config.get("Gateway")) or None}
        for config in (answer.get("IPAM") or {}).get("Config") or ()
    )
    return Network(
        id=number,
        name=str(answer.get("Name") or number),
        driver=driver,
        bridge=bridge if driver == "bridge" else None,
        internal=bool(answer.get("Internal")),
        subnets=subnets,
        labels=kept(answer.get("Labels")),
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
