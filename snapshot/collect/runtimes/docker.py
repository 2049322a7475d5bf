"""The Docker Engine API: containers, their addresses, and networks. The only importer of the docker SDK.

Podman speaks the same API on a socket of its own. Environment and command lines are in the answers and never kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import docker
from docker.errors import APIError, NotFound
from docker.utils import kwargs_from_env
from requests.exceptions import HTTPError, Timeout

from snapshot.collect.runtimes.failures import HANGING, READ_TIMEOUT, causes, failure
from snapshot.collect.runtimes.labels import kept
from snapshot.collect.runtimes.podman import PodPlace, in_pod, named_bridges, pod_places
from snapshot.collect.runtimes.protocol import Listed, ToldContainer
from snapshot.collect.runtimes.values import line, moment, number, resolver, text
from snapshot.model.container import Container, Network, Runtime

SCHEMES = ("unix://", "tcp://", "http://", "https://")
ALIVE = ("running", "paused")
"""States in which a container has its namespace."""

BRIDGE_NAME = "com.docker.network.bridge.name"
PODS = "/v1.0.0/libpod/pods/json"
NETWORKS = "/v4.0.0/libpod/networks/json"
"""Podman's own API on the same socket, in the oldest versions that tell this."""


class Docker:
    """One engine. Everything may raise what the SDK raises; the caller bounds the time."""

    def __init__(self, url: str) -> None:
        if not url.startswith(SCHEMES):
            raise ValueError(f"an engine of this host is named by {' or '.join(SCHEMES)}")
        # DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, as Docker's own client understands them.
        tls = False if url.startswith("unix:") else kwargs_from_env().get("tls", False)
        self._client = docker.APIClient(base_url=url, version="auto", timeout=READ_TIMEOUT, tls=tls)
        self._pods: dict[str, PodPlace] = {}

    def runtime(self, url: str) -> Runtime:
        """Who answers."""
        version = self._client.version()
        components = {str(c.get("Name", "")).lower() for c in version.get("Components") or ()}
        name = "podman" if any("podman" in component for component in components) else "docker"
        if name == "podman":
            self._pods = pod_places(self._libpod(PODS), url)
        return Runtime(
            name=name, endpoint=url, version=text(version.get("Version")), api_version=text(version.get("ApiVersion"))
        )

    def containers(self) -> list[Listed]:
        """All containers, running or not."""
        entries = self._client.containers(all=True)
        return [Listed(_needed(entry, "Id"), entry.get("State") in ALIVE) for entry in entries]

    def container(self, listed: Listed) -> ToldContainer | None:
        """One container, None if it has vanished since it was listed."""
        try:
            told = told_container(self._client.inspect_container(listed.id))
        except NotFound:
            return None
        return in_pod(told, self._pods.get(listed.id))

    def networks(self, runtime: Runtime) -> list[Network]:
        """All networks."""
        told = [told_network(entry, names_bridges=runtime.name == "docker") for entry in self._client.networks()]
        if runtime.name != "podman":
            return told
        try:
            return named_bridges(told, self._libpod(NETWORKS))
        except HTTPError:
            # A Podman before 4.0: what its bridges are called stays untold.
            return told

    def failure(self, error: Exception) -> str:
        """An SDK error in one line."""
        if isinstance(error, APIError):
            return line(str(error.explanation or error))
        return HANGING if any(isinstance(cause, Timeout) for cause in causes(error)) else failure(error)

    def is_about_one(self, error: Exception) -> bool:
        """Whether an error is about the thing that was asked for."""
        return isinstance(error, APIError | ValueError | TypeError | KeyError | AttributeError)

    def is_no_engine(self, error: Exception) -> bool:
        """Whatever listens at Docker's socket is meant to be Docker."""
        return False

    def _libpod(self, path: str) -> Any:
        """An answer of Podman's own API."""
        answer = self._client.get(f"{self._client.base_url}{path}", timeout=READ_TIMEOUT)
        answer.raise_for_status()
        return answer.json()


