"""What templates must never contain: ways around escaping, scripts, handlers, attributes without quotes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import reports.html

FOLDER = Path(reports.html.__path__[0])
TEMPLATES = sorted((FOLDER / "templates").glob("*.html"))
SOURCES = [*TEMPLATES, *sorted(FOLDER.glob("*.py"))]
FORBIDDEN = {
    r"\|\s*safe\b": "escaping is never switched off",
    r"\bMarkup\(": "escaping is never switched off",
    r"autoescape\s+false": "escaping is never switched off",
    r"<script": "the report runs nothing",
    r"\son[a-z]+\s*=\s*[\"'{]": "no event handlers",
    r"javascript:": "no URL runs anything",
    r"\bsrc\s*=": "the report loads nothing",
    r"https?://": "the report loads nothing",
}
UNQUOTED = re.compile(r"<[a-z][^<>]*=(?!\"\")[^<>]*>")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_nothing_forbidden(path: Path, pattern: str) -> None:
    found = re.search(pattern, path.read_text(encoding="utf-8"), re.IGNORECASE)
    assert found is None, f"{found.group()!r}: {FORBIDDEN[pattern]}"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_attribute_is_quoted(path: Path) -> None:
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "x", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert UNQUOTED.search(re.sub(r"\"[^\"]*\"", '""', text)) is None
    assert not re.search(r"\sstyle=", text), "the policy forbids inline styles"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_links_stay_on_the_page(path: Path) -> None:
    assert not re.findall(r"href=\"(?!#)[^\"]*", path.read_text(encoding="utf-8"))


def test_the_style_sheet_holds_nothing_that_jinja_would_take_for_its_own() -> None:
    style = (FOLDER / "templates" / "report.css").read_text(encoding="utf-8")
    assert not re.search(r"\{[{%#]|[}%#]\}(?<!\}\})", style)
    assert "url(" not in style
