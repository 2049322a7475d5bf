"""The Kubernetes Container Runtime Interface, version 1 (containerd, CRI-O). The only importer of grpc.

A verbose status tells pid and namespace path, in JSON of the runtime's own making; environment and command lines are in there
too and are never kept.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

from snapshot.collect.runtimes import cri_pb2 as api
from snapshot.collect.runtimes.failures import HANGING, READ_TIMEOUT, failure
from snapshot.collect.runtimes.labels import kept
from snapshot.collect.runtimes.protocol import Listed, ToldContainer
from snapshot.collect.runtimes.values import line, moment_of, number, resolver, text
from snapshot.model.container import Container, Network, Runtime

SERVICE = "/runtime.v1.RuntimeService"
LARGEST_ANSWER = 64 * 1024 * 1024

SANDBOX_STATES = {api.SANDBOX_READY: "running", api.SANDBOX_NOTREADY: "exited"}
STATES = {api.CONTAINER_CREATED: "created", api.CONTAINER_RUNNING: "running", api.CONTAINER_EXITED: "exited"}
NETWORKS = {api.NODE: "host"}
CRIO_PORTS = "io.kubernetes.cri-o.PortMappings"
PROTOCOLS = {0: "tcp", 1: "udp", 2: "sctp"}

NEVER_ABOUT_ONE = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED)

A = TypeVar("A", bound=Message)


class Cri:
    """One runtime. Everything may raise ``grpc.RpcError``; the caller bounds the time."""

    def __init__(self, url: str) -> None:
        if not url.startswith("unix://"):
            raise ValueError("a CRI socket is named by unix://")
        # The system's own words for a socket that nobody listens at; grpc would wrap them in pages of its own.
        with socket.socket(socket.AF_UNIX) as trial:
            trial.settimeout(READ_TIMEOUT)
            trial.connect(url.removeprefix("unix://"))
        self._channel = grpc.insecure_channel(
            url,
            options=[
                ("grpc.max_receive_message_length", LARGEST_ANSWER),
                ("grpc.default_authority", "localhost"),
                ("grpc.enable_http_proxy", 0),
                ("grpc.enable_retries", 0),
            ],
        )

    def runtime(self, url: str) -> Runtime:
        """Who answers."""
        version = self._ask("Version", api.VersionRequest(version="v1"), api.VersionResponse)
        return Runtime(
            name=text(version.runtime_name) or "cri",
            endpoint=url,
            version=text(version.runtime_version) or None,
            api_version=text(version.runtime_api_version) or None,
        )

    def networks(self, runtime: Runtime) -> list[Network]:
        """None: a pod's network is the business of CNI plugins, of which the runtime tells nothing."""
        return []

    def containers(self) -> list[Listed]:
        """All sandboxes and containers, running or not."""
        sandboxes = self._ask("ListPodSandbox", api.ListPodSandboxRequest(), api.ListPodSandboxResponse).items
        others = self._ask("ListContainers", api.ListContainersRequest(), api.ListContainersResponse).containers
        self._sandbox_of = {container.id: container.pod_sandbox_id for container in others}
        return [
            *(Listed(sandbox.id, sandbox.state == api.SANDBOX_READY, sandbox=True) for sandbox in sandboxes),
            *(Listed(container.id, container.state == api.CONTAINER_RUNNING) for container in others),
        ]

    def container(self, listed: Listed) -> ToldContainer | None:
        """One sandbox or container, None if it has vanished since it was listed."""
        try:
            if listed.sandbox:
                asked = api.PodSandboxStatusRequest(pod_sandbox_id=listed.id, verbose=True)
                return told_sandbox(self._ask("PodSandboxStatus", asked, api.PodSandboxStatusResponse))
            question = api.ContainerStatusRequest(container_id=listed.id, verbose=True)
            status = self._ask("ContainerStatus", question, api.ContainerStatusResponse)
        except grpc.RpcError as error:
            if isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.NOT_FOUND:
                return None
            raise
        return told_container(status, self._sandbox_of.get(listed.id))

    def failure(self, error: Exception) -> str:
        """An error in one line."""
        if not isinstance(error, grpc.Call):
            return failure(error)
        if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
            return HANGING
        return line(f"{error.code().name}: {error.details()}")

    def is_about_one(self, error: Exception) -> bool:
        """Whether an error is about the thing that was asked for."""
        if isinstance(error, grpc.Call):
            return error.code() not in NEVER_ABOUT_ONE
        return isinstance(error, ValueError | TypeError | KeyError | AttributeError)

    def is_no_engine(self, error: Exception) -> bool:
        """containerd without its CRI plugin, as beside a Docker engine."""
        return isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.UNIMPLEMENTED

    def _ask(self, method: str, question: Message, answer: type[A]) -> A:
        call: grpc.UnaryUnaryMultiCallable[Message, A] = self._channel.unary_unary(
            f"{SERVICE}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=answer.FromString,
        )
        return call(question, timeout=READ_TIMEOUT)


