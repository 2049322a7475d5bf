"""An HTML page taken apart, for tests: its elements with their attributes, its text, its style."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "br", "path", "rect", "circle", "img", "link", "input"})


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]


@dataclass
class Page:
    elements: list[Element] = field(default_factory=list)
    text: str = ""
    style: str = ""
    script: str = ""
    unbalanced: list[str] = field(default_factory=list)

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    def attribute(self, name: str) -> list[str]:
        return [value for e in self.elements if (value := e.attributes.get(name)) is not None]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.stack: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append(Element(tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.stack or self.stack.pop() != tag:
            self.page.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if self.stack and self.stack[-1] == "style":
            self.page.style += data
        elif self.stack and self.stack[-1] == "script":
            self.page.script += data
        else:
            self.page.text += data


def read(html: str) -> Page:
    """The page, as a parser that knows nothing of our templates sees it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.page.unbalanced += reader.stack
    return reader.page
