"""What Podman's own API adds: pods, and what its bridges are called."""

from __future__ import annotations

from typing import Any

import pytest

from snapshot.collect.runtimes.podman import in_pod, named_bridges, pod_places
from snapshot.collect.runtimes.protocol import ToldContainer
from snapshot.model.container import Container, Network

INFRA, CART = "a" * 64, "b" * 64
PODS: list[dict[str, Any]] = [
    {"Id": "p" * 64, "Name": "shop", "InfraId": INFRA, "Containers": [{"Id": INFRA}, {"Id": CART}]},
    {"Id": "q" * 64, "Name": "empty", "Containers": None},
]


def told(number: str, **more: Any) -> ToldContainer:
    return ToldContainer(container=Container(id=number, name="x", state="running", **more))


def test_a_pod_its_infra_container_and_its_others() -> None:
    places = pod_places(PODS, "unix:///run/podman/podman.sock")
    ports = ({"protocol": "tcp", "port": 80},)
    infra = in_pod(told(INFRA, ports=ports), places.get(INFRA)).container
    cart = in_pod(told(CART, joined=INFRA, ports=ports), places.get(CART)).container
    assert (infra.role, infra.pod_container, infra.ports) == ("sandbox", None, ports)
    assert (cart.role, cart.pod_container, cart.ports) == ("container", "x", ())
    for container in (infra, cart):
        assert (container.pod_namespace, container.pod_name, container.pod_uid) == ("podman", "shop", "p" * 64)
    alone = told("c" * 64)
    assert in_pod(alone, places.get("c" * 64)) == alone


@pytest.mark.parametrize(
    ("url", "namespace"),
    [
        ("unix:///run/podman/podman.sock", "podman"),
        ("unix:///run/user/1000/podman/podman.sock", "podman-1000"),
        ("tcp://127.0.0.1:8080", "podman"),
    ],
)
def test_pods_of_users_are_kept_apart(url: str, namespace: str) -> None:
    assert {place.namespace for place in pod_places(PODS, url).values()} == {namespace}


def test_bridges_are_called_what_podman_calls_them() -> None:
    networks = [Network(id=name, name=name, driver=driver) for name, driver in (("a", "bridge"), ("b", "macvlan"))]
    answer = [
        {"id": "a", "driver": "bridge", "network_interface": "podman0"},
        {"id": "b", "driver": "macvlan", "network_interface": "eth7"},
    ]
    assert [network.bridge for network in named_bridges(networks, answer)] == ["podman0", None]
    assert [network.bridge for network in named_bridges(networks, [])] == [None, None]
