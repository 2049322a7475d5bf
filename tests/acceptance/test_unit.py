"""The service that netlapse brings: real systemd runs it as it is, and its captures are complete and as anybody else's."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.lab import docker, podman
from tests.lab.bottle import ROOT
from tests.lab.containerd import Containerd
from tests.lab.docker import DockerHost
from tests.lab.machine import Machine, require_systemd
from tests.lab.podman import Podman
from tests.requirements import require_containerd, require_docker, require_podman

UNITS = ROOT / "snapshot" / "systemd"
STATE = "/var/lib/netlapse"
EXPOSURE = 4.3
"""What `systemd-analyze security` may say at most (0 to 10): what a capture needs is most of it."""

HOST = f"""
ln -sf {Path(sys.executable).parent}/netlapse /usr/local/bin/netlapse
ip netns add blue; ip link add v type veth peer name w netns blue
touch /tmp/green; unshare --net=/tmp/green true
unshare -n sleep 1000 >/dev/null 2>&1 &
mkdir -p /home/alice && touch /home/alice/red && unshare --net=/home/alice/red true
nft add table inet t; nft add chain inet t c; nft add rule inet t c tcp dport 22 accept
iptables-nft -A INPUT -p tcp --dport 80 -j ACCEPT
ip netns exec blue nft add table inet u
"""

INQUISITIVE = """
[Service]
ExecStart=
ExecStart=/bin/sh -c 'for place in /etc /usr /root /home /run /var/lib /tmp /sys/kernel $STATE_DIRECTORY; do \
    touch $place/trial 2>/dev/null && echo $place; done > $STATE_DIRECTORY/written; \
    (echo 1 > /proc/sys/net/ipv4/ip_forward) 2>/dev/null && echo forwarding >> $STATE_DIRECTORY/written; \
    rm $STATE_DIRECTORY/trial; \
    grep -E "^(Cap|NoNew|Seccomp:)" /proc/self/status > $STATE_DIRECTORY/status; \
    { unshare -n true || echo no network of its own; unshare -i true || echo no ipc; \
    mount -t tmpfs tmpfs /mnt || echo no mount; } 2>/dev/null > $STATE_DIRECTORY/refused'
