"""What templates and scripts must never contain: ways around escaping, handlers, unquoted attributes, markup made of text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import reports.html

FOLDER = Path(reports.html.__path__[0])
TEMPLATES = sorted((FOLDER / "templates").glob("*.html"))
SCRIPTS = sorted((FOLDER / "templates").glob("*.js"))
SOURCES = [*TEMPLATES, *SCRIPTS, *sorted(FOLDER.glob("*.py"))]
OURS = re.compile(r'<script>\{% include "[a-z]+\.js" %\}</script>')
"""The one way for a script to get into a page: whole, from a file of its own, by a hash in the policy."""
FORBIDDEN = {
    r"\|\s*safe\b": "escaping is never switched off",
    r"\bMarkup\b": "escaping is never switched off",
    r"\b__html__\b": "escaping is never switched off",
    r"autoescape\s+false": "escaping is never switched off",
    r"<script": "the report runs nothing but its own file",
    r"\son[a-z]+\s*=\s*[\"'{]": "no event handlers",
    r"\.on[a-z]+\s*=[^=]": "no event handlers",
    r"(?:inner|outer|set|adjacent)HTML|document\.write|createContextualFragment|DOMParser": "no text becomes markup",
    r"\beval\b|new Function|\bimport\(|setTimeout|setInterval": "no text becomes code",
    r"\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|EventSource": "the report asks nobody",
    r"localStorage|sessionStorage|document\.cookie|indexedDB": "the report keeps nothing",
    r"javascript:": "no URL runs anything",
    r"\bsrc\s*=": "the report loads nothing",
    r"https?://": "the report loads nothing",
}
UNQUOTED = re.compile(r"<[a-z][^<>]*=(?!\"\")[^<>]*>")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_nothing_forbidden(path: Path, pattern: str) -> None:
    text = OURS.sub("", path.read_text(encoding="utf-8"))
    found = re.search(pattern, text, re.IGNORECASE)
    assert found is None, f"{found.group()!r}: {FORBIDDEN[pattern]}"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_attribute_is_quoted(path: Path) -> None:
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "x", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert UNQUOTED.search(re.sub(r"\"[^\"]*\"", '""', text)) is None
    assert not re.search(r"\sstyle=", text), "the policy forbids inline styles"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_links_stay_on_the_page(path: Path) -> None:
    assert not re.findall(r"href=\"(?!#)[^\"]*", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_small_and_holds_nothing_that_jinja_or_html_would_take_for_its_own(path: Path) -> None:
    script = path.read_text(encoding="utf-8")
    assert len(script.encode()) < 4500
    assert not re.search(r"\{[{%#]|<!--|</script", script)
    assert script.isascii()


def test_the_style_sheet_holds_nothing_that_jinja_would_take_for_its_own() -> None:
    style = (FOLDER / "templates" / "report.css").read_text(encoding="utf-8")
    assert not re.search(r"\{[{%#]|[}%#]\}(?<!\}\})", style)
    assert "url(" not in style
