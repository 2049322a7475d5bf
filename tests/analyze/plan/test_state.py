"""What a plan's ``must:`` may speak of: every kind of thing of the later snapshot, by scope, name and facts."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from analyze.identity import NotComparableError
from analyze.names import row_name
from analyze.plan.hosts import check_host
from analyze.plan.state import State, Thing, read_state
from analyze.topology import resolve
from snapshot.model.container import Network
from snapshot.model.json import Json
from snapshot.store.reference import parse
from snapshot.store.writer import create
from tests.analyze.hosts import Host
from tests.analyze.plan.plans import add_route, plan
from tests.analyze.plan.test_must import must
from tests.analyze.rows import address
from tests.analyze.workloads import container, pod
from tests.cases.captures import capture_of
from tests.snapshot.store.loading import load_pair


def host() -> Host:
    """A pod, a container that is none of a pod, and a namespace under a name."""
    made = Host.with_bridge()
    pod(made, "web-0", "10.1.27.2")
    container(made, "db", "10.1.27.40")
    made.veth(made.namespace("/run/netns/blue"), "vethblue", "10.1.27.50")
    made.networks.append(Network(id="a", name="back", driver="bridge"))
    return made


def things(kind: str) -> list[Thing]:
    made = host()
    return list(State(topology=resolve(made.loaded()), rows=made.whole().rows).things(kind))


@pytest.mark.parametrize(
    ("kind", "scope", "name", "facts"),
    [
        ("host", "host", "node-1", {"hostname": "node-1", "machine_id": "m" * 64, "boot_id": "boot-1", "kernel": "6.18.0"}),
        ("pod", "pod:default/web-0", "default/web-0", {"namespace": "default", "name": "web-0", "state": "running"}),
        ("container", "container:db", "db", {"name": "db", "state": "running"}),
        ("network", "host", "back", {"id": "a", "name": "back", "driver": "bridge"}),
        ("namespace", "netns:blue", "blue", {"names": ("/run/netns/blue",), "addresses": ("10.1.27.50/24",)}),
        ("namespace", "host", "host", {"inode": 4026531840}),
        ("veth", "netns:blue", "vethblue - eth0", {"bridge": "docker0"}),
        ("link", "netns:blue", "eth0", {"peer": "host/vethblue", "mtu": 1500}),
        ("address", "netns:blue", "10.1.27.50/24 dev eth0", {"address": "10.1.27.50/24", "dev": "eth0"}),
    ],
)  # fmt: skip
def test_each_kind_of_thing_is_there_under_its_scope_and_name(
    kind: str, scope: str, name: str, facts: dict[str, Json]
) -> None:
    (found,) = (thing for thing in things(kind) if (thing.scope, thing.name) == (scope, name))
    assert {key: found.facts[key] for key in facts} == facts


def test_each_row_stands_in_its_own_namespace() -> None:
    ways_out = [thing.scope for thing in things("route") if thing.facts["dst"] == "0.0.0.0/0"]
    assert sorted(ways_out) == ["container:db", "netns:blue", "pod:default/web-0"]
    state = State(topology=resolve(host().loaded()))
    assert list(state.things("route")) == []
    assert state.scopes == ("container:db", "host", "netns:blue", "pod:default/web-0")


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("kind: host, name: node-1, facts: {kernel: '6.18.*'}", ("met", 1, None)),
        ("kind: host, facts: {kernel: '5.*'}", ("unmet", 0, None)),
        ("kind: namespace, name: host, facts: {inode: 4026531840}", ("met", 1, None)),
        ("kind: network, name: bridge, count: 0", ("met", 0, None)),
        (
            "kind: pod, name: default/web-1, facts: {containers: {contains: app}, addresses: [10.1.27.2/24]}",
            ("met", 1, None),
        ),
    ],
)
def test_a_plan_may_ask_for_it(text: str, outcome: tuple[str, int, str | None]) -> None:
    assert must(text) == outcome


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    before = host()
    after = copy.deepcopy(before)
    add_route(after)
    after.root.addresses.append(address("docker0", "10.9.0.1/24"))
    for name, side in (("before", before), ("after", after)):
        create(tmp_path / name, capture_of(side.whole()))
    return str(tmp_path / "before"), str(tmp_path / "after")


def test_of_a_file_only_those_rows_are_read_that_a_plan_speaks_of(files: tuple[str, str]) -> None:
    after = load_pair(parse(files[0]), parse(files[1])).after

    def read(text: str) -> list[str]:
        found = read_state(plan(f"must: [{{{text}}}]"), files[1], after)
        return [f"{place.kind} {row_name(row)}" for place, rows in found.items() for row in rows]

    added = "route 10.2.0.0/16 via 10.1.27.3 dev docker0"
    assert read("kind: route, scope: host, facts: {dst: 10.2.0.0/16}") == [added]
    assert read("kind: route, name: '10.2.0.0/16*'") == [added]
    assert read("kind: route, facts: {dst: 10.3.0.0/16}") == []
    assert read("kind: link, name: docker0") == []


def test_a_plan_is_for_the_hosts_that_it_names() -> None:
    check_host(plan("hosts: [db-1, 'node-*']"), "node-1")
    check_host(plan(""), "node-1")
    with pytest.raises(NotComparableError) as caught:
        check_host(plan("hosts: [db-1, 'db-2*']"), "node-1")
    assert str(caught.value) == (
        "the plan 'plan.yaml' is for hosts db-1, db-2*, and the later snapshot is of 'node-1': "
        "use that host's plan, or judge by this one anyway with --force"
    )
