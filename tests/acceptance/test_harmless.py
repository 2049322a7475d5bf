"""A capture leaves the host as it was."""

from __future__ import annotations

import json
from pathlib import Path

from tests.lab.docker import DockerHost
from tests.requirements import require_docker

STATE = {
    "links": "ip -j -d link show",
    "addresses": "ip -j addr show",
    "routes": "ip -j route show table all; ip -j -6 route show table all",
    "rules": "ip -j rule show",
    "namespaces": "ls -1 /run/netns; lsns -t net -n -o NS | sort",
    "named": "cat /proc/self/mountinfo | grep nsfs | cut -d' ' -f4,5 | sort",
    "firewall": "nft list ruleset | sed 's/counter packets.*//'; iptables-save | grep -v '^#' | cut -d'[' -f1",
    "firewall6": "ip6tables-save | grep -v '^#' | cut -d'[' -f1",
    "sysctls": "find /proc/sys/net -type f -perm -444 ! -name '*_ipv6_*' ! -path '*/route/flush' ! -name stable_secret"
    " | sort | xargs grep -H . 2>/dev/null",
    "modules": "cat /proc/modules 2>/dev/null || true",
    "sockets": "ls /run",
}  # fmt: skip
MOVING = ("gc_timer", "hello_timer", "forward_delay_timer", "message_age_timer", "hold_timer", "valid_life_time",
          "preferred_life_time")  # fmt: skip
MOVING_SYSCTLS = ("nf_conntrack_count", "unres_qlen", "dirty", "max_dgram_qlen", "fib_multipath")


def state(host: DockerHost) -> dict[str, str]:
    told = {name: host.bottle.run("sh", "-c", command, check=False).stdout for name, command in STATE.items()}
    links = json.loads(told["links"])
    for link in links:
        for data in link.get("linkinfo", {}).values():
            if isinstance(data, dict):
                for name in MOVING:
                    data.pop(name, None)
    told["links"] = json.dumps(links)
    told["sysctls"] = "\n".join(
        line for line in told["sysctls"].splitlines() if not any(word in line for word in MOVING_SYSCTLS)
    )
    return told


def test_a_capture_changes_nothing() -> None:
    require_docker()
    with DockerHost() as host:
        host.pod("web-1")
        host.bottle.sh("ip netns add blue; ip link add v type veth peer name eth0 netns blue")
        # The first look makes the kernel set up what any look sets up (iptables-nft makes its tables).
        state(host)
        host.bottle.settle()
        before = state(host)
        assert len(before["sysctls"].splitlines()) > 500
        path = host.capture()
        after = state(host)
        for name, told in before.items():
            assert after[name] == told, name
        assert sorted(p.name for p in Path(path.parent).iterdir() if "netlapse" in p.name) == []


def test_no_process_is_left_behind() -> None:
    require_docker()
    with DockerHost() as host:
        host.capture()
        left = host.bottle.sh("cat /proc/[0-9]*/stat 2>/dev/null | cut -d' ' -f1-3")
        assert "python" not in left
        assert "netlapse" not in left
