"""Laws of matching, on generated hosts: both ways the same, whatever the order of rows and the numbers a kernel gives out."""

from __future__ import annotations

import copy
import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyze.compose import compose
from analyze.match.matches import Matches, match
from analyze.match.result import Matching
from analyze.topology import Topology, resolve
from snapshot.model.container import Network
from snapshot.model.namespace import NamespaceId
from tests.analyze.generated.histories import ASKED, LAWS
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of
from tests.analyze.workloads import container, deployment, pod, service

SETTINGS = settings(LAWS, max_examples=int(ASKED or 40))

MIRROR = {"added": "removed", "removed": "added", "changed": "changed", "recreated": "recreated", "unknown": "unknown"}
MATCHED = ("host", "pod", "container", "network", "namespace", "veth", "link")
REVISIONS = ("7d9c6b5f4", "5c8bdf9d7b")
SUFFIXES = ("x2x9z", "b4c7d", "m2n4p")
replicas = st.tuples(
    st.sampled_from(REVISIONS), st.sampled_from(SUFFIXES), st.booleans(), st.integers(1, 3), st.integers(1, 6)
)  # fmt: skip
"""Of a Deployment: revision, suffix, whether labels are told, age, last part of the address."""
lone = st.tuples(st.sampled_from(("/run/netns/a", "/run/netns/b", "")), st.integers(1, 3), st.integers(1, 3))
"""Namespaces of nobody: bound name, MAC, address."""
others = st.sampled_from(
    ("db-x2x9z", "db-b4c7d", "web-0", "one-off 1", "one-off 2", "slot 1", "slot 2", "port", "port too", "plain")
)
hosts = st.tuples(
    st.lists(replicas, max_size=4, unique_by=lambda r: r[1]), st.lists(lone, max_size=4), st.sets(others, max_size=5)
)  # fmt: skip
Recipe = tuple[list[tuple[str, str, bool, int, int]], list[tuple[str, int, int]], set[str]]


def made(recipe: Recipe, boot: str = "boot-1") -> Host:
    host = Host.with_bridge()
    host.boot_id = boot
    for revision, suffix, told, age, last in recipe[0]:
        started = f"2026-01-01T00:00:0{age}Z"
        pod(host, f"web-{revision}-{suffix}", f"10.1.27.{last}", deployment(revision) if told else {}, started=started,
            host_end=f"veth{suffix}")  # fmt: skip
    for number, (name, mac, last) in enumerate(recipe[1]):
        net = host.namespace(*((f"{name}{number // 3}",) if name else ()))
        host.veth(net, f"vl{number}", f"10.1.28.{last}", bridge=None)
        net.links = [replace(link, mac=f"02:00:00:00:00:0{mac}") if link.name == "eth0" else link for link in net.links]
    for number, what in enumerate(sorted(recipe[2])):
        _add(host, what, f"10.1.29.{number + 1}")
    return host


def _add(host: Host, what: str, ip: str) -> None:
    word, _, number = what.partition(" ")
    if word == "one-off":
        container(host, f"shop-web-run-{number}", ip, labels=service("shop", "web", 1, run=True))
    elif word == "slot":
        labels = {"com.docker.swarm.service.name": "web", "com.docker.swarm.task.name": f"web.1.{number}"}
        container(host, f"web.1.{number}", ip, labels=labels)
    elif word == "port":
        container(host, f"name{number}", ip, ports=({"protocol": "tcp", "port": 80, "host_port": 8080},))
        host.networks.append(Network(id=f"net{number}", name=f"net{number}", bridge="docker0"))
    elif word == "plain":
        container(host, "plain", ip)
    else:
        pod(host, what, ip)


def pairs(before: Host, after: Host) -> dict[str, object]:
    """What is matched with what, and what is unclear, in words that no order changes."""
    old, new = resolve(before.loaded()), resolve(after.loaded(number=2))
    return told(match(old, new), old, new)


