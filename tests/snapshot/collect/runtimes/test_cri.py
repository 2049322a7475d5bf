"""Asking a CRI runtime, and ones that misbehave: it ends in its budget, and costs only names."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message

from snapshot.collect.runtimes import cri_pb2 as api
from snapshot.collect.runtimes.inquiry import Inquiry
from snapshot.collect.runtimes.protocol import Answer, Endpoint
from tests.requirements import require
from tests.snapshot.collect.runtimes.cri_daemon import Said, cri_daemon
from tests.snapshot.collect.runtimes.listeners import Talk, listener, rubbish, silent, trickling

BOX, ONE, TWO = "b" * 64, "a" * 64, "c" * 64
POD = {"io.kubernetes.pod.name": "web-1", "io.kubernetes.pod.namespace": "shop", "io.kubernetes.pod.uid": "9b1c"}
VERSION = api.VersionResponse(runtime_name="cri-o", runtime_version="1.30.1", runtime_api_version="v1")


def ask(url: str, budget: float = 20.0, *, explicit: bool = True) -> tuple[Answer, float]:
    """The answer, and the seconds it took."""
    began = time.monotonic()
    with Inquiry((Endpoint(runtime="cri", api="cri", url=url, explicit=explicit),), budget) as asked:
        (answer,) = asked.finish()
    assert answer.error is None or (url in answer.error and "\n" not in answer.error)
    return answer, time.monotonic() - began


def sandbox(**more: Any) -> Message:
    """A sandbox as CRI-O tells it: its own JSON says less than containerd's."""
    spec = {
        "process": {"env": ["PASSWORD=SECRET"], "args": ["SECRET"]},
        "annotations": {
            "token": "SECRET",
            "io.kubernetes.cri-o.PortMappings": json.dumps(
                [{"HostPort": 8080, "ContainerPort": 80, "Protocol": "TCP", "HostIP": "10.0.0.1"}]
            ),
        },
        "linux": {"namespaces": [{"type": "pid"}, {"type": "network", "path": "/var/run/netns/0a1b"}]},
    }
    status = api.PodSandboxStatus(
        id=BOX,
        metadata=api.PodSandboxMetadata(name="web-1", namespace="shop", uid="9b1c", attempt=2),
        created_at=1_767_225_600_000_000_001,
        network=api.PodSandboxNetworkStatus(ip="10.85.0.2", additional_ips=[api.PodIP(ip="fd00::2")]),
        labels={**POD, "token": "SECRET", "pod-template-hash": "5d4f"},
    )
    info = {"image": "registry/pause:3.9", "pid": 4321, "runtimeSpec": spec, **more}
    return api.PodSandboxStatusResponse(status=status, info={"info": json.dumps(info)})


def container(number: str, name: str = "app", info: str | None = None) -> Message:
    told = {"sandboxID": BOX, "pid": 4400, "runtimeSpec": {"process": {"env": ["PASSWORD=SECRET"]}}}
    status = api.ContainerStatus(
        id=number,
        metadata=api.ContainerMetadata(name=name, attempt=1),
        state=api.CONTAINER_RUNNING,
        started_at=1_767_225_600_000_000_000,
        image=api.ImageSpec(image="registry/web:1"),
        image_ref="sha256:feed",
        labels={**POD, "io.kubernetes.container.name": name, "token": "SECRET"},
    )
    return api.ContainerStatusResponse(status=status, info={"info": json.dumps(told) if info is None else info})


def listed(*numbers: str) -> Message:
    running = [api.Container(id=n, pod_sandbox_id=BOX, state=api.CONTAINER_RUNNING) for n in numbers]
    return api.ListContainersResponse(containers=running)


def runtime(more: Mapping[str, Sequence[Said]] | None = None) -> Mapping[str, Sequence[Said]]:
    """What a runtime of one pod with one container says."""
    return {
        "Version": [VERSION],
        "ListPodSandbox": [api.ListPodSandboxResponse(items=[api.PodSandbox(id=BOX)])],
        "ListContainers": [listed(ONE)],
        f"PodSandboxStatus/{BOX}": [sandbox()],
        f"ContainerStatus/{ONE}": [container(ONE)],
        f"ContainerStatus/{TWO}": [container(TWO, "side")],
        **(more or {}),
    }


