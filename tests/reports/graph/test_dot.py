"""dot: Graphviz takes it, and no name is anything but text in it."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from reports.graph.dot import render
from reports.graph.plot import plot
from reports.safe import make_visible
from tests import hostile
from tests.reports.golden_files import check_golden
from tests.reports.graph.drawings import DRAWINGS, GOLDEN, filled_with
from tests.requirements import require

DOT = shutil.which("dot")


def laid_out(text: str) -> list[dict[str, str]]:
    """What Graphviz understood: all nodes, clusters and edges with their attributes."""
    require(DOT is not None, "needs Debian's graphviz")
    assert DOT is not None
    done = subprocess.run([DOT, "-Tdot_json"], input=text.encode(), capture_output=True, check=True, timeout=120)
    assert not done.stderr
    told = json.loads(done.stdout)
    return [told, *told.get("objects", ()), *told.get("edges", ())]


@pytest.mark.parametrize("name", GOLDEN)
def test_what_was_accepted(name: str) -> None:
    check_golden(f"{name}.dot", render(DRAWINGS[name]()))


@pytest.mark.parametrize("name", DRAWINGS)
def test_graphviz_draws_every_node_and_edge(name: str) -> None:
    drawing = DRAWINGS[name]()
    made = plot(drawing)
    things = laid_out(render(drawing))
    nodes = {thing["name"] for thing in things[1:] if "name" in thing}
    assert nodes >= {node.id for node in (*made.nodes, *(n for place in made.places for n in place.nodes))}
    assert sum("tail" in thing for thing in things) == len(made.edges)


@pytest.mark.parametrize("family", sorted(hostile.FAMILIES))
def test_a_name_is_text_and_nothing_else(family: str) -> None:
    allowed = {key for name in ("classic", "host") for thing in laid_out(render(DRAWINGS[name]())) for key in thing}
    for text in hostile.FAMILIES[family]:
        things = laid_out(render(filled_with(text)))
        assert {key for thing in things for key in thing} <= allowed | {"peripheries", "dir", "arrowtail"}, ascii(text)
        assert not [thing for thing in things if thing.keys() & {"URL", "href", "tooltip", "image", "shapefile"}]
        # dot hands a label on as it was written, without the quotes.
        written = make_visible(text).replace("&", "&amp;").replace("\\", "\\\\")
        assert sum(written in thing.get("label", "") for thing in things) >= 4, ascii(text)