def told(found: Matches, old: Topology, new: Topology) -> dict[str, object]:
    shown: dict[str, object] = {}
    kinds: list[tuple[str, Matching[object], Callable[[object, Topology], object]]] = [
        ("pod", found.pods, lambda p, _: (p.pod_namespace, p.name)),  # type: ignore[attr-defined, list-item]
        ("container", found.containers, lambda c, _: c[1].id),  # type: ignore[index, list-item]
        ("network", found.networks, lambda n, _: n[1].id),  # type: ignore[index, list-item]
        ("namespace", found.namespaces, lambda n, t: t.scopes[n.key]),  # type: ignore[attr-defined, list-item]
        ("veth", found.veths, lambda v, t: (t.scopes[v.home.namespace], v.home.link.name)),  # type: ignore[attr-defined, list-item]
    ]
    for kind, matching, name in kinds:
        shown[kind] = {
            (name(m.before, old), name(m.after, new), m.reason, m.confidence, m.same) for m in matching.matched
        }
        shown[f"{kind} unclear"] = {
            (frozenset(name(t, old) for t in a.before), frozenset(name(t, new) for t in a.after), a.reason)
            for a in matching.ambiguous
        }
    shown["link"] = {
        (old.scopes[m.before.namespace], m.before.link.name, new.scopes[m.after.namespace], m.after.link.name, m.same)
        for m in found.links
    }
    return shown


def mirrored(shown: dict[str, object]) -> dict[str, object]:
    turned: dict[str, object] = {}
    for kind, found in shown.items():
        assert isinstance(found, set)
        if kind == "link":
            turned[kind] = {(c, d, a, b, same) for a, b, c, d, same in found}
        else:
            turned[kind] = {(b, a, *rest) for a, b, *rest in found}
    return turned


@SETTINGS
@given(hosts, hosts, st.booleans())
def test_the_other_way_round_the_same_things_are_the_same(first: Recipe, second: Recipe, boot: bool) -> None:
    a, b = made(first), made(second, "boot-2" if boot else "boot-1")
    assert mirrored(pairs(a, b)) == pairs(b, a)


@SETTINGS
@given(hosts, hosts, st.randoms(use_true_random=False))
def test_the_order_of_what_is_told_does_not_matter(first: Recipe, second: Recipe, chance: random.Random) -> None:
    a, b = made(first), made(second)
    shuffled = [copy.deepcopy(a), copy.deepcopy(b)]
    for host in shuffled:
        keys = list(host.nets)
        chance.shuffle(keys)
        host.nets = {key: host.nets[key] for key in keys}
        chance.shuffle(host.containers)
        chance.shuffle(host.networks)
        for net in host.nets.values():
            chance.shuffle(net.links)
            chance.shuffle(net.addresses)
    assert pairs(a, b) == pairs(*shuffled)


@SETTINGS
@given(hosts, hosts, st.randoms(use_true_random=False))
def test_the_numbers_that_a_kernel_gives_out_do_not_matter(
    first: Recipe, second: Recipe, chance: random.Random
) -> None:
    a, b = made(first), made(second)
    numbers = chance.sample(range(10_000, 99_999), len(a.nets) + len(b.nets))
    keys = dict(zip(dict.fromkeys([*a.nets, *b.nets]), (f"cookie:{n}" for n in numbers), strict=False))
    assert pairs(a, b) == pairs(_renumbered(a, keys), _renumbered(b, keys))


def _renumbered(host: Host, keys: dict[str, str]) -> Host:
    new = copy.deepcopy(host)
    new.nets = {
        keys[key]: replace(
            net, key=keys[key], nsids=[NamespaceId(nsid=n.nsid, target=keys[n.target or ""]) for n in net.nsids]
        )
        for key, net in new.nets.items()
    }
    new.containers = [replace(c, namespace=keys[c.namespace or ""]) for c in new.containers]
    return new


