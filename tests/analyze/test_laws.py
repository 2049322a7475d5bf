"""Laws of the diff, on generated hosts."""

from __future__ import annotations

import copy
import random
from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyze.compose import compose
from analyze.topology import resolve
from reports.model import Report
from snapshot.model.bpf import BpfProgram
from snapshot.model.coverage import Coverage
from snapshot.model.kinds import KINDS
from snapshot.model.mdb import MdbEntry
from snapshot.model.nexthop import Nexthop
from snapshot.model.socket import Socket
from snapshot.model.sysctl import Sysctl
from snapshot.model.traffic import Qdisc
from tests.analyze.hosts import Host, pair_of
from tests.analyze.rows import address, default_route, route, set_rules, texts
from tests.analyze.test_changes import CLASSIC, classic

MIRROR = {"added": "removed", "removed": "added", "changed": "changed", "recreated": "recreated", "unknown": "unknown"}
SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

EPHEMERAL = Socket(protocol="udp", family="inet", address="0.0.0.0", port=40000, uid=0, owner="host")


def shuffle_rules(host: Host) -> None:
    set_rules(host.root, "FORWARD", "-j LOG", *reversed(texts(host.root, "FORWARD")), "-d 10.1.27.77/32 -j ACCEPT")


def forward(host: Host) -> None:
    host.root.more = [
        replace(row, values={**row.values, "forwarding": 1})
        if isinstance(row, Sysctl) and "forwarding" in row.values
        else row
        for row in host.root.more
    ]


def shape(host: Host) -> None:
    host.root.more = [
        replace(row, qdisc="htb", handle="1:") if isinstance(row, Qdisc) else row for row in host.root.more
    ]


def steer(host: Host) -> None:
    host.root.more += [
        EPHEMERAL,
        replace(EPHEMERAL, protocol="tcp", port=80),
        Nexthop(id=7, family="inet", gateway="10.1.27.7", dev="docker0", protocol="static", scope="global"),
        MdbEntry(dev="docker0", port="docker0", group="239.1.1.1", state="temp"),
        BpfProgram(dev="docker0", hook="xdp", program=7, name="guard", tag="ab"),
    ]


def flush(host: Host) -> None:
    set_rules(host.root, "FORWARD")
    set_rules(host.root, "POSTROUTING", table="nat")


STEERING = (shuffle_rules, forward, shape, steer, flush)
MORE = 5
operations = st.lists(st.integers(min_value=0, max_value=len(CLASSIC) + MORE + len(STEERING)), max_size=6, unique=True)


def mutate(host: Host, steps: list[int]) -> Host:
    """Apply classic changes, and some more, in any order."""
    changed = copy.deepcopy(host)
    gone: set[str] = set()
    for step in steps:
        if step < len(CLASSIC):
            change = CLASSIC[step][0]
            # A pod that is gone cannot be re-created, a link that was renamed has no old name.
            if {"pod_removed", "pod_recreated"} & gone and "pod_" in change.__name__:
                continue
            gone.add(change.__name__)
            change(changed)
        elif step == len(CLASSIC):
            changed.root.addresses.append(address("docker0", "fd00::1/64"))
        elif step == len(CLASSIC) + 1:
            changed.root.routes += [route("198.51.100.7/32", "docker0", metric=m) for m in (1, 2, 3)]
        elif step == len(CLASSIC) + 2:
            changed.veth(changed.namespace("/run/netns/blue"), "vethblue", "10.1.27.50")
        elif step == len(CLASSIC) + 3:
            changed.root.routes.append(default_route("docker0", "10.1.27.3"))
        elif step == len(CLASSIC) + 4:
            for net in changed.nets.values():
                net.links = [replace(link, alias="</script>\x1b[31m") for link in net.links]
        elif step == len(CLASSIC) + MORE:
            changed.boot_id = "boot-2"
        else:
            STEERING[step - len(CLASSIC) - MORE - 1](changed)
    return changed


def judge(before: Host, after: Host) -> Report:
    report = compose(pair_of(before, after), "netlapse test", default_ignores=False)
    ids = [change.id for change in report.changes]
    assert len(set(ids)) == len(ids)
    seen: set[str] = set()
    for change in report.changes:
        assert change.cause is None or change.cause in seen
        seen.add(change.id)
        assert (change.before is None) == (
            change.action == "added" or (change.action == "unknown" and not change.before)
        )
    return report


@SETTINGS
@given(operations)
def test_a_host_does_not_differ_from_itself(steps: list[int]) -> None:
    host = mutate(classic(), steps)
    assert judge(host, host).changes == ()


@SETTINGS
@given(operations, operations)
def test_the_way_back_mirrors_the_way_there(first: list[int], second: list[int]) -> None:
    a, b = mutate(classic(), first), mutate(classic(), second)
    there, back = judge(a, b), judge(b, a)
    forwards = Counter((c.kind, MIRROR[c.action]) for c in there.changes)
    assert forwards == Counter((c.kind, c.action) for c in back.changes)


@SETTINGS
@given(operations, operations, st.randoms(use_true_random=False))
def test_the_order_of_namespaces_and_rows_does_not_matter(
    first: list[int], second: list[int], chance: random.Random
) -> None:
    a, b = mutate(classic(), first), mutate(classic(), second)
    shuffled = copy.deepcopy(b)
    keys = list(shuffled.nets)
    chance.shuffle(keys)
    shuffled.nets = {key: shuffled.nets[key] for key in keys}
    assert judge(a, b).changes == judge(a, shuffled).changes


@SETTINGS
@given(
    operations,
    operations,
    st.sets(
        st.sampled_from(
            ["route", "address", "link", "neighbour", "fdb", "rule", "sysctl", "qdisc", "firewall", "socket"]
        ),
        min_size=1,
    ),
)
def test_less_coverage_says_less_and_never_anything_else(first: list[int], second: list[int], unread: set[str]) -> None:
    a, b = mutate(classic(), first), mutate(classic(), second)
    full = judge(a, b)
    blind = copy.deepcopy(b)
    for key in blind.nets:
        blind.coverage.append(
            Coverage(namespace=key, kinds=tuple(sorted(unread)), status="torn", error="kept changing")
        )
    partial = judge(a, blind)
    known = {(c.kind, c.scope, c.name, c.action) for c in full.changes}
    still_there = set(resolve(blind.loaded()).scopes.values())
    for change in partial.changes:
        if change.action in ("added", "removed") and change.kind in KINDS:
            assert (change.kind, change.scope, change.name, change.action) in known
            # A namespace that is gone has lost all of its rows, however badly the others were read.
            assert change.kind not in unread or change.scope not in still_there