def test_a_pod_as_cri_o_tells_it(tmp_path: Path) -> None:
    with cri_daemon(tmp_path, runtime()) as url:
        answer, _ = ask(url)
    assert (answer.error, answer.torn, answer.networks, answer.same_pids) == (None, None, None, True)
    assert answer.runtime is not None
    assert (answer.runtime.name, answer.runtime.version, answer.runtime.api_version) == ("cri-o", "1.30.1", "v1")
    box, app = (told.container for told in answer.containers)
    assert answer.containers[0].sandbox_path == "/var/run/netns/0a1b"
    assert (box.role, box.name, box.image, box.state, box.pid) == (
        "sandbox", "shop/web-1", "registry/pause:3.9", "running", 4321,
    )  # fmt: skip
    assert (box.pod_namespace, box.pod_name, box.pod_uid, box.pod_container, box.attempt) == (
        "shop", "web-1", "9b1c", None, 2,
    )  # fmt: skip
    assert box.started_at == "2026-01-01T00:00:00.000000001Z"
    assert [network["address"] for network in box.networks if isinstance(network, dict)] == ["10.85.0.2", "fd00::2"]
    assert box.labels == {**POD, "pod-template-hash": "5d4f"}
    assert (app.role, app.name, app.pod_container, app.joined, app.pid, app.attempt) == (
        "container", "shop/web-1/app", "app", BOX, 4400, 1,
    )  # fmt: skip
    assert (app.image, app.image_id) == ("registry/web:1", "sha256:feed")
    assert box.ports == ({"protocol": "tcp", "port": 80, "host_address": "10.0.0.1", "host_port": 8080},)
    assert "SECRET" not in repr(answer)


def test_what_containerd_tells_more(tmp_path: Path) -> None:
    config = {
        "dns_config": {"servers": ["10.96.0.10"], "searches": ["svc"], "options": ["ndots:5"]},
        "port_mappings": [{"container_port": 53, "host_port": 5353, "protocol": 1}, {"container_port": 80}],
    }
    cni = {"Interfaces": {"lo": {"IPConfigs": None}, "eth0": {"IPConfigs": [{"IP": "10.85.0.2", "Gateway": "10.85.0.1"}],
                                                             "Mac": "02:00:00:00:00:01"}}}  # fmt: skip
    with cri_daemon(tmp_path, runtime({f"PodSandboxStatus/{BOX}": [sandbox(config=config, cniResult=cni)]})) as url:
        answer, _ = ask(url)
    box = answer.containers[0].container
    assert box.resolver == {"servers": ["10.96.0.10"], "search": ["svc"], "options": ["ndots:5"]}
    assert box.ports == (
        {"protocol": "udp", "port": 53, "host_address": None, "host_port": 5353},
        {"protocol": "tcp", "port": 80, "host_address": None, "host_port": 0},
    )
    assert box.networks == (
        {"network": None, "address": "10.85.0.2", "gateway": "10.85.0.1", "mac": "02:00:00:00:00:01"},
        {"network": None, "address": "fd00::2", "gateway": None, "mac": None},
    )


def test_a_container_that_vanishes_while_it_is_asked_for_is_no_gap(tmp_path: Path) -> None:
    says = runtime({"ListContainers": [listed(ONE, TWO), listed(TWO)], f"ContainerStatus/{ONE}": ["NOT_FOUND"]})
    with cri_daemon(tmp_path, says) as url:
        answer, _ = ask(url)
    assert (answer.error, answer.torn) == (None, None)
    assert [told.container.id for told in answer.containers] == [BOX, TWO]
    assert answer.seen == {BOX, ONE, TWO}, "the fallback does not take it for one that nobody knew"


@pytest.mark.parametrize("broken", ["INTERNAL", container(ONE, info="{[("), container("")], ids=["error", "json", "id"])
def test_a_container_the_runtime_cannot_tell_of_costs_only_itself(tmp_path: Path, broken: Said) -> None:
    says = runtime({"ListContainers": [listed(ONE, TWO)], f"ContainerStatus/{ONE}": [broken]})
    with cri_daemon(tmp_path, says) as url:
        answer, _ = ask(url)
    assert answer.error is not None
    assert f"did not tell of container {ONE[:12]}" in answer.error
    assert [told.container.id for told in answer.containers] == [BOX, TWO]


