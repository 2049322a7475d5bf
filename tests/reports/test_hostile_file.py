"""Hostile texts as names, aliases, labels and errors of a snapshot file, through the whole analyzer into every format."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from analyze.compose import compose, compose_check
from analyze.inventory import ROW_KINDS, take_inventory
from analyze.loading import load
from reports.inventory import Inventory
from reports.json import render_inventory
from reports.model import CheckReport, Report
from reports.safe import make_visible
from reports.text.tree import render as render_tree
from snapshot.store.reader import load as load_one
from snapshot.store.reader import load_whole
from tests import hostile, hostile_host
from tests.reports import faces
from tests.reports.html.pages import read
from tests.reports.test_hostile import squeezed, strings_in
from tests.reports.test_markdown import ACTS, OUR_HTML, html_of, shown, tokens

FAMILIES = sorted(family for family in hostile.FAMILIES if family != "surrogate")
Told = tuple[Report, CheckReport, Inventory, tuple[str, ...]]


@pytest.fixture(scope="module", params=FAMILIES)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    # A NUL ends a name in the kernel, and a slash one in a file system: no name holds either.
    texts = tuple(t for t in hostile.FAMILIES[request.param] if "\x00" not in t and t in hostile.STORABLE)
    before, after = hostile_host.files(tmp_path_factory.mktemp("files"), texts)
    report = compose(load(before, after), "netlapse 0.1.0")
    check = compose_check(load_one(after), "netlapse 0.1.0")
    return report, check, take_inventory(load_whole(after, ROW_KINDS)), texts


def test_every_thing_that_bears_one_has_changed(told: Told) -> None:
    report, _, _, texts = told
    changed = {(change.kind, field.name) for change in report.changes for field in change.fields}
    assert changed >= {("link", "alias"), ("link", "altnames"), ("container", "image")}
    assert {change.scope for change in report.changes} >= {f"container:{text}" for text in texts}


def test_text_shows_it(told: Told) -> None:
    report, check, inventory, texts = told
    for output in (faces.DIFF["text"](report), render_tree(inventory, width=100, color=False)):
        assert all(char.isprintable() or char == "\n" for char in output)
        for text in texts:
            assert squeezed(make_visible(text)) in squeezed(output), ascii(text)
    assert all(char.isprintable() or char == "\n" for char in faces.CHECK["text"](check))


def test_json_holds_it(told: Told) -> None:
    report, check, inventory, texts = told
    for output in (faces.DIFF["json"](report), render_inventory(inventory, None)):
        assert output.isascii()
        assert set(strings_in(json.loads(output))) >= set(texts)
    lines = [json.loads(line) for line in faces.DIFF["ndjson"](report).split("\n")[:-1]]
    assert set(strings_in(lines)) >= set(texts)
    assert json.loads(faces.CHECK["json"](check))["snapshot"]["label"] == texts[-1]
    assert json.loads(faces.CHECK["sarif"](check))["runs"][0]["properties"]["snapshot"]["host"] == texts[-1]


def test_junit_shows_it(told: Told) -> None:
    report, check, _, texts = told
    shown_text = "".join(ET.fromstring(faces.DIFF["junit"](report)).itertext())
    for text in texts:
        assert make_visible(text) in shown_text, ascii(text)
    ET.fromstring(faces.CHECK["junit"](check))


def test_markdown_shows_it_as_text(told: Told) -> None:
    report, _, _, texts = told
    markdown = faces.DIFF["markdown"](report)
    found = tokens(markdown)
    assert not {token.type for token in found} & ACTS
    assert {element.tag for element in read("".join(html_of(found))).elements} <= OUR_HTML
    assert all(char.isprintable() or char == "\n" for char in markdown)
    visible = squeezed(shown(found))
    missing = [text for text in texts if squeezed(make_visible(text)) not in visible]
    assert not missing or "left out here" in markdown
    assert len(missing) < len(texts) / 2


def test_html_shows_it_as_text(told: Told) -> None:
    report, _, _, texts = told
    page = read(faces.DIFF["html"](report))
    assert len(page.all("script")) <= 2
    assert not [a for e in page.elements for a in e.attributes if a.startswith("on")]
    visible = squeezed(page.text)
    for text in texts:
        assert squeezed(make_visible(text)) in visible, ascii(text)
