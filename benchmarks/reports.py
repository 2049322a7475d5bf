"""The HTML report of 10,000 changes: how long it takes to write, to open, to filter and to print.

``python -m benchmarks.reports`` prints its figures as JSON; ``make bench`` puts them in words. Writing is held against a bare
Jinja2 loop over the same rows, whose values are ready; opening against a page of as many bytes that holds one paragraph of
text; both until the browser has drawn them, in a browser that is running already, in turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment
from playwright.sync_api import Browser, sync_playwright

from reports.html.document import render
from reports.html.rows import tell_stories
from reports.model import Report
from tests.reports import samples
from tests.reports.browsers import PROGRAMS, launch

VALUE = """{% for part in VALUES %}
{% if part.differs %}<mark>{{ part.text }}</mark>{% else %}{{ part.text }}{% endif %}
{% endfor %}"""
BARE = """{% for story in stories %}
<details class="change {{ story.action }} {{ story.severity }}" id="{{ story.id }}" data-s="{{ story.place }}">
<summary>{{ story.noun }} <bdi>{{ story.name }}</bdi> <b>{{ story.word }}</b> <bdi>{{ story.brief }}</bdi>
{{ story.rows | length }} follow {{ story.severity }}</summary>
<table>
{% for field in story.fields %}
<tr><th>{{ field.name }}</th><td>BEFORE</td><td>AFTER</td></tr>
{% endfor %}
</table>
<dl>{% for name, text in story.facts %}<dt>{{ name }}</dt><dd>{{ text }}</dd>{% endfor %}</dl>
<p>Matched by {{ story.matched }}</p>
<ul>
{% for row in story.rows %}
<li id="{{ row.id }}" class="{{ row.action }} {{ row.severity }}" data-s="{{ row.place }}">{{ row.noun }}
<bdi>{{ row.name }}</bdi> <b>{{ row.word }}</b> in <bdi>{{ row.scope }}</bdi> <a href="#{{ row.id }}">{{ row.id }}</a>
{% for field in row.fields %}
<p>{{ field.name }} <del>BEFORE</del> &rarr; <ins>AFTER</ins></p>
{% endfor %}
</li>
{% endfor %}
</ul></details>
{% endfor %}"""
for side in ("before", "after"):
    BARE = BARE.replace(side.upper(), VALUE.replace("VALUES", f"field.{side}"))
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"
FILTER = """async () => {
    const text = document.querySelector("[name=text]");
    const once = (value) => {
        const began = performance.now();
        text.value = value;
        text.dispatchEvent(new Event("input", {bubbles: true}));
        document.body.getBoundingClientRect();
        return performance.now() - began;
    };
    if (FOCUSED) {
        text.focus();
        await new Promise((done) => setTimeout(done, 200));
    }
    return [once("00007"), once("10.1.28.9"), once(""), once("web"), once("")];
}"""


def bare(report: Report) -> Callable[[], str]:
    """The same rows, their values ready, written by nothing but a Jinja2 loop."""
    stories = [story for group in tell_stories(report, 0).groups for story in group.stories]
    template = Environment(autoescape=True, trim_blocks=True).from_string(BARE)
    return lambda: template.render(stories=stories)


def empty(size: int) -> str:
    """A page of so many bytes that has nothing in it but words."""
    head, tail = '<!doctype html><html lang="en"><meta charset="utf-8"><title>empty</title><p>', "</p></html>\n"
    room = size - len(head) - len(tail)
    return f"{head}{('nothing here ' * (room // 13 + 1))[:room]}{tail}"


def cpu(work: Callable[[], object]) -> float:
    """Seconds of a processor."""
    began = time.process_time()
    work()
    return time.process_time() - began


def opening(browser: Browser, path: Path) -> float:
    """Seconds from asking for a page until it is drawn."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    try:
        began = time.monotonic()
        page.goto(path.as_uri())
        page.evaluate(DRAWN)
        return time.monotonic() - began
    finally:
        page.close()


def filtering(browser: Browser, path: Path, *, focused: bool) -> float:
    """Seconds of the slowest of several filters. ``focused``: the field is, for as long as a person takes to type; else the
    first of them finds nothing prepared."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    try:
        page.goto(path.as_uri())
        page.evaluate(DRAWN)
        return float(max(page.evaluate(FILTER.replace("FOCUSED", str(focused).lower())))) / 1000
    finally:
        page.close()


def measure(runs: int, folder: Path) -> dict[str, object]:
    """All figures: medians."""
    report = samples.many()
    html = render(report)
    page, blank = folder / "report.html", folder / "empty.html"
    page.write_text(html, encoding="utf-8")
    blank.write_text(empty(page.stat().st_size), encoding="utf-8")
    loop = bare(report)
    written = [(cpu(lambda: render(report)), cpu(loop)) for _ in range(runs)]
    figures: dict[str, object] = {
        "changes": len(report.changes),
        "bytes": page.stat().st_size,
        "render": statistics.median(own for own, _ in written),
        "bare": statistics.median(peer for _, peer in written),
        "bare bytes": len(loop().encode()),
    }
    with sync_playwright() as playwright:
        for name in PROGRAMS:
            browser = launch(playwright, name)
            opening(browser, blank)
            opened = [(opening(browser, page), opening(browser, blank)) for _ in range(runs)]
            filtered = [filtering(browser, page, focused=True) for _ in range(runs)]
            at_once = [filtering(browser, page, focused=False) for _ in range(runs)]
            figures[name] = {
                "open": statistics.median(own for own, _ in opened),
                "open empty": statistics.median(peer for _, peer in opened),
                "filter": statistics.median(filtered),
                "filter at once": statistics.median(at_once),
            }
            if name == "chromium":
                sheet = browser.new_page()
                sheet.goto(page.as_uri())
                figures["pdf"] = len(sheet.pdf(print_background=True))
            browser.close()
    return figures


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reports", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="netlapse-bench-") as folder:
        print(json.dumps(measure(arguments.runs, Path(folder))))


if __name__ == "__main__":
    main()