"""


PODMAN_SOCKET = f"[Socket]\nListenStream={podman.SOCKET}\n"
PODMAN_SERVICE = "[Service]\nEnvironment=CONTAINERS_CONF={config}\nExecStart={command}\nKillMode=process\n"


@pytest.fixture(scope="module")
def host() -> Iterator[tuple[Machine, Podman]]:
    require_systemd()
    require_docker()
    require_podman()
    require_containerd()
    with (
        Machine() as machine,
        closing(Containerd(machine, limitless=True)) as containerd,
        DockerHost(machine) as dockerd,
    ):
        machine.sh(HOST)
        dockerd.pod("web")
        # Where there is no cgroup of version 1, Podman forbids all devices to what is in a pod's cgroup.
        engine = Podman(machine)
        engine.pod("shop", "cart", options=("--share-parent=false",))
        containerd.pod("front", "app", "side")
        machine.settle()
        for unit in ("netlapse.service", "netlapse.timer"):
            machine.unit(UNITS / unit)
        yield machine, engine


@pytest.fixture
def machine(host: tuple[Machine, Podman]) -> Machine:
    return host[0]


def start(machine: Machine) -> None:
    """Run the service to its end."""
    done = machine.run("systemctl", "start", "netlapse.service", check=False)
    assert done.returncode == 0, machine.run("systemctl", "show", "netlapse.service", check=False).stdout


def files(machine: Machine) -> list[str]:
    return machine.sh(f"ls {STATE}").split()


def test_a_complete_capture(machine: Machine) -> None:
    start(machine)
    (name,) = files(machine)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d\.netlapse", name)
    assert machine.sh(f"stat -c '%a %U' {STATE}/{name} {STATE}").split("\n")[:2] == ["600 root", "700 root"]
    # The same host read by root with nothing taken away
    machine.netlapse("capture", "-o", f"{STATE}/plain", check=True)
    report, code = machine.diff(f"{STATE}/{name}", f"{STATE}/plain", "--no-default-ignores")
    assert (report["changes"], report["coverage"], report["before"]["status"]) == ([], [], "complete")
    assert code == 0
    shown = machine.show(f"{STATE}/{name}")
    told = {pod: {"api"} for pod in ("web", "shop", "front")}
    assert sources(machine, name) == told, (
        "Docker, Podman and containerd told of theirs, none is known by its processes"
    )
    names = {name for namespace in shown["namespace"] for name in namespace["names"]}
    assert {"/run/netns/blue", "/tmp/green", "/home/alice/red"} <= names
    assert {row["table"] for row in shown["firewall"]} >= {"t", "u", "filter"}
    machine.sh(f"rm {STATE}/plain")


def test_the_next_one_is_added_and_old_files_go(machine: Machine) -> None:
    start(machine)
    (name,) = files(machine)
    before = len(machine.run(sys.executable, "-m", "netlapse", "ls", f"{STATE}/{name}").stdout.splitlines())
    machine.sh(
        f"touch -d '40 days ago' {STATE}/2020-01-01.netlapse {STATE}/mine; touch -d '20 days ago' {STATE}/x.netlapse"
    )
    start(machine)
    assert files(machine) == sorted([name, "mine", "x.netlapse"])
    after = len(machine.run(sys.executable, "-m", "netlapse", "ls", f"{STATE}/{name}").stdout.splitlines())
    assert after > before
    machine.sh("mkdir -p /etc/default; echo NETLAPSE_KEEP_DAYS=10 > /etc/default/netlapse")
    start(machine)
    assert files(machine) == sorted([name, "mine"])
    machine.sh(f"rm {STATE}/mine")


def test_options_of_ones_own(machine: Machine) -> None:
    machine.sh("mkdir -p /etc/netlapse /etc/default; ssh-keygen -q -t ed25519 -N '' -f /etc/netlapse/key")
    machine.sh(f"echo NETLAPSE_OPTIONS=--sign /etc/netlapse/key > /etc/default/netlapse; rm -f {STATE}/*")
    start(machine)
    (name,) = files(machine)
    verified = machine.netlapse("verify", f"{STATE}/{name}", "--key", "/etc/netlapse/key.pub")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    machine.sh("rm /etc/default/netlapse")


def test_a_podman_that_systemd_starts(host: tuple[Machine, Podman]) -> None:
    """As most do: nothing listens but systemd. By itself a capture starts nothing, which is a gap; named, Podman is asked."""
    machine, engine = host
    command = " ".join(engine.command("system", "service"))
    service = PODMAN_SERVICE.format(config=engine.environment["CONTAINERS_CONF"], command=command)
    engine.stop()
    (machine.units / "podman.socket").write_text(PODMAN_SOCKET, "ascii")
    (machine.units / "podman.service").write_text(service, "ascii")
    machine.sh(f"systemctl daemon-reload; systemctl start podman.socket; rm -f {STATE}/*")
    try:
        start(machine)
        (name,) = files(machine)
        assert statuses(machine, name) == ["partial"]
        assert "shop" not in sources(machine, name)
        assert machine.run("systemctl", "is-active", "podman.service", check=False).stdout == "inactive\n"
        engines = " ".join(f"--docker-host unix://{socket}" for socket in (podman.SOCKET, docker.SOCKET))
        machine.sh(f"echo NETLAPSE_OPTIONS={engines} > /etc/default/netlapse")
        start(machine)
        assert statuses(machine, name) == ["partial", "complete"]
        assert sources(machine, name) == {pod: {"api"} for pod in ("web", "shop", "front")}
    finally:
        machine.sh("systemctl stop podman.socket podman.service; rm -f /etc/default/netlapse")
        for unit in ("podman.socket", "podman.service"):
            (machine.units / unit).unlink()
        machine.run("systemctl", "daemon-reload")
        machine.sh(f"rm -f {podman.SOCKET}")
        engine.serve()


def statuses(machine: Machine, name: str) -> list[str]:
    told = json.loads(machine.netlapse("verify", f"{STATE}/{name}", "-f", "json", check=True).stdout)
    return [one["status"] for one in told["snapshots"]]


def sources(machine: Machine, name: str) -> dict[str | None, set[str]]:
    """How the last capture knows of each pod's containers."""
    found: dict[str | None, set[str]] = {}
    for container in machine.show(f"{STATE}/{name}@last", "--kind", "container"):
        found.setdefault(container["pod_name"], set()).add(container["source"])
    return found


def test_what_it_cannot_do(machine: Machine) -> None:
    (machine.units / "netlapse.service.d").mkdir()
    (machine.units / "netlapse.service.d" / "trial.conf").write_text(INQUISITIVE, "ascii")
    machine.run("systemctl", "daemon-reload")
    try:
        start(machine)
        assert machine.sh(f"cat {STATE}/written").split() == ["/tmp", STATE], "its own /tmp, and its own folder"
        assert machine.sh(f"cat {STATE}/refused").splitlines() == ["no ipc", "no mount"]
        status = dict(line.split(":\t") for line in machine.sh(f"cat {STATE}/status").splitlines())
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
        kept = {0, 1, 2, 3, 12, 13, 18, 19, 21}
        assert {bit for bit in range(64) if int(status["CapBnd"], 16) >> bit & 1} == kept
    finally:
        machine.sh(f"rm -rf {machine.units}/netlapse.service.d {STATE}/written {STATE}/refused {STATE}/status")
        machine.run("systemctl", "daemon-reload")


def test_what_systemd_says_of_it(machine: Machine) -> None:
    for unit in ("netlapse.service", "netlapse.timer"):
        verified = machine.run("systemd-analyze", "verify", f"{machine.units}/{unit}", check=False)
        assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")
    judged = machine.run("systemd-analyze", "security", "netlapse.service", "--no-pager").stdout
    found = re.search(r"Overall exposure level for netlapse.service: ([\d.]+)", judged)
    assert found is not None
    assert float(found[1]) <= EXPOSURE, judged
    machine.run("systemctl", "start", "netlapse.timer")
    assert "netlapse.service" in machine.run("systemctl", "list-timers", "--no-pager").stdout
