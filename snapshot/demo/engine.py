"""The demo plays the container runtime: as much of the Docker Engine API as a capture asks for, on a unix socket.

A real engine would need root, images and a registry; the demo only needs its pods to have names.
"""

from __future__ import annotations

import json
import re
import socketserver
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from snapshot.demo.pods import Pod

API_VERSION = "1.43"
Told = Callable[[], tuple["ToldPod", ...]]


class ToldPod:
    """A running pod as the engine tells it. Pids are as seen by who asks; ``started_at`` is RFC 3339 UTC."""

    __slots__ = ("app_pid", "pause_pid", "pod", "started_at")

    def __init__(self, pod: Pod, *, pause_pid: int, app_pid: int, started_at: str) -> None:
        self.pod = pod
        self.pause_pid = pause_pid
        self.app_pid = app_pid
        self.started_at = started_at

    def inspected(self) -> list[dict[str, Any]]:
        """Its two containers, each as ``docker inspect`` tells one."""
        pod, labels = self.pod, self.pod.labels
        return [
            self._container(
                pod.sandbox_id,
                f"k8s_POD_{pod.name}_{pod.namespace}",
                "pause:3.9",
                self.pause_pid,
                {**labels, "io.kubernetes.container.name": "POD", "io.kubernetes.docker.type": "podsandbox"},
                "none",
            ),
            self._container(
                pod.app_id,
                f"k8s_{pod.app}_{pod.name}_{pod.namespace}",
                pod.image,
                self.app_pid,
                {**labels, "io.kubernetes.container.name": pod.app, "io.kubernetes.docker.type": "container"},
                f"container:{pod.sandbox_id}",
            ),
        ]

    def _container(
        self, number: str, name: str, image: str, pid: int, labels: dict[str, str], mode: str
    ) -> dict[str, Any]:
        return {
            "Id": number,
            "Name": f"/{name}",
            "Image": None,
            "RestartCount": 0,
            "State": {"Status": "running", "Running": True, "Pid": pid, "StartedAt": self.started_at},
            "Config": {"Image": image, "Labels": labels},
            "HostConfig": {"NetworkMode": mode},
            "NetworkSettings": {"SandboxKey": "", "Networks": {}},
        }


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class Engine:
    """The engine; listens from ``start`` until the process ends."""

    def __init__(self, socket: Path, pods: Told) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, answer = _answer(self.path, pods())
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = _Server(str(socket), Handler)

    def start(self) -> None:
        """Answer from now on, beside whatever else the process does."""
        threading.Thread(target=self._server.serve_forever, name="engine", daemon=True).start()


def _answer(path: str, pods: tuple[ToldPod, ...]) -> tuple[int, Any]:
    containers = [container for pod in pods for container in pod.inspected()]
    path = re.sub(r"^/v\d+\.\d+(?=/)", "", path.partition("?")[0])
    if path == "/version":
        return 200, {"Version": "demo", "ApiVersion": API_VERSION, "MinAPIVersion": "1.24", "Os": "linux"}
    if path == "/containers/json":
        return 200, [{"Id": container["Id"], "Names": [container["Name"]]} for container in containers]
    if path == "/networks":
        return 200, []
    if asked := re.fullmatch(r"/containers/([0-9a-f]+)/json", path):
        for container in containers:
            if container["Id"] == asked[1]:
                return 200, container
        return 404, {"message": f"No such container: {asked[1]}"}
    return 404, {"message": "page not found"}
