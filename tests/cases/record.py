"""Records the cases on real hosts: `python -m tests.cases.record [NAME...]`, as root. Then read what `expected.json` became.

Each case is a host that is built, captured, changed and captured again; `before.json` and `after.json` are the captures.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from snapshot.store.reader import load_whole
from snapshot.store.reference import parse
from tests.cases.captures import capture_of, write_capture
from tests.lab.bottle import Bottle
from tests.lab.docker import DockerHost

CASES = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Docker:
    """A case on a Docker host."""

    build: Callable[[DockerHost], None]
    change: Callable[[DockerHost], None]

    def record(self, folder: Path) -> None:
        with DockerHost() as host:
            self.build(host)
            host.bottle.settle()
            path = host.capture("--label", "before")
            self.change(host)
            host.bottle.settle()
            host.capture("--label", "after")
            keep(path, folder)


@dataclass(frozen=True, kw_only=True)
class Plain:
    """A case on a host without a container runtime. ``code`` is the second capture's exit code."""

    build: str
    change: str
    options: tuple[str, ...] = ()
    code: int = 0

    def record(self, folder: Path) -> None:
        with Bottle() as bottle:
            bottle.sh(self.build)
            bottle.settle()
            path = bottle.capture("snapshots", "--label", "before")
            bottle.sh(self.change)
            bottle.settle()
            bottle.capture("snapshots", "--label", "after", *self.options, code=self.code)
            keep(path, folder)


