"""The demo's container host: a bridge, six pods on it with veth pairs and routes, and the changes made to them.

It is built with ip(8), unshare(1) and nsenter(1) in the namespaces the process runs in, which ``bottle`` made to be thrown
away.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from snapshot.demo.errors import DemoError
from snapshot.demo.pods import (
    API,
    BRIDGE,
    BRIDGE_ADDRESS,
    PODS,
    PREFIX_LENGTH,
    VPN,
    VPN_STANDBY,
    WEB,
    WEB_AGAIN,
    Pod,
    mac_of,
)

SETTLED_WITHIN = 5.0
"""Seconds for processes to enter their namespaces and for links to come up: each takes some milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningPod:
    """A pod and the two processes that hold its namespace. ``started_at`` is RFC 3339 UTC."""

    pod: Pod
    started_at: str
    pause: subprocess.Popen[bytes]
    app: subprocess.Popen[bytes]

    def end(self) -> None:
        """End its processes; the kernel then takes the namespace and the veth pair away."""
        for process in (self.app, self.pause):
            process.kill()
            process.wait()


class ContainerHost:
    """The host. ``running`` may be read by the engine's threads at any time: it is replaced as a whole."""

    def __init__(self) -> None:
        self.running: tuple[RunningPod, ...] = ()

    def build(self) -> None:
        """The bridge, the pods, and a route through one of them."""
        _ip(
            "link set lo up",
            f"link add {BRIDGE} address {mac_of(BRIDGE_ADDRESS)} type bridge",
            # No IPv6 link-local addresses: the demo is about what it changes, and they would take seconds to settle.
            f"link set {BRIDGE} addrgenmode none up",
            f"address add {BRIDGE_ADDRESS}/{PREFIX_LENGTH} broadcast + dev {BRIDGE}",
        )
        self.running = tuple(_start(pod) for pod in PODS)
        for running in self.running:
            _attach(running)
        _ip(f"route add 192.168.40.0/24 via {VPN.address} dev {BRIDGE}")
        self._settle()

    def change(self) -> tuple[str, ...]:
        """Change four things; returns what was done, in words."""
        old = next(running for running in self.running if running.pod is WEB)
        old.end()
        # Its namespace dies a moment after its processes; a runtime does not wait for that either.
        subprocess.run(["ip", "link", "delete", WEB.host_end], check=False, capture_output=True)
        new = _start(WEB_AGAIN)
        _attach(new)
        self.running = tuple(new if running is old else running for running in self.running)
        _ip(
            f"link delete {API.host_end}",
            f"route replace 192.168.40.0/24 via {VPN_STANDBY.address} dev {BRIDGE}",
            f"route add 192.168.41.0/24 via {VPN_STANDBY.address} dev {BRIDGE}",
        )
        self._settle()
        return (
            "pod default/web-1 is re-created, under a new address",
            "the veth pair of pod default/api-1 is removed",
            f"the route to 192.168.40.0/24 goes to {VPN_STANDBY.address} instead of {VPN.address}",
            f"a route to 192.168.41.0/24 via {VPN_STANDBY.address} is added",
        )

    def _settle(self) -> None:
        """Wait until every veth's state is known: the kernel tells it a moment after the link is set up."""
        _wait_until(lambda: all(link["operstate"] == "UP" for link in _links()), "the links to come up")
        for running in self.running:
            if running.pod is not API:
                _wait_until(
                    lambda r=running: all(link["operstate"] == "UP" for link in _links(r)),  # type: ignore[misc]
                    f"{running.pod.name}'s link to come up",
                )


def _start(pod: Pod) -> RunningPod:
    """Start a pod's pause process in a network namespace of its own, and its application's in the same."""
    pause = _process("unshare", "--net")
    home = Path("/proc/self/ns/net").stat().st_ino
    _wait_until(lambda: _namespace_of(pause) not in (None, home), f"{pod.name}'s namespace")
    app = _process("nsenter", f"--net=/proc/{pause.pid}/ns/net")
    _wait_until(lambda: _namespace_of(app) == _namespace_of(pause), f"{pod.name}'s application")
    return RunningPod(pod=pod, started_at=datetime.now(UTC).isoformat().replace("+00:00", "Z"), pause=pause, app=app)


def _process(*enter: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*enter, "sleep", "infinity"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def _namespace_of(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return Path(f"/proc/{process.pid}/ns/net").stat().st_ino
    except OSError:
        return None


def _attach(running: RunningPod) -> None:
    """What a CNI plugin does: a veth pair between bridge and pod, an address, a default route."""
    pod = running.pod
    _ip(
        f"link add {pod.host_end} address {pod.host_mac} type veth peer name eth0 address {pod.mac} netns {running.pause.pid}",
        f"link set {pod.host_end} addrgenmode none master {BRIDGE} up",
    )
    _ip(
        "link set lo up",
        "link set eth0 addrgenmode none up",
        f"address add {pod.address}/{PREFIX_LENGTH} broadcast + dev eth0",
        f"route add default via {BRIDGE_ADDRESS}",
        inside=running,
    )


def _entering(inside: RunningPod | None) -> list[str]:
    return [] if inside is None else ["nsenter", f"--net=/proc/{inside.pause.pid}/ns/net"]


def _ip(*lines: str, inside: RunningPod | None = None) -> None:
    done = subprocess.run(
        [*_entering(inside), "ip", "-batch", "-"], input="\n".join(lines), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DemoError(f"the demo's host cannot be built: ip: {' '.join(done.stderr.split())}")


def _links(inside: RunningPod | None = None) -> Sequence[dict[str, str]]:
    """All links but loopback."""
    done = subprocess.run([*_entering(inside), "ip", "-j", "link", "show"], capture_output=True, text=True, check=True)
    links: list[dict[str, str]] = json.loads(done.stdout)
    return [link for link in links if link["ifname"] != "lo"]


def _wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SETTLED_WITHIN
    while not condition():
        if time.monotonic() > deadline:
            raise DemoError(f"the demo waited {SETTLED_WITHIN:.0f} s in vain for {what}: run it again")
        time.sleep(0.005)
