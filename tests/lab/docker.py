"""A real Docker daemon in a bottle, and pods on it as the kubelet makes them: a pause container, and others that join it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.lab.bottle import Bottle, end, end_inside
from tests.lab.image import root_files
from tests.lab.waiting import wait_for

IMAGE = "netlapse-lab"
SOCKET = "/run/docker.sock"
"""Where a capture finds it by itself, in a bottle with other engines; ``url`` is reached from outside too."""
BRIDGE_ADDRESS = "10.1.27.1/24"


class DockerHost:
    """A container host, of its own or in a bottle that exists. ``url`` is its engine's."""

    def __init__(self, bottle: Bottle | None = None) -> None:
        self._owns = bottle is None
        self.bottle = bottle or Bottle()
        self._daemon: subprocess.Popen[str] | None = None
        try:
            self.url = f"unix://{self.bottle.folder}/docker.sock"
            self.start()
            self._import_image()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> DockerHost:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the daemon, then end the bottle."""
        if self._daemon is not None:
            with suppress(AssertionError):
                ids = self.docker("ps", "-aq", "--no-trunc").split()
                self.bottle.cgroups.update(f"docker/{number}" for number in ids)
            end(self._daemon)
        if self._owns:
            self.bottle.close()

    def start(self, *options: str, bip: str = BRIDGE_ADDRESS) -> None:
        """Start the daemon."""
        folder = self.bottle.folder
        where = [] if self._owns else ["-H", f"unix://{SOCKET}"]
        with (folder / "dockerd.log").open("a", encoding="utf-8") as log:
            self._daemon = self.bottle.spawn(
                "dockerd", "--bip", bip, "--data-root", f"{folder}/root", "--exec-root", f"{folder}/exec",
                "-H", self.url, *where, "--pidfile", f"{folder}/pid", *options, stdout=log, stderr=log,
            )  # fmt: skip
        wait_for("the Docker daemon", self._answers)

    def stop(self) -> None:
        """End the daemon as its service manager does; its containers end as well, unless it was started with live-restore."""
        assert self._daemon is not None
        end_inside(self._daemon)

    def _answers(self) -> bool:
        assert self._daemon is not None
        if self._daemon.poll() is not None:
            log = (self.bottle.folder / "dockerd.log").read_text(encoding="utf-8")
            raise AssertionError(f"dockerd ended: {log[-2000:]}")
        return subprocess.run(["docker", "-H", self.url, "version"], check=False, capture_output=True).returncode == 0

    def _import_image(self) -> None:
        subprocess.run(
            ["docker", "-H", self.url, "import", "-", IMAGE], input=root_files(), check=True, capture_output=True
        )

    def docker(self, *words: str) -> str:
        """Run the docker client."""
        done = subprocess.run(["docker", "-H", self.url, *words], check=False, capture_output=True, text=True)
        assert done.returncode == 0, f"docker {words}: {done.stderr}"
        return done.stdout.strip()

    def container(self, name: str, *options: str) -> str:
        """Start a container that does nothing; returns its id. To stop it means to kill it: its process heeds no TERM."""
        return self.docker(
            "run", "-d", "--name", name, "--stop-signal", "KILL", *options, IMAGE, "/bin/busybox", "sleep", "100000"
        )

    def inspect(self, name: str) -> dict[str, Any]:
        """What the engine says of a container."""
        return dict(json.loads(self.docker("inspect", name))[0])

    def pod(
        self, name: str, *, uid: str = "1", network: str | None = None, labels: Mapping[str, str] | None = None
    ) -> None:
        """A pod of two containers: a pause container, which bears the pod's own labels, and an application that joins its
        namespace."""
        own = [word for key, value in (labels or {}).items() for word in ("-l", f"{key}={value}")]
        identity = [
            "-l", f"io.kubernetes.pod.name={name}", "-l", "io.kubernetes.pod.namespace=default",
            "-l", f"io.kubernetes.pod.uid={name}-{uid}",
        ]  # fmt: skip
        sandbox = ["-l", "io.kubernetes.docker.type=podsandbox", "-l", "io.kubernetes.container.name=POD"]
        where = ["--network", network] if network is not None else []
        self.container(f"k8s_POD_{name}", *identity, *own, *sandbox, *where)
        self.container(
            f"k8s_app_{name}", *identity, "-l", "io.kubernetes.container.name=app",
            "--network", f"container:k8s_POD_{name}",
        )  # fmt: skip

    def remove_pod(self, name: str) -> None:
        """Take a pod away."""
        self.docker("rm", "-f", f"k8s_app_{name}", f"k8s_POD_{name}")

    def pid(self, name: str) -> int:
        """A container's first process, as the bottle counts them."""
        return int(self.inspect(name)["State"]["Pid"])

    def in_container(self, name: str, *command: str) -> str:
        """Run a command of the machine in a container's network namespace."""
        return self.bottle.run("nsenter", "-t", str(self.pid(name)), "-n", "--", *command).stdout

    def host_end(self, name: str) -> str:
        """The name of the host's end of a container's veth."""
        index = json.loads(self.in_container(name, "ip", "-j", "link", "show", "eth0"))[0]["link_index"]
        links = self.bottle.ip_json("link show")
        return str(next(link["ifname"] for link in links if link["ifindex"] == index))

    def capture(self, *options: str, name: str = "snapshots") -> Path:
        """Capture this host, adding to one file."""
        return self.bottle.capture(name, "--docker-host", self.url, *options)