def keep(path: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for label in ("before", "after"):
        write_capture(folder / f"{label}.json", capture_of(load_whole(parse(f"{path}@{label}"))))


def two_pods(host: DockerHost) -> None:
    host.pod("web-1")
    host.pod("web-2")


def recreate(host: DockerHost) -> None:
    host.remove_pod("web-2")
    host.pod("web-2", uid="2")


def bring_network(host: DockerHost) -> None:
    host.docker("network", "create", "back", "--subnet", "10.7.0.0/24")
    host.docker("network", "connect", "back", "k8s_POD_web-1")


def two_published(host: DockerHost) -> None:
    host.container("first", "-p", "8080:80")
    host.container("second", "-p", "8081:80")


def restart(host: DockerHost) -> None:
    host.docker("restart", "-t", "0", "first")


def replicas(host: DockerHost, revision: str, *suffixes: str) -> None:
    """Pods of the Deployment "web"."""
    for suffix in suffixes:
        host.pod(f"web-{revision}-{suffix}", labels={"pod-template-hash": revision})


def update(host: DockerHost) -> None:
    """A rolling update to one replica less than there were."""
    replicas(host, "5c8bdf9d7b", "m2n4p")
    for suffix in ("x2x9z", "b4c7d"):
        host.remove_pod(f"web-7d9c6b5f4-{suffix}")


def before_boot(host: DockerHost) -> None:
    two_pods(host)
    host.container("db")
    host.bottle.sh("ip route add 192.0.2.0/24 via 10.1.27.2")


def reboot(host: DockerHost) -> None:
    """What a boot does: everything starts anew, another boot_id, and the route that nobody made lasting is gone."""
    host.docker("restart", "-t", "0", "k8s_POD_web-1", "k8s_POD_web-2", "db")
    host.docker("restart", "-t", "0", "k8s_app_web-1", "k8s_app_web-2")
    boot = host.bottle.folder / "boot_id"
    boot.write_text("b19ce21a-0000-4000-8000-000000000002\n", encoding="ascii")
    host.bottle.sh(f"ip route del 192.0.2.0/24 2>/dev/null; mount --bind {boot} /proc/sys/kernel/random/boot_id")


TWO_NAMESPACES = (
    "ip link add br0 type bridge; ip addr add 10.0.0.1/24 dev br0; ip link set br0 up;"
    "for n in blue red; do ip netns add $n; ip link add v$n type veth peer name eth0 netns $n;"
    "ip link set v$n master br0 up; ip -n $n link set eth0 up; done;"
    "ip -n blue addr add 10.0.0.2/24 dev eth0; ip -n blue route add default via 10.0.0.1;"
    "ip route add 192.0.2.0/24 via 10.0.0.2 metric 100"
)

RULES = (
    ";iptables -A FORWARD -s 10.0.0.0/24 -j ACCEPT; iptables -A FORWARD -d 10.0.0.2/32 -p tcp --dport 80 -j ACCEPT;"
    "iptables -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT; iptables -A INPUT -p icmp -j ACCEPT;"
    "iptables -A INPUT -p tcp --dport 22 -j ACCEPT; nft add table inet mine; nft add set inet mine bad '{ type ipv4_addr; }'"
)
STEERED = (
    ";ip nexthop add id 7 via 10.0.0.2 dev br0; ip route add 198.51.100.0/24 nhid 7; sysctl -qw net.ipv4.ip_forward=1;"
    "tc qdisc add dev vred root handle 1: htb; tc class add dev vred parent 1: classid 1:10 htb rate 1mbit"
)

CALI = (
    "ip netns add {ns}; ip link add cali12d4a061371 type veth peer name eth0 netns {ns};"
    "ip link set cali12d4a061371 up; ip -n {ns} link set eth0 up; ip -n {ns} addr add {ip}/32 dev eth0;"
    "ip -n {ns} route add 169.254.1.1 dev eth0; ip -n {ns} route add default via 169.254.1.1;"
    "ip route add {ip}/32 dev cali12d4a061371;"
)
"""A pod as Calico connects it: no bridge, a host route, and the host's end named by a hash of the pod's name."""
GONE = "while ip link show {link} 2>/dev/null >/dev/null; do :; done;"
ALIKE = (
    "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1;"
    "ip netns add {ns}; ip link add v{ns} type veth peer name eth0 address 02:00:00:00:07:01 netns {ns};"
    "ip netns exec {ns} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1;"
    "ip link set v{ns} up; ip -n {ns} link set eth0 up;"
)

RECORDED: dict[str, Docker | Plain] = {
    "pod-recreated": Docker(build=two_pods, change=recreate),
    "network-added": Docker(build=two_pods, change=bring_network),
    "container-restarted": Docker(build=two_published, change=restart),
    "rolling-update": Docker(build=lambda host: replicas(host, "7d9c6b5f4", "x2x9z", "b4c7d"), change=update),
    "rebooted": Docker(build=before_boot, change=reboot),
    "firewall-changed": Plain(
        build=TWO_NAMESPACES + RULES,
        change="iptables -I FORWARD -m conntrack --ctstate INVALID -j DROP; iptables -D FORWARD -s 10.0.0.0/24 -j ACCEPT;"
        "iptables -A FORWARD -s 10.0.0.0/24 -j ACCEPT; iptables -R FORWARD 2 -d 10.0.0.2/32 -p tcp --dport 443 -j ACCEPT;"
        "iptables -P FORWARD DROP; iptables -F INPUT; nft add element inet mine bad '{ 192.0.2.1 }'",
    ),
    "steering-changed": Plain(
        build=TWO_NAMESPACES + STEERED,
        change="ip nexthop del id 7; sysctl -qw net.ipv4.ip_forward=0; tc qdisc del dev vred root;"
        "ip netns exec blue sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1",
    ),
    "veth-off-bridge": Plain(build=TWO_NAMESPACES, change="ip link set vred nomaster"),
    "bridge-deleted": Plain(build=TWO_NAMESPACES, change="ip link del br0"),
    "bridge-renamed": Plain(build=TWO_NAMESPACES, change="ip link set br0 name lan0"),
    "mtu-and-routes": Plain(
        build=TWO_NAMESPACES,
        change="ip link set vblue mtu 1400; ip route replace 192.0.2.0/24 via 10.0.0.2 metric 200;"
        "ip route del 192.0.2.0/24 metric 100; ip route add 198.51.100.0/24 via 10.0.0.2",
    ),
    "link-down": Plain(build=TWO_NAMESPACES, change="ip -n blue link set eth0 down"),
    "namespace-recreated": Plain(
        build=TWO_NAMESPACES,
        change="ip netns del blue; while ip link show vblue 2>/dev/null >/dev/null; do :; done;"
        "ip netns add blue; ip link add vblue2 type veth peer name eth0 netns blue; ip link set vblue2 master br0 up;"
        "ip -n blue link set eth0 up; ip -n blue addr add 10.0.0.7/24 dev eth0; ip -n blue route add default via 10.0.0.1",
    ),
    "calico-recreated": Plain(
        build=CALI.format(ns="cni-1", ip="10.42.0.7"),
        change="ip netns del cni-1;" + GONE.format(link="cali12d4a061371") + CALI.format(ns="cni-2", ip="10.42.0.8"),
    ),
    "ambiguous": Plain(
        build=ALIKE.format(ns="old"),
        change="ip netns del old;" + GONE.format(link="vold") + ALIKE.format(ns="new1") + ALIKE.format(ns="new2"),
    ),
    "runtime-silent": Plain(
        build=TWO_NAMESPACES, change="true", options=("--docker-host", "unix:///run/no-such.sock"), code=5
    ),
}


def main() -> None:
    """Record the cases named, or all."""
    for name in sys.argv[1:] or RECORDED:
        RECORDED[name].record(CASES / name)
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
