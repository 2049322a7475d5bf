"""What people call a namespace, and where a container and a pod are said to live."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyze.scopes import bound_name, container_scope, maker, name_namespaces
from analyze.topology import Topology, resolve
from snapshot.model.container import Container
from snapshot.model.namespace import Namespace
from tests.analyze.hosts import Host
from tests.analyze.rows import address

ALONE = Container(id="1", name="db", image="busybox", state="running")
IN_POD = replace(ALONE, id="2", name="k8s_app_web", pod_namespace="shop", pod_name="web")
SANDBOX = replace(IN_POD, id="3", name="k8s_POD_web", role="sandbox")
JOINED = replace(ALONE, id="4", name="aaa", joined="1")


@pytest.mark.parametrize(
    ("paths", "name"),
    [
        ((), None),
        (("/run/netns/blue",), "blue"),
        (("/var/run/netns/blue",), "blue"),
        (("/run/docker/netns/3f2a", "/run/netns/blue"), "blue"),
        (("/run/netns/red", "/run/netns/blue"), "blue"),
        (("/run/docker/netns/3f2a",), "3f2a"),
        (("/run/docker/netns/b", "/run/docker/netns/a"), "a"),
        # By folders, not by letters: a folder's names stand together.
        (("/run/netns-old/a", "/run/netnsx"), "a"),
        (("/run/netns/deep/name", "/srv/z"), "name"),
    ],
)
def test_a_namespace_has_the_name_that_ip_netns_knows_it_by(paths: tuple[str, ...], name: str | None) -> None:
    assert bound_name(Namespace(key="k", inode=7, names=paths)) == name


def test_a_container_is_its_pods_or_itself() -> None:
    assert container_scope(ALONE) == "container:db"
    assert container_scope(IN_POD) == "pod:shop/web"
    assert container_scope(replace(IN_POD, pod_namespace=None)) == "pod:default/web"


@pytest.mark.parametrize(
    ("residents", "named_after"),
    [
        ((ALONE, IN_POD), IN_POD),
        ((IN_POD, SANDBOX), SANDBOX),
        ((JOINED, ALONE), ALONE),
        ((replace(ALONE, name="x"), ALONE), ALONE),
        ((replace(ALONE, id="0"), ALONE), replace(ALONE, id="0")),
    ],
)
def test_a_namespace_is_named_after_who_made_it(residents: tuple[Container, ...], named_after: Container) -> None:
    assert maker(residents) == maker(residents[::-1]) == named_after


def test_each_namespace_has_a_scope_of_its_own() -> None:
    named = [
        Namespace(key="a", inode=1, host=True, names=("/run/netns/host",)),
        Namespace(key="b", inode=2),
        Namespace(key="c", inode=3, names=("/run/netns/blue",)),
        Namespace(key="d", inode=4, names=("/run/netns/blue",)),
        Namespace(key="e", inode=5, names=("/run/netns/web",)),
    ]
    assert name_namespaces(named, {"e": (ALONE,), "a": (JOINED,)}) == {
        "a": "host", "b": "netns:[2]", "c": "netns:blue[3]", "d": "netns:blue[4]", "e": "container:db",
    }  # fmt: skip


def topology(*containers: Container) -> tuple[Topology, str]:
    """A host with a namespace that is bound under the name "blue", and its key."""
    host = Host.with_bridge()
    net = host.namespace("/run/netns/blue")
    net.addresses.append(address("eth0", "10.1.27.2/24"))
    net.addresses.append(address("lo", "127.0.0.1/8"))
    host.containers = [replace(c, namespace=net.key if c.namespace == "blue" else c.namespace) for c in containers]
    return resolve(host.loaded()), net.key


@pytest.mark.parametrize(
    ("container", "scope"),
    [
        (replace(ALONE, namespace="blue"), "container:db"),
        (replace(ALONE, namespace="cookie:1"), "host"),
        # One that does not run, or whose namespace was not found, would be where it is said to be.
        (ALONE, "container:db"),
        (replace(ALONE, namespace="cookie:nowhere"), "container:db"),
        (replace(ALONE, network_mode="host"), "host"),
        (replace(ALONE, network_mode="bridge"), "container:db"),
        (IN_POD, "pod:shop/web"),
        (replace(IN_POD, network_mode="host"), "pod:shop/web"),
        (replace(IN_POD, joined="9"), "pod:shop/web"),
        (replace(ALONE, joined="9"), "container:other"),
        (replace(ALONE, joined="1"), "container:db"),
        (replace(ALONE, joined="gone"), "container:db"),
        (replace(ALONE, joined="gone", network_mode="host"), "host"),
    ],
)
def test_where_a_container_lives(container: Container, scope: str) -> None:
    found, _ = topology(container, replace(ALONE, id="9", name="other"))
    assert found.scope_of(found.by_id["1" if container.pod_name is None else "2"]) == scope


def test_a_pod_lives_where_its_sandbox_runs() -> None:
    ended = replace(IN_POD, id="0", name="k8s_app_web_0", state="exited", pod_uid="before")
    found, key = topology(
        ended,
        replace(IN_POD, namespace="blue", pod_uid="now", joined="3"),
        replace(SANDBOX, namespace="blue", pod_uid="now"),
        replace(SANDBOX, id="8", name="k8s_POD_api", pod_namespace=None, pod_name="api", pod_uid="api"),
    )
    web, api = found.pods["shop", "web"], found.pods["default", "api"]
    assert list(found.pods) == [("default", "api"), ("shop", "web")]
    assert (web.scope, web.uid, web.namespace) == ("pod:shop/web", "now", key)
    assert [container.id for container in web.containers] == ["3", "0", "2"]
    assert (api.scope, api.uid, api.namespace) == ("pod:default/api", "api", None)
    assert [container.id for container in found.residents[key]] == ["3", "2"]
    assert found.scopes[key] == "pod:shop/web"


def test_addresses_are_those_of_a_namespace_or_of_one_link() -> None:
    found, key = topology()
    assert [a.address for a in found.addresses(key)] == ["10.1.27.2/24", "127.0.0.1/8"]
    assert [a.address for a in found.addresses(key, "lo")] == ["127.0.0.1/8"]
    assert found.addresses("cookie:nowhere") == ()
    assert found.scopes[key] == "netns:blue"
    assert found.host == "cookie:1"
    assert found.links["cookie:1", 2] is found.by_name["cookie:1", "docker0"]


def test_of_two_containers_of_one_id_the_first_is_meant() -> None:
    found, _ = topology(ALONE, replace(ALONE, name="second"))
    assert found.by_id["1"].name == "db"
    assert [container.name for _, container in found.containers] == ["db", "second"]
