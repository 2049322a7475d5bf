"""XML of our own making: elements with attributes and text, valid whatever the texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reports.safe import make_visible

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """An element with attributes, and lines of ``text`` or other elements. All texts are escaped when it is written."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: Sequence[str] = ()
    children: Sequence[Element] = ()


def document(root: Element) -> str:
    """The whole document, pure ASCII, ending with a newline.

    What XML 1.0 has no way to write (controls, lone surrogates, U+FFFE) is shown as an escape, as in every other format.
    """
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + "".join(_lines(root, ""))


def _lines(element: Element, indent: str) -> Iterator[str]:
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in element.attributes.items())
    start = f"{indent}<{element.name}{attributes}"
    if element.children:
        yield f"{start}>\n"
        for child in element.children:
            yield from _lines(child, f"{indent}  ")
        yield f"{indent}</{element.name}>\n"
    elif element.text:
        yield f"{start}>{chr(10).join(map(escape, element.text))}</{element.name}>\n"
    else:
        yield f"{start}/>\n"


def escape(text: str) -> str:
    """One line of text for an element or a quoted attribute. What was made visible before stays as it is."""
    return "".join(c if c == "\\" else _escaped(c) for c in text)


def _escaped(char: str) -> str:
    shown = _ENTITIES.get(char) or make_visible(char)
    return shown if shown.isascii() else f"&#x{ord(char):x};"
