"""Which snapshots may be compared, and what they are called; what a diff exits with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyze.cli import exit_code
from analyze.compose import compose
from analyze.identity import NotComparableError, check_comparable, identity
from analyze.listing import listing
from reports.model import CoverageGap, Report
from snapshot.store.loaded import Entry, Loaded
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of
from tests.analyze.test_changes import classic, compare, route_added, route_removed


def loaded(number: int, **columns: str | None) -> Loaded:
    found = classic().loaded(number=number)
    return replace(found, header=replace(found.header, **columns))  # type: ignore[arg-type]


def test_a_snapshot_is_shown_with_what_its_header_says() -> None:
    snapshot = loaded(7, label="before", note="a note", finished_at="2026-01-01T02:10:01.000000Z")
    told = identity(snapshot)
    assert (told.id, told.label, told.note, told.host) == (7, "before", "a note", "node-1")
    assert (told.started_at, told.finished_at) == ("2026-01-01T02:10:00.000000Z", "2026-01-01T02:10:01.000000Z")
    assert (told.kernel, told.digest, told.status) == ("6.18.0", snapshot.digest, "complete")
    assert told.redacted_with is None
    assert identity(loaded(7, redacted_with="3f0c9a1be2d47586")).redacted_with == "3f0c9a1be2d47586"


def test_a_listing_has_one_line_a_snapshot() -> None:
    entry = Entry(id=3, digest="d", header=loaded(3).header, namespaces=5, containers=8, rows=100, added_rows=9)
    (line,) = listing([entry])
    assert (line.snapshot.id, line.namespaces, line.containers, line.rows, line.added_rows) == (3, 5, 8, 100, 9)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {}),
        ({"hostname": "old-name"}, {}),
        ({"machine_id": None}, {}),
        ({"machine_id": None}, {"machine_id": None}),
    ],
)
def test_two_snapshots_of_one_host_are_compared(before: dict[str, str | None], after: dict[str, str | None]) -> None:
    check_comparable(loaded(1, **before), loaded(2, **after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"machine_id": "n" * 64}, {}),
        ({"machine_id": None, "hostname": "node-2"}, {}),
        ({"machine_id": None, "hostname": "node-2"}, {"machine_id": None}),
        ({"hostname": "node-2"}, {"machine_id": None}),
    ],
)
def test_two_hosts_are_not(before: dict[str, str | None], after: dict[str, str | None]) -> None:
    with pytest.raises(NotComparableError, match=r"different hosts .*--force"):
        check_comparable(loaded(1, **before), loaded(2, **after))


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (None, "3f0c9a1be2d47586", "the earlier snapshot is not redacted and the later redacted with key 3f0c9a1be2d47586:"),
        ("3f0c9a1be2d47586", None, "the earlier snapshot is redacted with key 3f0c9a1be2d47586 and the later not redacted:"),
        ("3f0c9a1be2d47586", "0" * 16, f"with key 3f0c9a1be2d47586 and the later redacted with key {'0' * 16}:"),
    ],
)  # fmt: skip
def test_what_is_redacted_differently_is_not(before: str | None, after: str | None, says: str) -> None:
    """Its hosts differ by name too: that one of them is a pseudonym is what helps."""
    header = {"redacted_with": before, "hostname": "qwgfuo6o", "machine_id": "p" * 64}
    with pytest.raises(NotComparableError, match=f"{says} .*--force") as error:
        check_comparable(loaded(1, **header), loaded(2, redacted_with=after))
    assert error.value.exit_code == 4


def test_what_is_redacted_with_one_key_is_compared() -> None:
    check_comparable(loaded(1, redacted_with="3f0c9a1be2d47586"), loaded(2, redacted_with="3f0c9a1be2d47586"))


def test_a_snapshot_and_itself_are_not() -> None:
    with pytest.raises(NotComparableError, match=r"the same snapshot .*--force") as error:
        check_comparable(loaded(1), loaded(1))
    assert error.value.exit_code == 4


def blind(report: Report) -> Report:
    gap = CoverageGap(snapshot="after", scope="host", kind="route", status="torn", error="kept changing")
    return replace(report, coverage=(gap,))


@pytest.mark.parametrize(
    ("report", "fail_on", "code"),
    [
        (compare(lambda host: None), "info", 0),
        (blind(compare(lambda host: None)), "info", 5),
        (compare(route_added), "info", 1),
        (compare(route_added), "warning", 0),
        (blind(compare(route_added)), "warning", 5),
        (compare(route_removed), "warning", 1),
        (compare(route_removed), "critical", 0),
    ],
)
def test_exit_codes(report: Report, fail_on: str, code: int) -> None:
    assert exit_code(report, fail_on) == code


def test_a_difference_that_could_not_be_seen_is_no_difference() -> None:
    before, after = classic(), Host.with_bridge()
    after.boot_id, after.silent = "boot-2", True
    report = compose(sides_of(before, after), "netlapse test")
    unknown = tuple(change for change in report.changes if change.action == "unknown")
    assert unknown
    assert exit_code(replace(report, changes=unknown, verdict="incomplete")) == 5


@pytest.mark.parametrize(
    ("machines", "names", "known"),
    [
        (("m", "m"), ("a", "b"), ("machine id", "exact")),
        ((None, "m"), ("a", "a"), ("host name", "strong")),
        ((None, "m"), ("a", "b"), ("--force", "weak")),
        (("m", "n"), ("a", "a"), ("--force", "weak")),
    ],
)
def test_by_what_a_host_is_the_same_one(
    machines: tuple[str | None, str | None], names: tuple[str, str], known: tuple[str, str]
) -> None:
    before, after = classic(), classic()
    for host, machine, name in zip((before, after), machines, names, strict=True):
        host.machine_id, host.hostname, host.kernel = machine, name, f"6.{name}.{machine}"
    after.boot_id = "boot-2"
    (change,) = (c for c in compose(sides_of(before, after), "netlapse test").changes if c.kind == "host")
    assert (change.matched_by, change.confidence) == known
