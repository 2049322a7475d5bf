"""Containers that no runtime told of: who they are by the kubelet's log folders, and who is left out."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from snapshot.collect.runtimes import kubelet, untold
from snapshot.collect.runtimes.kubelet import LoggedContainer, read_log_folders
from snapshot.collect.runtimes.protocol import Answer, Endpoint, ToldContainer
from snapshot.collect.runtimes.untold import with_untold
from snapshot.model.container import Container

UID = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
BOX, APP, LONE, SELF = "b" * 64, "a" * 64, "c" * 64, "d" * 64
POD = f"/kubepods/besteffort/pod{UID}"


class Machine:
    """A /proc and log folders made by hand: what a bottle cannot be, such as a machine that is a container itself."""

    def __init__(self, folder: Path) -> None:
        self.proc, self.pods, self.containers = (folder / name for name in ("proc", "pods", "containers"))
        for made in (self.proc, self.pods, self.containers):
            made.mkdir()
        (self.proc / "meminfo").touch()
        self.process(1, "/init.scope", "systemd")

    def process(self, pid: int, path: str, name: str = "busybox") -> None:
        (self.proc / str(pid)).mkdir(exist_ok=True)
        (self.proc / str(pid) / "cgroup").write_text(f"3:pids:{path}\n0::/\n", encoding="utf-8")
        (self.proc / str(pid) / "comm").write_text(f"{name}\n", encoding="utf-8")

    def log(self, key: str, name: str = "app") -> None:
        target = self.pods / f"shop_web-1_{UID}" / name / "2.log"
        target.parent.mkdir(parents=True, exist_ok=True)
        (self.containers / f"web-1_shop_{name}-{key}.log").symlink_to(target)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setattr(untold, "PROC", str(made.proc))
    monkeypatch.setattr(kubelet, "PODS", str(made.pods))
    monkeypatch.setattr(kubelet, "CONTAINERS", str(made.containers))
    return made


def found(*answers: Answer) -> dict[str, Container]:
    """The containers of the answer that was added."""
    answer = with_untold(answers)[-1]
    assert answer.endpoint.url == "cgroup:"
    assert (answer.error, answer.networks) == (None, None)
    return {told.container.id: told.container for told in answer.containers}


def test_a_host_without_containers_has_no_such_runtime(machine: Machine) -> None:
    machine.process(7, "/system.slice/ssh.service")
    assert with_untold(()) == ()


def test_a_pod_with_logs(machine: Machine) -> None:
    machine.process(20, f"{POD}/{BOX}")
    machine.process(31, f"{POD}/{APP}")
    machine.process(30, f"{POD}/{APP}")
    machine.log(APP)
    told = found()
    box, app = told[BOX], told[APP]
    assert (box.role, box.name, box.pod_container, box.joined, box.pid) == ("sandbox", "shop/web-1", None, None, 20)
    assert (app.role, app.name, app.pod_container, app.joined, app.pid) == (
        "container",
        "shop/web-1/app",
        "app",
        BOX,
        30,
    )
    assert app.attempt == 2
    for container in (box, app):
        assert (container.pod_namespace, container.pod_name, container.pod_uid) == ("shop", "web-1", UID)
        assert (container.source, container.state) == ("kubelet", "running")


def test_pause_is_a_sandbox_where_there_are_no_logs(machine: Machine) -> None:
    machine.process(20, f"{POD}/{BOX}", "pause")
    machine.process(30, f"{POD}/{APP}")
    told = found()
    assert (told[BOX].role, told[APP].role, told[APP].joined) == ("sandbox", "container", BOX)
    assert {(c.pod_name, c.pod_uid, c.source, c.name) for c in told.values()} == {
        (None, UID, "cgroup", BOX[:12]), (None, UID, "cgroup", APP[:12]),
    }  # fmt: skip


def test_none_is_told_twice(machine: Machine) -> None:
    machine.process(20, f"/docker/{APP}")
    machine.process(30, f"/docker/{LONE}")
    endpoint = Endpoint(runtime="docker", url="unix:///run/docker.sock")
    docker = Answer(endpoint=endpoint, seen=frozenset({APP}), started=0.0, finished=0.0)
    told = found(docker)
    assert list(told) == [LONE]
    assert (told[LONE].name, told[LONE].role, told[LONE].source) == (LONE[:12], "container", "cgroup")


def test_what_a_runtime_listed_and_did_not_tell_of_is_not_lost(machine: Machine) -> None:
    """It fell silent between the list and the question."""
    machine.process(20, f"/docker/{APP}")
    machine.process(30, f"/docker/{LONE}")
    docker = Answer(
        endpoint=Endpoint(runtime="docker", url="unix:///run/docker.sock"),
        containers=(ToldContainer(container=Container(id=APP, name="app", state="running")),),
        seen=frozenset({APP, LONE}),
        error="no full answer within 10 s",
        started=0.0,
        finished=0.0,
    )
    assert list(found(docker)) == [LONE]


def test_the_container_that_the_machine_is_is_none_of_its_containers(machine: Machine) -> None:
    machine.process(1, f"/docker/{SELF}")
    machine.process(20, f"/docker/{SELF}/docker/{APP}")
    machine.process(30, f"/docker/{SELF}")
    assert list(found()) == [APP]


@pytest.mark.parametrize(("path", "missed"), [(f"/machine.slice/libpod-{APP}.scope", True), (f"/docker/{APP}", False)])
def test_a_podman_that_does_not_run_is_missed_where_its_containers_are(
    machine: Machine, path: str, missed: bool
) -> None:
    machine.process(20, path)
    endpoint = Endpoint(runtime="podman", url="unix:///run/podman/podman.sock", idle="its service does not run")
    podman = Answer(endpoint=endpoint, error="not asked", unasked=True, started=0.0, finished=0.0)
    assert [answer.absent for answer in with_untold((podman,))] == [not missed, False]


def test_log_folders_of_any_name_are_read(machine: Machine) -> None:
    for name in ("x", "a_b", "_b_c", "a_b_c_d", "new\nline_a_b", f"kube-system_etcd-node_{'5d' * 16}"):
        (machine.pods / name).mkdir()
    (machine.pods / os.fsdecode(b"bad\xff_b_c")).mkdir()
    for name in ("web.log", f"web_shop_app-{APP[:-1]}.log", f"web_shop_my-app-2-{APP}.log"):
        (machine.containers / name).touch()
    logged = read_log_folders()
    assert logged.pods == {"5d" * 16: ("kube-system", "etcd-node")}
    assert logged.containers == {APP: LoggedContainer("shop", "web", "my-app-2", None)}


def test_a_thousand_processes_cost_next_to_nothing(machine: Machine) -> None:
    for pid in range(2, 1002):
        machine.process(pid, f"/docker/{pid:064x}")
    began = time.process_time()
    assert len(found()) == 1000
    assert time.process_time() - began < 0.5
