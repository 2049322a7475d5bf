"""What is kept of an engine's answers, and what is not."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from snapshot.collect.runtimes.docker import told_container, told_network
from snapshot.collect.runtimes.labels import LONGEST, kept
from snapshot.model.json import canonical

ID = "c0ffee" + "0" * 58
POD = {
    "io.kubernetes.pod.name": "web-1",
    "io.kubernetes.pod.namespace": "shop",
    "io.kubernetes.pod.uid": "9b1c",
}


def inspected(labels: dict[str, str] | None = None, mode: str = "default", **settings: Any) -> dict[str, Any]:
    """An inspect answer with secrets in the places where containers have them."""
    return {
        "Id": ID,
        "Name": "/web",
        "Image": "sha256:feed",
        "Path": "SECRET-path",
        "Args": ["SECRET-argument"],
        "RestartCount": 2,
        "State": {"Status": "running", "Pid": 4321, "StartedAt": "2026-01-02T03:04:05.678901234Z", "Error": "SECRET"},
        "Config": {
            "Image": "registry.example/web:1",
            "Env": ["PASSWORD=SECRET-env"],
            "Cmd": ["SECRET-command"],
            "Entrypoint": ["SECRET-entry"],
            "Labels": {"token": "SECRET-label", **(labels or {})},
        },
        "HostConfig": {"NetworkMode": mode, "Binds": ["SECRET-bind"]},
        "Mounts": [{"Source": "SECRET-mount"}],
        "NetworkSettings": settings,
    }


def test_secrets_stay_where_they_are() -> None:
    told = told_container(inspected(POD))
    assert "SECRET" not in json.dumps(asdict(told))
    assert told.container.image == "registry.example/web:1"
    assert (told.container.state, told.container.pid, told.container.restarts) == ("running", 4321, 2)
    assert told.container.started_at == "2026-01-02T03:04:05.678901234Z"


@pytest.mark.parametrize(
    "labels", [{"io.kubernetes.docker.type": "podsandbox"}, {"io.kubernetes.container.name": "POD"}]
)
def test_a_pods_pause_container_is_its_sandbox(labels: dict[str, str]) -> None:
    container = told_container(inspected(POD | labels)).container
    assert (container.role, container.pod_container) == ("sandbox", None)
    assert (container.pod_namespace, container.pod_name, container.pod_uid) == ("shop", "web-1", "9b1c")


def test_an_application_container_of_a_pod_joins_its_sandbox() -> None:
    labels = POD | {"io.kubernetes.docker.type": "container", "io.kubernetes.container.name": "app"}
    container = told_container(inspected(labels, mode=f"container:{ID}")).container
    assert (container.role, container.pod_container, container.joined) == ("container", "app", ID)


def test_a_container_of_no_pod() -> None:
    container = told_container(inspected({"io.kubernetes.container.name": "POD"})).container
    assert (container.role, container.pod_name, container.pod_namespace, container.joined) == (
        "container", None, None, None,
    )  # fmt: skip


def test_addresses_of_both_families_on_every_network() -> None:
    networks = {
        "back": {
            "IPAddress": "10.7.0.2", "IPPrefixLen": 24, "Gateway": "10.7.0.1", "MacAddress": "02:42:0a:07:00:02",
            "GlobalIPv6Address": "fd00:7::2", "GlobalIPv6PrefixLen": 64, "IPv6Gateway": "fd00:7::1",
        },
        "lone": {"IPAddress": "10.8.0.2", "IPPrefixLen": 16, "Gateway": "", "MacAddress": ""},
        "left": {"IPAddress": "", "IPPrefixLen": 0},
        "none": None,
    }  # fmt: skip
    told = told_container(inspected(Networks=networks, SandboxKey="/var/run/docker/netns/0123abcd"))
    mac = "02:42:0a:07:00:02"
    assert told.container.networks == (
        {"network": "back", "address": "10.7.0.2/24", "gateway": "10.7.0.1", "mac": mac},
        {"network": "back", "address": "fd00:7::2/64", "gateway": "fd00:7::1", "mac": mac},
        {"network": "lone", "address": "10.8.0.2/16", "gateway": None, "mac": None},
    )
    assert told.sandbox_path == "/var/run/docker/netns/0123abcd"


@pytest.mark.parametrize(
    ("told", "kept_as"),
    [
        ("0001-01-01T00:00:00Z", None),
        ("", None),
        (None, None),
        ("2026-11-23T23:41:35.050828643+01:00", "2026-11-23T22:41:35.050828Z"),
    ],
)
def test_moments_are_utc_and_never_is_none(told: str | None, kept_as: str | None) -> None:
    answer = inspected()
    answer["State"]["StartedAt"] = told
    assert told_container(answer).container.started_at == kept_as


def test_an_answer_with_next_to_nothing_in_it() -> None:
    container = told_container({"Id": ID}).container
    assert (container.id, container.name, container.state, container.pid) == (ID, ID, "unknown", None)


def network(**more: Any) -> dict[str, Any]:
    return {"Id": ID, "Name": "back", "Driver": "bridge", **more}


def test_the_bridge_of_a_network() -> None:
    named = {"com.docker.network.bridge.name": "docker0"}
    assert told_network(network(Options=named)).bridge == "docker0"
    assert told_network(network()).bridge == f"br-{ID[:12]}"
    assert told_network(network(), names_bridges=False).bridge is None, "Podman's name for it is not told"
    assert told_network(network(Driver="macvlan", Options=named)).bridge is None


def test_the_subnets_of_a_network() -> None:
    ipam = {"Config": [{"Subnet": "10.7.0.0/24", "Gateway": "10.7.0.1"}, {"Subnet": "fd00:7::/64"}]}
    told = told_network(network(IPAM=ipam, Internal=True))
    assert told.internal
    assert told.subnets == (
        {"subnet": "10.7.0.0/24", "gateway": "10.7.0.1"},
        {"subnet": "fd00:7::/64", "gateway": None},
    )
    assert told_network(network(IPAM={"Config": None})).subnets == ()


def test_labels_are_kept_by_the_list_and_cut_to_a_sane_length() -> None:
    labels = {
        "com.docker.compose.service": "x" * 5000,
        "com.example.password": "SECRET",
        "app.kubernetes.io/name": "web",
    }
    assert kept(labels) == {"app.kubernetes.io/name": "web", "com.docker.compose.service": "x" * LONGEST}
    assert kept(None) == {}


def test_a_label_that_no_file_could_hold_is_told_as_text() -> None:
    told = kept({"app.kubernetes.io/name": "a\ud800", "k8s-app": 7})
    assert told == {"app.kubernetes.io/name": "a\\ud800", "k8s-app": "7"}
    assert canonical(told).encode("utf-8")