def told_container(answer: Mapping[str, Any]) -> ToldContainer:
    """A container of an inspect answer (Docker Engine API, ContainerInspect)."""
    config, state = answer.get("Config") or {}, answer.get("State") or {}
    settings, host = answer.get("NetworkSettings") or {}, answer.get("HostConfig") or {}
    labels = config.get("Labels") or {}
    mode = text(host.get("NetworkMode"))
    pod = text(labels.get("io.kubernetes.pod.name"))
    inner = text(labels.get("io.kubernetes.container.name"))
    sandbox = labels.get("io.kubernetes.docker.type") == "podsandbox" or inner == "POD"
    return ToldContainer(
        container=Container(
            id=_needed(answer, "Id"),
            name=(text(answer.get("Name")) or _needed(answer, "Id")).lstrip("/"),
            image=text(config.get("Image")),
            image_id=text(answer.get("Image")),
            state=text(state.get("Status")) or "unknown",
            pid=number(state.get("Pid")) or None,
            started_at=moment(state.get("StartedAt")),
            restarts=number(answer.get("RestartCount")),
            network_mode=mode,
            joined=mode.removeprefix("container:") if mode and mode.startswith("container:") else None,
            role="sandbox" if sandbox and pod else "container",
            pod_namespace=(text(labels.get("io.kubernetes.pod.namespace")) or "default") if pod else None,
            pod_name=pod,
            pod_uid=text(labels.get("io.kubernetes.pod.uid")) if pod else None,
            pod_container=inner if pod and not sandbox else None,
            labels=kept(labels),
            networks=tuple(
                endpoint
                for name, network in sorted((settings.get("Networks") or {}).items())
                for endpoint in _endpoints(name, network or {})
            ),
            ports=_ports(settings.get("Ports") or {}),
            resolver=resolver(host.get("Dns"), host.get("DnsSearch"), host.get("DnsOptions")),
        ),
        sandbox_path=text(settings.get("SandboxKey")) or None,
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
                    "network": text(name),
                    "address": f"{text(network[address])}/{number(network.get(length))}",
                    "gateway": text(network.get(gateway)) or None,
                    "mac": text(network.get("MacAddress")) or None,
                }
            )
    return found


def _ports(told: Mapping[str, Any]) -> tuple[dict[str, str | int | None], ...]:
    """The published ports (NetworkSettings.Ports: "80/tcp" -> where on the host, or null)."""
    found: list[dict[str, str | int | None]] = []
    for inside, places in sorted(told.items()):
        port, _, protocol = (text(inside) or "").partition("/")
        found += [
            {
                "protocol": protocol or "tcp",
                "port": number(port),
                "host_address": text(place.get("HostIp")) or None,
                "host_port": number(place.get("HostPort")),
            }
            for place in places or ()
        ]
    return tuple(found)


def told_network(answer: Mapping[str, Any], *, names_bridges: bool = True) -> Network:
    """A network of a list answer (Docker Engine API, NetworkList).

    ``names_bridges``: a bridge without a name of its own is called br-ID, as Docker does. Podman calls it something else and
    does not say what.
    """
    number, driver = _needed(answer, "Id"), text(answer.get("Driver"))
    bridge = None
    if driver == "bridge":
        named = text((answer.get("Options") or {}).get(BRIDGE_NAME))
        bridge = named or (f"br-{number[:12]}" if names_bridges else None)
    subnets = tuple(
        {"subnet": text(config.get("Subnet")), "gateway": text(config.get("Gateway")) or None}
        for config in (answer.get("IPAM") or {}).get("Config") or ()
    )
    return Network(
        id=number,
        name=text(answer.get("Name")) or number,
        driver=driver,
        bridge=bridge,
        internal=bool(answer.get("Internal")),
        subnets=subnets,
        labels=kept(answer.get("Labels")),
    )


def _needed(answer: Mapping[str, Any], key: str) -> str:
    return text(answer[key]) or ""
