"""What is told of pods, containers, networks and namespaces: the whole change, not only that there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from analyze.compose import compose
from snapshot.model.container import Container, Network
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of
from tests.analyze.workloads import container, pod

NET = Network(id="1", name="back", driver="bridge", bridge="br-1", subnets=({"subnet": "10.9.0.0/24"},))


def host() -> Host:
    """A pod, a container outside pods, a network, and a namespace of nobody."""
    made = Host.with_bridge()
    pod(made, "web", "10.1.27.2")
    container(made, "db", "10.1.27.3")
    made.namespace("/run/netns/blue")
    made.networks.append(NET)
    return made


def forked(change: Callable[[Host], None]) -> tuple[Host, Host]:
    before = host()
    after = before.fork()
    change(after)
    return before, after


def edit(where: Callable[[Container], bool], **columns: object) -> Callable[[Host], None]:
    def change(side: Host) -> None:
        side.containers = [replace(c, **columns) if where(c) else c for c in side.containers]  # type: ignore[arg-type]

    return change


def told(before: Host, after: Host, kind: str) -> list[tuple[object, ...]]:
    """Each change of a kind: what happened where to what, why it is the same, and all fields."""
    return [
        (c.action, c.scope, c.name, c.matched_by, c.confidence, {f.name: (f.before, f.after) for f in c.fields})
        for c in compose(sides_of(before, after), "netlapse test").changes
        if c.kind == kind
    ]


def bare(kind: str) -> Host:
    """The host without its things of that kind."""
    made = host()
    if kind == "pod":
        made.remove(
            next(
                net for key, net in made.nets.items() if any(c.pod_name and c.namespace == key for c in made.containers)
            )
        )
    elif kind == "container":
        made.remove(
            next(
                net
                for key, net in made.nets.items()
                if any(not c.pod_name and c.namespace == key for c in made.containers)
            )
        )
    elif kind == "namespace":
        made.remove(next(net for net in made.nets.values() if net.names))
    else:
        made.networks.clear()
    return made


@pytest.mark.parametrize(
    ("kind", "scope", "name"),
    [
        ("pod", "pod:default/web", "default/web"), ("container", "container:db", "db"), ("network", "host", "back"),
        ("namespace", "netns:blue", "blue"),
    ],
)  # fmt: skip
def test_what_came_and_went(kind: str, scope: str, name: str) -> None:
    for before, after, action in ((bare(kind), host(), "added"), (host(), bare(kind), "removed")):
        found = [row for row in told(before, after, kind) if row[1:3] == (scope, name)]
        assert found == [(action, scope, name, None, None, {})]


def test_what_a_silent_runtime_would_have_told_is_unknown() -> None:
    before = host()
    after = before.fork()
    after.silent = True
    for there, back in ((before, after), (after, before)):
        for kind, name in (("pod", "default/web"), ("container", "db"), ("network", "back")):
            assert [row[0] for row in told(there, back, kind) if row[2] == name] == ["unknown"]


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        ({"state": "paused"}, {"state": ("running", "paused")}),
        ({"image": "busybox:2"}, {"image": ("busybox:1", "busybox:2")}),
        ({"labels": {"a": "b"}}, None),
        ({"source": "cgroup", "image": None}, None),
    ],
)
def test_a_container_that_is_the_same(columns: dict[str, object], fields: dict[str, object] | None) -> None:
    before, after = forked(edit(lambda c: c.name == "db", **columns))
    wanted = [] if fields is None else [("changed", "container:db", "db", "container id", "exact", fields)]
    assert told(before, after, "container") == wanted


def test_a_container_made_anew_tells_all_that_is_new() -> None:
    before, after = forked(edit(lambda c: c.name == "db", id="2", pid=8))
    ((action, scope, name, reason, confidence, fields),) = told(before, after, "container")
    assert (action, scope, name, reason, confidence) == ("recreated", "container:db", "db", "container name", "strong")
    assert isinstance(fields, dict)
    assert set(fields) == {"id", "pid"}


def test_a_pod_tells_its_state_and_leaves_its_parts_to_themselves() -> None:
    stopped = edit(lambda c: c.pod_name == "web", state="exited", namespace=None)
    before, after = forked(stopped)
    assert told(before, after, "pod") == [
        ("changed", "pod:default/web", "default/web", "pod identity", "exact", {"state": ("running", "not running")})
    ]
    before, after = forked(edit(lambda c: c.pod_container == "app", pod_container="side"))
    assert told(before, after, "pod") == []


def test_a_network() -> None:
    before, after = forked(lambda side: setattr(side, "networks", [replace(NET, internal=True)]))
    assert told(before, after, "network") == [
        ("changed", "host", "back", "network id", "exact", {"internal": (False, True)})
    ]
    before, after = forked(lambda side: setattr(side, "networks", [replace(NET, id="2")]))
    assert told(before, after, "network") == [
        ("recreated", "host", "back", "network name", "strong", {"id": ("1", "2")})
    ]
    default = replace(NET, name="bridge", subnets=())
    before.networks, after.networks = [default], [replace(default, id="2")]
    assert told(before, after, "network") == []


def test_a_namespace_of_nobody() -> None:
    def bound_twice(side: Host) -> None:
        next(net for net in side.nets.values() if net.names).names = ("/run/netns/blue", "/run/netns/more")

    before, after = forked(bound_twice)
    assert told(before, after, "namespace") == [
        ("changed", "netns:blue", "blue", "boot and namespace cookie", "exact",
         {"names": (("/run/netns/blue",), ("/run/netns/blue", "/run/netns/more"))})
    ]  # fmt: skip
    before, after = forked(lambda side: setattr(next(net for net in side.nets.values() if net.names), "inode", 7))
    assert told(before, after, "namespace") == []


def test_of_a_container_started_again_that_its_runtime_tells_no_more_of_nothing_else_is_said_to_have_changed() -> None:
    """What control groups tell of it is its id."""
    before, after = forked(lambda side: None)
    (db,) = (c for c in after.containers if c.name == "db")
    again = after.namespace()
    after.containers = [
        Container(id=c.id, name=c.id[:12], state="running", pid=99, namespace=again.key, source="cgroup")
        if c is db
        else c
        for c in after.containers
    ]
    (change,) = (c for c in compose(sides_of(before, after), "netlapse test").changes if c.kind == "container")
    assert (change.action, change.matched_by, change.fields) == ("recreated", "container id", ())


def test_containers_that_do_the_same_and_could_be_each_other_are_told_so() -> None:
    before, after = Host.with_bridge(), Host.with_bridge()
    for side, names in ((before, ("hopeful_turing", "vigilant_hopper")), (after, ("eager_bose", "jolly_euler"))):
        for number, name in enumerate(names):
            container(side, name, f"10.1.27.{number + 2}", ports=({"protocol": "tcp", "port": 80, "host_port": 8080},))
    found = [c for c in compose(sides_of(before, after), "netlapse test").changes if c.kind == "container"]
    assert sorted((c.action, c.name) for c in found) == [
        ("added", "eager_bose"), ("added", "jolly_euler"), ("removed", "hopeful_turing"), ("removed", "vigilant_hopper")
    ]  # fmt: skip
    for change in found:
        assert change.ambiguous is not None
        assert (change.ambiguous.reason, change.ambiguous.count) == ("image and published ports", 2)
