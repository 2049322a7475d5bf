"""Links that took over each other's names: rows that tell such a name may read the same and be another link's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from analyze.compose import compose
from analyze.filters.filters import Filters
from analyze.loading import load
from analyze.subjects import SUBJECTS
from reports.model import Report
from snapshot.model.fdb import FdbEntry
from snapshot.model.link import Link
from snapshot.model.neighbour import Neighbour
from snapshot.model.rule import Rule
from snapshot.store.naming import BY_NAME, columns_of
from snapshot.store.reference import SnapshotRef
from snapshot.store.writer import create
from tests.analyze.generated.changes import call
from tests.analyze.hosts import Host, Net
from tests.analyze.pairs import sides_of
from tests.analyze.rows import address, route, routes_of
from tests.cases.captures import capture_of

Told = set[tuple[str, str, str]]
How = Callable[[Net], None]


def dummy(ifindex: int, name: str) -> Link:
    return Link(
        ifindex=ifindex, name=name, type="ether", link_kind="dummy", mac=f"02:11:00:00:00:{ifindex:02x}", mtu=1500,
        state="UP",
    )  # fmt: skip


def host() -> Host:
    """Two uplinks, a with addresses and routes, and b."""
    made = Host.with_bridge()
    made.root.link(dummy(11, "a"))
    made.root.link(dummy(12, "b"))
    made.root.addresses.append(address("a", "192.0.2.7/24"))
    made.root.routes += [*routes_of("a", "192.0.2.7", "192.0.2.0/24"), route("0.0.0.0/0", "a", gateway="192.0.2.1")]
    made.root.neighbours.append(
        Neighbour(family="inet", dev="a", address="192.0.2.1", mac="02:aa:00:00:00:01", state="PERMANENT")
    )
    return made


def swap(net: Net) -> None:
    for old, new in (("a", "tmp"), ("b", "a"), ("tmp", "b")):
        call(net, old, new)


def take_over(net: Net) -> None:
    call(net, "a", "c")
    call(net, "b", "a")


def settings_by_name(net: Net) -> None:
    """What was configured for the name "a" is again, on whoever bears it now: what the old bearer had it has no more."""
    plain = host().root
    net.addresses, net.routes, net.neighbours = plain.addresses, plain.routes, plain.neighbours


def by_files(before: Host, after: Host, folder: Path) -> Report:
    first, second = folder / "before", folder / "after"
    create(first, capture_of(before.whole()))
    create(second, capture_of(after.whole()))
    sides = load(SnapshotRef(path=first), SnapshotRef(path=second))
    return compose(sides, "test", filters=Filters(default=False))


def told(report: Report) -> Told:
    return {(change.kind, change.action, change.name) for change in report.changes}


def both(before: Host, after: Host, folder: Path) -> Told:
    """What is told of two hosts, by way of files and without."""
    found = told(by_files(before, after, folder))
    assert found == told(compose(sides_of(before, after), "test", filters=Filters(default=False)))
    return found


LINKS: dict[How, Told] = {
    swap: {("link", "changed", "a"), ("link", "changed", "b")},
    take_over: {("link", "changed", "a"), ("link", "changed", "c")},
}
OTHER: dict[How, str] = {swap: "b", take_over: "c"}


@pytest.mark.parametrize("how", LINKS)
def test_links_that_are_called_otherwise_keep_what_they_had(how: How, tmp_path: Path) -> None:
    after = host()
    how(after.root)
    assert both(host(), after, tmp_path) == LINKS[how]


@pytest.mark.parametrize("how", LINKS)
def test_what_reads_the_same_but_is_another_links_is_told(how: How, tmp_path: Path) -> None:
    after, other = host(), OTHER[how]
    how(after.root)
    settings_by_name(after.root)
    assert both(host(), after, tmp_path) == LINKS[how] | {
        ("address", "removed", "192.0.2.7/24 dev a"), ("address", "added", "192.0.2.7/24 dev a"),
        ("neighbour", "removed", "192.0.2.1 dev a"), ("neighbour", "added", "192.0.2.1 dev a"),
        *(("route", action, name) for action in ("removed", "added") for name in (
            "192.0.2.0/24 dev a", "local 192.0.2.7/32 dev a", "broadcast 192.0.2.255/32 dev a")),
        ("route", "changed", "0.0.0.0/0 via 192.0.2.1 dev a"),
    }  # fmt: skip
    report = by_files(host(), after, _new(tmp_path))
    (way_out,) = [c for c in report.changes if c.name.startswith("0.0.0.0/0")]
    assert [(f.name, f.before, f.after) for f in way_out.fields] == [("dev", other, "a")]


def _new(folder: Path) -> Path:
    path = folder / "again"
    path.mkdir()
    return path


def test_a_link_with_the_name_of_one_that_is_gone_has_not_what_that_one_had(tmp_path: Path) -> None:
    after = host()
    after.root.without("a")
    call(after.root, "b", "a")
    report = by_files(host(), after, tmp_path)
    assert ("address", "removed", "192.0.2.7/24 dev a") in told(report)
    (way_out,) = [c for c in report.changes if c.name.startswith("0.0.0.0/0")]
    assert [(f.name, f.before, f.after) for f in way_out.fields] == [("dev", "a (gone)", "a")]


def test_a_port_is_on_another_bridge_that_is_called_as_its_own_was(tmp_path: Path) -> None:
    before = host()
    before.root.links += [
        replace(dummy(20, "a0"), link_kind="bridge"), replace(dummy(21, "b0"), link_kind="bridge"),
        replace(dummy(22, "port"), master="a0", port_kind="bridge"),
    ]  # fmt: skip
    before.root.fdb.append(FdbEntry(dev="port", mac="02:11:00:00:00:16", master="a0", state="permanent"))
    after = before.fork()
    for old, new in (("a0", "tmp"), ("b0", "a0"), ("tmp", "b0")):
        call(after.root, old, new)
    assert both(before, after, tmp_path) == {("link", "changed", "a0"), ("link", "changed", "b0")}
    after.root.links = [replace(link, master="a0") if link.name == "port" else link for link in after.root.links]
    after.root.fdb = [replace(row, master="a0") if row.dev == "port" else row for row in after.root.fdb]
    report = by_files(before, after, _new(tmp_path))
    (port,) = [c for c in report.changes if c.name == "port"]
    assert [(f.name, f.before, f.after) for f in port.fields] == [("master", "b0", "a0")]
    assert {(c.action, c.cause) for c in report.changes if c.kind == "fdb"} == {
        ("removed", port.id),
        ("added", port.id),
    }


def test_a_policy_rule_goes_on_naming_a_link_as_it_did(tmp_path: Path) -> None:
    """ip-rule(8): the kernel keeps the name, and looks for whoever bears it."""
    before = host()
    before.root.rules.append(Rule(family="inet", priority=100, iif="a", action="to_tbl", table="100"))
    after = before.fork()
    swap(after.root)
    assert both(before, after, tmp_path) == LINKS[swap]


def test_a_tunnel_without_a_mac_is_the_same_under_another_name(tmp_path: Path) -> None:
    """Found by the laws: it was taken for a new one, and the link that bears its name now for its successor."""
    before = host()
    before.root.links += [Link(ifindex=20, name="wg0", type="none", link_kind="wireguard", mtu=1420, state="UNKNOWN")]
    after = before.fork()
    after.root.links.append(dummy(21, "new"))
    for old, new in (("wg0", "tmp"), ("new", "wg0"), ("tmp", "new")):
        call(after.root, old, new)
    report = by_files(before, after, tmp_path)
    links = {(c.action, c.name, *((f.name, f.before, f.after) for f in c.fields)) for c in report.changes}
    assert links == {("changed", "new", ("name", "wg0", "new")), ("added", "wg0")}
    assert both(before, after, _new(tmp_path)) == {("link", "changed", "new"), ("link", "added", "wg0")}


def test_the_reader_knows_the_columns_that_name_a_link() -> None:
    kinds = SUBJECTS.keys() - BY_NAME
    assert {kind: SUBJECTS[kind].links for kind in kinds} == {kind: columns_of(kind) for kind in kinds}
