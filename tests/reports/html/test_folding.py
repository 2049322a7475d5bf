"""More than 20,000 changes: those that are alike are counted, by the command that lists them, and none goes silently."""

from __future__ import annotations

import re

from analyze.filters.filters import read_filters
from reports.forest import forest
from reports.html.document import render
from reports.html.folding import FOLD_ABOVE, SHOWN_ALIKE, shown
from reports.model import Report
from tests.reports.drafting import Draft
from tests.reports.html.pages import read


def routes(number: int) -> Report:
    """A table of so many routes removed, one of which is critical, and pods that were re-created."""
    draft = Draft()
    for i in range(30):
        draft.pod(f"web-{i}", i, f"10.1.27.{i + 2}", f"10.1.28.{i + 2}")
    for i in range(number):
        name = f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}/32 via 10.1.27.9 dev eth0"
        draft.say("route", "removed", "host", name, severity="critical" if i == number // 2 else "info")
    return draft.report()


def test_up_to_twenty_thousand_all_are_shown() -> None:
    report = routes(FOLD_ABOVE - 30 * 13)
    assert len(report.changes) == FOLD_ABOVE
    assert not shown(report, forest(report)).alike


def test_above_it_every_change_is_shown_or_counted() -> None:
    report = routes(FOLD_ABOVE)
    what = shown(report, forest(report))
    rows = len(what.roots) + sum(map(len, what.children.values()))
    assert rows < 1000
    assert rows + sum(found.number + found.below for found in what.alike.values()) == len(report.changes)


def test_what_is_critical_is_never_counted_away_among_what_is_not() -> None:
    report = routes(FOLD_ABOVE)
    (critical,) = [change for change in report.changes if change.severity == "critical"]
    html = render(report)
    assert f'id="{critical.id}"' in html
    assert f'href="#{critical.id}"' in html


def test_the_page_says_how_many_and_by_which_command() -> None:
    html = render(routes(FOLD_ABOVE))
    page = read(html)
    text = " ".join(page.text.split())
    left = FOLD_ABOVE - 1 - SHOWN_ALIKE
    assert f"and {left:,} routes more like this one" in text
    assert (
        "netlapse diff BEFORE-FILE@1 AFTER-FILE@2 --select kind=route,action=removed,severity=info,scope=host" in text
    )
    assert "and 20 pods more like this one, with 240 changes under them" in text
    assert {href[1:] for href in page.attribute("href")} <= set(page.attribute("id"))
    assert len(html) < 400_000


def test_the_rules_it_names_can_be_given() -> None:
    html = render(routes(FOLD_ABOVE))
    rules = set(re.findall(r"--select ([^\s<&]+)", html))
    assert rules
    for rule in rules:
        read_filters(ignore=(), select=(rule,), config=None, default=True)
