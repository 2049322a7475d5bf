"""Docker, Podman and containerd on one host, at once: each pod with its containers, address, veth and bridge."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from snapshot.redact.files import redact_file
from snapshot.store.reference import SnapshotRef
from tests.lab import podman
from tests.lab.bottle import Bottle, told, top
from tests.lab.containerd import Containerd
from tests.lab.podman import BRIDGE as PODMAN_BRIDGE
from tests.lab.together import BRIDGES, CANARY, Host, together
from tests.requirements import require_containerd, require_docker, require_podman
from tests.snapshot.collect.runtimes.listeners import listener, silent
from tests.snapshot.redact.law import BY, hold_files

POD_CONTAINERS = {
    "pod:default/web-1": {"app", "side"},
    "pod:default/web-2": {"app"},
    "pod:docker/web": {"app"},
    "pod:podman/shop": {"cart", "till"},
}
STATE = {
    "run": "find /run -not -path '*/fd/*' | sort",
    "mounts": "cat /proc/self/mountinfo | cut -d' ' -f4- | sort",
    "links": "ip -j link show | tr ',' '\\n' | grep -v operstate",
    "namespaces": "ls -1 /run/netns; lsns -t net -n -o NS | sort",
    "logs": "find /var/log | sort",
}


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    require_docker()
    require_podman()
    require_containerd()
    with together() as made:
        yield made


def test_every_runtime_is_found_by_itself(host: Host) -> None:
    done = host.bottle.netlapse("doctor")
    assert done.returncode == 0, done.stdout
    told = " ".join(done.stdout.split())
    for words in (
        "docker 20.", "at unix:///run/docker.sock: 3 containers, 3 networks",
        "podman 4.", "at unix:///run/podman/podman.sock: 4 containers, 1 network",
        "containerd 1.", "at unix:///run/containerd/containerd.sock: 7 containers",
    ):  # fmt: skip
        assert words in told


def hold_workloads(host: Host, facts: dict[str, Any], scopes: set[str]) -> None:
    """Each workload against what the kernel says in the namespace that its engine says it is in."""
    links = {link["ifindex"]: link for link in host.bottle.ip_json("link show")}
    veths = {veth["scope"]: veth for veth in facts["veth"]}
    for scope, pid in host.pids.items():
        if scope not in scopes:
            continue
        inside = host.bottle.run("nsenter", "-t", str(pid), "-n", "--", "ip", "-j", "addr", "show", "eth0").stdout
        (eth0,) = json.loads(inside)
        peer = links[eth0["link_index"]]
        assert peer["master"] == BRIDGES[scope]
        assert veths[scope]["bridge"] == BRIDGES[scope]
        assert [end["name"] for end in veths[scope]["ends"]] == [peer["ifname"], "eth0"]
        mine = {f"{a['local']}/{a['prefixlen']}" for a in eth0["addr_info"]}
        assert {a["address"] for a in facts["address"] if a["scope"] == scope and a["dev"] == "eth0"} == mine


def test_each_pod_with_its_containers_address_veth_and_bridge(host: Host) -> None:
    facts = host.facts
    hold_workloads(host, facts, set(BRIDGES))
    for scope, names in POD_CONTAINERS.items():
        members = [c for c in facts["container"] if c["scope"] == scope]
        (sandbox,) = (c for c in members if c["role"] == "sandbox")
        assert {c["pod_container"] for c in members if c["role"] == "container"} == names
        assert {c["joined"] for c in members} == {None, sandbox["id"]}
        addresses = {a["address"].partition("/")[0] for a in facts["address"] if a["scope"] == scope}
        assert {n["address"].partition("/")[0] for n in sandbox["networks"]} <= addresses
        assert sandbox["networks"]
    assert {c["scope"] for c in facts["container"] if c["pod_name"] == "hosted"} == {"host"}
    assert len({c["id"] for c in facts["container"]}) == len(facts["container"]) == 14
    assert {c["source"] for c in facts["container"]} == {"api"}
    assert {n["bridge"] for n in facts["network"]} == {"docker0", PODMAN_BRIDGE, None}


def test_the_checks_find_nothing_but_the_port_that_no_plugin_serves(host: Host) -> None:
    """CNI's portmap is not in containerd's configuration here: 8081 is published, and nothing takes it."""
    done = host.bottle.netlapse("check", str(host.path), "-f", "json")
    told = json.loads(done.stdout)
    assert [(f["check"], f["message"][:32]) for f in told["findings"]] == [
        ("port-without-rule-or-listener", "default/web-1 publishes 8081/tcp")
    ]
    assert told["unchecked"] == []


def test_ports_resolvers_and_attempts(host: Host) -> None:
    told = {c["name"]: c for c in host.facts["container"]}
    sandbox = told["default/web-1"]
    assert sandbox["ports"] == [{"protocol": "tcp", "port": 80, "host_address": "10.22.0.1", "host_port": 8081}]
    assert sandbox["resolver"] == {"servers": ["10.96.0.10"], "search": ["svc.local"], "options": ["ndots:5"]}
    assert sandbox["labels"]["pod-template-hash"] == "5d4f"
    assert (told["default/web-1/app"]["attempt"], told["default/web-1/side"]["attempt"]) == (0, 3)
    alone = told["alone"]
    assert alone["ports"] == [{"protocol": "udp", "port": 80, "host_address": "10.1.27.1", "host_port": 8082}]
    assert alone["resolver"] == {"servers": ["10.9.9.9"], "search": ["corp.local"], "options": ["ndots:2"]}
    (infra,) = (c for c in told.values() if c["pod_name"] == "shop" and c["role"] == "sandbox")
    assert infra["ports"] == [{"protocol": "tcp", "port": 80, "host_address": None, "host_port": 8083}]
    assert infra["resolver"] == {"servers": ["10.8.8.8"]}
    assert told["solo"]["labels"] == {"io.podman.compose.service": "solo"}
    assert told["solo"]["ports"] == []


def test_no_secret_of_any_engine_is_in_the_file(host: Host) -> None:
    environment = host.docker.inspect("alone")["Config"]["Env"]
    assert any(CANARY in variable for variable in environment), "the engine has them"
    assert CANARY in json.dumps(host.podman.inspect("till"))
    content = host.path.read_bytes()
    assert b"default/web-1/side" in content, "what is in the file can be found in its bytes"
    assert CANARY.encode() not in content
    assert b"PASSWORD" not in content


def test_redacted_it_says_the_same_without_their_names(host: Host) -> None:
    """At the source as afterwards; and the diff of two redacted captures is the redacted diff."""
    bottle, folder = host.bottle, host.bottle.folder
    bottle.netlapse("redact", "--new-key", str(folder / "key"), check=True)
    bottle.netlapse("capture", "-o", str(folder / "by-key"), "--redact", "--key-file", str(folder / "key"), check=True)
    told = bottle.show(folder / "by-key")
    assert Counter(c["role"] for c in told["container"]) == Counter(c["role"] for c in host.facts["container"])
    assert Counter(len(c["networks"]) for c in told["container"]) == Counter(
        len(c["networks"]) for c in host.facts["container"]
    )
    names = {
        c[what]
        for c in host.facts["container"]
        for what in ("id", "name", "pod_name", "pod_uid", "image_id")
        if c[what]
    }
    names |= {
        a["address"].partition("/")[0]
        for a in host.facts["address"]
        if a["scope"] != "host" and a["address"][:3] == "10."
    }
    names |= {"corp.local", "10.96.0.10", "10.9.9.9", "10.8.8.8"}
    content = (folder / "by-key").read_bytes()
    shown = {
        name for name in names if re.search(rb"(?<![0-9A-Za-z.])%b(?![0-9A-Za-z])" % re.escape(name).encode(), content)
    }
    assert {name for name in names if len(name) > 3} - shown and not {name for name in shown if not name.isdigit()}
    bottle.ip("route add 10.50.60.0/24 via 10.1.27.9")
    bottle.ip("link set docker0 mtu 1400")
    try:
        after = bottle.capture("changed")
    finally:
        bottle.ip("route del 10.50.60.0/24")
        bottle.ip("link set docker0 mtu 1500")
    files = [host.path, after]
    for path in (host.path, after):
        files.append(folder / f"{path.name}-redacted")
        redact_file(path, files[-1], BY)
    assert hold_files(*(SnapshotRef(path=path) for path in files)) >= 2


def test_asking_them_changes_nothing(host: Host) -> None:
    def state() -> dict[str, str]:
        return {name: host.bottle.run("sh", "-c", command, check=False).stdout for name, command in STATE.items()}

    def workloads() -> list[str]:
        told = (
            host.docker.docker("ps", "-a", "--format", "{{.ID}} {{.Names}}"),
            host.podman.podman("ps", "-a", "--format", "{{.ID}} {{.Names}}"),
            host.bottle.run(*host.containerd.ctr("-n", "k8s.io", "tasks", "ls")).stdout,
        )
        return [line for words in told for line in sorted(words.splitlines())]

    state()
    before = (workloads(), state())
    host.bottle.capture("harmless")
    assert (workloads(), state()) == before


def without_cri(host: Host, name: str, *, stale: bool) -> dict[str, Any]:
    """A capture with containerd's socket gone, or left behind by a daemon that died."""
    socket, aside = host.containerd.socket, f"{host.containerd.socket}.aside"
    bind = "import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])"
    host.bottle.sh(f"mv {socket} {aside}")
    try:
        if stale:
            host.bottle.run("python3", "-c", bind, socket)
        path = host.bottle.capture(name, code=5 if stale else 0)
    finally:
        host.bottle.sh(f"mv -f {aside} {socket}")
    return dict(host.bottle.show(path))


