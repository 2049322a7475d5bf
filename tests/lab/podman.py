"""A real Podman with its API service in a bottle, on a CNI bridge."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from tests.lab.bottle import Bottle, end_inside, environment
from tests.lab.image import SLEEP, archive
from tests.lab.waiting import wait_for

IMAGE = "localhost/netlapse-lab:latest"
BRIDGE = "cni-podman0"
SOCKET = "/run/podman/podman.sock"
CONFIG = """
[containers]
pids_limit = 0
[network]
network_backend = "cni"
cni_plugin_dirs = ["/usr/lib/cni"]
network_config_dir = "{folder}/networks"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
"""


class Podman:
    """A Podman in a bottle that exists."""

    def __init__(self, bottle: Bottle) -> None:
        self.bottle = bottle
        self.folder = bottle.folder / "podman"
        self.folder.mkdir()
        bottle.own("/var/lib")
        bottle.cgroups.add("libpod_parent")
        config = self.folder / "containers.conf"
        config.write_text(CONFIG.format(folder=self.folder), encoding="utf-8")
        self.environment = environment(CONTAINERS_CONF=str(config))
        self._service: subprocess.Popen[str] | None = None
        (self.folder / "image.tar").write_bytes(archive(IMAGE))
        self.podman("load", "-i", f"{self.folder}/image.tar")
        bottle.sh(f"mkdir -p {SOCKET.rpartition('/')[0]}")
        self.serve()

    def command(self, *words: str) -> list[str]:
        """The command line that runs podman in the bottle, with ``environment``."""
        places = ("--root", f"{self.folder}/root", "--runroot", "/run/podman-lab", "--tmpdir", "/run/podman-lab/tmp")
        return ["podman", *places, "--storage-driver", "vfs", *words]

    def podman(self, *words: str) -> str:
        """Run the podman command."""
        return self.bottle.run(*self.command(*words), env=self.environment).stdout.strip()

    def serve(self) -> None:
        """Start the API service."""
        with (self.folder / "log").open("a", encoding="utf-8") as log:
            self._service = self.bottle.spawn(
                *self.command("system", "service", "-t", "0", f"unix://{SOCKET}"),
                stdout=log, stderr=log, env=self.environment,
            )  # fmt: skip
        wait_for("podman's socket", lambda: self.bottle.run("test", "-S", SOCKET, check=False).returncode == 0)

    def stop(self) -> None:
        """End the API service; the containers run on."""
        assert self._service is not None
        end_inside(self._service)
        self._service = None
        self.bottle.sh(f"rm -f {SOCKET}")

    def pod(self, name: str, *containers: str, options: tuple[str, ...] = ()) -> None:
        """A pod, and containers in it."""
        infra = ("--infra-image", IMAGE, "--infra-command", " ".join(SLEEP))
        self.podman("pod", "create", "--name", name, *infra, *options)
        for container in containers:
            self.container(container, "--pod", name)

    def container(self, name: str, *options: str) -> None:
        """A container that does nothing. The image's entrypoint is what it runs."""
        self.podman("run", "-d", "--name", name, *options, IMAGE)

    def inspect(self, name: str) -> dict[str, Any]:
        """What Podman says of a container."""
        return dict(json.loads(self.podman("inspect", name))[0])
