"""Every object in the file against the kernel's own tools and the engine, field by field, in every namespace."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab import truth
from tests.lab.bottle import Bottle
from tests.lab.docker import DockerHost
from tests.requirements import require_bottles, require_docker

PODS = ("web-1", "web-2", "web-3", "web-4")
Run = Callable[..., str]
ASKED = {
    "link": ("ip -j -d link show",),
    "address": ("ip -j -d addr show",),
    "route": ("ip -j -d -4 route show table all", "ip -j -d -6 route show table all"),
    "rule": ("ip -j -d -4 rule show", "ip -j -d -6 rule show"),
    "neighbour": (
        "ip -j -d -4 neigh show nud all", "ip -j -d -6 neigh show nud all", "ip -j -d -4 neigh show proxy",
        "ip -j -d -6 neigh show proxy",
    ),
    "fdb": ("bridge -j -d fdb show",),
}  # fmt: skip


def asked(run: Run) -> dict[str, list[dict[str, Any]]]:
    """What the tools tell of one namespace."""
    commands = [(kind, command) for kind, commands in ASKED.items() for command in commands]
    answers = run("sh", "-ec", "; echo @; ".join(command for _, command in commands)).split("@\n")
    told: dict[str, list[dict[str, Any]]] = {kind: [] for kind in ASKED}
    for (kind, _), answer in zip(commands, answers, strict=True):
        told[kind] += json.loads(answer.strip() or "[]")
    return told


def hold(facts: dict[str, list[dict[str, Any]]], scope: str, theirs: dict[str, list[dict[str, Any]]]) -> None:
    """Hold one namespace's facts against what the tools told of it."""
    ours = {kind: [fact for fact in facts[kind] if fact["scope"] == scope] for kind in ASKED}
    local = {link["ifindex"]: link["name"] for link in ours["link"]}
    by_index = {fact["ifindex"]: truth.link_words(fact, local) for fact in ours["link"]}
    assert set(by_index) == {link["ifindex"] for link in theirs["link"]}
    for link in theirs["link"]:
        told = truth.told(link)
        assert truth.leaves(truth.answered(by_index[link["ifindex"]], told)) == truth.leaves(told)
    truth.same_objects(
        ({**truth.address_words(fact), "dev": fact["dev"]} for fact in ours["address"]),
        (
            {**truth.told(address), "dev": link["ifname"]}
            for link in theirs["address"]
            for address in link.get("addr_info", ())
        ),
    )
    words: dict[str, Callable[[truth.Fact], dict[str, Any]]] = {
        "route": truth.route_words,
        "rule": truth.rule_words,
        "neighbour": truth.neighbour_words,
        "fdb": truth.fdb_words,
    }
    for kind, put in words.items():
        truth.same_objects(map(put, ours[kind]), map(truth.told, theirs[kind]))


def captured_still(capture: Callable[[], dict[str, Any]], ask: Callable[[], Any]) -> tuple[dict[str, Any], Any]:
    """A capture during which the host did not change by itself, and what the tools tell of the host."""
    for _ in range(20):
        before = ask()
        facts = capture()
        after = ask()
        if json.dumps(truth.told(before, addresses=True)) == json.dumps(truth.told(after, addresses=True)):
            return facts, after
    raise AssertionError("the host did not come to rest")


@pytest.fixture(scope="module")
def docker() -> Iterator[DockerHost]:
    require_docker()
    with DockerHost() as host:
        for name in PODS:
            host.pod(name)
        yield host


def test_the_classic_picture(docker: DockerHost) -> None:
    path = docker.capture()
    facts = docker.bottle.show(path)
    assert (len(facts["container"]), len(facts["pod"]), len(facts["namespace"])) == (8, 4, 5)
    on_docker0 = [veth for veth in facts["veth"] if veth["bridge"] == "docker0"]
    assert len(on_docker0) == 4
    for veth in on_docker0:
        host_end, end = veth["ends"]
        assert (host_end["scope"], end["scope"]) == ("host", veth["scope"])
        assert (end["name"], host_end["state"], end["state"]) == ("eth0", "UP", "UP")
    for name in PODS:
        scope = f"pod:default/{name}"
        namespace = next(ns for ns in facts["namespace"] if ns["scope"] == scope)
        assert namespace["ways_out"] == ["via 10.1.27.1 dev eth0"]
        assert namespace["containers"] == [f"k8s_POD_{name}", f"k8s_app_{name}"]
        pod = next(pod for pod in facts["pod"] if pod["scope"] == scope)
        settings = docker.inspect(f"k8s_POD_{name}")["NetworkSettings"]["Networks"]
        assert set(pod["addresses"]) == {f"{n['IPAddress']}/{n['IPPrefixLen']}" for n in settings.values()}
    text = docker.bottle.netlapse("show", str(path), check=True).stdout
    assert "8 containers" in text
    assert "4 namespaces" in text
    assert all(name in text for name in PODS)