def hold_fallback(host: Host, facts: dict[str, Any]) -> None:
    """Everything that containerd would have told of who is who, told without it."""
    hold_workloads(host, facts, set(BRIDGES))
    before = {c["id"]: c for c in host.facts["container"]}
    after = {c["id"]: c for c in facts["container"]}
    assert before.keys() == after.keys(), "none is missing, none is told twice"
    same = (
        "name", "role", "joined", "namespace", "pid", "pod_namespace", "pod_name", "pod_uid", "pod_container", "scope",
    )  # fmt: skip
    for key, container in after.items():
        assert container["source"] == ("kubelet" if container["pod_namespace"] == "default" else "api")
        assert {field: container[field] for field in same} == {field: before[key][field] for field in same}
    assert [c["attempt"] for c in after.values() if c["name"] == "default/web-1/side"] == [3]


@pytest.mark.parametrize("stale", [False, True], ids=["absent", "closed"])
def test_with_no_cri_the_pods_are_named_by_cgroups_and_log_folders(host: Host, stale: bool) -> None:
    hold_fallback(host, without_cri(host, f"closed-{stale}", stale=stale))


def test_with_a_silent_cri_they_are_too(host: Host, tmp_path: Path) -> None:
    with listener(tmp_path, silent) as url:
        path = host.bottle.capture("hanging", "--cri-socket", url, code=5)
    hold_fallback(host, host.bottle.show(path))