def test_what_came_and_went_meanwhile_is_told(tmp_path: Path) -> None:
    says = runtime({"ListContainers": [listed(ONE), listed(TWO)]})
    with cri_daemon(tmp_path, says) as url:
        answer, _ = ask(url)
    assert (answer.error, [told.container.id for told in answer.containers]) == (None, [BOX, ONE])
    assert answer.torn is not None
    assert f"born: {TWO[:12]}; gone: {ONE[:12]}" in answer.torn
    assert TWO in answer.seen


def test_a_runtime_that_falls_silent_keeps_what_it_told(tmp_path: Path) -> None:
    says = runtime({"ListContainers": [listed(ONE, TWO)], f"ContainerStatus/{TWO}": ["silence"]})
    with cri_daemon(tmp_path, says) as url:
        answer, took = ask(url, budget=3.0)
    assert took < 7
    assert answer.error is not None
    assert "no full answer within 3 s; is the daemon hanging?" in answer.error
    assert [told.container.id for told in answer.containers] == [BOX, ONE]


def test_a_runtime_that_will_not_list_again_leaves_its_containers_unconfirmed(tmp_path: Path) -> None:
    with cri_daemon(tmp_path, runtime({"ListContainers": [listed(ONE), "silence"]})) as url:
        answer, took = ask(url, budget=3.0)
    assert took < 7
    assert (answer.error, len(answer.containers)) == (None, 2)
    assert answer.torn is not None
    assert "did not list its containers again" in answer.torn


def test_who_serves_no_cri_is_no_runtime_unless_it_was_named(tmp_path: Path) -> None:
    """containerd beside Docker, with its CRI plugin switched off."""
    with cri_daemon(tmp_path, {}) as url:
        found, _ = ask(url, explicit=False)
        named, _ = ask(url)
    assert found.absent
    assert not named.absent
    assert named.error is not None
    assert "UNIMPLEMENTED" in named.error


def test_without_the_extra_a_runtime_is_a_gap_that_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "snapshot.collect.runtimes.cri", raising=False)
    monkeypatch.setitem(sys.modules, "grpc", None)
    answer, _ = ask(f"unix://{tmp_path}/cri.sock")
    assert answer.unasked
    assert answer.error is not None
    assert "grpc is missing" in answer.error
    assert "install grpcio and protobuf in netlapse's environment" in answer.error


@pytest.mark.parametrize("talk", [silent, trickling])
def test_a_daemon_that_hangs_is_not_waited_for(tmp_path: Path, talk: Talk) -> None:
    with listener(tmp_path, talk) as url:
        answer, took = ask(url, budget=1.0)
    assert took < 3
    assert answer.error is not None
    assert "no full answer within 1 s" in answer.error


def test_what_speaks_another_language_is_a_gap_and_no_crash(tmp_path: Path) -> None:
    with listener(tmp_path, rubbish) as url:
        answer, _ = ask(url)
    assert answer.error is not None
    assert "did not answer" in answer.error


def test_nobody_listens_there(tmp_path: Path) -> None:
    for url, words in (
        (f"unix://{tmp_path}/none.sock", "No such file or directory; is the daemon running"),
        ("tcp://127.0.0.1:1", "a CRI socket is named by unix://"),
    ):
        answer, _ = ask(url)
        assert answer.error is not None
        assert words in answer.error


def test_the_messages_are_those_of_the_proto_files(tmp_path: Path) -> None:
    """`make stubs` would make the same files anew."""
    root = Path(__file__).resolve().parents[4]
    try:
        from grpc_tools import protoc
    except ImportError:
        require(False, "needs grpcio-tools")
    for path in ("snapshot/collect/runtimes/cri.proto", "tests/lab/cri_lab.proto"):
        made = protoc.main(["", f"-I{root}", f"--python_out={tmp_path}", f"--pyi_out={tmp_path}", str(root / path)])
        assert made == 0
        for ending in ("_pb2.py", "_pb2.pyi"):
            name = path.replace(".proto", ending)
            assert (tmp_path / name).read_bytes() == (root / name).read_bytes(), f"{name}: make stubs"
