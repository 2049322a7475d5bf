"""The questions that rules of severity ask of a change, each with the nearest change of which the answer is no."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyze.diff.draft import Draft
from analyze.diff.losses import Losses
from analyze.diff.severity_terms import (
    became,
    configured,
    forwarding_off,
    goes_down,
    has_dependents,
    has_flag,
    is_group_mac,
    is_temporary,
    left_without_routes,
    main_default,
    no_destination,
    runtime_restarted,
    stopped_or_started,
    unpublished,
)
from reports.model import Facts, FieldChange, Json
from snapshot.model.container import Container
from snapshot.model.kinds import Fact
from snapshot.model.neighbour import Neighbour
from snapshot.model.socket import Socket
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of
from tests.analyze.rows import address, default_route, route
from tests.analyze.test_changes import classic


def draft(
    *fields: tuple[str, Json, Json], kind: str = "link", action: str = "changed", before: Facts | None = None,
    after: Facts | None = None, **more: object,
) -> Draft:  # fmt: skip
    told = tuple(FieldChange(name=name, before=was, after=now) for name, was, now in fields)
    return Draft(kind=kind, action=action, scope="host", name="x", before=before, after=after, fields=told, **more)  # type: ignore[arg-type]


def row(old: Fact | None, new: Fact | None, **more: object) -> Draft:
    action = "removed" if new is None else "added" if old is None else "changed"
    return draft(**{"action": action, "old": old, "new": new, "namespaces": ("cookie:1", "cookie:1"), **more})  # type: ignore[arg-type]


def losses(after: Host, *drafts: Draft) -> Losses:
    return Losses.of(sides_of(classic(), after), list(drafts))


def test_what_a_field_or_an_ends_became() -> None:
    assert became("state", "DOWN")(draft(("host_end.state", "UP", "DOWN")))
    assert not became("state", "DOWN")(draft(("state", "DOWN", "UP"), ("upstate", "UP", "DOWN")))
    assert goes_down(draft(("state", "UP", "LOWERLAYERDOWN")))
    assert not goes_down(draft(("state", "UP", "DORMANT")))
    assert stopped_or_started(draft(("state", "a", "b")))
    assert not stopped_or_started(draft(("pid", 1, 2)))


@pytest.mark.parametrize(
    ("facts", "is_one"),
    [
        ({"table": "main", "dst": "0.0.0.0/0", "type": "unicast"}, True),
        ({"table": "main", "dst": "::/0", "type": "unicast"}, True),
        ({"table": "100", "dst": "0.0.0.0/0", "type": "unicast"}, False),
        ({"table": "main", "dst": "10.0.0.0/8", "type": "unicast"}, False),
        ({"table": "main", "dst": "0.0.0.0/0", "type": "blackhole"}, False),
    ],
)
def test_a_default_route_that_leads_somewhere(facts: Facts, is_one: bool) -> None:
    assert main_default(draft(before=facts)) == main_default(draft(after=facts)) == is_one


def test_temporary_addresses() -> None:
    passing, lasting = address("eth0", "fd00::1/64", flags=("temporary",)), address("eth0", "fd00::1/64")
    assert is_temporary(row(passing, None)) and is_temporary(row(None, passing))
    assert not is_temporary(row(lasting, lasting))


@pytest.mark.parametrize(
    ("child", "matters"),
    [
        (draft(kind="link", action="removed"), True),
        (draft(kind="link", action="added"), False),
        (draft(kind="address", action="removed", before={"scope": "global"}), True),
        (draft(kind="address", action="removed", before={"scope": "link"}), False),
        (draft(kind="address", action="removed", before={"scope": "host"}), False),
        (draft(kind="route", action="removed", before={"protocol": "boot"}), True),
        (draft(kind="route", action="removed", before={"protocol": "kernel"}), False),
        (draft(kind="route", action="changed", before={"protocol": "boot"}), False),
        (draft(kind="neighbour", action="removed", before={}), False),
    ],
)
def test_what_goes_with_a_link(child: Draft, matters: bool) -> None:
    gone = draft(action="removed")
    child.cause = gone
    found = losses(classic(), gone, child)
    assert has_dependents(gone, found) == matters
    assert not has_dependents(draft(action="removed"), found)
    assert left_without_routes(gone, found) == (child.kind == "route" and child.action == "removed")


@pytest.mark.parametrize(
    ("field", "off"),
    [
        (("values.forwarding", 1, 0), True), (("values.ip_forward", 2, 0), True), (("values.forwarding", None, 0), False),
        (("values.forwarding", 0, 0), False), (("values.forwarding", 1, 2), False), (("values.rp_filter", 1, 0), False),
    ],
)  # fmt: skip
def test_forwarding_was_turned_off(field: tuple[str, Json, Json], off: bool) -> None:
    assert forwarding_off(draft(field)) == off


@pytest.mark.parametrize(
    ("field", "again"),
    [
        (("restarts", 1, 2), True), (("attempt", 0, 1), True), (("restarts", None, 1), True), (("restarts", 2, 2), False),
        (("restarts", 2, 1), False), (("restarts", 2, None), False), (("pid", 1, 2), False),
    ],
)  # fmt: skip
def test_the_runtime_started_it_again(field: tuple[str, Json, Json], again: bool) -> None:
    assert runtime_restarted(draft(field)) == again


PORT: Json = {"port": 80, "protocol": "tcp"}


@pytest.mark.parametrize(
    ("before", "after", "less"),
    [
        ({"ports": [PORT]}, {"ports": []}, True), ({"ports": (PORT,)}, {"ports": None}, True), ({"ports": [PORT]}, {}, True),
        ({"ports": [PORT]}, {"ports": (PORT,)}, False), ({"ports": []}, {"ports": [PORT]}, False),
        ({"ports": [PORT]}, None, False), (None, {"ports": [PORT]}, False),
    ],
)  # fmt: skip
def test_it_publishes_less(before: Facts | None, after: Facts | None, less: bool) -> None:
    assert unpublished(draft(before=before, after=after)) == less


def test_the_last_destination_of_a_service() -> None:
    assert no_destination(draft(("destinations", ["a"], [])))
    assert not no_destination(draft(("destinations", ["a"], ["b"])))
    assert not no_destination(draft(("destinations", [], [])))
    assert not no_destination(draft(("scheduler", ["a"], [])))


@pytest.mark.parametrize(
    ("facts", "somebodys"),
    [
        ({"state": "PERMANENT"}, True), ({"state": "permanent"}, True), ({"state": "static"}, True),
        ({"state": "REACHABLE"}, False), ({"state": "reachable", "flags": ["extern_learn"]}, True),
        ({"state": "reachable", "flags": ("self", "extern_learn")}, True),
        ({"state": "reachable", "flags": "extern_learn"}, False),
    ],
)  # fmt: skip
def test_an_entry_that_somebody_wrote(facts: Facts, somebodys: bool) -> None:
    assert configured(draft(before=facts)) == somebodys


def test_macs_of_groups() -> None:
    groups = [f"{first}:00:5e:00:00:01" for first in ("01", "33", "05", "a7", "39", "0b", "0D", "ff")]
    assert all(is_group_mac(draft(before={"mac": mac})) for mac in groups)
    alone = [f"{first}:42:11:11:11:11" for first in ("00", "02", "14", "a6", "38", "0a", "0C", "fe")]
    assert not any(is_group_mac(draft(before={"mac": mac})) for mac in alone)


def test_flags() -> None:
    assert has_flag({"flags": ["a", "b"]}, "b")
    assert has_flag({"flags": ("b",)}, "b")
    assert not has_flag({"flags": "abc"}, "b") and not has_flag(None, "b") and not has_flag({}, "b")


# --- what stands in the place of what went ---


def with_routes(*rows: object) -> Host:
    host = classic()
    host.root.routes += rows  # type: ignore[arg-type]
    return host


WAY = default_route("docker0")


def test_another_address_by_which_it_is_reached() -> None:
    gone = row(address("docker0", "10.3.0.1/24"), None)
    assert losses(classic()).has_address(gone)
    assert not losses(classic()).has_address(row(address("docker0", "fd00::1/64"), None))
    for scope in ("host", "link"):
        host = classic()
        host.root.addresses = [address("docker0", "10.3.0.2/24", scope=scope)]
        assert not losses(host).has_address(gone)


@pytest.mark.parametrize(
    ("refusing", "stands_before"),
    [
        (route("10.1.27.0/26", None, type="unreachable"), True),
        (route("10.1.27.9/32", None, type="unreachable"), True),
        (route("10.1.27.0/24", None, type="unreachable"), False),
        (route("10.1.0.0/16", None, type="unreachable"), False),
        (route("10.2.0.0/26", None, type="unreachable"), False),
        (route("fd00::/80", None, type="unreachable"), False),
        (route("10.1.27.0/26", None, type="unreachable", table="100"), False),
        (route("10.7.0.0/16", None, type="unreachable", table="7"), True),
        (route("10.7.0.0/16", None, type="unreachable", table="8"), False),
        # Of those to everywhere the tables are asked (test_lost_ways.py): here nothing was lost.
        (route("0.0.0.0/0", None, type="unreachable"), False),
        (route("128.0.0.0/1", None, type="unreachable"), False),
    ],
)
def test_a_route_that_refuses_stands_before_one_that_leads_somewhere(refusing: object, stands_before: bool) -> None:
    host = with_routes(replace(WAY, metric=100))
    gone = row(route("10.7.0.0/16", "docker0", table="7"), None)
    found = losses(host, gone)
    assert found.shadows(row(None, refusing)) == stands_before  # type: ignore[arg-type]
    assert not found.shadows(row(None, refusing, namespaces=("cookie:1", None)))  # type: ignore[arg-type]
    assert not found.shadows(row(WAY, None))


GATEWAY = Neighbour(family="inet", dev="docker0", address="10.1.27.1", state="FAILED")


@pytest.mark.parametrize(
    ("entry", "is_one"),
    [
        (GATEWAY, True), (replace(GATEWAY, address="10.1.27.9"), False), (replace(GATEWAY, dev="eth1"), False),
        (replace(GATEWAY, address="10.1.27.2", dev="eth2"), True),
    ],
)  # fmt: skip
def test_the_gateway_of_a_default_route(entry: Neighbour, is_one: bool) -> None:
    hops = ({"gateway": "10.1.27.2", "dev": "eth2"}, {"gateway": "10.1.27.3", "dev": "eth3"})
    found = losses(with_routes(WAY, replace(WAY, gateway=None, dev=None, nexthops=hops, metric=9)))
    assert found.is_gateway(row(None, entry)) == is_one
    assert not found.is_gateway(row(None, entry, namespaces=("cookie:1", "cookie:nowhere")))


LISTENS = Socket(protocol="tcp", family="inet", address="0.0.0.0", port=80, uid=0, container="1", owner="container")
SERVER = Container(id="1", name="db", image="busybox", state="running", ports=(PORT,))


@pytest.mark.parametrize(
    ("socket", "container", "silent"),
    [
        (LISTENS, SERVER, True),
        (LISTENS, replace(SERVER, state="exited"), False),
        (LISTENS, replace(SERVER, ports=()), False),
        (LISTENS, replace(SERVER, id="2"), False),
        (replace(LISTENS, port=81), SERVER, False),
        (replace(LISTENS, protocol="udp"), SERVER, False),
        (replace(LISTENS, container=None, owner="host"), SERVER, False),
    ],
)
def test_a_published_port_that_nothing_listens_at(socket: Socket, container: Container, silent: bool) -> None:
    host = classic()
    host.containers.append(container)
    gone = row(socket, None)
    assert losses(host, gone).is_published(gone) == silent
    elsewhere = row(None, replace(socket, address="127.0.0.1"))
    assert not losses(host, gone, elsewhere).is_published(gone)


def test_a_workload_that_came_back_without_its_pair() -> None:
    anew = draft(kind="pod", action="recreated", namespaces=("a", "b"))
    gone = draft(kind="veth", action="removed", cause=anew)
    new = draft(kind="veth", action="added", cause=anew)
    other = draft(kind="route", action="added", cause=anew)
    assert losses(classic(), anew, gone, other).came_back_without(gone)
    assert not losses(classic(), anew, gone, new).came_back_without(gone)
    assert not losses(classic(), anew).came_back_without(draft(kind="veth", action="removed"))
    for more in ({"action": "removed"}, {"namespaces": ("a", None)}):
        told: dict[str, object] = {"action": "recreated", "namespaces": ("a", "b"), **more}
        went = draft(kind="pod", **told)  # type: ignore[arg-type]
        assert not losses(classic(), went).came_back_without(draft(kind="veth", action="removed", cause=went))
