"""The Docker Engine API: containers, their addresses, and networks. The only importer of the docker SDK.

Podman speaks the same API on a socket of its own. Environment and command lines are in the answers and never kept.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import docker
from docker.errors import APIError, NotFound
from docker.utils import kwargs_from_env
from requests.exceptions import Timeout

from snapshot.collect.runtimes.labels import kept
from snapshot.collect.runtimes.protocol import ToldContainer
from snapshot.model.container import Container, Network, Runtime

READ_TIMEOUT = 5
"""Seconds between two bytes of an answer; the step as a whole has a budget of its own."""

SCHEMES = ("unix://", "tcp://", "http://", "https://")
BRIDGE_NAME = "com.docker.network.bridge.name"
NEVER = "0001-01-01T00:00:00Z"
ADVICE = {
    errno.ENOENT: "; is the daemon running, and is that its socket?",
    errno.ECONNREFUSED: "; is the daemon running?",
    errno.EACCES: "; run the agent as root",
}
LARGEST = 2**63 - 1
"""Of what the snapshot file can hold."""


class Docker:
    """One engine. Everything may raise what the SDK raises; the caller bounds the time."""

    def __init__(self, url: str) -> None:
        if not url.startswith(SCHEMES):
            raise ValueError(f"an engine of this host is named by {' or '.join(SCHEMES)}")
        # DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, as Docker's own client understands them.
        tls = False if url.startswith("unix:") else kwargs_from_env().get("tls", False)
        self._client = docker.APIClient(base_url=url, version="auto", timeout=READ_TIMEOUT, tls=tls)

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

    def networks(self, runtime: Runtime) -> list[Network]:
        """All networks."""
        return [told_network(entry, names_bridges=runtime.name == "docker") for entry in self._client.networks()]


def is_about_one(error: Exception) -> bool:
    """Whether an error is about the thing that was asked for, so that asking for the next one makes sense."""
    return isinstance(error, APIError | ValueError | TypeError | KeyError | AttributeError)


def failure(error: Exception) -> str:
    """An SDK error in one line: the system's own words where it wraps a system error."""
    if isinstance(error, APIError):
        return _line(str(error.explanation or error))
    if isinstance(error, MemoryError):
        return "its answer is larger than the agent will take"
    for cause in _causes(error):
        if isinstance(cause, Timeout | TimeoutError):
            return f"no answer within {READ_TIMEOUT} s; is the daemon hanging?"
        if isinstance(cause, OSError) and cause.errno and cause.strerror:
            return cause.strerror + ADVICE.get(cause.errno, "")
    return _line(str(error)) or type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, what it wraps, and what it came of: requests keeps its reasons among its arguments."""
    waiting, seen = [error], set()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [arg for arg in cause.args if isinstance(arg, BaseException)]
        waiting += [wrapped for wrapped in (cause.__cause__, cause.__context__) if wrapped is not None]


def _line(text: str) -> str:
    return " ".join(text.split())[:300]


def told_container(answer: Mapping[str, Any]) -> ToldContainer:
    """A container of an inspect answer (Docker Engine API, ContainerInspect)."""
    config, state = answer.get("Config") or {}, answer.get("State") or {}
    settings, host = answer.get("NetworkSettings") or {}, answer.get("HostConfig") or {}
    labels = config.get("Labels") or {}
    mode = _text(host.get("NetworkMode"))
    pod = _text(labels.get("io.kubernetes.pod.name"))
    inner = _text(labels.get("io.kubernetes.container.name"))
    sandbox = labels.get("io.kubernetes.docker.type") == "podsandbox" or inner == "POD"
    return ToldContainer(
        container=Container(
            id=_needed(answer, "Id"),
            name=(_text(answer.get("Name")) or _needed(answer, "Id")).lstrip("/"),
            image=_text(config.get("Image")),
            image_id=_text(answer.get("Image")),
            state=_text(state.get("Status")) or "unknown",
            pid=_number(state.get("Pid")) or None,
            started_at=_moment(state.get("StartedAt")),
            restarts=_number(answer.get("RestartCount")),
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
                for endpoint in _endpoints(name, network or {})
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
                    "network": _text(name),
                    "address": f"{_text(network[address])}/{_number(network.get(length))}",
                    "gateway": _text(network.get(gateway)) or None,
                    "mac": _text(network.get("MacAddress")) or None,
                }
            )
    return found


def told_network(answer: Mapping[str, Any], *, names_bridges: bool = True) -> Network:
    """A network of a list answer (Docker Engine API, NetworkList).

    ``names_bridges``: a bridge without a name of its own is called br-ID, as Docker does. Podman calls it something else and
    does not say what.
    """
    number, driver = _needed(answer, "Id"), _text(answer.get("Driver"))
    bridge = None
    if driver == "bridge":
        named = _text((answer.get("Options") or {}).get(BRIDGE_NAME))
        bridge = named or (f"br-{number[:12]}" if names_bridges else None)
    subnets = tuple(
        {"subnet": _text(config.get("Subnet")), "gateway": _text(config.get("Gateway")) or None}
        for config in (answer.get("IPAM") or {}).get("Config") or ()
    )
    return Network(
        id=number,
        name=_text(answer.get("Name")) or number,
        driver=driver,
        bridge=bridge,
        internal=bool(answer.get("Internal")),
        subnets=subnets,
        labels=kept(answer.get("Labels")),
    )


def _needed(answer: Mapping[str, Any], key: str) -> str:
    return _text(answer[key]) or ""


def _text(value: Any) -> str | None:
    """Text that UTF-8 can hold: JSON can tell half a surrogate pair, and a file cannot."""
    return None if value is None else str(value).encode("utf-8", "backslashreplace").decode("utf-8")


def _number(value: Any) -> int:
    """A count: 0 for what is none."""
    number = int(value or 0)
    return number if 0 <= number <= LARGEST else 0


def _moment(value: Any) -> str | None:
    """RFC 3339 in UTC; Docker tells it so, Podman in the machine's own time zone."""
    text = _text(value)
    if text is None or text in ("", NEVER):
        return None
    return (
        text if text.endswith("Z") else datetime.fromisoformat(text).astimezone(UTC).isoformat().replace("+00:00", "Z")
    )