@SETTINGS
@given(hosts, hosts)
def test_nothing_is_two_things_and_nothing_is_lost(first: Recipe, second: Recipe) -> None:
    a, b = made(first), made(second)
    old, new = resolve(a.loaded()), resolve(b.loaded(number=2))
    found = match(old, new)
    every: list[tuple[Matching[object], int, int]] = [
        (found.pods, len(old.pods), len(new.pods)),  # type: ignore[list-item]
        (found.containers, len(old.containers), len(new.containers)),  # type: ignore[list-item]
        (found.namespaces, len(old.namespaces), len(new.namespaces)),  # type: ignore[list-item]
        (found.veths, len(old.veths), len(new.veths)),  # type: ignore[list-item]
    ]
    for matching, olds, news in every:
        one = [id(m.before) for m in matching.matched] + [id(t) for t in matching.removed]
        two = [id(m.after) for m in matching.matched] + [id(t) for t in matching.added]
        assert len(set(one)) == len(one) == olds
        assert len(set(two)) == len(two) == news
        unclear = [id(t) for doubt in matching.ambiguous for t in (*doubt.before, *doubt.after)]
        assert len(set(unclear)) == len(unclear)
        assert set(unclear) <= {id(t) for t in (*matching.removed, *matching.added)}
    assert len({m.before.spot for m in found.links}) == len({m.after.spot for m in found.links}) == len(found.links)


@SETTINGS
@given(
    st.lists(replicas, max_size=4, unique_by=lambda r: r[1]), st.lists(replicas, max_size=4, unique_by=lambda r: r[1])
)
def test_as_many_replicas_pair_up_as_the_smaller_side_has(
    first: list[tuple[str, str, bool, int, int]], second: list[tuple[str, str, bool, int, int]]
) -> None:
    a, b = made((first, [], set())), made((second, [], set()))
    found = match(resolve(a.loaded()), resolve(b.loaded(number=2))).pods
    assert len(found.matched) == min(len(first), len(second))


@SETTINGS
@given(hosts, hosts, st.booleans())
def test_the_report_the_other_way_round_says_the_opposite(first: Recipe, second: Recipe, boot: bool) -> None:
    a, b = made(first), made(second, "boot-2" if boot else "boot-1")
    there, back = compose(sides_of(a, b), "there"), compose(sides_of(b, a), "back")
    assert {(c.kind, MIRROR[c.action]) for c in there.changes} == {(c.kind, c.action) for c in back.changes}
    for report in (there, back):
        seen: set[str] = set()
        for change in report.changes:
            assert change.cause is None or change.cause in seen
            assert change.ambiguous is None or change.action in ("added", "removed", "unknown")
            seen.add(change.id)
    assert Counter(MIRROR[c.action] for c in there.changes if c.kind in MATCHED) == Counter(
        c.action for c in back.changes if c.kind in MATCHED
    )


def crowd(number: int) -> Host:
    """Replicas of one owner, and namespaces that are all alike."""
    host = Host.with_bridge()
    for place in range(number):
        letters = "".join("bcdfghjklm"[int(digit)] for digit in f"{place:05}")
        pod(host, f"web-{REVISIONS[0]}-{letters}", "10.1.27.2", host_end=f"v{place}{id(host) & 4095:x}")
        net = host.namespace()
        host.veth(net, f"w{place}{id(host) & 4095:x}", None, bridge=None)
        net.links = [replace(link, mac="02:00:00:00:00:01") if link.name == "eth0" else link for link in net.links]
    return host


@pytest.mark.parametrize("rebooted", [True, False])
def test_the_work_is_in_proportion_to_the_things(rebooted: bool) -> None:
    spent = []
    for number in (150, 600):
        before, after = crowd(number), crowd(number)
        after.boot_id = "boot-2" if rebooted else "boot-1"
        after.containers = [replace(c, pod_name=f"{(c.pod_name or '')[:-1]}z") for c in after.containers]
        old, new = resolve(before.loaded()), resolve(after.loaded(number=2))
        spent.append(calls_of(lambda old=old, new=new: match(old, new)))  # type: ignore[misc]
    assert spent[1] <= 4 * 1.5 * spent[0]


def calls_of(work: Callable[[], object]) -> int:
    """How many functions it calls: of one work always the same number, whatever else the machine does."""
    count = 0

    def called(_frame: object, event: str, _: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count
