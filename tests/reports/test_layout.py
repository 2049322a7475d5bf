"""What a page looks like where there is little room, on a narrow screen and on paper, as Chromium lays it out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from reports.html.document import render
from reports.html.snapshot import render as render_snapshot
from reports.model import Report
from tests.reports import samples
from tests.reports.browsers import launch, opened
from tests.reports.html.test_snapshot import DOCUMENTS

REPORTS: Mapping[str, Callable[[], Report]] = {**samples.SAMPLES, "ten pods": lambda: samples.pods(10)}
NARROW = 360
BROKEN = """() => {
    const broken = [];
    for (const cell of document.querySelectorAll("main table :is(th, td)")) {
        const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        for (let text; (text = walker.nextNode()); ) {
            for (const word of text.data.matchAll(/[a-z]{3,10}/gi)) {
                const range = document.createRange();
                range.setStart(text, word.index);
                range.setEnd(text, word.index + word[0].length);
                const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
                if (lines.size > 1) broken.push(word[0]);
            }
        }
    }
    return broken;
}"""
"""Words of the tables that stand on more than one line. Names that are longer than any word have to be broken."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = launch(playwright, "chromium")
        yield running
        running.close()


def written(name: str, folder: Path) -> Path:
    path = folder / "page.html"
    html = render_snapshot(*DOCUMENTS["unusual"]()) if name == "one snapshot" else render(REPORTS[name]())
    path.write_text(html, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["classic", "incomplete", "planned", "findings", "one snapshot"])
def test_on_a_narrow_screen_no_word_of_a_table_is_broken(name: str, browser: Browser, tmp_path: Path) -> None:
    with opened(browser, written(name, tmp_path), width=NARROW) as found:
        assert found.page.locator("main table").count() > 1
        assert found.page.evaluate(BROKEN) == []
        assert found.page.evaluate("document.documentElement.scrollWidth") <= NARROW


@pytest.mark.parametrize(("name", "sheets"), [("incomplete", 1), ("classic", 3), ("planned", 4), ("ten pods", 8)])
def test_no_sheet_of_paper_is_left_half_empty(name: str, sheets: int, browser: Browser, tmp_path: Path) -> None:
    """Each of these took one more when pictures, stories and sections that did not fit began on a new one."""
    with opened(browser, written(name, tmp_path)) as found:
        printed = found.page.pdf(format="A4", print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == sheets