def test_every_fact_of_a_docker_host(docker: DockerHost) -> None:
    pids = {f"pod:default/{name}": str(docker.pid(f"k8s_POD_{name}")) for name in PODS}

    def ask() -> dict[str, Any]:
        told = {"host": asked(lambda *command: docker.bottle.run(*command).stdout)}
        for scope, pid in pids.items():
            told[scope] = asked(
                lambda *command, pid=pid: docker.bottle.run("nsenter", "-t", pid, "-n", "--", *command).stdout
            )
        return told

    docker.docker("network", "create", "back", "--subnet", "10.7.0.0/24")
    docker.docker("network", "connect", "back", "k8s_POD_web-4")
    facts, theirs = captured_still(lambda: docker.bottle.show(docker.capture()), ask)
    assert {ns["scope"] for ns in facts["namespace"]} == set(theirs)
    for scope, told in theirs.items():
        hold(facts, scope, told)
    containers = {fact["id"]: truth.container_words(fact) for fact in facts["container"]}
    ids = docker.docker("ps", "-aq", "--no-trunc").split()
    assert set(containers) == set(ids)
    for number in ids:
        assert containers[number] == truth.inspected_words(docker.inspect(number))
    networks = {n["name"]: n for n in facts["network"]}
    for name in docker.docker("network", "ls", "--format", "{{.Name}}").split():
        answer = json.loads(docker.docker("network", "inspect", name))[0]
        ours = networks.pop(name)
        assert (ours["id"], ours["driver"]) == (answer["Id"], answer["Driver"])
        assert [s["subnet"] for s in ours["subnets"]] == [c["Subnet"] for c in answer["IPAM"]["Config"] or ()]
        if answer["Driver"] == "bridge":
            assert ours["bridge"] in {link["name"] for link in facts["link"] if link["scope"] == "host"}
    assert networks == {}


MANY_KINDS = """
ip link add br0 type bridge stp_state 1; ip addr add 10.0.0.1/24 brd + dev br0; ip link set br0 up
for n in blue red; do
  ip netns add $n; ip link add v$n type veth peer name eth0 netns $n; ip link set v$n master br0 up
  ip -n $n link set lo up; ip -n $n link set eth0 up
done
ip -n blue addr add 10.0.0.2/24 dev eth0; ip -n blue addr add fd00::2/64 dev eth0 nodad
ip -n blue route add default via 10.0.0.1 metric 50 mtu 1400
ip -n red addr add 10.0.0.3 peer 10.0.0.9/32 dev eth0
ip link set vblue alias 'uplink of blue'; ip link property add dev vblue altname blue-uplink altname blau
ip neigh add 10.0.0.55 lladdr 02:00:00:00:00:55 dev br0 nud permanent; ip neigh add proxy 10.0.0.99 dev br0
ip link add vx0 type vxlan id 5 remote 10.0.0.55 dstport 4789 dev br0; ip link set vx0 up
bridge fdb append 02:00:00:00:00:77 dev vx0 dst 10.0.0.3 self permanent
bridge fdb add 02:00:00:00:00:66 dev vred master static
ip -n red link add mv0 link eth0 type macvlan mode bridge; ip -n red link set mv0 up
ip tuntap add tap0 mode tap
ip route add 10.9.0.0/16 nexthop via 10.0.0.2 weight 2 nexthop via 10.0.0.3 weight 5
ip route add blackhole 10.66.0.0/16; ip route add unreachable 10.67.0.0/16 metric 9 table 77
ip route add 10.68.0.0/16 via 10.0.0.250 dev br0 onlink proto static
ip -6 addr add fd00::1/64 dev br0 nodad; ip -6 route add fd01::/48 via fd00::2 dev br0 metric 77
ip -6 route add fd02::/48 nexthop via fd00::2 dev br0 weight 3 nexthop via fd00::3 dev br0
ip rule add from 10.3.0.0/16 to 10.4.0.1 iif br0 fwmark 0x10/0xff lookup 77 priority 100
ip rule add not from 10.5.0.5 blackhole priority 200; ip -6 rule add oif br0 lookup 78 priority 300
ip -6 neigh add fd00::55 lladdr 02:00:00:00:00:55 dev br0 nud permanent router
"""


def test_every_fact_of_many_kinds() -> None:
    require_bottles()
    with Bottle() as bottle:
        bottle.sh(MANY_KINDS)

        def ask() -> dict[str, Any]:
            told = {"host": asked(lambda *command: bottle.run(*command).stdout)}
            for name in ("blue", "red"):
                told[f"netns:{name}"] = asked(
                    lambda *command, name=name: bottle.run("ip", "netns", "exec", name, *command).stdout
                )
            return told

        def capture() -> dict[str, Any]:
            path = Path(bottle.capture())
            return dict(bottle.show(path))

        facts, theirs = captured_still(capture, ask)
        assert {ns["scope"] for ns in facts["namespace"]} == set(theirs)
        for scope, told in theirs.items():
            hold(facts, scope, told)
