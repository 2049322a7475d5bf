"""What checks go by of the big kinds: chosen, grouped, bounded, and told when cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from snapshot.model.kinds import Fact
from snapshot.model.neighbour import Neighbour
from snapshot.model.route import Route
from snapshot.model.sysctl import Sysctl
from snapshot.store import extracts
from snapshot.store.extracts import WANTED, read_as
from snapshot.store.loaded import Extract, LoadedNamespace
from snapshot.store.reader import load
from snapshot.store.reference import parse
from snapshot.store.writer import append, create
from tests.analyze.hosts import Host
from tests.analyze.rows import route
from tests.analyze.test_changes import classic, net_of
from tests.snapshot.store.captures import of_host
from tests.snapshot.store.loading import load_pair

LATER = "2026-01-01T03:10:00.000000Z"


def stored(tmp_path: Path, *changes: Callable[[Host], None]) -> dict[str, LoadedNamespace]:
    host = classic()
    for change in changes:
        change(host)
    path = tmp_path / "file"
    create(path, of_host(host))
    return {place.namespace.key: place for place in load(parse(str(path))).namespaces}


def hosts_own(tmp_path: Path, *changes: Callable[[Host], None]) -> dict[str, Extract]:
    return dict(next(p for p in stored(tmp_path, *changes).values() if p.namespace.host).extracts)


def by_gateways(number: int, gateways: int) -> Callable[[Host], None]:
    def add(host: Host) -> None:
        host.root.routes += [
            route(f"20.{n >> 8}.{n & 255}.0/24", "docker0", gateway=f"10.1.27.{n % gateways + 10}", protocol="bgp")
            for n in range(number)
        ]

    return add


def test_routes_that_lead_the_same_way_are_told_once_with_their_number(tmp_path: Path) -> None:
    found = hosts_own(tmp_path, by_gateways(1000, 3))["gateway"]
    told = {(row.gateway, row.protocol): count for row, count in zip(found.rows, found.counts, strict=True)}  # type: ignore[union-attr]
    assert told == {
        ("10.1.27.10", "bgp"): 334, ("10.1.27.11", "bgp"): 333, ("10.1.27.12", "bgp"): 333, ("10.1.27.2", "boot"): 1,
    }  # fmt: skip
    assert found.rows[0].dst == "20.0.0.0/24"  # type: ignore[union-attr]
    assert not found.cut


def test_what_is_on_a_link_and_the_ways_out_are_told_one_by_one(tmp_path: Path) -> None:
    def halves(host: Host) -> None:
        host.root.routes += [route(dst, "docker0", gateway="10.1.27.9") for dst in ("0.0.0.0/1", "128.0.0.0/1", "::/0")]

    rows = hosts_own(tmp_path, halves)["route"].rows
    assert [row.dst for row in rows if isinstance(row, Route)] == ["0.0.0.0/1", "10.1.27.0/24", "128.0.0.0/1", "::/0"]


def test_of_neighbours_those_that_somebody_wrote_down_and_the_number_of_others(tmp_path: Path) -> None:
    def many(host: Host) -> None:
        host.root.neighbours = [
            Neighbour(family="inet", dev="docker0", address=f"10.1.27.{n}", mac="02:00:00:00:00:01", state=state)
            for n, state in enumerate(["REACHABLE"] * 5 + ["PERMANENT"] * 2 + ["STALE"])
        ]

    found = hosts_own(tmp_path, many)["neighbour"]
    told = sorted((row.state, count) for row, count in zip(found.rows, found.counts, strict=True))  # type: ignore[union-attr]
    assert told == [("PERMANENT", 1), ("PERMANENT", 1), ("REACHABLE", 5), ("STALE", 1)]
    assert found.total == 8


def test_of_neighbours_also_those_without_arp_and_proxies_but_none_of_multicast(tmp_path: Path) -> None:
    kept = [
        Neighbour(family="inet", dev="docker0", address="10.1.27.7", mac="02:00:00:00:00:01", state="NOARP"),
        Neighbour(family="inet", dev="docker0", address="10.1.27.8", mac="02:00:00:00:00:02", state="NOARP"),
        Neighbour(family="inet", dev="docker0", address="10.1.27.9", state="NONE", proxy=True),
        Neighbour(family="inet", dev="docker0", address="10.1.27.10", state="NONE", proxy=True),
    ]

    def many(host: Host) -> None:
        host.root.neighbours = [
            *kept,
            *(
                Neighbour(
                    family="inet6",
                    dev="docker0",
                    address=f"ff02::1:ff00:{n}",
                    mac=f"33:33:ff:00:00:0{n}",
                    state="NOARP",
                )
                for n in range(5)
            ),
        ]

    found = hosts_own(tmp_path, many)["neighbour"]
    told = [count for row, count in zip(found.rows, found.counts, strict=True) if row in kept]
    assert (told, sorted(found.counts)) == ([1, 1, 1, 1], [1, 1, 1, 1, 5])


def test_of_local_routes_those_that_somebody_made(tmp_path: Path) -> None:
    made = route("10.9.0.0/24", "lo", table="local", type="local", protocol="boot", scope="host")

    def add(host: Host) -> None:
        host.root.routes += [made, replace(made, dst="10.1.27.1/32", protocol="kernel")]

    extracted = hosts_own(tmp_path, add)
    assert extracted["local"].rows == (made,)
    assert made not in extracted["route"].rows


def test_elsewhere_only_the_sysctls_by_which_a_link_answers_for_others(tmp_path: Path) -> None:
    proxy = Sysctl(path="net.ipv4.conf.eth1", dev="eth1", values={"forwarding": 1, "proxy_arp": 1, "rp_filter": 0})
    key = net_of(classic(), "web-1").key

    def answer(host: Host) -> None:
        host.nets[key].more.append(proxy)

    places = stored(tmp_path, answer)
    assert places[key].extracts["sysctl"].rows == (proxy,)
    assert len(next(p for p in places.values() if p.namespace.host).extracts["sysctl"].rows) > 3
    assert "firewall" not in places[key].extracts


def test_a_table_too_large_to_be_gone_through_is_cut_but_for_its_ways_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extracts, "LARGEST", 500)
    found = hosts_own(tmp_path, by_gateways(1000, 3))
    assert (found["gateway"].rows, found["gateway"].cut) == ((), True)
    assert found["gateway"].total > 1000
    assert [row.dst for row in found["route"].rows] == ["10.1.27.0/24"]  # type: ignore[union-attr]
    assert not found["route"].cut


def test_links_whose_gateway_is_said_to_be_there_are_known_in_any_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(host: Host) -> None:
        by_gateways(1000, 3)(host)
        host.root.routes += [route(f"30.0.{n}.0/24", "veth7", gateway="10.9.9.9", flags=("onlink",)) for n in range(3)]

    monkeypatch.setattr(extracts, "LARGEST", 500)
    found = hosts_own(tmp_path, told)["onlink"]
    assert [(row.dev, count) for row, count in zip(found.rows, found.counts, strict=True)] == [("veth7", 3)]  # type: ignore[union-attr]
    assert not found.cut


def test_more_groups_than_are_wanted_are_cut(tmp_path: Path) -> None:
    def many(host: Host) -> None:
        host.root.routes += [route(f"20.{n >> 8}.{n & 255}.0/24", "docker0") for n in range(WANTED["route"].most)]

    found = hosts_own(tmp_path, many)["route"]
    assert (len(found.rows), found.cut) == (WANTED["route"].most, True)


def test_all_sections_together_are_bounded_the_smallest_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extracts, "ALTOGETHER", 60)
    places = stored(tmp_path, by_gateways(100, 3))
    cut = [place.namespace.host for place in places.values() if place.extracts["gateway"].cut]
    assert cut == [True]


def test_equal_sections_of_two_snapshots_are_read_once(tmp_path: Path) -> None:
    path = tmp_path / "file"
    create(path, of_host(classic()))
    append(path, of_host(classic(), started=LATER))
    pair = load_pair(parse(f"{path}@1"), parse(f"{path}@2"))
    for before, after in zip(pair.before.namespaces, pair.after.namespaces, strict=True):
        assert before.extracts.keys() == after.extracts.keys() >= {"route", "gateway", "rule"}
        for name, extract in before.extracts.items():
            assert extract is after.extracts[name]


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    host = classic()
    for place in stored(tmp_path).values():
        rows = host.nets[place.namespace.key].rows()
        for name, extract in place.extracts.items():
            written: tuple[Fact, ...] = rows[read_as(name)]
            assert set(map(repr, extract.rows)) <= set(map(repr, written))
            assert extract.total == len(written)


def test_a_namespace_keeps_all_it_has_but_for_its_extracts(tmp_path: Path) -> None:
    for place in stored(tmp_path).values():
        assert place.with_extracts({}) == replace(place, extracts={})
        assert place.with_extracts(place.extracts) == place
