"""The whole firewalls that a comparison takes from its files: of the namespaces in which one's order differs, and no others."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from snapshot.model.firewall import FirewallEntry
from snapshot.store import pairs
from snapshot.store.loaded import Pair
from snapshot.store.pairs import ORDERED
from snapshot.store.reference import parse
from snapshot.store.writer import append, create
from tests.analyze.hosts import Host
from tests.analyze.pairs import pair_of
from tests.analyze.rows import chain, rules
from tests.analyze.test_changes import classic, net_of
from tests.snapshot.store.captures import of_host
from tests.snapshot.store.loading import load_pair

LATER = "2026-01-01T03:10:00.000000Z"
ELEMENT = FirewallEntry(backend="nft", family="ip", table="t", object="element", name="s", text="192.0.2.1")


def walled(host: Host) -> None:
    """Each pod has a chain of its own making."""
    for number in range(1, 5):
        net_of(host, f"web-{number}").more += [
            chain("INPUT", policy="ACCEPT"), *rules("INPUT", "-j LOG", "-j ACCEPT"), chain("OTHER"), *rules("OTHER", "-j LOG")
        ]  # fmt: skip


def hosts() -> tuple[Host, Host]:
    """One pod has another rule, another an element more, and another has no firewall any more."""
    before = classic()
    walled(before)
    after = copy.deepcopy(before)
    net_of(after, "web-1").more.append(rules("INPUT", "-j DROP", start=2)[0])
    net_of(after, "web-2").more.append(ELEMENT)
    gone = net_of(after, "web-3")
    gone.more = [row for row in gone.more if not isinstance(row, FirewallEntry)]
    return before, after


def filed(before: Host, after: Host, folder: Path) -> Pair:
    path = folder / "file"
    create(path, of_host(before))
    append(path, of_host(after, started=LATER))
    return load_pair(parse(f"{path}@1"), parse(f"{path}@2"))


def test_they_are_whole_where_a_rule_differs_on_either_side(tmp_path: Path) -> None:
    before, after = hosts()
    pair = filed(before, after, tmp_path)
    changed = {net_of(before, name).key for name in ("web-1", "web-3")}
    assert set(pair.before_firewalls) == set(pair.after_firewalls) == changed
    whole = [row for row in net_of(after, "web-1").more if isinstance(row, FirewallEntry)]
    assert all(row.object in ORDERED for row in whole)
    assert sorted(pair.after_firewalls[net_of(after, "web-1").key] or (), key=repr) == sorted(whole, key=repr)
    assert pair.after_firewalls[net_of(after, "web-3").key] == ()


def test_a_file_gives_what_two_hosts_do(tmp_path: Path) -> None:
    def told(pair: Pair) -> list[dict[str, list[str]]]:
        return [
            {key: sorted(map(repr, rows or ())) for key, rows in side.items()}
            for side in (pair.before_firewalls, pair.after_firewalls)
        ]

    before, after = hosts()
    assert told(filed(before, after, tmp_path)) == told(pair_of(before, after))


def test_one_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "LARGEST", 5)
    pair = filed(*hosts(), tmp_path)
    key = net_of(classic(), "web-1").key
    assert pair.before_firewalls[key] is not None
    assert pair.after_firewalls[key] is None
