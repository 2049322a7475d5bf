"""Every hostile text in every field of a report: in no format does it act, and in none is it lost."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from reports.html import document
from reports.json import render as render_json
from reports.json import render_inventory
from reports.listing import Listed
from reports.safe import make_visible
from reports.text.check import render as render_check
from reports.text.diff import render as render_text
from reports.text.listing import render as render_listing
from reports.text.table import render as render_table
from reports.text.tree import render as render_tree
from tests import hostile
from tests.reports import faces, filled
from tests.reports.html.pages import read

FAMILIES = sorted(hostile.FAMILIES)
TERMINAL: dict[str, Callable[[str], str]] = {
    "diff": lambda text: render_text(filled.report(lambda _: text), width=100, color=False),
    "check": lambda text: render_check(filled.check_report(lambda _: text), width=100, color=False),
    "ls": lambda text: render_listing([filled.filled(Listed, lambda _: text)], width=100, color=False),
    "show --kind": lambda text: render_table([{"scope": text, text: text}], width=100, color=False),
    "show": lambda text: render_tree(filled.inventory(lambda _: text), width=100, color=False),
}


def squeezed(text: str) -> str:
    """Without the spaces at which lines may be broken."""
    return re.sub(r"\s", "", text)


def strings_in(told: object) -> Iterator[str]:
    """Every text in a JSON value, keys too."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        yield from told
        for value in told.values():
            yield from strings_in(value)
    elif isinstance(told, list):
        for value in told:
            yield from strings_in(value)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("command", TERMINAL)
def test_a_terminal_shows_it_and_obeys_none_of_it(command: str, family: str) -> None:
    for text in hostile.FAMILIES[family]:
        shown = TERMINAL[command](text)
        assert all(char.isprintable() or char == "\n" for char in shown), ascii(text)
        shown.encode()
        assert squeezed(make_visible(text)) in squeezed(shown), ascii(text)


@pytest.mark.parametrize("family", FAMILIES)
def test_json_holds_it_to_the_letter(family: str) -> None:
    for text in hostile.FAMILIES[family]:
        for output in (
            render_json(filled.report(lambda _, text=text: text)),  # type: ignore[misc]
            render_json(filled.check_report(lambda _, text=text: text)),  # type: ignore[misc]
            render_inventory(filled.inventory(lambda _, text=text: text), None),  # type: ignore[misc]
        ):
            assert output.isascii()
            assert output.isprintable() or output.replace("\n", "").isprintable()
            told = [said for said in strings_in(json.loads(output)) if said == text]
            assert len(told) > 1, ascii(text)


@pytest.mark.parametrize("family", FAMILIES)
def test_ndjson_holds_it_on_lines_of_its_own(family: str) -> None:
    for text in hostile.FAMILIES[family]:
        output = faces.DIFF["ndjson"](filled.report(lambda _, text=text: text))  # type: ignore[misc]
        assert output.isascii()
        lines = [json.loads(line) for line in output.split("\n")[:-1]]
        assert len(lines) == 1 + sum(lines[0]["counts"].values())
        assert all(text in strings_in(line) for line in lines), ascii(text)


@pytest.mark.parametrize("family", FAMILIES)
def test_junit_shows_it_and_stays_xml(family: str) -> None:
    for text in hostile.FAMILIES[family]:
        for output in (
            faces.DIFF["junit"](filled.report(lambda _, text=text: text)),  # type: ignore[misc]
            faces.CHECK["junit"](filled.check_report(lambda _, text=text: text)),  # type: ignore[misc]
        ):
            assert output.isascii()
            root = ET.fromstring(output)
            assert make_visible(text) in "".join(root.itertext()), ascii(text)
            assert any(make_visible(text) in value for element in root.iter() for value in element.attrib.values())


@pytest.fixture
def _templates_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "environment", cache(document.environment))


@pytest.mark.usefixtures("_templates_compiled_once")
@pytest.mark.parametrize("family", FAMILIES)
def test_html_shows_it_as_text(family: str) -> None:
    plain = read(document.render(filled.report(lambda _: "plain")))
    for text in hostile.FAMILIES[family]:
        page = read(document.render(filled.report(lambda _, text=text: text)))  # type: ignore[misc]
        assert {e.tag for e in page.elements} <= {e.tag for e in plain.elements} | {"mark"}, ascii(text)
        assert {a for e in page.elements for a in e.attributes} == {a for e in plain.elements for a in e.attributes}
        assert squeezed(make_visible(text)) in squeezed(page.text), ascii(text)
