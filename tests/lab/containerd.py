"""A real containerd with a CNI bridge in a bottle, and pods on it as the kubelet makes them, with their log folders."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from google.protobuf.message import Message

from tests.lab import cri_lab_pb2 as lab
from tests.lab.bottle import Bottle, end_inside
from tests.lab.cri_client import CriClient
from tests.lab.image import SLEEP, archive
from tests.lab.waiting import wait_for

IMAGE = "docker.io/library/netlapse-lab:latest"
BRIDGE = "cni0"
SUBNET = "10.22.0.0/24"
NODE = 2
CONFIG = """
version = 2
root = "{folder}/root"
state = "/run/containerd-lab"
disabled_plugins = [{disabled}]
[grpc]
address = "{socket}"
[plugins."io.containerd.internal.v1.opt"]
path = "{folder}/opt"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{image}"
restrict_oom_score_adj = true
disable_apparmor = true
disable_cgroup = {limitless}
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "{folder}/cni"
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "native"
"""
NETWORK = {
    "cniVersion": "0.4.0",
    "name": "lab",
    "plugins": [
        {
            "type": "bridge",
            "bridge": BRIDGE,
            "isGateway": True,
            "ipMasq": False,
            "ipam": {"type": "host-local", "ranges": [[{"subnet": SUBNET}]], "routes": [{"dst": "0.0.0.0/0"}]},
        }
    ],
}
A = TypeVar("A", bound=Message)


class Containerd:
    """A containerd in a bottle that exists. ``uid`` of a pod is made from its name.

    limitless  it sets no limits, for which a ``Machine`` has no controllers; each container has a control group by its id then
    """

    def __init__(
        self,
        bottle: Bottle,
        socket: str = "/run/containerd/containerd.sock",
        *,
        cri: bool = True,
        limitless: bool = False,
    ) -> None:
        self.bottle = bottle
        self.socket = socket
        self.folder = bottle.folder / "containerd"
        (self.folder / "cni").mkdir(parents=True)
        (self.folder / "cni" / "10-lab.conflist").write_text(json.dumps(NETWORK), encoding="utf-8")
        disabled = "" if cri else '"io.containerd.grpc.v1.cri"'
        self.limitless = limitless
        config = CONFIG.format(
            folder=self.folder, socket=socket, image=IMAGE, disabled=disabled, limitless=str(limitless).lower()
        )
        (self.folder / "config.toml").write_text(config, encoding="utf-8")
        for machines in ("/var/lib", "/var/log"):
            bottle.own(machines)
        bottle.sh("mkdir -p /var/log/pods /var/log/containers")
        bottle.cgroups.add("kubepods")
        self._client: CriClient | None = None
        self.start()
        if cri:
            (self.folder / "image.tar").write_bytes(archive(IMAGE))
            bottle.run(
                *self.ctr("-n", "k8s.io", "images", "import", "--snapshotter", "native", f"{self.folder}/image.tar")
            )

    def start(self) -> None:
        """Start the daemon."""
        with (self.folder / "log").open("a", encoding="utf-8") as log:
            self._daemon = self.bottle.spawn("containerd", "-c", f"{self.folder}/config.toml", stdout=log, stderr=log)
        wait_for("containerd", self._answers)

    def stop(self) -> None:
        """End the daemon; its pods run on."""
        self.close()
        end_inside(self._daemon)

    def ctr(self, *words: str) -> list[str]:
        """The command line of containerd's own client."""
        return ["ctr", "-a", self.socket, *words]

    def _answers(self) -> bool:
        if self._daemon.poll() is not None:
            raise AssertionError(f"containerd ended: {(self.folder / 'log').read_text(encoding='utf-8')[-2000:]}")
        return self.bottle.run(*self.ctr("version"), check=False).returncode == 0

    def ask(self, method: str, question: Message, answer: type[A]) -> A:
        """Ask the CRI."""
        if self._client is None:
            self._client = CriClient(self.bottle, f"unix://{self.socket}")
        return self._client.ask(method, question, answer)

    def close(self) -> None:
        """End what runs outside of the bottle."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def pod(self, name: str, *containers: str, namespace: str = "default", uid: str = "1", **more: Any) -> Pod:
        """Run a pod: its sandbox, then its containers. ``more`` are fields of its configuration."""
        return Pod(self, name, containers or ("app",), namespace=namespace, uid=uid, **more)


class Pod:
    """A pod that runs. ``sandbox`` is its sandbox's id, ``containers`` the ids of the others by name."""

    def __init__(
        self, runtime: Containerd, name: str, containers: tuple[str, ...], *, namespace: str, uid: str, **more: Any
    ) -> None:
        self.runtime = runtime
        self.name, self.namespace = name, namespace
        self.uid = f"{uid:0>8}-0000-4000-8000-{name.encode().hex()[:12]:0>12}"
        self.folder = f"/var/log/pods/{namespace}_{name}_{self.uid}"
        self.labels = {
            "io.kubernetes.pod.name": name,
            "io.kubernetes.pod.namespace": namespace,
            "io.kubernetes.pod.uid": self.uid,
        }
        hosted = more.pop("host_network", False)
        network = lab.NamespaceOption(network=NODE if hosted else 0)
        labels = {**self.labels, **more.pop("labels", {})}
        self.config = lab.SandboxConfig(
            metadata=lab.Metadata(name=name, uid=self.uid, namespace=namespace),
            hostname="" if hosted else name,
            log_directory=self.folder,
            labels=labels,
            linux=lab.LinuxConfig(
                cgroup_parent=f"/kubepods/besteffort/pod{self.uid}",
                security_context=lab.SecurityContext(namespace_options=network),
            ),
            **more,
        )
        runtime.bottle.sh(f"mkdir -p {self.folder}")
        asked = lab.RunPodSandboxRequest(config=self.config)
        self.sandbox = runtime.ask("RunPodSandbox", asked, lab.RunPodSandboxResponse).pod_sandbox_id
        self._swept(self.sandbox)
        self.containers = {container: self.container(container) for container in containers}
        self.dead: list[str] = []

    def container(self, name: str, *, attempt: int = 0, **more: Any) -> str:
        """Run one more container in it; returns its id."""
        log = f"{name}/{attempt}.log"
        config = lab.ContainerConfig(
            metadata=lab.ContainerMetadata(name=name, attempt=attempt),
            image=lab.ImageSpec(image=IMAGE),
            command=more.pop("command", SLEEP),
            labels={**self.labels, "io.kubernetes.container.name": name, **more.pop("labels", {})},
            log_path=log,
            **more,
        )
        created = self.runtime.ask(
            "CreateContainer",
            lab.CreateContainerRequest(pod_sandbox_id=self.sandbox, config=config, sandbox_config=self.config),
            lab.ContainerMessage,
        )
        link = f"/var/log/containers/{self.name}_{self.namespace}_{name}-{created.container_id}.log"
        self.runtime.bottle.sh(f"mkdir -p {self.folder}/{name}; ln -sf {self.folder}/{log} {link}")
        self.runtime.ask("StartContainer", created, lab.Empty)
        self._swept(created.container_id)
        return created.container_id

    def _swept(self, number: str) -> None:
        if self.runtime.limitless:
            self.runtime.bottle.cgroups.add(number)

    def again(self, name: str, *, attempt: int) -> None:
        """Make one of its containers anew, as when its process ended; the kubelet keeps the dead one for a while."""
        self.dead.append(self.containers[name])
        self.runtime.ask("StopContainer", lab.ContainerMessage(container_id=self.dead[-1]), lab.Empty)
        self.containers[name] = self.container(name, attempt=attempt)

    def clear_dead(self) -> None:
        """Take its dead containers away."""
        while self.dead:
            self.runtime.ask("RemoveContainer", lab.ContainerMessage(container_id=self.dead.pop()), lab.Empty)

    def remove(self) -> None:
        """Take it away."""
        for method in ("StopPodSandbox", "RemovePodSandbox"):
            self.runtime.ask(method, lab.PodSandboxRequest(pod_sandbox_id=self.sandbox), lab.Empty)
        self.runtime.bottle.sh(f"rm -rf {self.folder} /var/log/containers/{self.name}_{self.namespace}_*")
