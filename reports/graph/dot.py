"""The picture as a graph for Graphviz (``dot -Tsvg``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reports.drawing import Drawing
from reports.graph.plot import Edge, Node, Plot, plot

_EDGES = {
    "added": 'color="#14703f", fontcolor="#14703f", penwidth=2.5',
    "removed": 'color="#b3261e", fontcolor="#b3261e", style=dashed',
    "recreated": 'color="#6338b8:#ffffff:#6338b8", fontcolor="#6338b8", penwidth=1.5',
    "changed": 'color="#8a5200", fontcolor="#8a5200", style=bold',
    "unknown": 'color="#475467", fontcolor="#475467", style=dotted',
}
_NODES = {
    "added": 'color="#14703f", fillcolor="#e4f4eb", penwidth=2, style="filled,rounded"',
    "removed": 'color="#b3261e", fillcolor="#fcebe9", penwidth=2, style="filled,rounded,dashed"',
    "recreated": 'color="#6338b8", fillcolor="#f0ebfb", peripheries=2, style="filled,rounded"',
    "changed": 'color="#8a5200", fillcolor="#fcf1dc", penwidth=2, style="filled,rounded,bold"',
    "unknown": 'color="#475467", fillcolor="#eceef2", style="filled,rounded,dotted"',
}
_FORMS = {
    "bridge": 'fillcolor="#eceef2", style="filled,rounded"',
    "none": 'shape=plaintext, fontcolor="#5b6474"',
    "count": 'shape=box3d, style=filled, fontcolor="#5b6474"',
    "namespace": "",
}
"""Nothing here is told by colour alone: signs and words stand in the labels, and the lines differ."""


def render(drawing: Drawing) -> str:
    """The graph in the DOT language, ending with a newline. Nothing of what is drawn can be anything but text in it."""
    return "\n".join(_lines(plot(drawing))) + "\n"


def _lines(made: Plot) -> Iterator[str]:
    yield "graph netlapse {"
    yield f'  graph [rankdir=LR, labelloc=t, fontname="Helvetica", ranksep=2, nodesep=0.25, label={_text([made.title])}];'
    yield '  node [shape=box, style="filled,rounded", fillcolor="#ffffff", color="#9aa4b5", fontname="Helvetica", fontsize=11];'
    yield '  edge [color="#9aa4b5", fontname="Helvetica", fontsize=10];'
    for place in made.places:
        yield f"  subgraph cluster_{place.id} {{"
        yield f'    graph [style="rounded,dashed", color="#9aa4b5", labeljust=l, label={_text(place.lines, end=_LEFT)}];'
        yield from (f"    {_node(node)}" for node in place.nodes)
        if not place.nodes:
            yield f'    {place.id} [style=invis, label=""];'
        yield "  }"
    yield from (f"  {_node(node)}" for node in made.nodes)
    yield from (f"  {_edge(edge)}" for edge in made.edges)
    yield "}"


def _node(node: Node) -> str:
    look = _NODES[node.action] if node.action is not None else _FORMS[node.form]
    return f"{node.id} [label={_text(node.lines, end=_LEFT)}{', ' if look else ''}{look}];"


def _edge(edge: Edge) -> str:
    look = [_EDGES[edge.action]] if edge.action is not None else []
    look += ["dir=back, arrowtail=tee"] if edge.loose else []
    label = [f"label={_text(edge.lines)}"] if edge.lines else []
    return f"{edge.start} -- {edge.end} [{', '.join([*label, *look])}];"


_CENTRED, _LEFT = "\\n", "\\l"


def _text(lines: Iterable[str], end: str = _CENTRED) -> str:
    """Lines as a quoted string: no quote ends it, no backslash and no entity means anything, and it is never HTML."""
    told = [line.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"') for line in lines]
    return f'"{end.join(told)}{_LEFT if end == _LEFT else ""}"'
