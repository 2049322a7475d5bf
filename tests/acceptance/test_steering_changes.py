"""Changes of the firewall, sysctls, nexthops, traffic control and sockets on a real Docker host: each one change at the top."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.lab.bottle import told, top
from tests.lab.docker import DockerHost
from tests.requirements import require_docker

Told = tuple[str, str, str, str]
Do = str | Callable[[DockerHost], None]

RULE = "-p tcp -m tcp --dport 22 -j"
NFT = (
    "nft add table inet mine; nft 'add chain inet mine in { type filter hook input priority 0; policy accept; }';"
    "nft 'add set inet mine bad { type ipv4_addr; }'; nft 'add element inet mine bad { 192.0.2.1 }';"
    "nft add rule inet mine in tcp dport 22 counter accept; nft add rule inet mine in ip saddr @bad drop"
)


def connect(host: DockerHost) -> None:
    host.docker("network", "connect", "back", "solo")


def network(host: DockerHost) -> None:
    host.docker("network", "create", "back", "--subnet", "10.7.0.0/24")


def publish(host: DockerHost) -> None:
    host.container("pub", "-p", "8080:80", "-p", "9090:90/udp")


def restart(host: DockerHost) -> None:
    """The rules of a container that is started anew stand behind those of the others."""
    host.docker("restart", "-t", "0", "pub")


def publish_another(host: DockerHost) -> None:
    host.container("pub2", "-p", "8081:80")


def recreate(host: DockerHost) -> None:
    host.remove_pod("web-1")
    host.pod("web-1", uid="2")


CHANGES: dict[str, tuple[Do, Told, str, set[str] | None]] = {
    "network with its rules": (network, ("network", "added", "host", "back"), "info", None),
    "container connected, with its resolver": (connect, ("veth", "added", "container:solo", ""), "info", None),
    "container with published ports": (publish, ("container", "added", "container:pub", "pub"), "info", None),
    "another one": (publish_another, ("container", "added", "container:pub2", "pub2"), "info", None),
    "container restarted": (restart, ("container", "recreated", "container:pub", "pub"), "info", None),
    "pod made anew": (recreate, ("pod", "recreated", "pod:default/web-1", "default/web-1"), "info", None),
    "rule put before all others": (
        "iptables -I FORWARD -s 10.9.9.0/24 -j DROP",
        ("firewall", "added", "host", "ip filter FORWARD: -s 10.9.9.0/24 -j DROP"), "warning", set(),
    ),
    "rule moved to the end": (
        "iptables -D FORWARD -s 10.9.9.0/24 -j DROP; iptables -A FORWARD -s 10.9.9.0/24 -j DROP",
        ("firewall", "changed", "host", "ip filter FORWARD: -s 10.9.9.0/24 -j DROP"), "warning", {"position"},
    ),
    "rule added": (
        f"iptables -A INPUT {RULE} ACCEPT", ("firewall", "added", "host", f"ip filter INPUT: {RULE} ACCEPT"), "info", set(),
    ),
    "rule with another target": (
        f"iptables -R INPUT 1 {RULE} DROP", ("firewall", "changed", "host", f"ip filter INPUT: {RULE} DROP"),
        "critical", {"text"},
    ),
    "policy of DROP": (
        "iptables -P INPUT DROP", ("firewall", "changed", "host", "chain ip filter INPUT"), "critical",
        {"text", "extra.policy"},
    ),
    "counters": ("iptables -Z", ("", "", "", ""), "", None),
    "firewall reloaded as it was": ("iptables-save | iptables-restore", ("", "", "", ""), "", None),
    "chain flushed": (
        "iptables -F DOCKER", ("firewall", "changed", "host", "chain ip filter DOCKER"), "warning", {"rules"},
    ),
    "native table": (NFT, ("firewall", "added", "host", "table inet mine"), "info", set()),
    "element of a set": (
        "nft 'add element inet mine bad { 192.0.2.2 }'",
        ("firewall", "added", "host", "set inet mine bad: 192.0.2.2"), "info", set(),
    ),
    "native table removed": (
        "nft delete table inet mine", ("firewall", "removed", "host", "table inet mine"), "warning", set(),
    ),
    "forwarding turned off": (
        "sysctl -qw net.ipv4.ip_forward=0", ("sysctl", "changed", "host", "net.ipv4.conf.all"), "critical", None,
    ),
    "IPv6 turned off for a link": (
        "sysctl -qw net.ipv6.conf.docker0.disable_ipv6=1",
        ("sysctl", "changed", "host", "net.ipv6.conf.docker0"), "warning", {"values.disable_ipv6"},
    ),
    "discipline": (
        "tc qdisc add dev docker0 root handle 1: htb", ("qdisc", "changed", "host", "htb 1: dev docker0 root"), "warning", None,
    ),
    "filter": (
        "tc filter add dev docker0 parent 1: protocol ip prio 10 u32 match ip dst 10.0.0.1 flowid 1:10",
        ("filter", "added", "host", "u32 dev docker0 parent 1: protocol ip pref 10"), "info", set(),
    ),
    "discipline removed with its filter": (
        "tc qdisc del dev docker0 root", ("qdisc", "changed", "host", "noqueue 0: dev docker0 root"), "warning", None,
    ),
    "nexthop with a route": (
        "ip nexthop add id 7 via 10.1.27.200 dev docker0; ip route add 10.88.0.0/16 nhid 7",
        ("nexthop", "added", "host", "id 7 via 10.1.27.200 dev docker0"), "info", set(),
    ),
    "nexthop removed with its route": (
        "ip nexthop del id 7", ("nexthop", "removed", "host", "id 7 via 10.1.27.200 dev docker0"), "critical", set(),
    ),
    "tunnel with its socket": (
        "ip link add vx0 type vxlan id 7 remote 192.0.2.1 dstport 4789 dev docker0; ip link set vx0 up",
        ("link", "added", "host", "vx0"), "info", set(),
    ),
    "bridge set down": ("ip link set docker0 down", ("link", "changed", "host", "docker0"), "critical", None),
    "everything flushed": ("nft flush ruleset", ("firewall", "removed", "host", "table ip "), "warning", set()),
}  # fmt: skip


class Steered:
    """A host that changes step by step."""

    def __init__(self, host: DockerHost) -> None:
        self.host = host
        self.steps = 0

    def capture(self) -> str:
        self.host.bottle.settle()
        self.steps += 1
        return str(self.host.capture("--label", f"step-{self.steps}"))

    def after(self, do: Do) -> list[dict[str, Any]]:
        """The top-level changes of a script."""
        if isinstance(do, str):
            self.host.bottle.sh(do)
        else:
            do(self.host)
        path = self.capture()
        report, _ = self.host.bottle.diff(f"{path}@step-{self.steps - 1}", f"{path}@step-{self.steps}")
        return top(report)


@pytest.fixture(scope="module")
def steered() -> Iterator[Steered]:
    require_docker()
    with DockerHost() as host:
        for name in ("web-1", "web-2"):
            host.pod(name)
        host.container("solo")
        steered = Steered(host)
        steered.capture()
        yield steered


@pytest.mark.parametrize("what", CHANGES)
def test_one_change(steered: Steered, what: str) -> None:
    do, (kind, action, scope, name), severity, fields = CHANGES[what]
    changes = steered.after(do)
    if not kind:
        assert changes == []
        return
    assert {(c["kind"], c["action"], c["scope"], c["severity"]) for c in changes} == {
        (kind, action, scope, severity)
    }, json.dumps(told(changes), indent=1)
    assert all(c["name"].startswith(name) for c in changes)
    # Docker keeps two tables; anything else is one change.
    assert len(changes) == (2 if what == "everything flushed" else 1), json.dumps(told(changes), indent=1)
    if fields is not None:
        assert {f["name"] for f in changes[0]["fields"]} == fields
