"""The hosts of docs/scenarios.md, and the shell in which the page's commands run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from tests.lab.bottle import Bottle
from tests.lab.containerd import Containerd, Pod
from tests.lab.docker import DockerHost
from tests.lab.podman import Podman
from tests.lab.waiting import wait_for
from tests.requirements import require_bottles, require_containerd, require_docker, require_podman

SHELL = """
inside() { name=$1; shift; nsenter -t "$(pid_of "$name")" -n -- "$@"; }
end_of() {
  ip -o link | sed -n "s/^$(inside "$1" ip -o link show "${2:-eth0}" | sed 's/.*@if\\([0-9]*\\):.*/\\1/'): \\([^@:]*\\).*/\\1/p"
}
"""
LOOK = """
printf 'link show\\naddress show\\nroute show table all\\n' > /run/look
look() { "$@" ip -batch /run/look; "$@" ip -6 route show table all; }
look
for pid in $(lsns -t net -n -o PID); do look nsenter -t "$pid" -n --; done
for name in $(ls /run/netns); do look nsenter --net="/run/netns/$name" --; done
"""
RUNS_DOWN = re.compile(r" (?:valid_lft|expires) .*| qlen .*")
"""All that is told of links, addresses and routes everywhere, and what in it counts down."""


class Shell:
    """A host, and the shell of docs/scenarios.md on it. ``verbs`` are its words that are neither programs nor functions."""

    def __init__(self, bottle: Bottle, prelude: str = "", settle: Callable[[], None] = lambda: None) -> None:
        self.bottle = bottle
        self.settle = settle
        self.prelude = SHELL + prelude
        self.steps = 0
        self.verbs: dict[str, Callable[..., object]] = {"reboot": self.reboot}

    def do(self, script: str) -> None:
        """Run the page's commands: verbs one by one, what is between them as one script."""
        waiting: list[str] = []
        for line in script.splitlines():
            word, _, rest = line.partition(" ")
            if word == "wait-until" or word in self.verbs:
                self._run(waiting)
                waiting = []
                if word == "wait-until":
                    self.wait_until(rest)
                else:
                    self.verbs[word](*shlex.split(rest, comments=True))
            else:
                waiting.append(line)
        self._run(waiting)

    def _run(self, lines: list[str]) -> None:
        if any(line.strip() for line in lines):
            self.bottle.run("bash", "-ec", self.prelude + "\n".join(lines))

    def wait_until(self, condition: str) -> None:
        """Wait until a command succeeds."""
        command = ("bash", "-c", self.prelude + condition)
        wait_for(condition, lambda: self.bottle.run(*command, check=False).returncode == 0)

    def reboot(self) -> None:
        """From now on the kernel tells the id of another boot."""
        told = self.bottle.folder / f"boot-{self.steps}"
        told.write_text(f"{self.steps:08d}-0000-4000-8000-000000000000\n", encoding="ascii")
        self.bottle.sh(f"mount --bind {told} /proc/sys/kernel/random/boot_id")

    def rest(self) -> None:
        """Wait until the kernel has done all that follows by itself: two looks tell the same, and no address is tentative."""
        looks = [""]

        def at_rest() -> bool:
            looks.append(RUNS_DOWN.sub("", self.bottle.run("bash", "-c", LOOK, check=False).stdout))
            return looks[-1] == looks[-2] and " tentative" not in looks[-1]

        wait_for("the host to come to rest", at_rest)

    def capture(self) -> None:
        """The next snapshot."""
        self.settle()
        self.rest()
        self.steps += 1
        self.bottle.capture("scenarios", "--label", f"step-{self.steps}")

    def report(self) -> dict[str, Any]:
        """The last snapshot against the one before it."""
        path = self.bottle.folder / "scenarios"
        return self.bottle.diff(f"{path}@step-{self.steps - 1}", f"{path}@step-{self.steps}")[0]


@contextmanager
def plain() -> Iterator[Shell]:
    """A host without any engine: its workloads are namespaces with a name."""
    require_bottles()
    with Bottle() as bottle:
        yield Shell(bottle, 'inside() { ip netns exec "$@"; }\n')


@contextmanager
def docker() -> Iterator[Shell]:
    """A host with a Docker daemon."""
    require_docker()
    with DockerHost(Bottle()) as host, host.bottle:
        pid = "docker inspect -f '{{.State.Pid}}'"
        shell = Shell(
            host.bottle,
            f'export DOCKER_HOST={host.url}\npid_of() {{ {pid} "k8s_POD_$1" 2>/dev/null || {pid} "$1"; }}\n',
        )
        shell.verbs |= {
            "run-pod": lambda name, uid="1", network=None: host.pod(name, uid=uid, network=network),
            "remove-pod": host.remove_pod,
            "run": host.container,
            "stop-daemon": host.stop,
            "start-daemon": lambda bip, *options: host.start(*options, bip=bip),
        }
        yield shell


@contextmanager
def podman() -> Iterator[Shell]:
    """A host with Podman and its API service."""
    require_podman()
    with Bottle() as bottle:
        host = Podman(bottle)
        command = " ".join(host.command())
        wrapped = f'podman() {{ CONTAINERS_CONF={host.environment["CONTAINERS_CONF"]} command {command} "$@"; }}\n'

        def serve_anew() -> None:
            """As systemd does: a service that runs on holds the namespaces of containers that ended, until Go clears up."""
            host.stop()
            host.serve()

        shell = Shell(bottle, wrapped + "pid_of() { podman inspect -f '{{.State.Pid}}' \"$1\"; }\n", serve_anew)
        shell.verbs |= {"run-pod": host.pod, "run": host.container}
        yield shell


@contextmanager
def containerd() -> Iterator[Shell]:
    """A host with containerd and a CNI bridge, and pods as the kubelet makes them."""
    require_containerd()
    with Bottle() as bottle, closing(Containerd(bottle)) as host:
        pods: dict[str, Pod] = {}

        def run_pod(name: str, uid: str = "1", *labels: str) -> None:
            pods[name] = host.pod(name, uid=uid, labels=dict(label.split("=", 1) for label in labels))
            (bottle.folder / f"sandbox-{name}").write_text(pods[name].sandbox, encoding="ascii")

        tasks = " ".join(host.ctr("-n", "k8s.io", "tasks", "ls"))
        find = f"awk -v id=\"$(cat {bottle.folder}/sandbox-$1)\" '$1 == id {{ print $2 }}'"
        shell = Shell(bottle, f"pid_of() {{ {tasks} | {find}; }}\n")
        shell.verbs |= {
            "run-pod": run_pod,
            "remove-pod": lambda name: pods.pop(name).remove(),
            "run-again": lambda name, attempt: pods[name].again("app", attempt=int(attempt)),
            "clear-dead": lambda name: pods[name].clear_dead(),
            "stop-daemon": host.stop,
            "start-daemon": host.start,
        }
        yield shell


HOSTS = {
    "Without an engine": plain,
    "Docker": docker,
    "Docker's daemon": docker,
    "containerd": containerd,
    "Podman": podman,
}
"""Who builds the host of each chapter."""