def test_a_pod_named_by_the_kubelet_is_the_pod_containerd_told_of(host: Host) -> None:
    without_cri(host, "other", stale=False)
    report, _ = host.bottle.diff(host.path, host.bottle.folder / "other", "--force")
    assert {c["action"] for c in report["changes"] if c["kind"] in ("pod", "veth", "namespace")} <= {"changed"}
    assert {c["action"] for c in report["changes"] if c["kind"] == "container"} <= {"changed", "unknown"}


def test_a_pod_of_containerd_made_anew_is_one_line(host: Host) -> None:
    pod = host.containerd.pod("web-9")
    before = host.bottle.capture("anew")
    pod.remove()
    host.containerd.pod("web-9", uid="2")
    host.bottle.settle()
    report, _ = host.bottle.diff(f"{before}@first", host.bottle.capture("anew"))
    assert [c for c in told(top(report)) if c[0] != "neighbour"] == [
        ("pod", "recreated", "pod:default/web-9", "default/web-9")
    ]


SYSTEMD = """
import socket, sys
with socket.socket(socket.AF_UNIX) as held:
    held.bind(sys.argv[1])
    held.listen()
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_podman_that_does_not_run_is_not_started(host: Host) -> None:
    """Its socket is held by another, as systemd holds it, and its containers run on."""
    host.podman.stop()
    host.bottle.sh(f"rm -f {podman.SOCKET}")
    path = host.bottle.folder / "idle"
    with host.bottle.spawn(
        "python3", "-c", SYSTEMD, podman.SOCKET, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as systemd:
        try:
            assert systemd.stdout is not None
            assert systemd.stdout.readline() == "held\n"
            done = host.bottle.netlapse("capture", "-o", str(path))
        finally:
            assert systemd.stdin is not None
            systemd.stdin.close()
    host.bottle.sh(f"rm -f {podman.SOCKET}")
    host.podman.serve()
    assert done.returncode == 5
    assert f"skipped: unix://{podman.SOCKET}: container, network: " in done.stderr
    assert f"asking would start it; if it may be started: --docker-host unix://{podman.SOCKET}" in done.stderr
    containers = host.bottle.show(path, "--kind", "container")
    assert [c["source"] for c in containers].count("cgroup") == 4, "Podman's four, by their ids"


def test_a_containerd_without_cri_is_no_gap() -> None:
    """As it stands beside many a Docker."""
    require_containerd()
    with Bottle() as bottle, closing(Containerd(bottle, cri=False)) as containerd:
        done = bottle.netlapse("doctor")
        assert done.returncode == 0, done.stdout
        assert f"containerd at unix://{containerd.socket} does not serve the CRI" in " ".join(done.stdout.split())
        assert bottle.show(bottle.capture("without"))["container"] == []
        named = bottle.netlapse("capture", "-o", str(bottle.folder / "named"), "--cri-socket", containerd.socket)
        assert named.returncode == 5
        assert "UNIMPLEMENTED" in named.stderr