def told_sandbox(answer: api.PodSandboxStatusResponse) -> ToldContainer:
    """A pod's sandbox of a verbose status."""
    status, info = answer.status, _info(answer.info)
    config = info.get("config") or {}
    dns = config.get("dns_config") or {}
    pod = status.metadata
    return ToldContainer(
        container=Container(
            id=_needed(status.id),
            name=f"{text(pod.namespace) or 'default'}/{text(pod.name)}",
            image=text(info.get("image")) or None,
            state=SANDBOX_STATES.get(status.state, "unknown"),
            pid=number(info.get("pid")) or None,
            started_at=moment_of(status.created_at),
            network_mode=NETWORKS.get(status.linux.namespaces.options.network),
            role="sandbox",
            pod_namespace=text(pod.namespace) or "default",
            pod_name=text(pod.name),
            pod_uid=text(pod.uid) or None,
            labels=kept(status.labels),
            networks=tuple(_addresses(status.network, info.get("cniResult") or {})),
            ports=tuple(map(_port, _mappings(info))),
            resolver=resolver(dns.get("servers"), dns.get("searches"), dns.get("options")),
            attempt=pod.attempt,
        ),
        sandbox_path=_namespace_path(info),
    )


def told_container(answer: api.ContainerStatusResponse, sandbox: str | None) -> ToldContainer:
    """A container of a verbose status; it is in its sandbox's namespace."""
    status, info = answer.status, _info(answer.info)
    pod_namespace, pod = (text(status.labels.get(f"io.kubernetes.pod.{word}")) for word in ("namespace", "name"))
    inner = text(status.metadata.name) or _needed(status.id)
    return ToldContainer(
        container=Container(
            id=_needed(status.id),
            name=f"{pod_namespace or 'default'}/{pod}/{inner}" if pod else inner,
            image=text(status.image.image) or None,
            image_id=text(status.image_ref) or None,
            state=STATES.get(status.state, "unknown"),
            pid=number(info.get("pid")) or None,
            started_at=moment_of(status.started_at),
            joined=text(sandbox or info.get("sandboxID")) or None,
            pod_namespace=(pod_namespace or "default") if pod else None,
            pod_name=pod,
            pod_uid=text(status.labels.get("io.kubernetes.pod.uid")) if pod else None,
            pod_container=inner if pod else None,
            labels=kept(status.labels),
            attempt=status.metadata.attempt,
        )
    )


def _info(told: Mapping[str, str]) -> Mapping[str, Any]:
    """The runtime's own JSON; {} where it tells none."""
    info = json.loads(told.get("info") or "{}")
    return info if isinstance(info, dict) else {}


def _namespace_path(info: Mapping[str, Any]) -> str | None:
    """Where the runtime keeps the network namespace: in the OCI runtime specification, linux.namespaces."""
    linux = (info.get("runtimeSpec") or {}).get("linux") or {}
    paths = (n.get("path") for n in linux.get("namespaces") or () if n.get("type") == "network")
    return next((path for path in map(text, paths) if path), None)


def _addresses(network: api.PodSandboxNetworkStatus, cni: Mapping[str, Any]) -> list[dict[str, str | None]]:
    """The pod's addresses; the CNI plugin's result, where the runtime hands it on, has their gateways and the MAC."""
    more: dict[str, tuple[str | None, str | None]] = {}
    for link in (cni.get("Interfaces") or {}).values():
        for given in (link or {}).get("IPConfigs") or ():
            more[str(given.get("IP"))] = (text(given.get("Gateway")) or None, text(link.get("Mac")) or None)
    found = []
    for told in (network.ip, *(extra.ip for extra in network.additional_ips)):
        if told:
            gateway, mac = more.get(told, (None, None))
            found.append({"network": None, "address": text(told), "gateway": gateway, "mac": mac})
    return found


def _mappings(info: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The published ports: containerd tells the pod's whole configuration, CRI-O notes them down for itself."""
    config = info.get("config") or {}
    noted = ((info.get("runtimeSpec") or {}).get("annotations") or {}).get(CRIO_PORTS)
    return list(config.get("port_mappings") or (json.loads(noted) if noted else None) or ())


def _port(told: Mapping[str, Any]) -> dict[str, str | int | None]:
    """A published port (PortMapping as JSON: what is zero is left out)."""
    # container_port (containerd), ContainerPort (CRI-O)
    fields = {word.replace("_", "").lower(): value for word, value in told.items()}
    protocol = fields.get("protocol") or 0
    return {
        "protocol": PROTOCOLS.get(protocol, text(protocol))
        if isinstance(protocol, int)
        else str(text(protocol)).lower(),
        "port": number(fields.get("containerport")),
        "host_address": text(fields.get("hostip")) or None,
        "host_port": number(fields.get("hostport")),
    }


def _needed(number: str) -> str:
    if not number:
        raise ValueError("it tells no id")
    return text(number) or ""
