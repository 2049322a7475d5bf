"""The HTML report: one file, one small script of its own, hostile names stay text, every link leads somewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from itertools import pairwise

import pytest

from reports.html.document import render
from reports.model import Report
from reports.safe import make_visible
from tests.reports import samples
from tests.reports.drafting import Draft
from tests.reports.golden_files import check_page
from tests.reports.html.pages import read

ALL = {**samples.SAMPLES, "pods": samples.pods}
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "href", "id", "aria-hidden", "aria-label",
    "aria-labelledby", "role", "tabindex", "scope", "open", "width", "height", "viewbox", "x", "y", "rx", "cx", "cy", "r", "d",
    "data-s", "for", "type", "value", "autocomplete", "spellcheck",
}  # fmt: skip
"""Every attribute that the templates use: none of them can run or load anything."""


@pytest.mark.parametrize("name", sorted(samples.SAMPLES))  # classic is written before those that refer to it
def test_golden(name: str) -> None:
    check_page(f"{name}.html", render(samples.SAMPLES[name]()), like="classic.html")


@pytest.mark.parametrize("name", ALL)
def test_nothing_in_the_page_can_run_or_load(name: str) -> None:
    page = read(render(ALL[name]()))
    assert [element.attributes for element in page.all("script")] in ([], [{}])
    assert not page.all("img", "link", "iframe", "object", "embed", "form", "base", "use", "image", "foreignobject")
    assert {attribute for element in page.elements for attribute in element.attributes} <= ATTRIBUTES
    assert all(re.fullmatch(r"#[a-z0-9-]+", href) for href in page.attribute("href"))
    assert "url(" not in page.style
    assert "@import" not in page.style


@pytest.mark.parametrize("name", ALL)
def test_the_policy_allows_our_style_sheet_and_script_and_nothing_else(name: str) -> None:
    page = read(render(ALL[name]()))
    (policy,) = [e.attributes["content"] for e in page.all("meta") if "http-equiv" in e.attributes]

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    script = f"script-src 'sha256-{digest(page.script)}'; " if page.script else ""
    assert policy == (
        f"default-src 'none'; {script}style-src 'sha256-{digest(page.style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert len(page.all("style")) == 1
    assert not page.attribute("style")


def test_a_page_without_changes_has_no_script_and_no_filter() -> None:
    assert not read(render(samples.empty())).all("script", "template", "search")


@pytest.mark.parametrize("name", ALL)
def test_what_needs_the_script_is_not_there_without_it(name: str) -> None:
    """The filter is in a template, which a browser does not show; what stands outside works by itself."""
    html = render(ALL[name]())
    outside = re.sub(r"<template.*?</template>", "", html, flags=re.DOTALL)
    assert not re.search(r"<(?:button|select|output|search)", outside)
    assert re.findall(r"<input[^>]*>", outside) == ['<input type="checkbox" id="with-appendix">']


@pytest.mark.parametrize("name", ALL)
def test_ids_are_unique_and_every_link_leads_to_one(name: str) -> None:
    page = read(render(ALL[name]()))
    ids = page.attribute("id")
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in page.attribute("href")} <= set(ids)
    assert {part for value in page.attribute("aria-labelledby") for part in value.split()} <= set(ids)


@pytest.mark.parametrize("name", ALL)
def test_elements_are_balanced(name: str) -> None:
    assert not read(render(ALL[name]())).unbalanced


@pytest.mark.parametrize("name", ALL)
def test_every_change_has_its_anchor(name: str) -> None:
    report = ALL[name]()
    assert {change.id for change in report.changes} <= set(read(render(report)).attribute("id"))


def test_the_page_has_one_title_landmarks_and_headings_in_order() -> None:
    page = read(render(samples.classic()))
    assert {"header", "nav", "main", "footer", "title"} <= {element.tag for element in page.elements}
    levels = [int(e.tag[1]) for e in page.elements if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert page.elements[0].attributes == {"lang": "en"}


def test_hostile_names_are_shown_as_text() -> None:
    page = read(render(samples.hostile()))
    for name in samples.HOSTILE:
        assert make_visible(name) in page.text


def test_the_page_can_always_be_encoded() -> None:
    html = render(samples.hostile())
    assert html.encode("utf-8").decode("utf-8") == html
    assert all(char.isprintable() or char == "\n" for char in html)


def test_same_report_same_bytes() -> None:
    assert render(samples.classic()) == render(samples.classic())


@pytest.mark.parametrize(("kind", "action", "shown"), [
    ("Veth pairs", "re-created", "±1"), ("Veth pairs", "removed", "-1"), ("Veth pairs", "changed", "~2"),
    ("Pods", "re-created", "±1"), ("Routes", "added", "+2"), ("Addresses", "added", "+2"),
])  # fmt: skip
def test_the_numbers_are_the_summary(kind: str, action: str, shown: str) -> None:
    html = render(samples.classic())
    table = html[html.index('<table class="numbers">') : html.index("</table>")]
    head = re.findall(r"<th scope=\"col\">([^<]+)</th>", table)
    row = next(part for part in table.split("<tr>") if f">{kind.lower()}<" in part)
    cells = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]
    assert dict(zip(head, cells, strict=True))[action] == shown


def test_the_differing_part_is_marked() -> None:
    html = render(samples.classic())
    assert "10.1.27.<mark>2</mark>/24" in html
    assert "10.1.27.<mark>9</mark>/24" in html


def test_the_stories_stand_by_severity_and_nothing_critical_hides_below() -> None:
    html = render(samples.classic())
    groups = re.findall(r'<section class="group" id="([a-z]+)"', html)
    assert groups == ["critical", "warning", "info"]
    draft = Draft()
    pod = draft.pod("web-1", 1, "10.1.27.2", "10.1.27.9")
    draft.say("route", "removed", pod.scope, "0.0.0.0/0 via 10.1.27.1 dev eth0", cause=pod, severity="critical")
    html = render(draft.report())
    assert re.findall(r'<section class="group" id="([a-z]+)"', html) == ["critical"]
    assert "critical below" in html


@pytest.mark.parametrize("name", ALL)
def test_every_row_can_be_linked_to(name: str) -> None:
    page = read(render(ALL[name]()))
    rows = {id for id in page.attribute("id") if re.fullmatch(r"[cfgiop][0-9]+", id)}
    assert {f"#{id}" for id in rows} <= set(page.attribute("href"))


def test_findings_lead_to_what_they_mean_new_ones_first() -> None:
    html = render(samples.SAMPLES["findings"]())
    assert '<a href="#check-no-default-route">no-default-route</a>' in html
    order = [html.index(f'id="findings-{status}"') for status in ("new", "unknown", "persisting", "resolved")]
    assert order == sorted(order)
    assert html.index(">Whatever it calls elsewhere fails.<") > order[-1]


def test_the_headline_says_from_which_snapshot_to_which() -> None:
    text = " ".join(read(render(samples.classic())).text.split())
    told = (
        "From before-upgrade (2026-01-01 02:10:00 UTC, by alice) to after-upgrade (2026-01-01 03:10:00 UTC, by alice)"
    )
    assert told in text


def test_few_changes_are_open_many_are_closed() -> None:
    def opened(report: Report) -> int:
        return sum("open" in e.attributes and "id" in e.attributes for e in read(render(report)).all("details"))

    assert opened(samples.classic()) >= 7
    assert opened(samples.pods(40)) == 0


def test_what_was_not_seen_and_what_was_ignored_is_told() -> None:
    text = read(render(samples.incomplete())).text
    assert "no answer within 5 s: is dockerd hanging?" in text
    assert "changed during each of 5 readings" in text
    assert "neighbour-state" in read(render(samples.empty())).text


def test_the_evidence_has_both_whole_digests_and_the_commands() -> None:
    report = samples.classic()
    text = read(render(report)).text
    for word in (
        report.before.digest,
        report.after.digest,
        report.generator,
        "netlapse diff BEFORE-FILE@1 AFTER-FILE@2",
    ):
        assert word in text


def test_ten_thousand_changes_fit_into_three_megabytes() -> None:
    report = samples.many()
    assert len(report.changes) == 10_000
    assert len(render(report).encode()) < 3_000_000
