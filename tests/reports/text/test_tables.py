"""`ls` and `show --kind`: tables where they fit, paragraphs where they do not, nothing cut."""

from __future__ import annotations

from reports.listing import Listed
from reports.text import listing, table
from reports.width import cells
from tests.reports import inventories
from tests.reports.drafting import identity
from tests.reports.samples import HOSTILE

ROWS = (
    {"scope": "host", "dev": "docker0", "address": "10.1.27.1/24", "flags": ("permanent",), "peer": None},
    {"scope": "pod:default/web-1", "dev": "eth0", "address": "10.1.27.2/24", "flags": (), "peer": None},
)
LISTED = (
    Listed(snapshot=identity(1, note="kernel 6.17 to 6.18"), namespaces=5, containers=8, rows=1234, added_rows=1234),
    Listed(snapshot=identity(2, status="partial"), namespaces=5, containers=8, rows=1240, added_rows=9),
)


def test_rows_that_fit_are_a_table_without_empty_columns() -> None:
    assert table.render(ROWS, width=80, color=False).splitlines() == [
        "scope              dev      address       flags",
        "host               docker0  10.1.27.1/24  permanent",
        "pod:default/web-1  eth0     10.1.27.2/24",
    ]


def test_rows_that_do_not_fit_are_paragraphs_with_every_value() -> None:
    text = table.render(ROWS, width=40, color=False)
    assert text.splitlines() == [
        "host",
        "    dev docker0, address 10.1.27.1/24,",
        "    flags permanent",
        "pod:default/web-1",
        "    dev eth0, address 10.1.27.2/24",
    ]


def test_wide_characters_keep_columns_straight() -> None:
    rows = ({"scope": "宽宽", "dev": "a"}, {"scope": "host", "dev": "b"})
    lines = table.render(rows, width=40, color=False).splitlines()
    assert {cells(line) for line in lines[1:]} == {8}


def test_no_rows_is_said() -> None:
    assert table.render((), width=80, color=False) == "none\n"
    assert listing.render((), width=80, color=False) == "no snapshots in this file\n"


def test_hostile_rows_stay_text() -> None:
    rows = inventories.hostile().facts["link"]
    for width in (40, 10_000):
        assert all(char.isprintable() or char == "\n" for char in table.render(rows, width=width, color=False))


def test_a_listing_on_a_wide_terminal_is_one_line_a_snapshot() -> None:
    lines = listing.render(LISTED, width=160, color=False).splitlines()
    assert len(lines) == 3
    assert lines[1].split() == [
        "1", "before-upgrade", "node-1", "2026-01-01", "02:10:00", "UTC", "5", "8", "1,234", "1,234", "complete",
        "1a7c39e0d5b2", "kernel", "6.17", "to", "6.18",
    ]  # fmt: skip


def test_a_listing_on_a_narrow_terminal_takes_two_lines_a_snapshot() -> None:
    lines = listing.render(LISTED, width=80, color=False).splitlines()
    assert len(lines) == 5
    assert lines[4] == "    1,240 rows (9 new), partial, 2a7c39e0d5b2"


def test_a_hostile_label_stays_text() -> None:
    rows = [
        Listed(snapshot=identity(1, label=n, note=n, host=n), namespaces=1, containers=1, rows=1, added_rows=1)
        for n in HOSTILE
    ]
    text = listing.render(rows, width=200, color=False)
    assert all(char.isprintable() or char == "\n" for char in text)
