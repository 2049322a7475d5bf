"""The picture as a Mermaid flowchart, as wikis and code forges draw it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reports.drawing import Drawing
from reports.graph.plot import Edge, Node, Plot, plot

MOST = 150
"""Mermaid refuses more than 500 edges or 50,000 characters (its ``maxEdges`` and ``maxTextSize``)."""
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,/:=?")
"""Of ASCII, what stands for itself; all else is written as a character's number, lest "- " or "1. " make a list."""
_CLASSES = {
    "added": "fill:#e4f4eb,stroke:#14703f,stroke-width:2px,color:#1c2230",
    "removed": "fill:#fcebe9,stroke:#b3261e,stroke-width:2px,stroke-dasharray:6 4,color:#1c2230",
    "recreated": "fill:#f0ebfb,stroke:#6338b8,stroke-width:4px,color:#1c2230",
    "changed": "fill:#fcf1dc,stroke:#8a5200,stroke-width:2px,stroke-dasharray:12 3 2 3,color:#1c2230",
    "unknown": "fill:#eceef2,stroke:#475467,stroke-dasharray:2 3,color:#1c2230",
    "still": "fill:#ffffff,stroke:#9aa4b5,color:#1c2230",
}
_EDGES = {"added": "===", "removed": "-.-", "recreated": "===", "changed": "---", "unknown": "-.-", None: "---"}
_COLOURS = {
    "added": "stroke:#14703f",
    "removed": "stroke:#b3261e",
    "recreated": "stroke:#6338b8",
    "changed": "stroke:#8a5200,stroke-width:3px",
    "unknown": "stroke:#475467",
}


def render(drawing: Drawing) -> str:
    """The flowchart, ending with a newline. Nothing of what is drawn can be anything but text in it."""
    return "\n".join(_lines(plot(drawing, MOST))) + "\n"


def _lines(made: Plot) -> Iterator[str]:
    yield "flowchart LR"
    yield f"  accTitle: {_text([made.title])}"
    for place in made.places:
        yield f'  subgraph {place.id}["{_text(place.lines)}"]'
        yield from (f"    {_node(node)}" for node in place.nodes)
        if not place.nodes:
            yield f'    {place.id}_none["no bridge"]'
        yield "  end"
    yield from (f"  {_node(node)}" for node in made.nodes)
    yield from (f"  {_edge(edge)}" for edge in made.edges)
    if made.left:
        yield f'  left["{_text([made.left])}"]'
    used = {node.action or "still" for node in (*made.nodes, *(n for place in made.places for n in place.nodes))}
    yield from (f"  classDef {name} {look}" for name, look in _CLASSES.items() if name in used)
    for action, look in _COLOURS.items():
        numbers = [str(number) for number, edge in enumerate(made.edges) if edge.action == action]
        if numbers:
            yield f"  linkStyle {','.join(numbers)} {look}"


def _node(node: Node) -> str:
    start, end = {"bridge": ("[[", "]]"), "count": ("([", "])"), "none": ("(", ")")}.get(node.form, ("[", "]"))
    return f'{node.id}{start}"{_text(node.lines)}"{end}:::{node.action or "still"}'


def _edge(edge: Edge) -> str:
    line = _EDGES[edge.action]
    lines = [*edge.lines, "taken off"] if edge.loose else edge.lines
    return f'{edge.start} {line}|"{_text(lines)}"| {edge.end}' if lines else f"{edge.start} {line} {edge.end}"


def _text(lines: Iterable[str]) -> str:
    """Lines for a place between quotes: what could end it, or mean anything in Mermaid, HTML or Markdown, is a number."""
    return "<br/>".join("".join(_char(c) for c in line).replace(". ", "#46; ") for line in lines)


def _char(char: str) -> str:
    return char if char in _PLAIN or ord(char) > 0x7F else f"#{ord(char)};"
