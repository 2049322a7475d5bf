"""Docker, Podman and containerd on one host, in one bottle, each with pods of its own and with secrets in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.lab import containerd as cri
from tests.lab import cri_lab_pb2 as lab
from tests.lab.bottle import Bottle
from tests.lab.containerd import Containerd
from tests.lab.docker import IMAGE, DockerHost
from tests.lab.podman import BRIDGE as PODMAN_BRIDGE
from tests.lab.podman import Podman

CANARY = "CANARY"
"""In every place where a container's secrets may be."""

BRIDGES = {
    "pod:default/web-1": cri.BRIDGE, "pod:default/web-2": cri.BRIDGE, "pod:docker/web": "docker0",
    "pod:podman/shop": PODMAN_BRIDGE, "container:alone": "docker0", "container:solo": PODMAN_BRIDGE,
}  # fmt: skip


@dataclass(frozen=True)
class Host:
    """The bottle, its engines, and a snapshot of all of it."""

    bottle: Bottle
    docker: DockerHost
    podman: Podman
    containerd: Containerd
    path: Path

    @cached_property
    def facts(self) -> dict[str, Any]:
        return dict(self.bottle.show(self.path))

    @cached_property
    def pids(self) -> dict[str, int]:
        """A process of each workload, as the bottle counts them, by the engines' own word."""
        return {
            "pod:docker/web": self.docker.pid("k8s_POD_web"),
            "container:alone": self.docker.pid("alone"),
            "pod:podman/shop": int(self.podman.inspect("cart")["State"]["Pid"]),
            "container:solo": int(self.podman.inspect("solo")["State"]["Pid"]),
            **{f"pod:default/{name}": self._task(name) for name in ("web-1", "web-2")},
        }

    def _task(self, name: str) -> int:
        (sandbox,) = (c["id"] for c in self.facts["container"] if c["pod_name"] == name and c["role"] == "sandbox")
        tasks = self.bottle.run(*self.containerd.ctr("-n", "k8s.io", "tasks", "ls")).stdout
        return next(int(line.split()[1]) for line in tasks.splitlines() if line.startswith(sandbox))


def fill(docker: DockerHost, podman: Podman, containerd: Containerd) -> None:
    """Workloads of each engine, with secrets in them."""
    secret = {"token": CANARY, "example.com/app": CANARY}
    containerd.pod(
        "web-1", "app", labels={**secret, "pod-template-hash": "5d4f"}, annotations=secret,
        dns_config=lab.DnsConfig(servers=["10.96.0.10"], searches=["svc.local"], options=["ndots:5"]),
        port_mappings=[lab.PortMapping(container_port=80, host_port=8081, host_ip="10.22.0.1")],
    ).container(
        "side", attempt=3, labels=secret, annotations=secret, args=[f": {CANARY}; sleep 100000"],
        command=["/bin/busybox", "sh", "-c"], envs=[lab.KeyValue(key="PASSWORD", value=CANARY)],
    )  # fmt: skip
    containerd.pod("web-2")
    containerd.pod("hosted", host_network=True)
    labels = ("-l", "io.kubernetes.pod.name=web", "-l", "io.kubernetes.pod.namespace=docker")
    docker.container("k8s_POD_web", *labels, "-l", "io.kubernetes.docker.type=podsandbox")
    docker.container(
        "k8s_app_web", *labels, "-l", "io.kubernetes.container.name=app", "--network", "container:k8s_POD_web"
    )
    docker.docker(
        "run", "-d", "--name", "alone", "-e", f"PASSWORD={CANARY}", "-l", f"token={CANARY}", "-p", "10.1.27.1:8082:80/udp",
        "--dns", "10.9.9.9", "--dns-search", "corp.local", "--dns-option", "ndots:2",
        IMAGE, "/bin/busybox", "sh", "-c", f": {CANARY}; sleep 100000",
    )  # fmt: skip
    podman.pod("shop", "cart", options=("-p", "8083:80", "--dns", "10.8.8.8", "--label", f"token={CANARY}"))
    podman.container("till", "--pod", "shop", "--env", f"PASSWORD={CANARY}", "--annotation", f"token={CANARY}")
    podman.container("solo", "--label", f"token={CANARY}", "--label", "io.podman.compose.service=solo")


@contextmanager
def together() -> Iterator[Host]:
    """The host, with its engines running, at rest and captured."""
    with Bottle() as bottle:
        containerd = Containerd(bottle)
        podman = Podman(bottle)
        with closing(containerd), DockerHost(bottle) as docker:
            fill(docker, podman, containerd)
            bottle.settle()
            yield Host(bottle, docker, podman, containerd, bottle.capture("together"))
