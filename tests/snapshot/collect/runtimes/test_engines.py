"""A real Docker engine, also seen from another pid namespace."""

from __future__ import annotations

import json
import select
from collections.abc import Iterator

import pytest

from snapshot.collect.runtimes.endpoints import find_endpoints
from snapshot.collect.runtimes.inquiry import Inquiry
from snapshot.collect.runtimes.protocol import Answer
from snapshot.model.json import canonical
from tests.lab.bottle import Bottle
from tests.lab.docker import IMAGE, DockerHost
from tests.lab.waiting import wait_for
from tests.requirements import require_docker


@pytest.fixture(scope="module")
def host() -> Iterator[DockerHost]:
    require_docker()
    with DockerHost() as host:
        host.pod("web-1")
        host.container("hosted", "--network", "host", "--env", "PASSWORD=SECRET")
        host.container("alone", "--network", "none")
        host.docker("network", "create", "back", "--subnet", "10.7.0.0/24", "--ipv6", "--subnet", "fd00:7::/64")
        host.container("both", "--network", "back")
        host.docker("network", "connect", "bridge", "both")
        host.docker("create", "--name", "made", IMAGE, "/bin/busybox", "true")
        host.container("ended")
        host.docker("kill", "ended")
        yield host


def asked(url: str) -> Answer:
    with Inquiry(find_endpoints([url], environment={}), 20.0) as inquiry:
        (answer,) = inquiry.finish()
    return answer


def test_all_containers_in_every_state(host: DockerHost) -> None:
    answer = asked(host.url)
    assert answer.error is None
    told = {t.container.name: t.container for t in answer.containers}
    assert {name: c.state for name, c in told.items()} == {
        "k8s_POD_web-1": "running", "k8s_app_web-1": "running", "hosted": "running", "alone": "running",
        "both": "running", "made": "created", "ended": "exited",
    }  # fmt: skip
    assert (told["made"].pid, told["made"].started_at) == (None, None)
    assert (told["ended"].pid, told["ended"].started_at is None) == (None, False)
    assert told["k8s_app_web-1"].joined == told["k8s_POD_web-1"].id
    assert (told["hosted"].network_mode, told["alone"].network_mode) == ("host", "none")
    settings = host.inspect("both")["NetworkSettings"]["Networks"]
    networks = json.loads(canonical(told["both"].networks))
    assert {(n["network"], n["address"]) for n in networks} == {
        ("back", f"{settings['back']['IPAddress']}/24"),
        ("back", f"{settings['back']['GlobalIPv6Address']}/64"),
        ("bridge", f"{settings['bridge']['IPAddress']}/24"),
    }
    assert "SECRET" not in repr(answer)


def test_every_bridge_of_docker_exists(host: DockerHost) -> None:
    bridges = {n.name: n.bridge for n in asked(host.url).networks or ()}
    links = {link["ifname"] for link in host.bottle.ip_json("link show type bridge")}
    assert bridges["bridge"] == "docker0"
    assert {bridge for bridge in bridges.values() if bridge is not None} == links
    assert (bridges["host"], bridges["none"]) == (None, None)


def test_containers_are_in_the_namespaces_they_are_in(host: DockerHost) -> None:
    facts = host.bottle.show(host.capture())
    scopes = {c["name"]: c["scope"] for c in facts["container"]}
    assert scopes["hosted"] == "host"
    assert scopes["k8s_POD_web-1"] == scopes["k8s_app_web-1"] == "pod:default/web-1"
    inodes = {ns["scope"]: ns["inode"] for ns in facts["namespace"]}
    for name in ("hosted", "k8s_POD_web-1", "k8s_app_web-1", "alone", "both"):
        link = host.bottle.run("readlink", f"/proc/{host.pid(name)}/ns/net").stdout.strip()
        assert link == f"net:[{inodes[scopes[name]]}]", name


def test_pids_of_another_pid_namespace_are_not_taken_for_ours(host: DockerHost) -> None:
    """The bottle's processes have other numbers out here: each of them is some other process of the machine."""
    assert asked(host.url).same_pids is False
    with Bottle() as elsewhere:
        path = elsewhere.folder / "elsewhere"
        done = elsewhere.netlapse("capture", "-o", str(path), "--docker-host", host.url)
        assert done.returncode in (0, 5), done.stderr
        containers = elsewhere.show(path, "--kind", "container")
    assert len(containers) == 7
    assert {c["namespace"] for c in containers} == {None}
    assert {c["name"] for c in containers if c["scope"] == "host"} == {"hosted"}


def test_what_came_and_went_meanwhile_is_told(host: DockerHost) -> None:
    host.container("leaving")
    host.container("stopping")
    ids = {name: host.inspect(name)["Id"][:12] for name in ("leaving", "stopping", "made")}
    with Inquiry(find_endpoints([host.url], environment={}), 20.0) as inquiry:
        alive = inquiry._children[0].alive
        wait_for("everything to be told once", lambda: select.select([alive], [], [], 0)[0])
        ids["coming"] = host.container("coming")[:12]
        host.docker("rm", "-f", "leaving")
        host.docker("kill", "stopping")
        host.docker("start", "made")
        (answer,) = inquiry.finish()
    host.docker("rm", "-f", "coming", "stopping")
    assert answer.error is None
    assert answer.torn is not None
    assert f"born: {ids['coming']}; gone: {ids['leaving']}; " in answer.torn
    assert f"stopped: {ids['stopping']}" in answer.torn
    assert "leaving" in {told.container.name for told in answer.containers}
